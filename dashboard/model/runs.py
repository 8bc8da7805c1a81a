"""Precomputed trainings of codecs, run by run, and the comparison of D-CO with β-VAE."""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from dashboard.model.studies import FOLDER
from dashboard.model.views import Floats

FILE = FOLDER / "runs.csv"
MADE_BY = "python -m benchmarks.learned_runs"
# Runs of fewer seeds than this have a spread that says little.
ENOUGH = 5
_PEAK = 255.0
_LIMIT = 1e3
_CLOSE = 0.01
_LATE = "not yet tight"
# Upper ends of the intervals of the excess rate up to which the rates count as equal.
MOST: Mapping[str, float] = MappingProxyType({"training": 0.03, "held_out": 0.08})
SIDES: Mapping[str, str] = MappingProxyType(
    {"training": "training data", "held_out": "held-out data"}
)


@dataclass(frozen=True)
class Run:
    """One finished training; D is the mean squared error per pixel, R bits per pixel.

    Attributes
    ----------
    data, method, recipe : str
    weight : float
        β of a β-VAE, the fixed λ of a hinge, and 0 for D-CO.
    target : float
        The target of D-CO and hinge; 0 for a β-VAE.
    channels, steps, seed : int
    training_mse, training_bpp, held_out_mse, held_out_bpp : float
    multiplier : float
        λ at the end.
    first_mse : float
        Mean of D over the minibatches before the first report.
    trajectory : str
        λ at equally spaced reports, separated by spaces.
    cpu_s : float
        CPU time of the training in seconds; the first run of a process includes compilation.
    """

    data: str
    method: str
    recipe: str
    weight: float
    target: float
    channels: int
    steps: int
    seed: int
    training_mse: float
    training_bpp: float
    held_out_mse: float
    held_out_bpp: float
    multiplier: float
    first_mse: float
    trajectory: str
    cpu_s: float

    @property
    def error(self) -> float:
        """D/c - 1 on the training data."""
        return self.training_mse / self.target - 1

    @property
    def multipliers(self) -> Floats:
        """λ at equally spaced reports."""
        return np.array([float(value) for value in self.trajectory.split()])

    @property
    def verdict(self) -> str:
        """The verdict, as by ``CodecRun.verdict`` of rdcore.learned, which needs JAX."""
        if self.method == "dco" and self.multiplier > 0.99 * _LIMIT:
            return "unreachable"
        if self.error > _CLOSE:
            return "missed"
        if self.error >= -_CLOSE:
            return "met"
        if self.method != "dco":
            return "below target"
        last = self.multipliers[-max(len(self.multipliers) // 10, 2) :]
        return _LATE if last[-1] < last[0] else "met"


def read(file: Path = FILE) -> tuple[Run, ...]:
    """Return the runs of a file, none if there is no file."""
    if not file.exists():
        return ()
    with file.open(encoding="utf-8", newline="") as text:
        return tuple(_parsed(row) for row in csv.DictReader(text))


@lru_cache(maxsize=1)
def kept() -> tuple[Run, ...]:
    """Return the runs that the app comes with."""
    return read()


def _parsed(row: dict[str, str]) -> Run:
    kinds: dict[str, Any] = {"str": str, "int": int, "float": float}
    return Run(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Run)})


def chosen(runs: Iterable[Run], **wanted: Any) -> tuple[Run, ...]:
    """Return the runs whose fields have the given values."""
    return tuple(
        one for one in runs if all(getattr(one, name) == value for name, value in wanted.items())
    )


class Pair(NamedTuple):
    """A β-VAE, and D-CO with the distortion that it reached as target, from the same seed."""

    beta: Run
    dco: Run


def pairs(runs: Iterable[Run], data: str, channels: int = 4) -> tuple[Pair, ...]:
    """Return the pairs of a kind of data, in order of β and seed."""
    mine = chosen(runs, data=data, channels=channels, recipe="settled")
    targets = {(one.seed, one.steps, one.target): one for one in chosen(mine, method="dco")}
    free = sorted(chosen(mine, method="beta"), key=lambda one: (one.weight, one.seed))
    keys = [(one, (one.seed, one.steps, round(one.training_mse, 1))) for one in free]
    return tuple(Pair(one, targets[key]) for one, key in keys if key in targets)


