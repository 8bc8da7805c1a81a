r"""Upper bounds on the suprema of many sums of Gaussians on the line, all in one pass.

Each sum has one sharpness, :math:`c(y) = \sum_x a_x e^{-s (x-y)^2}`, so that in units of
:math:`s^{-1/2}` boxes of one width serve all. In a box of half-width h the Taylor polynomial has
the coefficients :math:`\sum_x a_x e^{-τ^2} H_k(τ) h^k / k!` with τ = x - y, and Cramér's inequality
bounds the remainder, as in ``supremum``.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices, Mask

_DEGREE = 11
_CRAMER = 1.0865
# Half-width of the boxes in units of 1 / √s: a remainder of 2e-12 of the sum of wider Gaussians.
_HALF = 0.15
_MOST_BOXES = 1 << 21
_PAIRS = 1 << 16
# How often a box is halved, and what rounding may add to a polynomial.
_HALVINGS = 40
_NOISE = 1e-13
_LARGEST_LOG = 600.0


class Suprema(NamedTuple):
    """Bounds on suprema, and where the sums are large.

    Attributes
    ----------
    bounds : array, (B,)
        No value of a sum is larger; ∞ where a sum has too many boxes.
    owners, peaks, values, curvatures : arrays, (P,)
        Local maxima, roughly: whose, where, how large, and minus the second derivative in units of
        2s.
    """

    bounds: Array
    owners: Indices
    peaks: Array
    values: Array
    curvatures: Array


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def suprema(x: Array, logs: Array, s: Array, precision: Array) -> Suprema:
    """Bound sums with points (B, n), log weights (B, n) and sharpnesses (B,) from above.

    A bound is at most 1 + ``precision`` (B,) times the largest value where the boxes allow that;
    a sum whose bound is below 1 + ``precision`` is not examined further.
    """
    alive = logs > -np.inf
    low = np.where(alive, x, np.inf).min(axis=1)
    high = np.where(alive, x, -np.inf).max(axis=1)
    root = np.sqrt(s)
    counts = np.maximum(np.ceil((high - low) * root / (2 * _HALF)), 1.0)
    lost = (counts > _MOST_BOXES // len(s)) | ((logs.max(axis=1)) > _LARGEST_LOG)
    counts = np.where(lost, 1, counts).astype(int)
    owner = np.repeat(np.arange(len(s)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    half = (high - low) * root / counts / 2
    centre = low[owner] * root[owner] + half[owner] * (2 * place + 1)
    poly, rest = _expansions(x * root[:, None], logs, centre, owner, half)
    bounds = _bounded(poly, rest, owner, precision, len(s))
    peaks = _local_maxima(poly, owner)
    turn = np.clip(-poly[peaks, 1] / np.minimum(2 * poly[peaks, 2], -1e-300), -1.0, 1.0)
    ahead = _evaluated(poly[peaks], turn)
    values = np.maximum(poly[peaks, 0], ahead)
    turned = np.where(ahead >= poly[peaks, 0], turn, 0.0)
    curved = -poly[peaks, 2] / np.maximum(half[owner[peaks]] ** 2, 1e-300)
    scale = np.where(root > 0, root, 1.0)[owner[peaks]]
    where = np.where(
        root[owner[peaks]] > 0,
        (centre[peaks] + half[owner[peaks]] * turned) / scale,
        low[owner[peaks]],
    )
    return Suprema(np.where(lost, np.inf, bounds), owner[peaks], where, values, curved)


def _evaluated(poly: Array, u: Array) -> Array:
    return np.asarray((poly * u[:, None] ** np.arange(poly.shape[1])).sum(axis=1))


def _expansions(
    t: Array, logs: Array, centre: Array, owner: Indices, half: Array
) -> tuple[Array, Array]:
    """Return Taylor coefficients on [-1, 1], (N, 12), and bounds on the remainders (N,)."""
    poly, rest = np.empty((len(centre), _DEGREE + 1)), np.empty(len(centre))
    step = max(1, _PAIRS // t.shape[1])
    factor = _CRAMER * math.sqrt(2.0) ** (_DEGREE + 1) / math.sqrt(math.factorial(_DEGREE + 1))
    for first in range(0, len(centre), step):
        some = slice(first, first + step)
        mine, h = owner[some], half[owner[some], None]
        away = t[mine] - centre[some, None]
        weight = logs[mine]
        current = np.exp(weight - away * away)
        beyond = np.maximum(np.abs(away) - h, 0.0)
        beyond *= beyond
        rest[some] = factor * h[:, 0] ** (_DEGREE + 1) * np.exp(weight - beyond / 2).sum(axis=1)
        before = np.zeros_like(current)
        away *= 2 * h
        double = 2 * h * h
        poly[some, 0] = current.sum(axis=1)
        for k in range(_DEGREE):
            before *= -double
            before += away * current
            before /= k + 1
            before, current = current, before
            poly[some, k + 1] = current.sum(axis=1)
    return poly, rest


def _halves() -> tuple[Array, Array]:
    """Return matrices that map coefficients (row vectors) to those on each half."""
    size = _DEGREE + 1
    sides = np.zeros((2, size, size))
    for b in range(size):
        for a in range(b + 1):
            ways = math.comb(b, a) / 2.0**b
            sides[0, b, a], sides[1, b, a] = ways * (-1.0) ** (b - a), ways
    return sides[0], sides[1]


def _bounded(poly: Array, rest: Array, owner: Indices, precision: Array, count: int) -> Array:
    best = np.full(count, -np.inf)
    found = np.full(count, -np.inf)
    left, right = _halves()
    rest = rest + _NOISE * np.abs(poly).sum(axis=1)
    # No bound is closer than the remainders allow.
    unknown = np.zeros(count)
    np.maximum.at(unknown, owner, 3 * rest)
    for halving in range(_HALVINGS):
        np.maximum.at(best, owner, poly[:, 0] - rest)
        goal = np.maximum(best, 1.0) * (1 + precision) + unknown
        tops = _tops(poly) + rest
        done: Mask = (tops <= goal[owner]) | (poly[:, 0] + rest > goal[owner])
        if halving == _HALVINGS - 1 or (~done).sum() > _MOST_BOXES:
            done[:] = True
        np.maximum.at(found, owner[done], tops[done])
        open_ = ~done
        if not open_.any():
            break
        poly, owner, rest = poly[open_], owner[open_], rest[open_]
        poly = np.concatenate([poly @ left, poly @ right])
        owner, rest = np.tile(owner, 2), np.tile(rest, 2)
    return found


def _tops(poly: Array) -> Array:
    """Return upper bounds on polynomials with coefficients (N, P) on [-1, 1], (N,)."""
    steep, bend = poly[:, 1], poly[:, 2]
    turn = np.where(bend < 0, steep * steep / (-4 * np.minimum(bend, -1e-300)), np.inf)
    low = np.minimum(turn, np.abs(steep) + np.maximum(bend, 0.0))
    return np.asarray(poly[:, 0] + low + np.abs(poly[:, 3:]).sum(axis=1))


def _local_maxima(poly: Array, owner: Indices) -> Indices:
    """Return boxes whose centre is at least as high as the neighbouring ones."""
    c = poly[:, 0]
    same = owner[1:] == owner[:-1]
    rises = np.append(same & (c[1:] > c[:-1]), False)
    fell = np.append(False, same & (c[1:] < c[:-1]))
    return np.flatnonzero(~rises & ~fell)
