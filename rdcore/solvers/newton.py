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
        tilt = block.tilt(slopes)
        tilt -= tilt.min(axis=1, keepdims=True)
        kernel = np.exp(np.negative(tilt, out=tilt), out=tilt)
        kernel /= (kernel @ r)[:, None]
        c += block.pmf @ kernel
        rooted = kernel * np.sqrt(block.pmf)[:, None]
        H += rooted.T @ rooted
        channel = kernel * r
        mean, covariance = block.moments(channel)
        expected += mean
        S += covariance
        kernel *= block.pmf[:, None]
        for i, d in enumerate(block.matrices):
            mine = np.flatnonzero(block.matrix == i)
            centre = np.einsum("xj,xj->x", channel, d)
            B[:, mine] += (kernel * (d - centre[:, None])).T @ block.weights[mine].T
    spare = scaled.levels - expected
    q = r * c
    gap = float(slopes @ np.abs(spare) + np.log(c.max()) - q[q > 0] @ np.log(c[q > 0]))
    return Model(c, spare, gap, H, B, S)


def step_length(longest: float, mu: float) -> float:
    """Return the length of a step that may have a ``longest`` one: more of it the smaller μ."""
    return min(1.0, max(_TO_BOUNDARY, 1 - 10 * mu) * longest)


def factored(
    model: Model, root: Array, side: Array, z: Array, t: Array
) -> Callable[[Array, Array], tuple[Array, Array]] | None:
    """Factor [√r H √r + z, √r B √λ; -(√r B √λ)ᵀ, √λ S √λ + t]; None if it is not definite."""
    first = model.H * np.multiply.outer(root, root)
    first.flat[:: len(root) + 1] += z
    cross = model.B * np.multiply.outer(root, side)
    lower, fault = dpotrf(first, lower=1, clean=0)
    if fault:
        return None
    solved, _ = dpotrs(lower, cross, lower=1)
    second = model.S * np.multiply.outer(side, side) + cross.T @ solved
    second.flat[:: len(side) + 1] += t
    small, fault = dpotrf(second, lower=1, clean=0) if len(side) else (second, 0)
    if fault:
        return None

    def solve(f: Array, g: Array) -> tuple[Array, Array]:
        u, _ = dpotrs(lower, f, lower=1)
        if not len(side):
            return u, g
        v, _ = dpotrs(small, g + cross.T @ u, lower=1)
        return u - solved @ v, v

    return solve