def in_advance(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return the runs of D-CO whose target is not what a β-VAE reached."""
    every = tuple(runs)
    paired = {pair.dco for data in ("photographs", "digits") for pair in pairs(every, data)}
    mine = chosen(every, method="dco", recipe="settled")
    return tuple(one for one in mine if one not in paired)


def excesses(found: Sequence[Pair], side: str) -> Floats:
    """Return the excess rate of D-CO over β-VAE at equal distortion, for each pair.

    The rate of a β-VAE is moved to the distortion of its D-CO along ``log_curve`` of the mean
    points of the β-VAEs.

    Parameters
    ----------
    found : sequence of Pair
    side : str
        "training" or "held_out".

    Returns
    -------
    array, (n,)
        R/R_β - 1.
    """

    def logs(one: Run) -> tuple[float, float]:
        D, rate = getattr(one, f"{side}_mse"), getattr(one, f"{side}_bpp")
        return float(np.log(D)), float(np.log(rate))

    weights = sorted({pair.beta.weight for pair in found})
    means = [
        np.mean([logs(pair.beta) for pair in found if pair.beta.weight == weight], axis=0)
        for weight in weights
    ]
    curve = log_curve(np.array(means))
    values = []
    for pair in found:
        (D, rate), (there, free) = logs(pair.dco), logs(pair.beta)
        values.append(float(np.exp(rate - free - curve(D) + curve(there)) - 1))
    return np.array(values)


def log_curve(means: Floats) -> np.poly1d:
    """Return log R over log D through points, (n, 2).

    It is a parabola, a line for two points, and has the slope -1 for one.
    """
    degree = min(2, len(means) - 1)
    if not degree:
        return np.poly1d([-1.0, float(means[0].sum())])
    return np.poly1d(np.polyfit(means[:, 0], means[:, 1], degree))


class Interval(NamedTuple):
    """A mean, the ends of its 95 % interval by Student's t, and the number of values."""

    mean: float
    low: float
    high: float
    number: int

    def ends(self) -> str:
        """Return the ends of the interval in percent."""
        if self.number == 1:
            return "not known"
        return " to ".join(f"{100 * end:+.1f}" for end in self[1:3]).replace("-", "−") + " %"

    def text(self) -> str:
        """Return the mean and the interval in percent."""
        mean = f"{100 * self.mean:+.1f} %".replace("-", "−")
        return (
            f"{mean} (one pair)"
            if self.number == 1
            else f"{mean} ({self.ends()}, {self.number} pairs)"
        )


def interval(values: Floats) -> Interval:
    """Return the mean of independent values and its 95 % interval; unbounded for one value."""
    count = len(values)
    mean = float(values.mean())
    if count == 1:
        return Interval(mean, -np.inf, np.inf, 1)
    half = float(student.ppf(0.975, count - 1) * values.std(ddof=1) / np.sqrt(count))
    return Interval(mean, mean - half, mean + half, count)


def equal(found: Sequence[Pair], side: str) -> bool:
    """Return whether D-CO is shown to have the rate of a β-VAE, up to the share in ``MOST``."""
    return interval(excesses(found, side)).high <= MOST[side]


def conclusion(found: Sequence[Pair]) -> str:
    """Say on which data D-CO has the rate of a β-VAE, and how near D is to the targets."""
    if len(found) == 1:
        return "There is one pair, and pairs of other seeds differ by several percent."
    return " ".join([*(_comparison(found, side) for side in SIDES), aim(found)])


def _comparison(found: Sequence[Pair], side: str) -> str:
    values = excesses(found, side)
    mine = interval(values)
    most = f"{100 * MOST[side]:.0f} %"
    if mine.high <= MOST[side]:
        return (
            f"On {SIDES[side]} D-CO has the rate of a β-VAE at equal D: the interval {mine.ends()}"
            f" ends below {most}."
        )
    if mine.low > 0:
        return f"On {SIDES[side]} D-CO needs more rate than a β-VAE at equal D, {mine.ends()}."
    scatter = f"{100 * values.std(ddof=1):.0f} %"
    return (
        f"On {SIDES[side]} it is not shown that D-CO has the rate of a β-VAE at equal D: the"
        f" interval {mine.ends()} ends above {most}, because {len(values)} pairs that scatter by"
        f" {scatter} leave the mean uncertain."
    )


def aim(found: Sequence[Pair]) -> str:
    """Say how near D on training data is to the targets; the verdict on each run is one-sided."""
    errors = np.array([pair.dco.error for pair in found])
    verdicts = [pair.dco.verdict for pair in found]
    near = int((abs(errors) <= _CLOSE).sum())
    if near == len(found):
        return f"D of all {near} runs is within 1 % of its target."
    kinds: dict[str, list[float]] = {}
    for error, word in zip(errors, verdicts, strict=True):
        if abs(error) > _CLOSE:
            kinds.setdefault(word, []).append(abs(error))
    side = {
        _LATE: "below the target while λ still falls, which is not yet tight",
        "met": "below the target with λ at rest",
        "missed": "above the target",
        "unreachable": "above the target with λ at its limit",
    }
    said = [f"D of {near} of {len(found)} runs is within 1 % of its target"]
    said += [
        f"in {len(mine)} it is up to {100 * max(mine):.1f} % {side[word]}"
        for word, mine in kinds.items()
    ]
    return "; ".join(said) + "."


class Point(NamedTuple):
    """Means and standard deviations over the seeds of runs with equal settings."""

    runs: tuple[Run, ...]
    D: float
    D_spread: float
    rate: float
    rate_spread: float


def points(
    runs: Iterable[Run], side: str, by: Callable[[Run], Hashable] | None = None
) -> tuple[Point, ...]:
    """Return a point for each group of runs, by default those with equal settings."""
    groups: dict[Hashable, list[Run]] = {}
    for one in runs:
        own = (one.data, one.method, one.recipe, one.weight, one.target, one.channels, one.steps)
        groups.setdefault(own if by is None else by(one), []).append(one)
    found = []
    for mine in groups.values():
        D = np.array([getattr(one, f"{side}_mse") for one in mine])
        rate = np.array([getattr(one, f"{side}_bpp") for one in mine])
        spreads = [float(x.std(ddof=1)) if len(x) > 1 else 0.0 for x in (D, rate)]
        found.append(
            Point(tuple(mine), float(D.mean()), spreads[0], float(rate.mean()), spreads[1])
        )
    return tuple(sorted(found, key=lambda point: point.D))


def psnr(D: Floats) -> Floats:
    """Return the peak signal-to-noise ratio in dB of squared errors on 0…255."""
    found: Floats = 10 * np.log10(_PEAK**2 / D)
    return found
