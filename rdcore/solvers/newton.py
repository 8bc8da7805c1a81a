"""The Newton system of the saddle point, shared by the two interior-point methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from rdcore._arrays import Array
from rdcore.solvers.program import Program

# Smallest fraction of the distance to the boundary that a step takes.
_TO_BOUNDARY = 0.9
_TINY = float(np.finfo(np.float64).tiny)


class Model(NamedTuple):
    """c (m,), b - E[C] (K,), the gap in nats, and H (m, m), B (m, K), S (K, K)."""

    c: Array
    spare: Array
    gap: float
    H: Array
    B: Array
    S: Array


def model_at(scaled: Program, r: Array, slopes: Array) -> Model:
    """Evaluate c, the gap and the second derivatives at a marginal r (m,) and slopes (K,)."""
    m, count = scaled.m, len(slopes)
    c, expected = np.zeros(m), np.zeros(count)
    H, B, S = np.zeros((m, m)), np.zeros((m, count)), np.zeros((count, count))
    for _, block in scaled.blocks():
        kernel, _ = block.kernel(r, slopes)
        c += block.pmf @ kernel
        mean, covariance, mixed = block.moments(kernel, r)
        expected += mean
        S += covariance
        B += mixed
        kernel *= np.sqrt(block.pmf)[:, None]
        H += kernel.T @ kernel
    spare = scaled.levels - expected
    spent = (r * c) @ np.log(np.maximum(c, _TINY))
    gap = float(slopes @ np.abs(spare) + np.log(c.max()) - spent)
    return Model(c, spare, gap, H, B, S)


def step_length(longest: float, mu: float) -> float:
    """Return the length of a step that may have a ``longest`` one: more of it the smaller μ."""
    return min(1.0, max(_TO_BOUNDARY, 1 - 10 * mu) * longest)


def factored(model: Model, root: Array, slack: Array) -> Callable[[Array], Array] | None:
    """Factor [√r H √r + z, √r B √λ; -(√r B √λ)ᵀ, √λ S √λ + t]; None if it is not definite.

    ``root`` is (√r, √λ) and ``slack`` is (z, t), each (m + K,). The result solves with a right side
    (m + K,).
    """
    m, count = len(model.c), len(model.spare)
    first = model.H * root[:m]
    first *= root[:m, None]
    first.flat[:: m + 1] += slack[:m]
    lower, fault = dpotrf(first, lower=1, clean=0)
    if fault:
        return None
    if not count:
        return lambda right: np.asarray(dpotrs(lower, right, lower=1)[0])
    side = root[m:]
    cross = model.B * side
    cross *= root[:m, None]
    solved, _ = dpotrs(lower, cross, lower=1)
    second = model.S * np.multiply.outer(side, side) + cross.T @ solved
    second.flat[:: count + 1] += slack[m:]
    small, fault = dpotrf(second, lower=1, clean=0)
    if fault:
        return None

    def solve(right: Array) -> Array:
        u, _ = dpotrs(lower, right[:m], lower=1)
        v, _ = dpotrs(small, right[m:] + cross.T @ u, lower=1)
        return np.concatenate([u - solved @ v, v])

    return solve
