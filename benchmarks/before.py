"""Compare the solvers with those of an earlier commit, case by case and in turn.

``python -m benchmarks.before f16f2d7 --write`` puts the table into docs/before.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
import io
import json
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks import machine

ROOT = Path(__file__).parent.parent
PLACE = ROOT / "docs" / "before.md"
_REPEATS, _BUDGET_SECONDS = 15, 12.0
_READ = """\
The same problems, solved by `rdcore` of that commit and by the present one, in two processes,
by turns. Times are medians of CPU time and include the problem's matrices and the certificate;
gaps are certified, in nats. A ratio above 1 says that the present one is faster.
"""


def cases() -> dict[str, Callable[[], tuple[float, bool]]]:
    """Return each case by its name: a call that returns the gap, nats, and whether it is met."""
    from benchmarks import problems

    found: dict[str, Callable[[], tuple[float, bool]]] = {}

    def add(name: str, make: Callable[[], Any], tol: float = 1e-9) -> None:
        found[f"{name}, to {tol:.0e}"] = lambda: _solved(make(), tol)

    add("small: Bernoulli(0.3), Hamming, D=0.1", problems.bernoulli)
    modes = "three_modes, 64 codewords, |x|<1"
    add(f"fixed: {modes} at 0.05", lambda: problems.three_modes(level=0.05))
    add(f"fixed: {modes} at 0.05", lambda: problems.three_modes(level=0.05), 1e-4)
    add(f"fixed: {modes} each at 0.3", problems.each_on_three_modes)
    for D in (2.0, 4.0, 8.0):
        add(f"fixed: uniform 160 × 160, D={D:g}", partial(problems.uniform, 160, D))
    for D in (0.3, 0.5):
        add(f"fixed: Gaussian to 8 deviations, D={D:g}", partial(problems.tails, D))
    for n, m, K in ((400, 64, 0), (3200, 64, 0), (400, 1024, 0), (200, 64, 16), (200, 64, 64)):
        task = problems.sized(n, m, K)
        add(f"fixed: n={n}, m={m}, K={1 + K}", _again(task), 1e-8)
    for level in (None, 0.05):
        name = "" if level is None else f", |x|<1 at {level:g}"
        add(
            f"every: three_modes, D=0.6{name}",
            partial(problems.three_modes, every=True, level=level),
        )
    add("every: three_modes, D=0.05", _line("three_modes", 0.05))
    add("every: Gaussian, n=400, D=0.0085", _line("gaussian_density", 0.0085, 400))
    for D, level in ((8.0, 0.05), (2.0, 0.02), (2.0, 0.05)):
        add(
            f"every: four_clusters, D={D:g}, |x|<2 at {level:g}",
            partial(problems.four_clusters, D, level, every=True),
            1e-6,
        )
    found["curve: three_modes, band 0.001 bit"] = _curve
    return found


def _again(task: Any) -> Callable[[], Any]:
    from dataclasses import replace

    # A problem caches its matrices, so each call gets a new one.
    return lambda: replace(task)


def _line(source: str, D: float, *size: int) -> Callable[[], Any]:
    import rdcore as rd

    atoms = getattr(rd.sources, source)(*size)
    return lambda: rd.Problem(atoms, rd.EVERY, fidelities=[rd.average(D)])


def _solved(task: Any, tol: float) -> tuple[float, bool]:
    import rdcore as rd

    solution = rd.solve(task, tol=tol)
    return float(solution.certificate.gap), bool(solution.status.converged)


def _curve() -> tuple[float, bool]:
    import numpy as np

    import rdcore as rd
    from benchmarks import problems

    curve = rd.curve(problems.three_modes(), tol=1e-3 * np.log(2))
    return float((curve.rates - curve.lowers).max()), True


def _answer() -> None:
    """Solve each case that is asked for on standard input, and tell its CPU time and gap."""
    known = cases()
    sys.stdout.write(f"{json.dumps(list(known))}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        start = process_time()
        try:
            gap, converged = known[json.loads(line)]()
        except Exception as error:  # noqa: BLE001  (the table says what an earlier commit raised)
            told: dict[str, Any] = {"error": type(error).__name__}
        else:
            told = {"gap": gap, "converged": converged}
        sys.stdout.write(f"{json.dumps({'seconds': process_time() - start, **told})}\n")
        sys.stdout.flush()


class Tree:
    """A process that solves with the rdcore of one tree."""

    def __init__(self, tree: Path) -> None:
        code = f"import sys; sys.path.insert(0, {str(tree)!r}); "
        code += "from benchmarks.before import _answer; _answer()"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asked, self._told = self._process.stdin, self._process.stdout
        self.names: list[str] = json.loads(self._told.readline())

    def solve(self, name: str) -> dict[str, Any]:
        self._asked.write(f"{json.dumps(name)}\n")
        self._asked.flush()
        return dict(json.loads(self._told.readline()))

    def close(self) -> None:
        self._asked.close()
        self._told.close()
        self._process.wait()


def compared(commit: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each case: its CPU time and gap before and now, and the ratio."""
    command = ["git", "archive", "--format=tar", commit, "rdcore"]
    packed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(packed)) as files:
            files.extractall(folder, filter="data")
        old, new = Tree(Path(folder)), Tree(ROOT)
        try:
            for name in new.names:
                yield row(name, old, new)
        finally:
            old.close()
            new.close()


def row(name: str, old: Tree, new: Tree) -> tuple[str, ...]:
    before, now = [old.solve(name)], [new.solve(name)]
    spent = before[0]["seconds"] + now[0]["seconds"]
    if spent < _BUDGET_SECONDS:
        before, now = [], []
    while len(now) < _REPEATS and (not now or spent < _BUDGET_SECONDS):
        before.append(old.solve(name))
        now.append(new.solve(name))
        spent += before[-1]["seconds"] + now[-1]["seconds"]
    first, last = (statistics.median(run["seconds"] for run in runs) for runs in (before, now))
    ratio = statistics.median(b["seconds"] / n["seconds"] for b, n in zip(before, now, strict=True))
    sides = (f"{first:.3g} s", _gap(before[-1]), f"{last:.3g} s", _gap(now[-1]))
    return (name, *sides, f"{ratio:.3g} ×")


def _gap(run: dict[str, Any]) -> str:
    if "error" in run:
        return str(run["error"])
    return f"{run['gap']:.0e}{'' if run['converged'] else ', not converged'}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.before", description=__doc__)
    parser.add_argument("commit", help="the earlier commit")
    parser.add_argument("--write", action="store_true", help="also write docs/before.md")
    chosen = parser.parse_args(arguments)
    lines = ["| case | before | gap | now | gap | before / now |", "| --- |" + " --- |" * 5]
    print("\n".join(lines))
    for cells in compared(chosen.commit):
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        print(lines[-1], flush=True)
    if chosen.write:
        _write(chosen.commit, lines)


def _write(commit: str, lines: list[str]) -> None:
    today = dt.datetime.now(tz=dt.UTC).date().isoformat()
    command = f"python -m benchmarks.before {commit} --write"
    made = f"Made by `{command}` on {today}. {machine.description()}. One thread."
    parts = ["# Before and now", made, _READ.strip(), "\n".join(lines)]
    PLACE.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
