"""Compare universal codecs on digits: end-to-end training and frozen encoders, over seeds."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

import rdcore as rd
from rdcore.learned.training import finished
from rdcore.learned.universal import (
    Digits,
    UniversalRun,
    UniversalSettings,
    induced,
    train_universal,
    weighted,
)

SEEDS = (0, 1, 2, 3)
MIDDLE_MSE, MIDDLE_POINTS, EXTREME_MSE = 0.06, 3.0, 0.10
_MEASURES = (
    "mse_pixel",
    "mse_image",
    "accuracy",
    "cross_entropy_nats",
    "entropy_bits",
    "label_entropy_nats",
    "label_cross_entropy_nats",
    "least_mse_image",
    "sliced_w1",
)


def table(
    seeds: Sequence[int] = SEEDS, settings: UniversalSettings | None = None
) -> list[dict[str, Any]]:
    """Train one sweep per seed and return a row for each trade-off and side.

    Each measure has its mean and, under ``*_spread``, its standard deviation over seeds. Rows of
    frozen encoders also have the penalties, from pairs of the same seed. Rows with times, largest
    penalties and certified rates follow.
    """
    usual = UniversalSettings() if settings is None else settings
    runs, seconds = [], []
    for seed in seeds:
        start = time.process_time()
        runs.append(finished(train_universal(replace(usual, seed=seed))))
        seconds.append(time.process_time() - start)
    return [*rows(runs), _times(seconds), *verdicts(runs), *certified(runs[0])]


def perception(seeds: Sequence[int] = SEEDS) -> list[dict[str, Any]]:
    """Return the rows of sweeps with and without a weight on the Wasserstein critic."""
    trade_offs = weighted((0.015, 0.015, 0.015), (0.0, 0.02, 0.1))
    settings = UniversalSettings(trade_offs=trade_offs, frozen_from=(0,))
    return rows([finished(train_universal(replace(settings, seed=seed))) for seed in seeds])


def rows(runs: Sequence[UniversalRun]) -> list[dict[str, Any]]:
    """Return the rows of runs that differ only in their seeds."""
    tables = [run.table() for run in runs]
    return [_row(runs, [one[place] for one in tables]) for place in range(len(tables[0]))]


def verdicts(runs: Sequence[UniversalRun]) -> list[dict[str, Any]]:
    """Return, for each frozen encoder, its largest mean penalty and that of the worst seed."""
    found = []
    for encoder in runs[0].settings.frozen_from:
        errors, points = _penalties(runs, encoder)
        error, point = float(errors.mean(axis=0).max()), float(points.mean(axis=0).max())
        found.append(
            {
                "case": f"worst penalty of encoder {encoder}",
                "mse_percent": 100 * error,
                "mse_percent_worst_seed": 100 * float(errors.max()),
                "accuracy_points": point,
                "accuracy_points_worst_seed": float(points.max()),
                "small": error <= MIDDLE_MSE and point <= MIDDLE_POINTS,
                "large": error >= EXTREME_MSE,
            }
        )
    return found


def certified(run: UniversalRun) -> list[dict[str, Any]]:
    """Return each encoder's rate on all images under one dither, and its certified lower bound."""
    digits = Digits.split(run.settings.held_out, run.settings.seed)
    found = []
    for place in range(len(run.settings.trade_offs)):
        codec = run.codecs[place]
        own = induced(codec, digits.every, digits.every_label, codec.dither(1, 0)[0])
        proof = rd.solve(own.problem).certificate
        found.append(
            {
                "case": f"code of encoder {place} above R(D, C) on its codewords",
                "mse_image": own.mse_image,
                "label_entropy_nats": own.label_entropy_nats,
                "entropy_bits": own.entropy_bits,
                "lower_bits": proof.lower_bits,
                "upper_bits": proof.upper_bits,
                "scope": proof.scope,
            }
        )
    return found


def _row(runs: Sequence[UniversalRun], found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    first = found[0]
    side = f"frozen from {first['encoder']}" if first["frozen"] else "end to end"
    row: dict[str, Any] = {
        "case": f"λ_c={first['classification']:g}, λ_p={first['perception']:g}",
        "side": side,
        "seeds": len(runs),
        "decoder_updates": first["decoder_updates"],
    }
    for name in _MEASURES:
        row |= _spread(name, [one[name] for one in found])
    if first["frozen"]:
        errors, points = _penalties(runs, first["encoder"])
        row |= _spread("mse_percent", 100 * errors[:, first["trade_off"]])
        row |= _spread("accuracy_points", points[:, first["trade_off"]])
    return row


def _penalties(runs: Sequence[UniversalRun], encoder: int) -> tuple[Any, Any]:
    """Return relative increases of squared error and lost accuracy points, (seeds, trade-offs)."""
    each = [run.penalties(encoder) for run in runs]
    errors = [[one.mse_share for one in penalties] for penalties in each]
    points = [[one.accuracy_points for one in penalties] for penalties in each]
    return np.array(errors), np.array(points)


def _spread(name: str, values: Iterable[float]) -> dict[str, float]:
    array = np.array(list(values))
    spread = float(array.std(ddof=1)) if len(array) > 1 else 0.0
    return {name: float(array.mean()), f"{name}_spread": spread}


def _times(seconds: Sequence[float]) -> dict[str, Any]:
    """Return CPU times; the first sweep of a process includes compilation."""
    rest = float(np.mean(seconds[1:])) if len(seconds) > 1 else float("nan")
    return {"case": "time of a sweep", "cpu_seconds_first": seconds[0], "cpu_seconds_rest": rest}


def text(found: Iterable[dict[str, Any]]) -> str:
    """Return the rows as lines of text."""
    return "\n".join(
        "  ".join(
            f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
            for name, value in row.items()
        )
        for row in found
    )


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Print the table and return it."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.learned_universal", description=__doc__
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--steps", type=int, default=UniversalSettings().steps)
    chosen = parser.parse_args(arguments)
    found = table(chosen.seeds, UniversalSettings(steps=chosen.steps))
    print(text(found))
    return found


if __name__ == "__main__":
    main()
