"""Train the codecs of the comparison with β-VAE, one line of a CSV file for each run.

``python -m benchmarks.learned_runs pairs --seeds 8`` adds the runs that are not yet in
assets/learned/runs.csv, seed by seed, so it can be stopped and started again at any time.
"""

from __future__ import annotations

import argparse
import csv
import time
from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.model.runs import FILE, Run, read

BETAS = {"photographs": (300.0, 1000.0, 3000.0), "digits": (250.0, 1000.0, 4000.0)}
WIDER_BETAS = (100.0, 10_000.0)
NINE_TARGETS = (90.0, 100.0, 110.0, 130.0, 150.0, 200.0, 300.0, 400.0, 800.0)
HINGE_WEIGHTS = (0.01, 0.1, 1.0, 10.0, 100.0)
HINGE_TARGETS = (200.0, 400.0)
UNNORMALISED_TARGETS = (100.0, 200.0, 400.0, 800.0)
HALF_TARGETS = (100.0, 150.0, 200.0, 400.0)
UNREACHABLE = 30.0
REPORTS = 50


class Table:
    """The runs of a file; a run that is missing is trained and added to it."""

    def __init__(self, file: Path, steps: int) -> None:
        self._file, self._steps = file, steps
        self._known = {_key(run): run for run in read(file)}

    def run(self, data: str, method: str, seed: int, **other: Any) -> Run:
        """Return the run with these settings."""
        key = (
            data,
            method,
            other.get("recipe", "settled"),
            float(other.get("weight", 0.0)),
            float(other.get("target", 0.0)),
            other.get("channels", 4),
            self._steps,
            seed,
        )
        if key not in self._known:
            self._known[key] = found = _trained(key)
            self._add(found)
            print(_line(found), flush=True)
        return self._known[key]

    def _add(self, run: Run) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        new = not self._file.exists()
        with self._file.open("a", encoding="utf-8", newline="") as text:
            table = csv.writer(text, lineterminator="\n")
            if new:
                table.writerow([field.name for field in fields(Run)])
            table.writerow(astuple(run))


def _key(run: Run) -> tuple[Any, ...]:
    """Return what was asked for: all but the results."""
    return astuple(run)[:8]


def _trained(key: tuple[Any, ...]) -> Run:
    from rdcore.learned.constrained import CodecSettings, train_codec
    from rdcore.learned.training import finished

    data, method, recipe, weight, target, channels, steps, seed = key
    settings = CodecSettings(
        data=data,
        method=method,
        recipe=recipe,
        channels=channels,
        steps=steps,
        seed=seed,
        every=max(steps // REPORTS, 1),
    )
    if target:
        settings = replace(settings, target=target)
    if method != "dco":
        settings = replace(settings, **{"beta" if method == "beta" else "hinge_weight": weight})
    start = time.process_time()
    run = finished(train_codec(settings))
    return Run(
        *key,
        round(run.training.mse, 4),
        round(run.training.rate_bpp, 6),
        round(run.held_out.mse, 4),
        round(run.held_out.rate_bpp, 6),
        float(f"{run.multiplier:.5g}"),
        round(float(run.history.values["mse"][0]), 3),
        " ".join(f"{value:.3g}" for value in np.asarray(run.history.values["lambda"])),
        round(time.process_time() - start, 1),
    )


def _line(run: Run) -> str:
    return (
        f"{run.data} {run.method} {run.weight:g} {run.recipe} C={run.channels} seed {run.seed}"
        f"  c {run.target:g}  D {run.training_mse:.2f}  R {run.training_bpp:.4f}"
        f"  held out D {run.held_out_mse:.2f}  R {run.held_out_bpp:.4f}"
        f"  λ {run.multiplier:.4g}  {run.cpu_s:.0f} s CPU"
    )


def _pairs(table: Table, data: str, seed: int) -> Iterator[Run]:
    """Yield β-VAEs and, for each, D-CO at the distortion that it reached."""
    for beta in BETAS[data]:
        free = table.run(data, "beta", seed, weight=beta)
        yield free
        yield table.run(data, "dco", seed, target=round(free.training_mse, 1))


def _wider(table: Table, seed: int) -> Iterator[Run]:
    for beta in WIDER_BETAS:
        free = table.run("photographs", "beta", seed, weight=beta)
        yield free
        yield table.run("photographs", "dco", seed, target=round(free.training_mse, 1))


def _half(table: Table, seed: int) -> Iterator[Run]:
    for beta in (100.0, 300.0, 1000.0):
        yield table.run("photographs", "beta", seed, weight=beta, channels=2)
        yield table.run("photographs", "beta", seed, weight=beta)
    for target in (UNREACHABLE, *HALF_TARGETS):
        yield table.run("photographs", "dco", seed, target=target, channels=2)
        yield table.run("photographs", "dco", seed, target=target)


def _hinge(table: Table, seed: int) -> Iterator[Run]:
    for target in HINGE_TARGETS:
        for weight in HINGE_WEIGHTS:
            yield table.run("photographs", "hinge", seed, weight=weight, target=target)


def _targets(table: Table, seed: int) -> Iterator[Run]:
    for target in (UNREACHABLE, *NINE_TARGETS):
        yield table.run("photographs", "dco", seed, target=target)


def _unnormalised(table: Table, seed: int) -> Iterator[Run]:
    for target in UNNORMALISED_TARGETS:
        yield table.run("photographs", "dco", seed, target=target)
        yield table.run("photographs", "dco", seed, target=target, recipe="unnormalised")


SECTIONS = ("pairs", "digits", "targets", "half", "hinge", "unnormalised", "wider")


def runs(table: Table, section: str, seed: int) -> Iterator[Run]:
    """Yield the runs of a section for one seed, and train those that are missing."""
    if section in ("pairs", "digits"):
        yield from _pairs(table, "photographs" if section == "pairs" else "digits", seed)
        return
    yield from {
        "wider": _wider,
        "half": _half,
        "hinge": _hinge,
        "targets": _targets,
        "unnormalised": _unnormalised,
    }[section](table, seed)


def main(arguments: Sequence[str] | None = None) -> None:
    """Train the missing runs of the named sections, seed by seed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned_runs", description=__doc__)
    parser.add_argument("sections", nargs="+", metavar="section", choices=SECTIONS)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--steps", type=int, default=5000, help="updates of each run")
    parser.add_argument("--file", type=Path, default=FILE)
    chosen = parser.parse_args(arguments)
    table = Table(chosen.file, chosen.steps)
    for seed in range(chosen.first, chosen.first + chosen.seeds):
        for section in chosen.sections:
            for _ in runs(table, section, seed):
                pass


if __name__ == "__main__":
    main()
