r"""Newton steps on masses, positions and slopes together, for squared error.

At an optimum over a free codebook, with codewords y_j of mass r_j > 0 and the binding levels,

    c_j = 1,    ∇c(y_j) = 0,    E[C_k] = b_k.

These are the stationarity conditions of Φ + Σ r in (log r, y, λ). Once the number of codewords is
correct, the steps converge quadratically to the exact codewords, without clusters.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from rdcore._arrays import Array, Index, Mask, exp_of
from rdcore._clock import Clock
from rdcore.problem import Problem

_STEPS = 60
# Budget of codewords times steps, because steps with many codewords are expensive.
_WORK = 3600
_FEWEST = 10
_BACKTRACKS = 12
_PRICINGS = 8
# Number of steps in which the decrease must become ten times smaller.
_PATIENCE = 12
# Eigenvalues below this fraction of the largest are rounding noise.
_FLAT = 1e-11
# How often the shift of the Hessian, at first this fraction, is made ten times as large.
_SHIFTS = 14
# With more codewords than this share of the atoms, c is flat.
CROWDED = 0.5
_VANISHED = 1e-9
# After a step of this squared length convergence is quadratic, and one more step suffices.
_SETTLED = 1e-12
# Decrease of F as a fraction of the decrement above which F is concave; 1/2 for a quadratic.
_BENT = 0.6
# Decreases below the resolution of a line search.
_NOISE = 1e-13
_ANY_TIME = Clock()
_TINY = 1e-200
# Slopes below this fraction of the largest are of rows that do not bind.
_UNPRICED = 1e-12


class Support(NamedTuple):
    """Codewords y (m, d), masses r (m,) and slopes λ (K,) of the binding rows."""

    y: Array
    r: Array
    slopes: Array


class BindingData(NamedTuple):
    """Atoms (n, d), pmf (n,), weights (K, n) and levels (K,) of the binding rows."""

    points: Array
    pmf: Array
    weights: Array
    levels: Array


class _Step(NamedTuple):
    """A change of log r (m,), y (m, d) and λ (K,), and its predicted decrease.

    Attributes
    ----------
    decrease : float
        The Newton decrement, about twice the decrease of F.
    squared : float
        Squared length of the step, in units in which codewords and slopes are of order 1.
    most : float
        Largest step length for which the model is trusted.
    falling : array of bool, (m,)
        Codewords with c < 1 whose mass decreases.
    """

    logs: Array
    places: Array
    prices: Array
    decrease: float
    squared: float
    most: float
    falling: Mask

    @property
    def length(self) -> float:
        """Initial step length."""
        return min(1.0, self.most)

    def along(self, support: Support, length: float) -> Support:
        """Return the support after a step of a given length."""
        return Support(
            support.y + length * self.places,
            support.r * np.exp(length * self.logs),
            np.maximum(support.slopes + length * self.prices, 0.0),
        )


def binding(problem: Problem, slopes: Array) -> Mask:
    """Return the rows (K,) that take part: those with a price worth mention."""
    sharp = slopes * problem.rows.weights.max(axis=1)
    return np.asarray(sharp > _UNPRICED * max(float(sharp.max(initial=0.0)), 1e-300))


def polish(
    data: BindingData,
    support: Support,
    *,
    reach: float = 0.0,
    fading: float = 0.0,
    until: Clock = _ANY_TIME,
) -> tuple[Support, bool]:
    """Return a nearby stationary support and True, or the last support and False.

    F(log r, y) = max_λ Φ + Σ r is minimised by Newton steps with a line search. If c is almost
    flat, the Hessian is nearly singular and indefinite by rounding, and is made definite. Codewords
    within ``reach`` of one another are merged. A codeword with c < 1 whose mass decreases below
    ``fading`` is dropped.
    """
    support, value = _priced(data, merged(support, reach))
    settling, patience, before = False, _PATIENCE, np.inf
    for _ in range(max(_FEWEST, min(_STEPS, _WORK // len(support.y)))):
        step = _newton(data, support)
        if step is None or until.over:
            break
        if step.squared < _SETTLED:
            support = step.along(support, step.length)
            if settling or step.squared < _SETTLED**2:
                return support, True
            settling = True
            continue
        searched = _searched(data, support, step, value)
        if searched is None:
            break
        support, value = searched
        kept = (support.r > _VANISHED) & ~(step.falling & (support.r < fading))
        fewer = merged(Support(support.y[kept], support.r[kept], support.slopes), reach)
        if len(fewer.y) < len(support.y):
            if reachable(data, fewer):
                support, value = _priced(data, fewer)
            else:
                reach, fading = 0.0, 0.0
            patience, before = _PATIENCE, np.inf
            continue
        patience -= 1
        if not patience:
            if step.decrease > 0.1 * before:
                break
            patience, before = _PATIENCE, step.decrease
    return support, False


def _newton(data: BindingData, support: Support) -> _Step | None:
    """Return the Newton step with the slopes eliminated; None if it does not exist."""
    m, d = support.y.shape
    gradient, hessian = derivatives(data, support)
    sharp = max(float((support.slopes @ data.weights).max()), 1e-300)
    scale = np.concatenate([1 / np.sqrt(support.r)] * (1 + d))
    scale[m:] /= np.sqrt(sharp)
    own = np.arange(len(scale))
    free = (support.slopes > 0) | (gradient[len(scale) :] > 0)
    price = len(scale) + np.flatnonzero(free)
    try:
        back = np.linalg.solve(
            hessian[np.ix_(price, price)],
            np.column_stack([hessian[np.ix_(price, own)], gradient[price]]),
        )
        cross = hessian[np.ix_(own, price)]
        reduced = hessian[np.ix_(own, own)] - cross @ back[:, :-1]
        force = (gradient[own] - cross @ back[:, -1]) * scale
        flat = m > CROWDED * len(data.pmf)
        along = _solved(reduced * np.multiply.outer(scale, scale), force, flat=flat)
    except np.linalg.LinAlgError:
        return None
    move = -scale * along
    prices = np.zeros(len(free))
    prices[free] = -back[:, -1] - back[:, :-1] @ move
    relative = np.abs(prices) * data.weights.max(axis=1) / sharp
    longest = max(
        float(np.abs(move[:m]).max()),
        float(np.abs(move[m:]).max()) * 2 * np.sqrt(sharp),
        float(relative.max()) * 2,
    )
    if not np.isfinite(longest):
        return None
    decrease = float(along @ force)
    return _Step(
        move[:m],
        move[m:].reshape(d, m).T,
        prices,
        decrease,
        decrease + float((relative**2).sum()),
        1.0 / max(longest, 1e-300),
        (gradient[:m] > 0) & (move[:m] < 0),
    )


def _searched(
    data: BindingData, support: Support, step: _Step, value: float
) -> tuple[Support, float] | None:
    """Search along a step for a decrease of F; return the support and F.

    If F decreases by more than half the decrement, the value of a quadratic, it is concave along
    the step, and the step is lengthened while F decreases.
    """
    length = step.length
    for _ in range(_BACKTRACKS):
        found, reached = _priced(data, step.along(support, length))
        if reached <= value - 1e-4 * length * step.decrease + _NOISE:
            break
        length /= 2
    else:
        return None
    while (
        step.length <= length <= step.most / 2
        and value - reached > _BENT * length * step.decrease + _NOISE
    ):
        length *= 2
        further, lower = _priced(data, step.along(support, length))
        if lower > reached:
            break
        found, reached = further, lower
    return found, reached


def reachable(data: BindingData, support: Support) -> bool:
    """Return whether the nearest codewords meet the levels strictly."""
    return bool(
        (data.weights @ (data.pmf * _costs(data, support.y).min(axis=0)) < data.levels).all()
    )


def _away(data: BindingData, y: Array) -> list[Array]:
    """Return x - y along each axis, (m, n) each.

    Atoms are on the last axis, here and below, because sums over contiguous memory are the fastest.
    """
    return [data.points[:, a] - y[:, a : a + 1] for a in range(y.shape[1])]


def _costs(data: BindingData, y: Array) -> Array:
    """Return squared distances between codewords and atoms, (m, n)."""
    away = _away(data, y)
    cost = away[0] * away[0]
    for part in away[1:]:
        cost += part * part
    return cost


def merged(support: Support, reach: float) -> Support:
    """Merge codewords within ``reach`` of one another, in order of decreasing mass."""
    y, r = support.y, support.r
    near = np.asarray(sum((y[:, None, a] - y[:, a]) ** 2 for a in range(y.shape[1])))
    near = near < reach * reach
    if near.sum() <= len(r):
        return support
    groups, free = [], np.ones(len(r), bool)
    for i in np.argsort(-r):
        if free[i]:
            groups.append(np.flatnonzero(near[i] & free))
            free &= ~near[i]
            free[i] = False
    masses = np.array([r[g].sum() for g in groups])
    centres = np.array([r[g] @ y[g] / r[g].sum() for g in groups])
    return Support(centres, masses, support.slopes)


def _priced(data: BindingData, support: Support) -> tuple[Support, float]:
    """Return the support with the optimal slopes for its masses and positions, and F."""
    (y, r, slopes), p, w = support, data.pmf, data.weights
    cost, largest = _costs(data, y), w.max(axis=1)
    best, value, step = slopes, -np.inf, np.zeros_like(slopes)
    for _ in range(_PRICINGS):
        slopes = np.maximum(best + step, 0.0)
        tilt = cost * (slopes @ w)
        least = tilt.min(axis=0)
        Q = exp_of(np.subtract(least, tilt, out=tilt))
        Q *= r[:, None]
        Z = Q.sum(axis=0)
        phi = float(p @ (least - np.log(Z)) - slopes @ data.levels)
        if phi < value - _NOISE:
            step = step / 2
            continue
        best, value = slopes, phi
        Q *= cost
        mean = Q.sum(axis=0) / Z
        spread = np.einsum("jx,jx->x", Q, cost) / Z - mean**2
        spare = w @ (p * mean) - data.levels
        free = (slopes > 0) | (spare > 0)
        curvature = ((w[free] * (p * spread)) @ w[free].T).reshape(free.sum(), -1)
        # With a single codeword the curvature is 0, and the step is only limited below.
        curvature.flat[:: len(curvature) + 1] += 1e-14 * np.trace(curvature) + _TINY
        step = np.zeros_like(slopes)
        step[free] = np.linalg.solve(curvature, spare[free])
        if float(step @ spare) < 1e-14:
            break
        sharp = float((slopes @ w).max())
        step *= min(1.0, 0.5 * sharp / max(float((np.abs(step) * largest).max()), 1e-300))
    return support._replace(slopes=best), value + float(r.sum())


def _solved(matrix: Array, force: Array, *, flat: bool) -> Array:
    """Solve with a symmetric matrix made positive definite.

    A shift is cheap, and enough if c is flat; otherwise absolute values of the eigenvalues lead out
    of saddle points sooner.
    """
    shift = _FLAT * float(np.abs(np.diag(matrix)).max())
    for _ in range(_SHIFTS if flat else 1):
        firm = matrix.copy()
        firm.flat[:: len(firm) + 1] += shift
        factor, fault = dpotrf(firm, lower=1, clean=0)
        if not fault:
            return np.asarray(dpotrs(factor, force, lower=1)[0])
        shift *= 10
    size, axes = np.linalg.eigh((matrix + matrix.T) / 2)
    size = np.maximum(np.abs(size), _FLAT * float(np.abs(size).max()))
    return np.asarray(axes @ (axes.T @ force / size))


def derivatives(data: BindingData, support: Support) -> tuple[Array, Array]:
    """Return the gradient and Hessian of Φ + Σ r in (log r, y one axis after the other, λ)."""
    (y, r, slopes), p, w = support, data.pmf, data.weights
    (m, d), K = y.shape, len(slopes)
    s = slopes @ w
    away = _away(data, y)
    cost = sum((part * part for part in away[1:]), away[0] * away[0])
    tilt = cost * s
    Q = exp_of(np.subtract(tilt.min(axis=0), tilt, out=tilt))
    Q *= r[:, None]
    Q /= Q.sum(axis=0)
    Qc = Q * cost
    lines = np.empty((m * (1 + d) + K, len(p)))
    lines[:m] = Q
    for a in range(d):
        np.multiply(Q, 2 * away[a] * s, out=lines[m * (1 + a) : m * (2 + a)])
    lines[m * (1 + d) :] = -w * Qc.sum(axis=0)
    gradient = -(lines @ p)
    rooted = lines * np.sqrt(p)
    hessian = rooted @ rooted.T
    mass, price, wp = np.arange(m), slice(m * (1 + d), None), w * p
    hessian[mass, mass] += r + gradient[:m]
    _mirror(hessian, slice(0, m), price, Qc @ wp.T)
    for a in range(d):
        at, pulled = m * (1 + a) + mass, lines[m * (1 + a) : m * (2 + a)]
        _mirror(hessian, mass, at, gradient[at])
        _mirror(hessian, slice(at[0], at[-1] + 1), price, (pulled * cost - 2 * Q * away[a]) @ wp.T)
        hessian[at, at] += 2 * (Q @ (p * s)) - (pulled * away[a]) @ (2 * p * s)
        for b in range(a):
            _mirror(hessian, at, m * (1 + b) + mass, -(pulled * away[b]) @ (2 * p * s))
    hessian[price, price] -= (wp * np.einsum("jx,jx->x", Qc, cost)) @ w.T
    gradient[:m] += r
    gradient[price] -= data.levels
    return gradient, hessian


def _mirror(matrix: Array, rows: Index, columns: Index, values: Array) -> None:
    matrix[rows, columns] += values
    matrix[columns, rows] += values.T
