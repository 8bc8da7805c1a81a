"""A slower but robust interior-point method.

For a barrier parameter μ it minimises over r > 0, by Newton steps with a line search,

    V(r) = max_{λ>0} [Φ(r, λ) + μ Σ_k ω_k log λ_k] + Σ_j r_j - μ Σ_j log r_j,

a smooth convex function. The inner maximum is computed to high accuracy at every point, so the line
search uses V itself instead of residuals. At its minimum c_j = 1 - μ / r_j < 1 and the gap is (m +
Σ ω) μ. The predictor–corrector is several times faster where it converges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from rdcore._arrays import Array
from rdcore._clock import Clock
from rdcore.solvers.newton import factored, model_at
from rdcore.solvers.program import Program, Tilted, tilted

_SHRINK = 0.1
_OUTER = 60
_INNER = 60
_BACKTRACKS = 40
_EVALUATIONS = 30_000
# Rounding of a value, relative to it, and how many steps are taken that gain less.
_NOISE = 32 * float(np.finfo(np.float64).eps)
_UNSEEN = 3
# A slope may at first become so many times as large in a step, and this share of that after a turn.
_FARTHEST, _CALMER = 100.0, 0.25
_HOLDS = 4
_ANY_TIME = Clock()


@dataclass
class _Work:
    """Number of evaluations of the dual that are left, and the time."""

    left: int
    until: Clock

    @property
    def done(self) -> bool:
        """Whether either has run out."""
        return self.left <= 0 or self.until.over


def follow(
    scaled: Program, tol: float, until: Clock = _ANY_TIME
) -> Iterator[tuple[Array, Array, float]]:
    """Yield (r, λ, gap) along the central path until the gap is well below ``tol`` nats."""
    r = np.full(scaled.m, 1.0 / scaled.m)
    slopes = 0.5 * scaled.mass / np.maximum(scaled.levels, 1e-300)
    mu = 0.1 / scaled.m
    end = 0.01 * tol / (scaled.m + float(scaled.mass.sum()))
    work = _Work(_EVALUATIONS, until)
    while not work.done:
        r, slopes = _centre(scaled, r, slopes, mu, work)
        yield r, slopes, model_at(scaled, r, slopes).gap
        if mu <= end:
            return
        mu *= _SHRINK


def _centre(
    scaled: Program, r: Array, slopes: Array, mu: float, work: _Work
) -> tuple[Array, Array]:
    slopes, here = _best_slopes(scaled, r, slopes, mu, work)
    unseen = 0
    for _ in range(_OUTER):
        if work.done:
            break
        model = model_at(scaled, r, slopes)
        root = np.sqrt(np.append(r, slopes))
        solve = factored(model, root, np.append(mu / r, mu * scaled.mass / slopes))
        if solve is None:
            break
        slope = 1 - model.c - mu / r
        step = root * solve(-root * np.append(slope, np.zeros_like(slopes)))
        dr, dl = step[: scaled.m], step[scaled.m :]
        decrease = -float(slope @ dr)
        if not decrease > 1e-6 * mu:
            break
        value = _value(here, r, slopes, mu, scaled.mass)
        noise = _NOISE * (1 + abs(value))
        length = min(1.0, 0.95 / max(float((-dr / r).max()), 1e-12))
        for _ in range(_BACKTRACKS):
            trial = r + length * dr
            guess = np.maximum(slopes + length * dl, 0.1 * slopes)
            moved, there = _best_slopes(scaled, trial, guess, mu, work)
            new = _value(there, trial, moved, mu, scaled.mass)
            if new <= value - 0.1 * length * decrease + noise:
                break
            length /= 2
        else:
            break
        r, slopes, here = trial, moved, there
        # A step whose gain rounding hides is taken as it is, a few times.
        unseen += length * decrease <= noise
        if unseen > _UNSEEN:
            break
    return r, slopes


def _value(here: Tilted, r: Array, slopes: Array, mu: float, mass: Array) -> float:
    return float(-here.value + mu * (mass @ np.log(slopes)) + r.sum() - mu * np.log(r).sum())


def _best_slopes(
    scaled: Program, r: Array, slopes: Array, mu: float, work: _Work
) -> tuple[Array, Tilted]:
    """Maximise Φ + μ Σ ω log λ over λ > 0, by Newton steps with a line search.

    A slope that steps up and down in turn is held back by itself, so that the others can move.
    """
    pull = mu * scaled.mass
    here = tilted(scaled, r, slopes)
    unseen, most, before = 0, np.full(len(slopes), _FARTHEST), np.zeros(len(slopes))
    for _ in range(_INNER):
        side = np.sqrt(slopes)
        slope = pull / slopes - here.spare
        curvature = here.S * np.multiply.outer(side, side)
        curvature.flat[:: len(side) + 1] += pull / slopes
        moved = _held(curvature, side * slope, side * most) if len(side) else None
        if moved is None:
            break
        step = side * moved
        turned = step * before < 0
        most, before = np.where(turned, _CALMER * most, most), step
        gain = float(slope @ step)
        if not gain > 1e-10 * mu:
            break
        value = -here.value + float(pull @ np.log(slopes))
        noise = _NOISE * (1 + abs(value))
        length = min(1.0, 0.95 / max(float((-step / slopes).max()), 1e-12))
        length = min(length, _FARTHEST / max(float((step / slopes).max()), 1e-12))
        for _ in range(_BACKTRACKS):
            trial = slopes + length * step
            there = tilted(scaled, r, trial)
            work.left -= 1
            new = -there.value + float(pull @ np.log(trial))
            if new >= value + 0.1 * length * gain - noise:
                break
            length /= 2
        else:
            break
        slopes, here = trial, there
        unseen += length * gain <= noise
        if unseen > _UNSEEN:
            break
    return slopes, here


def _held(matrix: Array, force: Array, most: Array) -> Array | None:
    """Solve with a positive definite matrix, so shifted that no unknown exceeds ``most``.

    The result is a direction of ascent whatever the shift. None if the matrix is not definite.
    """
    for _ in range(_HOLDS):
        factor, fault = dpotrf(matrix, lower=1)
        if fault:
            return None
        found = np.asarray(dpotrs(factor, force, lower=1)[0])
        over = np.abs(found) / most
        if not (over > 1).any():
            break
        matrix = matrix.copy()
        matrix.flat[:: len(force) + 1] *= np.maximum(over, 1.0)
    return found
