"""Codewords that move, from the maxima of c, for components that a grid does not settle."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore.parallel._batches import batches
from rdcore.parallel._slopes import Block
from rdcore.parallel._start import grid
from rdcore.parallel._supports import MovingCodewords
from rdcore.parallel.certificates import Parts, measured
from rdcore.parallel.components import ParallelTask

# Maxima of c below 1 by more than this are no codewords.
_LOW = 0.03
# Maxima of c that are nearer to a codeword, in units of 1 / √s, belong to it.
_DISTINCT = 0.1
# How often codewords are moved and added at the same slopes.
_ROUNDS = 8
# Share of the tolerance for a copy that the excess of c may take.
_SHARE = 0.3
# Spacing of the fixed codewords in units of 1 / √(2s).
_SPACING = 1.0


class Maxima(NamedTuple):
    """Local maxima of c of some components.

    Attributes
    ----------
    places : dict of array, (P_i, d)
    masses : dict of array, (P_i,)
        The masses that codewords there start with.
    curved : array, (L,)
        Their mean curvature by mass, in units of 2s.
    """

    places: dict[int, Array]
    masses: dict[int, Array]
    curved: Array


def maxima(
    task: ParallelTask, parts: Parts, former: dict[int, tuple[Array, Array]], which: Indices
) -> Maxima:
    """Return the maxima of c, with masses from the codewords and masses before."""
    order = np.argsort(parts.owners, kind="stable")
    ends = np.searchsorted(parts.owners[order], [which, which + 1])
    found = Maxima({}, {}, np.ones(len(task.copies)))
    for i, first, last in zip(which, *ends, strict=True):
        mine = order[first:last]
        mine = mine[parts.values[mine] > 1 - _LOW]
        y, mass = former[int(i)]
        mass = mass / mass.sum()
        if not len(mine):
            found.places[int(i)], found.masses[int(i)] = y, mass
            continue
        peaks = np.array([parts.peaks[k] for k in mine]).reshape(len(mine), -1)
        far = ((y[:, None, :] - peaks) ** 2).sum(axis=2)
        owned: Array = np.bincount(far.argmin(axis=1), mass, len(mine)).astype(np.float64)
        found.curved[i] = owned @ parts.curvatures[mine]
        found.places[int(i)], found.masses[int(i)] = peaks, owned
    return found


def _begun(
    task: ParallelTask, i: int, s: float, found: Maxima, former: tuple[Array, Array]
) -> tuple[Array, Array]:
    """Return the codewords and masses that start to move: those before, and new maxima."""
    peaks = found.places[i]
    y, mass = former
    y, mass = _merged(y[mass > 0], mass[mass > 0], _DISTINCT / np.sqrt(s))
    far = ((y[:, None, :] - peaks) ** 2).sum(axis=2) * s
    new = far.min(axis=0) > _DISTINCT**2
    if not new.any():
        return y, mass
    source = task.components[i].source
    kernel = np.exp(-s * ((source.points[:, None, :] - y) ** 2).sum(axis=2))
    Z = np.maximum(kernel @ mass, 1e-300)
    ahead = np.exp(-s * ((source.points[:, None, :] - peaks[new]) ** 2).sum(axis=2))
    ahead /= Z[:, None]
    c, square = source.pmf @ ahead, source.pmf @ ahead**2
    # The minimum of Φ along the mass of one more codeword, to second order.
    given = np.maximum((c - 1) / np.maximum(square, 1e-300), 0.0)
    kept: Mask = given > 0
    return np.vstack([y, peaks[new][kept]]), np.concatenate([mass, given[kept]])


def _merged(y: Array, mass: Array, reach: float) -> tuple[Array, Array]:
    """Merge codewords (m, d) that have come together."""
    near = ((y[:, None, :] - y) ** 2).sum(axis=2) <= reach**2
    if near.sum() == len(y):
        return y, mass
    taken, masses = [], []
    free = np.ones(len(y), bool)
    for j in np.argsort(-mass):
        if free[j]:
            own = free & near[j]
            free &= ~own
            taken.append(mass[own] @ y[own] / mass[own].sum())
            masses.append(mass[own].sum())
    return np.array(taken), np.array(masses)


def moved(  # noqa: PLR0913  (the last two are named)
    task: ParallelTask,
    slopes: Array,
    found: Maxima,
    former: dict[int, tuple[Array, Array]],
    which: Indices,
    *,
    how: tuple[float, float],
    tell: Callable[[float], None],
) -> list[Block]:
    """Return blocks of codewords that move and are stationary at slopes (K,).

    ``how`` has the tolerance for a copy and the mass of the fixed codewords, nats.
    """
    each, floor = how
    s = task.weights @ slopes
    blocks: list[Block] = []
    for last in [False] * (_ROUNDS - 1) + [True]:
        if not len(which):
            break
        starts = {int(i): _begun(task, int(i), float(s[i]), found, former[int(i)]) for i in which}
        made = _supports(task, s, starts, which, floor)
        for block in made:
            tell(np.inf)
            block.terms(s[block.batch.which])
        parts = measured(task, [block.whole() for block in made], slopes, 0.1 * each)
        good = parts.excess <= _SHARE * each
        former, left = {}, []
        for block in made:
            settled = good[block.batch.which] | last
            if settled.any():
                blocks.append(block.only(np.flatnonzero(settled)))
            for k in np.flatnonzero(~settled):
                owner = int(block.batch.which[k])
                former[owner] = block.own(int(k))
                left.append(owner)
        which = np.sort(np.array(left, np.intp))
        found = maxima(task, parts, former, which)
    return blocks


def _supports(
    task: ParallelTask,
    s: Array,
    starts: dict[int, tuple[Array, Array]],
    which: Indices,
    floor: float,
) -> list[MovingCodewords]:
    books: list[Array] = [np.empty((0, 1))] * len(task.copies)
    for i in which:
        books[i] = starts[int(i)][0]
    made = []
    for batch in batches(task.components, books, which):
        covers = [grid(task.components[i], s[i], _SPACING) for i in batch.which]
        most, d = max(len(cover) for cover in covers), batch.x.shape[2]
        cover, low = np.zeros((len(covers), most, d)), np.zeros((len(covers), most))
        logs = np.zeros(batch.real.shape)
        for k, (i, y) in enumerate(zip(batch.which, covers, strict=True)):
            cover[k, : len(y)], low[k, : len(y)] = y, floor / len(y)
            cover[k, len(y) :] = y[0]
            logs[k, batch.real[k]] = np.log(starts[int(i)][1])
        made.append(MovingCodewords(batch, logs, cover, low))
    return made
