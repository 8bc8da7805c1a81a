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
PERCEPTION = 0.02
# Levels per dimension of the codes whose entropies enclose those of the usual codes.
OTHER_LEVELS = (3, 6)
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
    """Train sweeps for each seed and return a row for each trade-off and side.

    Each measure has its mean and, under ``*_spread``, its standard deviation over seeds. Rows of
    frozen encoders also have the penalties, from pairs of the same seed, for the same trade-off and
    at the same entropy of the code as well: end-to-end codecs with other numbers of levels, which
    have rows too, are interpolated. Rows with times, largest penalties and certified rates follow.
    """
    usual = standard() if settings is None else settings
    every, seconds = [], []
    for seed in seeds:
        start = time.process_time()
        run = finished(train_universal(replace(usual, seed=seed)))
        seconds.append(time.process_time() - start)
        every.append((run, *_others(run.settings)))
    runs = [mine[0] for mine in every]
    ladders = [mine[: 1 + len(OTHER_LEVELS)] for mine in every]
    names = (*(f"end to end, L = {levels}" for levels in OTHER_LEVELS), "end to end, alternating")
    found = rows(runs, ladders)
    for place, name in enumerate(names, start=1):
        found += [{**row, "side": name} for row in rows([mine[place] for mine in every])]
    return [*found, _times(seconds), *verdicts(runs, ladders), *certified(runs[0])]


def standard() -> UniversalSettings:
    """Return the settings of the study: the usual ones with a weight on the critic."""
    weights = [one.classification for one in UniversalSettings().trade_offs]
    return UniversalSettings(trade_offs=weighted(weights, (PERCEPTION,)))


def _others(settings: UniversalSettings) -> tuple[UniversalRun, ...]:
    """Return end-to-end codecs with other levels, and with alternating updates."""
    plain = replace(settings, frozen_from=())
    changed: list[dict[str, Any]] = [
        *({"levels": levels} for levels in OTHER_LEVELS),
        {"alternating": True},
    ]
    return tuple(finished(train_universal(replace(plain, **change))) for change in changed)


def perception(seeds: Sequence[int] = SEEDS) -> list[dict[str, Any]]:
    """Return the rows of sweeps with and without a weight on the Wasserstein critic."""
    trade_offs = weighted((0.015, 0.015, 0.015), (0.0, 0.02, 0.1))
    settings = UniversalSettings(trade_offs=trade_offs, frozen_from=(0,))
    return rows([finished(train_universal(replace(settings, seed=seed))) for seed in seeds])


def rows(
    runs: Sequence[UniversalRun], ladders: Sequence[Sequence[UniversalRun]] = ()
) -> list[dict[str, Any]]:
    """Return the rows of runs that differ only in their seeds.

    Parameters
    ----------
    runs : sequence of UniversalRun
    ladders : sequence of sequences of UniversalRun, optional
        For each seed, end-to-end codecs of several entropies, for penalties at equal entropy.
    """
    tables = [run.table() for run in runs]
    return [_row(runs, [one[place] for one in tables], ladders) for place in range(len(tables[0]))]


def verdicts(
    runs: Sequence[UniversalRun], ladders: Sequence[Sequence[UniversalRun]]
) -> list[dict[str, Any]]:
    """Return the largest mean penalty of each frozen encoder at equal entropy of the code."""
    found = []
    for encoder in runs[0].settings.frozen_from:
        errors, points = _at_equal_entropy(runs, ladders, encoder)
        error, point = (float(np.nanmax(np.nanmean(one, axis=0))) for one in (errors, points))
        found.append(
            {
                "case": f"worst penalty of encoder {encoder}",
                "mse_percent": 100 * error,
                "mse_percent_worst_seed": 100 * float(np.nanmax(errors)),
                "accuracy_points": point,
                "accuracy_points_worst_seed": float(np.nanmax(points)),
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


def _row(
    runs: Sequence[UniversalRun],
    found: Sequence[dict[str, Any]],
    ladders: Sequence[Sequence[UniversalRun]],
) -> dict[str, Any]:
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
    if first["frozen"] and ladders:
        errors, points = _at_equal_entropy(runs, ladders, first["encoder"])
        row |= _spread("mse_percent_at_rate", 100 * errors[:, first["trade_off"]])
        row |= _spread("accuracy_points_at_rate", points[:, first["trade_off"]])
    return row


def _at_equal_entropy(
    runs: Sequence[UniversalRun], ladders: Sequence[Sequence[UniversalRun]], encoder: int
) -> tuple[Any, Any]:
    """Return the penalties of a frozen encoder at the entropy of its code, (seeds, trade-offs).

    For the same trade-off, the logarithm of the squared error and the accuracy of end-to-end codecs
    are interpolated linearly over their entropies; nan if all of them are above or below.
    """
    errors, points = [], []
    for run, ladder in zip(runs, ladders, strict=True):
        H = run.encoders[encoder].held_out.entropy_bits
        pairs = []
        for place, row in enumerate(run.frozen(encoder)):
            own = sorted(
                (
                    (one.encoders[place].held_out.entropy_bits, one.end_to_end()[place])
                    for one in ladder
                ),
                key=lambda pair: pair[0],
            )
            bits = np.array([bits for bits, _ in own])
            inside = bits[0] <= H <= bits[-1]
            error = np.exp(np.interp(H, bits, np.log([one.mse_pixel for _, one in own])))
            accuracy = np.interp(H, bits, [one.accuracy for _, one in own])
            lost = row.mse_pixel / error - 1, 100 * (accuracy - row.accuracy)
            pairs.append(lost if inside else (np.nan, np.nan))
        errors.append([pair[0] for pair in pairs])
        points.append([pair[1] for pair in pairs])
    return np.array(errors), np.array(points)


def _penalties(runs: Sequence[UniversalRun], encoder: int) -> tuple[Any, Any]:
    """Return relative increases of squared error and lost accuracy points, (seeds, trade-offs)."""
    each = [run.penalties(encoder) for run in runs]
    errors = [[one.mse_share for one in penalties] for penalties in each]
    points = [[one.accuracy_points for one in penalties] for penalties in each]
    return np.array(errors), np.array(points)


def _spread(name: str, values: Iterable[float]) -> dict[str, float]:
    array = np.array(list(values))
    array = array[np.isfinite(array)]
    if not len(array):
        return {}
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
    found = table(chosen.seeds, replace(standard(), steps=chosen.steps))
    print(text(found))
    return found


if __name__ == "__main__":
    main()
