r"""Newton steps on masses, positions and slopes together, for squared error.

At an optimum over every codebook, with codewords y_j of mass r_j > 0 and the levels that bind,

    c_j = 1,    ∇c(y_j) = 0,    E[C_k] = b_k.

These are the stationarity conditions of Φ + Σ r in (log r, y, λ). Once the number of codewords is
right the steps converge quadratically, and codewords come out single and exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array

_STEPS = 40
# Eigenvalues below this share of the largest are noise.
_FLAT = 1e-11
_VANISHED = 1e-9
_SETTLED = 1e-20


class Design(NamedTuple):
    """Codewords y (m, d), masses r (m,) and slopes λ (K,) of the rows that bind."""

    y: Array
    r: Array
    slopes: Array


class Data(NamedTuple):
    """Atoms (n, d), pmf (n,), weights (K, n) and levels (K,) of the rows that bind."""

    points: Array
    pmf: Array
    weights: Array
    levels: Array


def polish(data: Data, design: Design) -> Design | None:
    """Return the stationary design near this one; None if the steps lead nowhere.

    With the slopes eliminated the Hessian in (log r, y) is that of a minimum. Where c is almost
    flat it is close to singular and rounding makes it indefinite, so its eigenvalues are taken by
    size and bounded from below. A codeword whose mass vanishes is dropped.
    """
    for _ in range(_STEPS):
        m, d = design.y.shape
        gradient, hessian = _derivatives(data, design)
        sharp = max(float((design.slopes @ data.weights).max()), 1e-300)
        scale = np.repeat(1 / np.sqrt(design.r), d) / np.sqrt(sharp)
        scale = np.concatenate([1 / np.sqrt(design.r), scale])
        own, price = slice(0, len(scale)), slice(len(scale), None)
        try:
            back = np.linalg.solve(
                hessian[price, price], np.column_stack([hessian[price, own], gradient[price]])
            )
            reduced = (
                (hessian[own, own] - hessian[own, price] @ back[:, :-1]) * scale * scale[:, None]
            )
            force = (gradient[own] - hessian[own, price] @ back[:, -1]) * scale
            size, axes = np.linalg.eigh((reduced + reduced.T) / 2)
        except np.linalg.LinAlgError:
            return None
        size = np.maximum(np.abs(size), _FLAT * float(np.abs(size).max()))
        along = axes.T @ force / size
        move = -scale * (axes @ along)
        prices = -back[:, -1] - back[:, :-1] @ move
        moved = float((along**2) @ size) + float(((prices / design.slopes) ** 2).sum())
        longest = max(
            float(np.abs(move[:m]).max()),
            float(np.abs(move[m:]).max()) * 2 * np.sqrt(sharp),
            float((np.abs(prices) / design.slopes).max()) * 2,
        )
        if not np.isfinite(longest):
            return None
        length = min(1.0, 1.0 / max(longest, 1e-300))
        design = Design(
            design.y + length * move[m:].reshape(m, d),
            design.r * np.exp(length * move[:m]),
            design.slopes + length * prices,
        )
        kept = design.r > _VANISHED
        if not kept.all():
            design = Design(design.y[kept], design.r[kept], design.slopes)
        elif moved < _SETTLED:
            return design
    return None


def _derivatives(data: Data, design: Design) -> tuple[Array, Array]:
    """Return the gradient and Hessian of Φ + Σ r in (log r, y, λ)."""
    (y, r, slopes), p, w = design, data.pmf, data.weights
    (m, d), count = y.shape, len(slopes)
    s = slopes @ w
    away = data.points[:, None, :] - y
    cost = (away**2).sum(axis=2)
    tilt = s[:, None] * cost
    Q = np.exp(tilt.min(axis=1, keepdims=True) - tilt) * r
    Q /= Q.sum(axis=1, keepdims=True)
    joint = p[:, None] * Q
    pull = 2 * s[:, None, None] * away
    mean = (Q * cost).sum(axis=1)
    lines = np.concatenate(
        [Q, (Q[:, :, None] * pull).reshape(len(p), m * d), -(w * mean).T], axis=1
    )
    gradient = -(p @ lines)
    gradient[:m] += r
    gradient[m * (1 + d) :] -= data.levels
    hessian = lines.T @ (p[:, None] * lines)
    mass, place, price = np.arange(m), m + np.arange(m * d).reshape(m, d), m * (1 + d)
    hessian[mass, mass] += r - joint.sum(axis=0)
    force = np.einsum("xj,xja->ja", joint, pull)
    twice = np.einsum("xj,xja,xjb->jab", joint, pull, pull)
    twice -= 2 * np.einsum("xj,x->j", joint, s)[:, None, None] * np.eye(d)
    for a in range(d):
        hessian[mass, place[:, a]] -= force[:, a]
        hessian[place[:, a], mass] -= force[:, a]
        for b in range(d):
            hessian[place[:, a], place[:, b]] -= twice[:, a, b]
    for k in range(count):
        held = joint * w[k][:, None]
        _mirror(hessian, mass, price + k, (held * cost).sum(axis=0))
        turn = np.einsum("xj,xja->ja", held * cost, pull) - 2 * np.einsum("xj,xja->ja", held, away)
        _mirror(hessian, place.ravel(), price + k, turn.ravel())
        for other in range(count):
            hessian[price + k, price + other] -= float(((held * w[other][:, None]) * cost**2).sum())
    return gradient, hessian


def _mirror(hessian: Array, rows: NDArray[np.intp], column: int, values: Array) -> None:
    hessian[rows, column] += values
    hessian[column, rows] += values
