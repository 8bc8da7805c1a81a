r"""Upper bound on the supremum of c over label distributions whose simplex has many corners.

A maximiser u* of c consists of the means of the posteriors under the shares q of the terms, so that
with Gibbs' inequality and prices λ = λ' + κ whose first parts λ' sum to 1

.. math::

    \log c(u^*) = H(q) + \sum_x q_x \log w_x + \sum_s (λ'_s + κ_s) u^*_s \log u^*_s.

Only the last part, with κ, is convex in q. In a box of label distributions its chords bound
:math:`u_s \log u_s` from above and are linear: what is left is the logarithm of another c, which is
concave and homogeneous of degree 1, with the weights
:math:`w_x e^{\sum_s κ_s P(s|x) α_s}` for chords of slopes α. A tangent bounds that. Boxes are cut
where a chord is farthest from its arc, those of the largest bounds first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.classification._dual_constraint import DualConstraint, Places
from rdcore.classification.tasks import LEAST

# How many numbers are worked on in all, and how many boxes at a time.
_EFFORT = 2e7
_AT_A_TIME = 512
# Moves towards the place at which the tangent is taken, and steps to stay inside the box.
_MOVES = 8
_NEWTON = 8
# A cut leaves at least this share of the box on either side.
_SIDE = 0.1
_THIN = 1e-12


@dataclass(frozen=True, eq=False)
class _Boxes:
    """Boxes of label distributions, each for one codeword.

    Attributes
    ----------
    where : array, (N,)
        The codewords.
    low, high : arrays, (N, L)
        The ends of the boxes.
    laws : array, (N, L)
        Label distributions near which c is largest.
    limits : array, (N,)
        Upper bounds on log c.
    """

    where: Array
    low: Array
    high: Array
    laws: Array
    limits: Array

    def __len__(self) -> int:
        return len(self.where)

    def some(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Boxes:
        return _Boxes(*(part[chosen] for part in self._parts))

    def joined(self, other: _Boxes) -> _Boxes:
        pairs = zip(self._parts, other._parts, strict=True)
        return _Boxes(*(np.concatenate(both) for both in pairs))

    @property
    def _parts(self) -> tuple[Array, ...]:
        return self.where, self.low, self.high, self.laws, self.limits


def bound_by_chords(
    constraint: DualConstraint, best: float, precision: float
) -> tuple[float, float, Places]:
    """Bound log sup c for a fixed codebook and label prices that sum to at least 1.

    ``best`` is the largest value known. Return the bound, the largest value that was seen and its
    place. The bound is within ``precision`` of the largest value unless that takes too long.
    """
    open_, place, spent = _first(constraint), _nowhere(constraint), 0.0
    each = constraint.shares.size
    while len(open_) and float(open_.limits.max()) > best + precision and spent < _EFFORT:
        order = np.argsort(-open_.limits, kind="stable")
        some, rest = open_.some(order[:_AT_A_TIME]), open_.some(order[_AT_A_TIME:])
        spent += each * len(some)
        some, gaps = _bounded(constraint, some)
        there = Places(some.where, _normal(constraint, some.laws))
        values = constraint.logs(there)
        if len(values) and values.max() > best:
            best, place = float(values.max()), there.some(np.array([values.argmax()]))
        loose = some.limits > best + precision
        open_ = rest.joined(_cut(constraint, some.some(loose), gaps[loose]))
    return max(best + precision, float(open_.limits.max(initial=-np.inf))), best, place


def _first(constraint: DualConstraint) -> _Boxes:
    """Return for each codeword the box of all mixtures of posteriors."""
    joint = constraint.task.joint[np.isfinite(constraint.log_weights)]
    count = 1 if constraint.indifferent else constraint.task.problem.m
    low, high = np.tile(joint.min(axis=0), (count, 1)), np.tile(joint.max(axis=0), (count, 1))
    middle = np.tile(joint.mean(axis=0), (count, 1))
    return _Boxes(np.arange(float(count)), low, high, middle, np.full(count, np.inf))


def _nowhere(constraint: DualConstraint) -> Places:
    return Places(np.zeros(0), np.zeros((0, constraint.shares.shape[1])))


def _bounded(constraint: DualConstraint, boxes: _Boxes) -> tuple[_Boxes, Array]:
    """Return the boxes with their limits, and how far each chord is from its arc there (N, L)."""
    tamed = constraint.tamed
    extra = constraint.shares - tamed.shares
    prices = _each(constraint, constraint.prices - tamed.prices)
    slopes, starts = _chords(boxes.low, boxes.high)
    weights = slopes @ extra.T
    if constraint.exponents is not None:
        weights += constraint.exponents[boxes.where.astype(np.intp)]

    def terms(laws: Array) -> Array:
        return np.asarray(np.exp(weights + np.log(np.maximum(laws, LEAST)) @ tamed.shares.T))

    laws = _inside(constraint, np.maximum(boxes.laws, LEAST), boxes)
    for _ in range(_MOVES):
        laws = _inside(constraint, terms(laws) @ constraint.task.joint, boxes)
    laws = np.maximum(laws, _THIN)
    steep = terms(laws) @ tamed.shares / laws
    limits = np.log(_largest(constraint, steep, boxes)) + starts @ prices
    gaps = prices * (starts + slopes * laws - laws * np.log(laws))
    known = np.fmin(limits, boxes.limits)
    return _Boxes(boxes.where, boxes.low, boxes.high, laws, known), gaps


def _chords(low: Array, high: Array) -> tuple[Array, Array]:
    """Return slopes and intercepts of lines above u log u between two ends, (N, L) each."""
    first, width = _arc(low), high - low
    wide = width > _THIN
    slopes = np.where(
        wide, (_arc(high) - first) / np.where(wide, width, 1.0), np.log(np.maximum(high, LEAST)) + 1
    )
    return slopes, first - slopes * low


def _arc(u: Array) -> Array:
    return np.where(u > 0, u * np.log(np.where(u > 0, u, 1.0)), 0.0)


def _inside(constraint: DualConstraint, shares: Array, boxes: _Boxes) -> Array:
    """Return label distributions in proportion to shares (N, L), as far as the boxes allow."""
    found = np.empty_like(shares)
    for side in constraint.task.sides:
        a, low, high = shares[:, side], boxes.low[:, side], boxes.high[:, side]
        scale = 1 / np.maximum(a.sum(axis=1), 1e-300)
        for _ in range(_NEWTON):
            u = scale[:, None] * a
            free = (u > low) & (u < high)
            left = 1 - np.where(free, 0.0, np.clip(u, low, high)).sum(axis=1)
            moving = np.where(free, a, 0.0).sum(axis=1)
            scale = np.where(moving > 0, np.maximum(left, 1e-9) / np.maximum(moving, 1e-300), scale)
            stuck = (moving == 0) & (np.abs(left) > 1e-9)
            scale = np.where(stuck, scale * np.where(left > 0, 2.0, 0.5), scale)
        found[:, side] = np.clip(scale[:, None] * a, low, high)
    return found


def _normal(constraint: DualConstraint, laws: Array) -> Array:
    found = laws.copy()
    for side in constraint.task.sides:
        found[:, side] /= found[:, side].sum(axis=1, keepdims=True)
    return found


def _each(constraint: DualConstraint, prices: Array) -> Array:
    """Return the price of its label for every value of all labels, (L,)."""
    sizes = [part.shape[1] for part in constraint.task.posteriors]
    return np.repeat(prices, sizes)


def _largest(constraint: DualConstraint, steep: Array, boxes: _Boxes) -> Array:
    """Maximise a linear function (N, L) over the label distributions in the boxes, (N,)."""
    total = np.zeros(len(steep))
    for side in constraint.task.sides:
        slope, low = steep[:, side], boxes.low[:, side]
        order = np.argsort(-slope, axis=1)
        room = np.take_along_axis(boxes.high[:, side] - low, order, axis=1)
        before = np.cumsum(room, axis=1) - room
        taken = np.clip(1 - low.sum(axis=1, keepdims=True) - before, 0.0, room)
        total += (slope * low).sum(axis=1)
        total += (np.take_along_axis(slope, order, axis=1) * taken).sum(axis=1)
    return total


def _cut(constraint: DualConstraint, boxes: _Boxes, gaps: Array) -> _Boxes:
    """Cut each box along the value whose chord is the worst, near where c is largest."""
    rows, worst = np.arange(len(boxes)), gaps.argmax(axis=1) if len(boxes) else np.zeros(0, int)
    low, high = boxes.low[rows, worst], boxes.high[rows, worst]
    at = np.clip(boxes.laws[rows, worst], *(low + s * (high - low) for s in (_SIDE, 1 - _SIDE)))
    under, over = boxes.high.copy(), boxes.low.copy()
    under[rows, worst], over[rows, worst] = at, at
    parts = _Boxes(boxes.where, boxes.low, under, boxes.laws, boxes.limits)
    parts = parts.joined(_Boxes(boxes.where, over, boxes.high, boxes.laws, boxes.limits))
    return _shrunk(constraint, parts)


def _shrunk(constraint: DualConstraint, boxes: _Boxes) -> _Boxes:
    """Take from boxes what no distribution reaches; drop those without a distribution."""
    low, high = boxes.low.copy(), boxes.high.copy()
    for side in constraint.task.sides:
        lows, highs = low[:, side], high[:, side]
        lows = np.maximum(lows, 1 - (highs.sum(axis=1, keepdims=True) - highs) - _THIN)
        highs = np.minimum(highs, 1 - (lows.sum(axis=1, keepdims=True) - lows) + _THIN)
        low[:, side], high[:, side] = lows, highs
    kept = np.asarray((low <= high).all(axis=1))
    return _Boxes(boxes.where, low, high, boxes.laws, boxes.limits).some(kept)
