r"""Upper bound on the supremum of a sum of Gaussians, for the proof over every codebook.

For squared error the dual bound holds for every codebook if it is lowered by the logarithm of

.. math:: \sup_{y \in R^d} c(y), \qquad c(y) = \sum_x a_x e^{-s_x |x - y|^2}.

The maximisers lie in the convex hull of the atoms, because c decreases away from it, so boxes over
the range of the atoms suffice. At a maximiser y* the gradient vanishes, and e^{-t} ≥ 1 - t gives

.. math:: c(y) \ge c(y^*) \, (1 - s_{max} |y - y^*|^2),

so a small value at the centre of a box rules out a maximum inside it. Sharp Gaussians that are far
from the box do not count if those are weighed that are near, with their distances δ_x from the box:

.. math:: c(y) \ge c(y^*) - |y - y^*|^2 \sum_x s_x a_x e^{-s_x δ_x^2}.

In the remaining boxes c is replaced by its Taylor polynomial of degree p about the centre. With
Cramér's inequality \|H_a(τ)\| e^{-τ^2/2} ≤ 1.0865 (2^a a!)^{1/2} the remainder is at most

.. math:: 1.0865^d \sum_{|α|=p+1} \prod_k \frac{(h_k \sqrt{2 s_{max}})^{α_k}}{\sqrt{α_k!}}
          \sum_x (s_x / s_{max})^{(p+1)/2} a_x e^{-s_x δ_x^2 / 2},

where h are the half-widths of the box. The polynomial is bounded by bisection: the coefficients in
a half-box follow by a fixed matrix, at a negligible cost.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Mask
from rdcore.problem.gaussian_sums import LARGEST_LOG, GaussianSum
from rdcore.proof import rounding

# Gaussians whose sharpness is above _NARROW in units of the atoms' extent are spikes, if it is
# _FAR_SHARPER times that of all others. Where a spike is below e^-_DEPTH it counts as that.
_NARROW = 1e16
_FAR_SHARPER = 1e8
_DEPTH = 40.0
# Degree of the Taylor polynomials, by dimension.
_DEGREE = {1: 11, 2: 11}
_LOW_DEGREE = 6
_CRAMER = 1.0865
# Relative distance of the bound from the largest value found.
_CLOSE = 1e-11
# Half-width of the first boxes in units of 1 / √s_max, by dimension.
_HALF = {1: 0.1, 2: 0.12}
_WIDE = 0.25
_MOST_BOXES, _MOST_HALVES = 60_000, 4_000_000
# In space polynomials cost more than they save, unless c is so flat that this many boxes are left.
_SPACE, _MANY = 3, 10_000
# Taylor coefficients that are stored at a time.
_MOST_COEFFICIENTS = 1 << 25
_MOST_PIECES = 400_000
_LEVELS = 45
_ROUNDS = 48
# Where the sharpest Gaussian is so many times as sharp as the widest, so many boxes come first.
_MIXED = 100.0
_FIRST_BOXES = 4096
_ATOMS = 4000
# Polynomials are used in boxes whose squared half-width is up to so many times that of first ones,
# in units of the Gaussians that are large there.
_SMALL = 1.5


class Supremum(NamedTuple):
    """An upper bound on sup c, and a point (d,) where c is close to it."""

    bound: float
    place: Array


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def supremum(gaussians: GaussianSum, precision: float, peaks: Array | None = None) -> Supremum:
    """Bound sup c from above, to a relative ``precision`` where that can be reached.

    ``peaks`` (N, d) are places where c is large; they are found if they are not known.
    """
    if float(gaussians.log_weights.max()) > LARGEST_LOG:
        return Supremum(np.inf, gaussians.points[gaussians.log_weights.argmax()])
    spikes = _spikes(gaussians)
    if spikes.any():
        return _beside_spikes(gaussians, spikes, precision)
    first = _HALF.get(gaussians.dim, _WIDE)
    grid = gaussians.grid(2 * first, _FIRST_BOXES if _mixed(gaussians) else None)
    values, half = gaussians.on(grid).ravel(), grid.half
    if peaks is None:
        peaks = gaussians.climb(gaussians.summits(0.9 * float(values.max())), steps=20)
    best = _Best(float(values.max()), grid.centres[values.argmax()])
    best = best.or_of(gaussians.values(peaks), peaks)
    centres, bound = grid.centres, np.inf
    off = rounding.EPS * float(np.abs(gaussians.points).max())
    for _ in range(_ROUNDS):
        reach = half + 4 * off
        bounds, pull = _flat_bounds(gaussians, centres, reach, values)
        goal = best.value * (1 + precision)
        open_ = bounds > goal
        bound = max(goal, min(bound, float(bounds.max())))
        centres, bounds, pull = centres[open_], bounds[open_], pull[open_]
        if not len(centres) or len(centres) > min(_MOST_BOXES, _MOST_HALVES >> gaussians.dim):
            break
        small = float(half.max()) ** 2 * pull < _SMALL * first**2 * best.value
        if small.any() and _worth_polynomials(int(small.sum()), gaussians.dim):
            bounds[small], found = _box_bounds(gaussians, centres[small], reach, goal)
            best = best.or_of(np.array([found.value]), found.place[None, :])
            goal = best.value * (1 + precision)
            bound = max(goal, min(bound, float(bounds.max())))
            centres = centres[bounds > goal]
            if not len(centres):
                break
        long = _long(half)
        half = np.where(long, half / 2, half)
        centres = (centres[:, None, :] + _corners(long) * half).reshape(-1, gaussians.dim)
        values = gaussians.values(centres)
        best = best.or_of(values, centres)
    return Supremum(best.value * (1 + precision) if not len(centres) else bound, best.place)


def _mixed(gaussians: GaussianSum) -> bool:
    """Return whether some Gaussians are so much sharper that only boxes near them need be small."""
    return gaussians.sharpest > _MIXED * float(gaussians.sharpness.min())


def _flat_bounds(
    gaussians: GaussianSum, centres: Array, half: Array, values: Array
) -> tuple[Array, Array]:
    """Bound what a maximum of c in each box can be by c at its centre, (N,).

    Also return an upper bound on Σ s_x G_x, where G are the Gaussians, in each box, (N,).
    """
    square = float(half @ half)
    flat = 1 - gaussians.sharpest * square
    bounds = values / flat if flat > 0 else np.full(len(values), np.inf)
    if not _mixed(gaussians):
        return bounds, np.full(len(values), gaussians.sharpest * float(values.max()))
    pull = gaussians.pull(centres, half)
    return np.minimum(bounds, values + square * pull), pull


def _spikes(gaussians: GaussianSum) -> Mask:
    """Return which Gaussians (n,) no grid can follow, and are far narrower than all others."""
    extent = float(np.square(np.ptp(gaussians.points, axis=0)).sum())
    narrow = gaussians.sharpness * extent > _NARROW
    if not narrow.any() or narrow.all():
        return np.zeros(len(narrow), bool)
    widest = float(gaussians.sharpness[narrow].min())
    if widest < _FAR_SHARPER * gaussians.sharpness[~narrow].max():
        return np.zeros(len(narrow), bool)
    return np.asarray(narrow)


def _beside_spikes(gaussians: GaussianSum, spikes: Mask, precision: float) -> Supremum:
    """Bound a sum of Gaussians of which some are so narrow that the others do not vary there.

    Farther than ρ from its centre a spike is below e^-_DEPTH. Closer than that, the other Gaussians
    are at most their value at the centre plus ρ times their largest slope.
    """
    points, logs, s = gaussians.points, gaussians.log_weights, gaussians.sharpness
    wide = GaussianSum(points[~spikes], logs[~spikes], s[~spikes])
    under = supremum(wide, precision)
    peaks, centres = np.exp(logs[spikes]), points[spikes]
    radius = np.sqrt(np.maximum(logs[spikes] + _DEPTH, 0.0) / s[spikes])
    steepest = float(np.exp(wide.log_weights) @ np.sqrt(2 * wide.sharpness / math.e))
    away = np.sqrt(sum((axis[:, None] - axis) ** 2 for axis in centres.T))
    together = (away <= radius[:, None] + radius) @ peaks
    tops = together + wide.values(centres) + steepest * radius
    rest = float(spikes.sum()) * math.exp(-_DEPTH)
    best = int(tops.argmax())
    if tops[best] > under.bound:
        return Supremum(float(tops[best]) + rest, centres[best])
    return Supremum(under.bound + rest, under.place)


def _long(half: Array) -> Mask:
    """Return the axes (d,) along which boxes are halved: the long ones, so that no box is thin."""
    return np.asarray(half > 0.5 * half.max())


def _corners(long: Mask) -> Array:
    """Return the directions of the parts of a box that is halved along some axes (d,), (P, d)."""
    return np.array(list(itertools.product(*[(-1.0, 1.0) if far else (0.0,) for far in long])))


def _worth_polynomials(boxes: int, d: int) -> bool:
    if d < _SPACE:
        return True
    return boxes > _MANY and boxes * (_shape(d).degree + 2) ** d <= _MOST_COEFFICIENTS


class _Best(NamedTuple):
    """The largest value found so far, and its point (d,)."""

    value: float
    place: Array

    def or_of(self, values: Array, places: Array) -> _Best:
        """Return the larger of this value and the largest of values (m,) at places (m, d)."""
        if not len(values) or not values.max() > self.value:
            return self
        return _Best(float(values.max()), places[values.argmax()])


@dataclass(frozen=True, eq=False)
class _Shape:
    """Polynomials of one degree in d variables on [-1, 1]^d.

    Attributes
    ----------
    degree : int
    powers : array of int, (P, d)
        The exponents: those of 1, then the d linear ones, then the quadratic ones.
    """

    degree: int
    powers: Array


@lru_cache(maxsize=4)
def _shape(d: int) -> _Shape:
    p = _DEGREE.get(d, _LOW_DEGREE)
    every = [e for e in itertools.product(range(p + 1), repeat=d) if sum(e) <= p]
    powers = sorted(every, key=lambda e: (sum(e), tuple(-k for k in e)))
    return _Shape(p, np.array(powers))


@lru_cache(maxsize=32)
def _halves(long: tuple[bool, ...]) -> list[Array]:
    """Return matrices from coefficients, a row vector, to those on each part of a halved box.

    The box is halved along the ``long`` axes; parts are in the order of ``_corners``.
    """
    shape = _shape(len(long))
    p, index = shape.degree, shape.powers
    line = np.zeros((3, p + 1, p + 1))
    line[2] = np.eye(p + 1)
    for sign, (a, b) in itertools.product(
        (0, 1), itertools.combinations_with_replacement(range(p + 1), 2)
    ):
        # The coefficient of u^a in ((u ± 1) / 2)^b.
        line[sign, b, a] = math.comb(b, a) * (2.0 * sign - 1) ** (b - a) / 2.0**b
    return [
        np.prod([line[s][np.ix_(index[:, k], index[:, k])] for k, s in enumerate(signs)], axis=0)
        for signs in itertools.product(*[(0, 1) if far else (2,) for far in long])
    ]


def _box_bounds(
    gaussians: GaussianSum, centres: Array, half: Array, goal: float
) -> tuple[Array, _Best]:
    """Return upper bounds on c in boxes around centres (N, d), (N,), tight only above the goal.

    The goal is raised to the largest value of c that is found, which is also returned.
    """
    d = gaussians.dim
    shape, p = _shape(d), _shape(d).degree
    moments = _moments(gaussians, centres, half, p)
    q = half * np.sqrt(2 * gaussians.sharpest)
    last = [e for e in itertools.product(range(p + 2), repeat=d) if sum(e) == p + 1]
    share = sum(
        math.prod(q[k] ** a / math.sqrt(math.factorial(a)) for k, a in enumerate(e)) for e in last
    )
    flat = moments.reshape(len(centres), -1)
    rest = _CRAMER**d * share * flat[:, -1]
    pieces = flat[:, np.ravel_multi_index(tuple(shape.powers.T), (p + 2,) * d)]
    found, best = np.full(len(centres), -np.inf), _Best(-np.inf, centres[0])
    owner, places = np.arange(len(centres)), np.zeros((len(centres), d))
    size = half.copy()
    for level in range(_LEVELS):
        best = best.or_of(pieces[:, 0] - rest[owner], centres[owner] + half * places)
        goal = max(goal, best.value * (1 + _CLOSE))
        bounds = _polynomial_bounds(pieces, d) + rest[owner]
        done = bounds <= goal
        last_level = level == _LEVELS - 1 or (~done).sum() > _MOST_PIECES >> d
        # Splitting the polynomial does not help where the remainder alone is too large.
        done |= pieces[:, 0] + rest[owner] > goal * (1 + 1e-6)
        if last_level:
            done[:] = True
        np.maximum.at(found, owner[done], bounds[done])
        pieces, owner, places = pieces[~done], owner[~done], places[~done]
        if not len(pieces):
            break
        long = _long(size)
        size = np.where(long, size / 2, size)
        corners = _corners(long)
        pieces = np.concatenate([pieces @ part for part in _halves(tuple(long.tolist()))])
        owner = np.tile(owner, len(corners))
        places = np.concatenate([places + corner * size / half for corner in corners])
    return found, best


def _polynomial_bounds(pieces: Array, d: int) -> Array:
    """Return upper bounds on polynomials with coefficients (N, P) on [-1, 1]^d, (N,)."""
    quadratic = slice(1 + d, 1 + d + d * (d + 1) // 2)
    steep = pieces[:, 1 : 1 + d]
    hessian = np.empty((len(pieces), d, d))
    convex = np.zeros(len(pieces))
    pairs = itertools.combinations_with_replacement(range(d), 2)
    for (a, b), part in zip(pairs, pieces[:, quadratic].T, strict=True):
        hessian[:, a, b] = hessian[:, b, a] = 2 * part if a == b else part
        convex += np.maximum(part, 0.0) if a == b else np.abs(part)
    top = np.linalg.eigvalsh(hessian).max(axis=1) if d > 1 else hessian[:, 0, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(top < 0, (steep * steep).sum(axis=1) / (-2 * top), np.inf)
    low = np.minimum(turn, np.abs(steep).sum(axis=1) + convex)
    return np.asarray(pieces[:, 0] + low + np.abs(pieces[:, quadratic.stop :]).sum(axis=1))


def _moments(gaussians: GaussianSum, centres: Array, half: Array, p: int) -> Array:
    """Return Taylor coefficients of c on boxes scaled to [-1, 1]^d, (N, p + 2, …, p + 2).

    Entry α is ∂^α c(centre) h^α / α!; the last one is the sum in the bound on the remainder.
    """
    d, size = gaussians.dim, p + 2
    found = np.zeros((len(centres), *[size] * d))
    lines = [np.unique(centres[:, k], return_inverse=True) for k in range(d)]
    for i in range(0, len(gaussians.points), _ATOMS):
        some = slice(i, i + _ATOMS)
        weights = np.exp(gaussians.log_weights[some])
        tables = [
            _line(gaussians.points[some, k], gaussians.sharpness[some], at, float(half[k]), p)
            for k, (at, _) in enumerate(lines)
        ]
        tables[0][:, p + 1] *= (gaussians.sharpness[some] / gaussians.sharpest) ** ((p + 1) / 2)
        rows = np.array([index for _, index in lines[:-1]], int).reshape(d - 1, len(centres))
        heads, which = np.unique(rows, axis=1, return_inverse=True)
        for number, head in enumerate(heads.T):
            mine = np.flatnonzero(which.ravel() == number)
            block = weights[None, :]
            for table, index in zip(tables[:-1], head, strict=True):
                block = (block[:, None, :] * table[index]).reshape(-1, len(weights))
            last = tables[-1][lines[-1][1][mine]]
            product = last.reshape(-1, len(weights)) @ block.T
            product = product.reshape(len(mine), size, *[size] * (d - 1))
            found[mine] += np.moveaxis(product, 1, -1)
    return found


def _line(x: Array, sharpness: Array, centres: Array, half: float, p: int) -> Array:
    """Return along one axis d^a/dt^a e^{-s (x - t)²} h^a / a! and e^{-s δ² / 2}, (M, p + 2, n)."""
    root = np.sqrt(sharpness)
    away = x - centres[:, None]
    tau, scale = root * away, root * half
    table = np.empty((len(centres), p + 2, len(x)))
    table[:, 0] = np.exp(-tau * tau)
    table[:, 1] = 2 * tau * scale * table[:, 0]
    for a in range(1, p):
        # H_{a+1} = 2 τ H_a - 2 a H_{a-1}
        table[:, a + 1] = tau * table[:, a] - scale * table[:, a - 1]
        table[:, a + 1] *= 2 * scale / (a + 1)
    outside = root * np.maximum(np.abs(away) - half, 0.0)
    table[:, p + 1] = np.exp(-outside * outside / 2)
    return table
