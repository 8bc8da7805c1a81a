"""Many samples in the plane: time, certified gap and peak memory, in a separate process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.table import Row

_LIMIT_SECONDS = 900
# The address space of the process, limited so that it cannot exhaust the machine.
_LIMIT_BYTES = 12 * 2**30


def rows(full: bool) -> Iterator[Row]:
    """Yield 5000 samples with 200 candidates and, if full, 100 000 with 1000."""
    yield _row(5_000, 200)
    if full:
        yield _row(100_000, 1000, most_seconds=60, most_bytes=1.5e9)


def _row(n: int, m: int, *, most_seconds: float = 0, most_bytes: float = 0) -> Row:
    aims = f"aim {most_seconds:g} s, {most_bytes / 1e9:g} GB" if most_seconds else ""
    case = f"{n} samples in the plane, {m} candidates"
    command = [sys.executable, "-m", "benchmarks.sections.samples", str(n), str(m)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LIMIT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return _none(case, f"not finished in {_LIMIT_SECONDS} s; {aims} missed")
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]
        return _none(case, f"failed: {last[:120]}; {aims} missed")
    told = json.loads(done.stdout)
    if aims and (told["seconds"] > most_seconds or told["peak_bytes"] > most_bytes):
        aims += " missed"
    parts = [f"peak memory {told['peak_bytes'] / 1e9:.2f} GB", told["status"], aims]
    remark = "; ".join(part for part in parts if part)
    name = told["solver"] + " to 1e-06"
    return Row("samples", case, name, told["seconds"], told["gap"], remark=remark)


def _none(case: str, remark: str) -> Row:
    return Row("samples", case, "automatic solver to 1e-06", None, None, remark=remark)


def _main(n: int, m: int) -> None:
    import resource

    import rdcore as rd
    from benchmarks import problems
    from benchmarks.timing import once
    from rdcore.solvers import suited

    resource.setrlimit(resource.RLIMIT_AS, (_LIMIT_BYTES, _LIMIT_BYTES))
    task = problems.samples(n, m)

    def solve() -> rd.Solution:
        solution = rd.solve(task, tol=1e-6)
        solution.certificate  # noqa: B018  (computed on first use)
        return solution

    seconds, solution = once(solve)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {
        "solver": type(suited(task)).__name__,
        "seconds": seconds,
        "gap": solution.certificate.gap,
        "status": "" if solution.status.converged else solution.status.value,
        # Linux counts kibibytes, macOS bytes.
        "peak_bytes": peak if sys.platform == "darwin" else 1024 * peak,
    }
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]))
