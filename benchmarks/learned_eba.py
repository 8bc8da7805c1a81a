"""Compare energy-based Blahut–Arimoto with closed forms and certified optima, over seeds."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from rdcore import closed_forms
from rdcore.errors import InputError
from rdcore.learned import training
from rdcore.learned.energy import EnergyRun, EnergySettings, certified, train_energy
from rdcore.learned.energy.channel import first_state

PLANE = (1.0, 0.25)
CASES: dict[str, EnergySettings] = {
    **{f"1-D, β={beta:g}": EnergySettings(beta=beta) for beta in (1.0, 2.0, 5.0, 10.0)},
    **{
        f"2-D (1, ¼), β={beta:g}": EnergySettings(variances=PLANE, beta=beta)
        for beta in (2.5, 4.0, 8.0)
    },
    "2-D (1, ¼), β=1, ¼ below the water level": EnergySettings(variances=PLANE, beta=1.0),
    "10-D, β=1": EnergySettings(variances=(1.0,) * 10, beta=1.0),
    "Laplace, β=2": EnergySettings(source="laplace", beta=2.0),
    "three_modes, β=1": EnergySettings(source="three_modes", beta=1.0),
}
Row = dict[str, Any]


def table(cases: Iterable[str] = CASES, seeds: Iterable[int] = (0, 1)) -> Iterator[Row]:
    """Yield one row per case and seed.

    ``rate_off_bits`` and ``distortion_off`` are relative to the closed form, where one is known.
    ``excess_bits`` is the proved excess of the channel over R(D), on a grid of one or two
    dimensions, and ``untrained_excess_bits`` that of the energy before its first update.
    """
    seeds = tuple(seeds)
    for name in cases:
        for seed in seeds:
            yield _row(name, seed)


def _row(name: str, seed: int, **changed: Any) -> Row:
    settings = replace(CASES[name], seed=seed, **changed)
    begun, wall = time.process_time(), time.perf_counter()
    run = training.finished(train_energy(settings))
    row: Row = {
        "case": name,
        "seed": seed,
        "rate_bits": run.rate_bits,
        "rate_error_bits": run.rate_error_bits,
        "distortion": run.distortion,
        "distortion_error": run.distortion_error,
        "cpu_seconds": time.process_time() - begun,
        "wall_seconds": time.perf_counter() - wall,
    }
    return row | _against_closed_form(run) | _against_shannon(run) | _against_optimum(run)


def _against_closed_form(run: EnergyRun) -> Row:
    rate, D = run.closed_form_bits, run.optimal_distortion
    if rate is None or D is None:
        return {}
    return {
        "closed_form_bits": rate,
        "rate_off_bits": run.rate_bits - rate,
        "distortion_off": run.distortion / D - 1,
    }


def _against_shannon(run: EnergyRun) -> Row:
    """Return the rate minus Shannon's lower bound at its distortion, for a Laplace source."""
    if run.settings.source != "laplace":
        return {}
    scale = np.sqrt(run.sampled.variances[0] / 2)
    entropy = float(np.log(2 * np.e * scale))
    bound = float(closed_forms.shannon_lower_bound(entropy, run.distortion))
    return {"shannon_off_bits": run.rate_bits - bound / np.log(2)}


def _against_optimum(run: EnergyRun) -> Row:
    try:
        found = certified(run)
    except InputError:
        return {}
    begun = first_state(run.channel, run.settings)
    before = certified(replace(run, parameters={**run.parameters, "energy": begun["energy"]}))
    return {
        "untrained_excess_bits": before.excess_bits,
        "grid_rate_bits": found.rate_bits,
        "grid_distortion": found.distortion,
        "excess_bits": found.excess_bits,
        "excess_least_bits": found.excess_least_bits,
    }


def published(
    cases: Iterable[str] = ("1-D, β=2", "1-D, β=10", "three_modes, β=1"),
    seeds: Iterable[int] = (0,),
) -> Iterator[Row]:
    """Yield the rows of ``table`` for the updates that Li et al. (2023) print."""
    seeds = tuple(seeds)
    for name in cases:
        for seed in seeds:
            yield _row(name, seed, updates="published")


def objectives(
    cases: Iterable[str] = ("1-D, β=2", "Laplace, β=2", "three_modes, β=1"),
    seeds: Iterable[int] = (0, 1),
) -> Iterator[Row]:
    """Yield one row per case and seed on how the objective F of a line falls during training.

    F is I + βD plus the divergence of the output from the marginal, by quadrature. ``reports_bits``
    are its means between reports, ``rise_bits`` their largest increase, and ``above_bits`` how far
    the last is above R(D) + βD of the exact solver at the distortion of the channel.
    """
    seeds = tuple(seeds)
    for name in cases:
        for seed in seeds:
            run = training.finished(train_energy(replace(CASES[name], seed=seed)))
            bits = run.history.values["objective_bits"]
            found = certified(run)
            cost = run.settings.beta * found.distortion / np.log(2)
            yield {
                "case": name,
                "seed": seed,
                "reports_bits": [round(float(value), 6) for value in bits],
                "rise_bits": float(max(np.diff(bits).max(), 0.0)),
                "above_bits": float(bits[-1]) - cost - found.best.certificate.lower_bits,
            }


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Run the requested cases, print each row as JSON, then the table of means."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learned_eba", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="only cases whose name contains TEXT"
    )
    chosen = parser.parse_args(arguments)
    rows = []
    for row in table([name for name in CASES if chosen.only in name], chosen.seeds):
        print(json.dumps(row, ensure_ascii=False), flush=True)
        rows.append(row)
    print()
    print(markdown(rows))
    return rows


_COLUMNS = {
    "rate_bits": "rate bound (bits)",
    "rate_off_bits": "rate bound − closed form at D (bits)",
    "shannon_off_bits": "rate bound − Shannon lower bound at D (bits)",
    "distortion": "D",
    "distortion_off": "relative error of D",
    "excess_bits": "proved excess (bits)",
    "untrained_excess_bits": "excess before training (bits)",
    "cpu_seconds": "CPU s",
}


def markdown(rows: Sequence[Row]) -> str:
    """Return means ± one standard deviation over the seeds in Markdown."""
    lines = [("case", "seeds", *_COLUMNS.values()), ("---",) * (2 + len(_COLUMNS))]
    for name in dict.fromkeys(row["case"] for row in rows):
        mine = [row for row in rows if row["case"] == name]
        cells = (_cell([row.get(key) for row in mine]) for key in _COLUMNS)
        lines.append((name, str(len(mine)), *cells))
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _cell(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "—"
    spread = np.std(known, ddof=1) if len(known) > 1 else 0.0
    return f"{np.mean(known):.4g} ± {spread:.1g}"


if __name__ == "__main__":
    main()
