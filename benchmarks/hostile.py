"""Certificates of hostile proposals on problems whose rate is known in extended precision.

Levels lie at the smallest one, a few roundings above it or anywhere; floors are up to 1e15 times
what codewords differ by; units run from 1e-140 to 1e140. Channels, slopes and priors are the best
ones, these with noise of any size, or extreme on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from mpmath import mp, mpf

import rdcore as rd

# Bits in which the rate of a problem is known.
_BITS = 200
_ULPS = (0, 0, 0, 1, 1, 2, 3, 8, 64)
_NOISES = (0.0, 1e-16, 1e-14, 1e-12, 1e-9, 1e-6, 1e-3, 1.0)


@dataclass(frozen=True, eq=False)
class Trial:
    """A problem, its rate in nats, and a proposal for ``certify``."""

    problem: rd.Problem
    rate: Any
    channel: np.ndarray
    slopes: np.ndarray
    prior: np.ndarray | None


@dataclass(frozen=True)
class Verdict:
    """What came of a certificate: how far its bounds are on the wrong side, nats, or 0."""

    lower: float
    upper: float

    @property
    def wrong(self) -> bool:
        return self.lower > 0 or self.upper > 0


def judge(trial: Trial) -> Verdict:
    """Certify a proposal and compare the bounds with the rate."""
    proof = rd.certify(trial.problem, trial.channel, trial.slopes, trial.prior)
    with mp.workprec(_BITS):
        above = max(mpf(proof.lower) - trial.rate, mpf(0))
        below = mpf(0) if proof.upper == np.inf else max(trial.rate - mpf(proof.upper), mpf(0))
        return Verdict(float(above), float(below))


def trials(seed: int, count: int) -> Iterator[Trial]:
    """Yield so many trials."""
    draw = np.random.default_rng(seed)
    for index in range(count):
        yield (_coin if index % 3 else _uniform)(draw)


def _level(draw: np.random.Generator, floor: float, step: float) -> float:
    """Return a level from its smallest value to a step above it."""
    kind = int(draw.integers(4))
    if kind == 0 and floor > 0:
        level = floor
        for _ in range(int(draw.choice(_ULPS))):
            level = float(np.nextafter(level, np.inf))
        return level
    if kind == 1:
        return float(floor + step * 10.0 ** draw.uniform(-15, 0))
    return float(floor + step * draw.random())


def _units(draw: np.random.Generator) -> tuple[float, float]:
    """Return a power of two as the unit, and a floor, a whole number of them."""
    unit = 2.0 ** int(draw.integers(-460, 461)) if draw.random() < 0.3 else 1.0
    floor = float(np.floor(10.0 ** draw.uniform(0, 15))) if draw.random() < 0.7 else 0.0
    return unit, floor * unit


def _coin(draw: np.random.Generator) -> Trial:
    """A coin whose sides cost a floor, and an error as much more as the unit: H(p) - H(δ)."""
    p = int(draw.integers(1, 1 << 19)) / (1 << 20)
    unit, floor = _units(draw)
    level = _level(draw, floor, unit * p)
    cost = floor + unit * (1 - np.eye(2))
    problem = rd.Problem(rd.Source([0.0, 1.0], [1 - p, p]), [0.0, 1.0], cost, [rd.average(level)])
    with mp.workprec(_BITS):
        share = min((mpf(level) - mpf(floor)) / mpf(unit), mpf(p))
        rate = _entropy(mpf(p)) - _entropy(share)
        best = [[1 - share, share], [share, 1 - share]]
        law = (mpf(p) - share) / (1 - 2 * share)
        channel = np.array(
            [
                [
                    float(weight * keep / total)
                    for weight, keep in zip((1 - law, law), row, strict=True)
                ]
                for row in best
                for total in [(1 - law) * row[0] + law * row[1]]
            ]
        )
        slope = float(mp.log((1 - share) / share) / unit) if share > 0 else 50.0 / unit
    return _proposed(draw, problem, rate, (channel, slope))


def _uniform(draw: np.random.Generator) -> Trial:
    """Symbols that are equally likely: log m - H(δ) - δ log(m - 1)."""
    m = int(2 ** draw.integers(1, 5))
    unit, floor = _units(draw)
    level = _level(draw, floor, unit * (1 - 1 / m))
    cost = floor + unit * (1 - np.eye(m))
    atoms = np.arange(float(m))
    source = rd.Source(atoms, np.full(m, 1 / m))
    whole = bool(draw.random() < 0.3)
    mine = rd.subset(np.ones(m, bool), level, "joint") if whole else rd.average(level)
    problem = rd.Problem(source, atoms, cost, [mine])
    with mp.workprec(_BITS):
        share = min((mpf(level) - mpf(floor)) / mpf(unit), 1 - mpf(1) / m)
        rate = mp.log(m) - _entropy(share) - share * mp.log(m - 1)
        channel = np.full((m, m), float(share / (m - 1)))
        np.fill_diagonal(channel, float(1 - share))
        steep = mp.log((1 - share) * (m - 1) / share) if share > 0 else mpf(50)
    return _proposed(draw, problem, max(rate, mpf(0)), (channel, float(steep / unit)))


def _entropy(p: Any) -> Any:
    return mpf(0) if p <= 0 or p >= 1 else -p * mp.log(p) - (1 - p) * mp.log(1 - p)


def _proposed(
    draw: np.random.Generator, problem: rd.Problem, rate: Any, best: tuple[np.ndarray, float]
) -> Trial:
    channel, slope = best
    shape, noise = channel.shape, float(draw.choice(_NOISES))
    kind = int(draw.integers(6))
    if kind == 0:
        channel = draw.dirichlet(np.full(shape[1], 10.0 ** draw.uniform(-2, 1)), shape[0])
    elif kind == 1:
        channel = np.full(shape, 1 / shape[1])
    elif kind == 2:
        channel = np.eye(shape[1])[draw.integers(shape[1], size=shape[0])]
    else:
        channel = np.maximum(channel * (1 + noise * draw.normal(size=shape)), 0.0) + 1e-300
    channel = channel / channel.sum(axis=1, keepdims=True)
    factor = float(draw.choice([1.0, 1.0, 1.0, 0.0, 0.5, 3.0, 1e3, 1e10]))
    slopes = np.array([abs(slope * factor * (1 + noise * draw.normal()))])
    prior = None
    if draw.random() < 0.3:
        prior = 10.0 ** draw.uniform(-300, 0, shape[1])
    return Trial(problem, rate, channel, slopes, prior)
