r"""Upper bound on the supremum of c(y, u) over all reproductions and label distributions.

At a maximiser (y*, u*) the gradient vanishes: y* is the mean of x under the terms (weighted by
s_x), and u_k* is their mean of each label's posterior. Jensen's inequality over the terms gives for
any (y, u)

.. math::

    \log c(y^*, u^*) \le \log c(y, u) + s_{max} |y - y^*|^2
        + \sum_k \lambda_k \, \mathrm{KL}(u_k^* \| u_k),

so one value bounds all maxima in a cell around it, and a cell is halved only if its bound is above
the largest value found. Label distributions are in a simplex that contains the posteriors. A cell
of them is a simplex, on which KL is largest at a corner because it is convex.

If Λ = Σ λ_k ≤ 1, c is concave in u, and its tangent at any u bounds it in the whole cell. If Λ ≥ 1,
the tangent of c at the prices λ / Λ does, since that c is at least as large. The inequality of
arithmetic and geometric means also gives c(y, u) ≤ Σ_i b_i (u_i / v_i)^Λ for any v. It is convex in
u, hence largest at a corner, and exact for labels that are functions of x.

Where simplices are too many, ``_chords`` bounds c in boxes.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.classification._chords import bound_by_chords
from rdcore.classification._dual_constraint import DualConstraint, Places
from rdcore.classification.tasks import LEAST
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof.supremum import supremum

_FIRST = 0.7  # half-width of the initial boxes in units of 1 / √s_max
_MOST_NUMBERS = 6e6
_ROUNDS = 90
_FIRST_BOXES = 4000
# Total number of values that may be computed.
_EFFORT = 1.5e8
_CLIMB = 60
# Shares of the centre of a cell that are mixed into the distribution at which a tangent is taken.
_MIXED = (1e-9, 1e-6, 1e-4, 1e-2)


@dataclass(frozen=True, eq=False)
class _Regions:
    """Boxes of reproductions times simplices of label distributions.

    Attributes
    ----------
    where : array, (N, d) or (N,)
        Centres of the boxes, or codewords.
    half : array, (N, d)
        Half-widths; (N, 0) for codewords.
    corners : tuple of arrays, (N, |S_k|, |S_k|)
        Corners of the simplex of each label, one per row.
    """

    where: Array
    half: Array
    corners: tuple[Array, ...]

    def __len__(self) -> int:
        return len(self.where)

    def some(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> _Regions:
        return _Regions(
            self.where[chosen], self.half[chosen], tuple(c[chosen] for c in self.corners)
        )

    @property
    def centres(self) -> Places:
        return Places(self.where, np.hstack([c.mean(axis=1) for c in self.corners]))

    def joined(self, other: _Regions) -> _Regions:
        corners = zip(self.corners, other.corners, strict=True)
        return _Regions(
            np.concatenate([self.where, other.where]),
            np.vstack([self.half, other.half]),
            tuple(np.concatenate(both) for both in corners),
        )


@dataclass(frozen=True, eq=False)
class PairSupremum:
    """An upper bound on log sup c, and the pair with the largest log c that was found."""

    bound: float
    best: float
    place: Places


def bound(constraint: DualConstraint, tops: Places, precision: float) -> PairSupremum:
    """Bound log sup c from above, to ``precision`` where that can be reached.

    ``tops`` are pairs with large c.
    """
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return _bound(constraint, tops, precision)


def _bound(constraint: DualConstraint, tops: Places, precision: float) -> PairSupremum:
    logs = constraint.logs(tops)
    best, place = float(logs.max()), tops.some(np.array([logs.argmax()]))
    if constraint.sharpness is not None and not constraint.prices.any():
        return _without_labels(constraint, best, place, precision)
    cells, bound, spent = _first(constraint), -np.inf, 0.0
    each = len(constraint.log_weights) + sum(c.shape[1] ** 3 / 2 for c in cells.corners)
    ceiling = np.full(len(cells), np.inf)
    for first in (True, *[False] * _ROUNDS):
        centres = cells.centres
        logs = constraint.logs(centres)
        if len(logs) and logs.max() > best:
            risen, values = constraint.climb(centres.some(np.argsort(logs)[-8:]), rounds=10)
            best, place = float(values.max()), risen.some(np.array([values.argmax()]))
        reach = _reach(constraint, cells)
        limits = np.minimum(ceiling, logs + reach.sum(axis=1))
        open_ = limits > best + precision
        if open_.any():
            closer = _corner_bounds(constraint, cells.some(open_), centres.some(open_), first)
            limits[open_] = np.minimum(limits[open_], closer)
            open_ = limits > best + precision
        cells, reach, limits = cells.some(open_), reach[open_], limits[open_]
        if not len(cells):
            break
        spent += len(cells) * each
        if len(cells) * each > _MOST_NUMBERS or spent > _EFFORT:
            bound = max(bound, float(limits.max()))
            break
        cells, ceiling = _halved(cells, reach, limits)
    else:
        bound = max(bound, float(limits.max()))
    if bound > best + precision and not constraint.free and constraint.prices.sum() > 1:
        top, seen, there = bound_by_chords(constraint, best, precision)
        bound = min(bound, top)
        if seen > best:
            best, place = seen, there
    return PairSupremum(max(bound, best + precision), best, place)


def _without_labels(
    constraint: DualConstraint, best: float, place: Places, precision: float
) -> PairSupremum:
    alive = np.isfinite(constraint.log_weights)
    points, weights = constraint.task.source.points[alive], constraint.log_weights[alive]
    assert constraint.sharpness is not None
    found = supremum(
        GaussianSum(points, weights, constraint.sharpness[alive]), min(precision, 1e-9)
    )
    there = Places(found.place[None, :], place.laws)
    value = float(constraint.logs(there)[0])
    if value > best:
        best, place = value, there
    return PairSupremum(float(np.log(found.bound)), best, place)


def _first(constraint: DualConstraint) -> _Regions:
    """Return cells that cover all possible maximisers."""
    task, alive = constraint.task, np.isfinite(constraint.log_weights)
    corners = []
    for side in task.sides:
        low = task.joint[alive, side].min(axis=0)
        corners.append(low + (1 - low.sum()) * np.eye(len(low)))
    if constraint.sharpness is None:
        where = np.arange(task.problem.m, dtype=np.float64)
        if constraint.indifferent:
            where = where[:1]
        half = np.zeros((len(where), 0))
    else:
        points = task.source.points[alive]
        points = points[:1] if constraint.indifferent else points
        low, high = points.min(axis=0), points.max(axis=0)
        side = 2 * _FIRST / np.sqrt(max(float(constraint.sharpness.max()), 1e-300))
        counts = np.clip(np.ceil((high - low) / side), 1, _FIRST_BOXES ** (1 / len(low)))
        counts = counts.astype(int)
        width = (high - low) / counts / 2
        axes = [low[k] + width[k] * (2 * np.arange(counts[k]) + 1) for k in range(len(low))]
        mesh = np.meshgrid(*axes, indexing="ij")
        where = np.stack([m.ravel() for m in mesh], axis=1)
        half = np.tile(width, (len(where), 1))
    count = len(where)
    return _Regions(where, half, tuple(np.tile(c, (count, 1, 1)) for c in corners))


def _reach(constraint: DualConstraint, cells: _Regions) -> Array:
    """Return the largest increase of log c in each cell along y and each label, (N, 1 + K)."""
    found = np.zeros((len(cells), 1 + len(cells.corners)))
    if constraint.sharpness is not None:
        found[:, 0] = float(constraint.sharpness.max()) * (cells.half**2).sum(axis=1)
    for k, corners in enumerate(cells.corners):
        centre = corners.mean(axis=1, keepdims=True)
        ratio = np.where(corners > 0, corners / np.maximum(centre, LEAST), 1.0)
        found[:, 1 + k] = constraint.prices[k] * (corners * np.log(ratio)).sum(axis=2).max(axis=1)
    return found


def _corner_bounds(
    constraint: DualConstraint, cells: _Regions, centres: Places, first: bool
) -> Array:
    """Return bounds on log c in cells from functions convex or concave in u, (N,)."""
    total = float(constraint.prices.sum())
    if not total > 0:
        return np.full(len(cells), np.inf)
    tamed = constraint.tamed
    found = _at_corners(tamed, cells, centres, 1.0)
    if total > 1:
        found = np.minimum(found, _at_corners(constraint, cells, centres, total))
    if first and not constraint.free:
        # The tangent at the maximum is exact except for very small components.
        top, middle = tamed.climb(centres, rounds=_CLIMB)[0], centres.laws
        for share in _MIXED:
            near = Places(top.where, (1 - share) * top.laws + share * middle)
            found = np.minimum(found, _at_corners(tamed, cells, near, 1.0))
    return found + _spill(constraint, cells.half)


def _at_corners(constraint: DualConstraint, cells: _Regions, at: Places, power: float) -> Array:
    """Return bounds on log c by the tangent (power 1) or the arithmetic mean at u, (N,)."""
    found, left = np.empty(len(cells)), max(1 - float(constraint.prices.sum()), 0.0)
    for some in constraint.blocks(len(cells)):
        part = at.some(some)
        terms = constraint.terms(part)
        # Σ_i b_i (u_i / v_i)^Λ; the tangent has the same form with Λ = 1, plus (1 - Σ λ) c.
        ratio = (terms @ constraint.shares) / power / np.maximum(part.laws, LEAST) ** power
        tops = left * terms.sum(axis=1)
        for side, corners in zip(constraint.task.sides, cells.corners, strict=True):
            tops += np.einsum("nvs,ns->nv", corners[some] ** power, ratio[:, side]).max(axis=1)
        found[some] = np.log(tops)
    return np.where(np.isnan(found), np.inf, found)


def _spill(constraint: DualConstraint, half: Array) -> Array | float:
    """Return the largest increase of log c along y, (N,)."""
    if constraint.sharpness is None:
        return 0.0
    return np.asarray(float(constraint.sharpness.max()) * (half**2).sum(axis=1))


def _halved(cells: _Regions, reach: Array, limits: Array) -> tuple[_Regions, Array]:
    """Halve each cell along all directions whose reach is at least half its largest reach.

    The bound on a cell, (N,), also holds for its parts.
    """
    most = reach.max(axis=1)
    for k in range(reach.shape[1]):
        cut = reach[:, k] >= 0.5 * most
        if not cut.any():
            continue
        order = np.concatenate([np.flatnonzero(~cut), *[np.flatnonzero(cut)] * 2])
        cells = cells.some(~cut).joined(_cut(cells.some(cut), k))
        reach, most, limits = reach[order], most[order], limits[order]
    return cells, limits


def _cut(cells: _Regions, k: int) -> _Regions:
    """Return cells halved along y, for k = 0, or along the distribution of label k."""
    rows = np.arange(len(cells))
    if k == 0:
        axis = cells.half.argmax(axis=1)
        half = cells.half.copy()
        half[rows, axis] /= 2
        sides = []
        for sign in (-1.0, 1.0):
            where = cells.where.copy()
            where[rows, axis] += sign * half[rows, axis]
            sides.append(replace(cells, where=where, half=half))
        return sides[0].joined(sides[1])
    corners = cells.corners[k - 1]
    pairs = np.array(list(itertools.combinations(range(corners.shape[1]), 2)))
    edge = corners[:, pairs[:, 0]] - corners[:, pairs[:, 1]]
    centre = np.maximum(corners.mean(axis=1), LEAST)[:, None, :]
    longest = pairs[(edge * edge / centre).sum(axis=2).argmax(axis=1)]
    middle = (corners[rows, longest[:, 0]] + corners[rows, longest[:, 1]]) / 2
    sides = []
    for end in (0, 1):
        changed = corners.copy()
        changed[rows, longest[:, end]] = middle
        parts = list(cells.corners)
        parts[k - 1] = changed
        sides.append(replace(cells, corners=tuple(parts)))
    return sides[0].joined(sides[1])
