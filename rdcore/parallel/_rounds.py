"""Rounds for free codebooks: solve on grids, then let the codewords move from the maxima of c.

A component is settled when its c exceeds 1 nowhere by more than its share of the tolerance. One
that is not continues from the maxima of its c as codewords that move. Where c is flat, a finer grid
comes first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore._clock import Clock
from rdcore._parallel import How
from rdcore.parallel._batches import Stack, batches
from rdcore.parallel._grids import begin
from rdcore.parallel._maxima import Maxima, maxima, moved
from rdcore.parallel._slopes import Block, Shared, State, follow
from rdcore.parallel._start import grid
from rdcore.parallel.certificates import SCALINGS, Bounds, Parts, combined, measured
from rdcore.parallel.components import ParallelTask

# Spacing of codewords in units of 1 / √(2s): the largest and the smallest.
_SPACING, _FINEST = 1.0, 0.15
# For a Gaussian whose variance is q in units of 1 / (2s), c exceeds 1 by about exp(-a/h²) on a grid
# of spacing h, with a equal to this times the square root of |q - 1|, or its cube root above q = 2.
_DECAY, _LEAST_APART = 11.0, 0.02
# The excess for which the first grids are made.
_FIRST = 1e-7
_STEPS, _FEW_STEPS, _MOST_ROUNDS = 60, 24, 12
# The gap of the first round, nats for each copy, from which the maxima of c can be told apart.
_ROUGH = 1e-4
# Shares of the tolerance: of the masses' floors, and of the excess of c.
_FLOOR, _SHARE = 0.1, 0.3
# Where the mean curvature of c at its maxima is less, in units of 2s, any are as good.
_FLAT = 0.02
# A flat component whose excess is below this gets a finer grid.
_NEARLY = 1e-5


@dataclass(eq=False)
class Search:
    """The state of the search.

    Attributes
    ----------
    task : ParallelTask
    tol : float
        Gap to reach, nats.
    until : Clock
    slopes : array, (K,)
    spacing : array, (L,)
        Of each component's grid.
    moving : array of bool, (L,)
        Whose codewords move.
    tight : array of bool, (L,)
        Whose grids have been solved on closely.
    limit : int
        Steps in a round.
    slack : array, (K,), optional
        What the levels leave, in the last round.
    best : tuple, optional
        Bounds, parts, slopes, and codewords with masses, of the smallest gap so far.
    trace : list of float
        Gaps, nats.
    how : How
        Who is told of the progress, and may cancel.
    first, share : float
        The first estimate of the gap, nats, and the fraction that has been reported.
    """

    task: ParallelTask
    tol: float
    until: Clock
    slopes: Array
    spacing: Array
    moving: Mask
    tight: Mask
    limit: int = _STEPS
    slack: Array | None = None
    best: tuple[Bounds, Parts, Array, list[tuple[Stack, Array]]] | None = None
    trace: list[float] = field(default_factory=list)
    how: How = field(default_factory=How)
    first: float = np.inf
    share: float = 0.0

    @property
    def each(self) -> float:
        """Tolerance for a copy, nats."""
        return self.tol / float(self.task.copies.sum())

    def prove(
        self, state: State, *, everywhere: bool, roughly: bool = False
    ) -> tuple[Bounds, Parts]:
        """Return the bounds at a state."""
        masses = [block.whole() for block in state.blocks]
        close, scalings = 0.1 * self.each, 0 if roughly else SCALINGS
        parts = measured(
            self.task, masses, state.slopes, close, everywhere=everywhere, scalings=scalings
        )
        return combined(self.task, parts, state.slopes), parts

    def run(self, blocks: list[Block], goal: float) -> State:
        """Follow blocks to a gap of ``goal`` nats on their codewords."""

        def enough(state: State) -> bool:
            if self.until.over:
                return True
            bounds = self.prove(state, everywhere=False)[0]
            return bounds.upper - bounds.lower <= goal

        task = self.task
        shared = Shared(task.copies, task.weights, task.bounds)
        state = follow(
            blocks,
            shared,
            (self.slopes, self.slack),
            tol=goal,
            limit=self.limit,
            enough=enough,
            tell=self.tell,
        )
        self.slopes, self.slack = state.slopes, state.slack
        return state

    def tell(self, gap: float) -> None:
        """Report an estimate of the gap: the fraction is one of its logarithm."""
        if np.isinf(self.first):
            self.first = gap
        if self.tol < gap < self.first:
            done = np.log(self.first / gap) / np.log(self.first / self.tol)
            self.share = max(self.share, float(done))
        self.how.tell(self.share)

    def record(self, state: State, bounds: Bounds, parts: Parts) -> None:
        """Keep the bounds if they are the best so far."""
        gap = bounds.upper - bounds.lower
        self.trace.append(gap)
        if self.best is None or gap < self.best[0].upper - self.best[0].lower:
            masses = [block.whole() for block in state.blocks]
            self.best = bounds, parts, state.slopes, masses


def searched(task: ParallelTask, slopes: Array, tol: float, until: Clock, how: How) -> Search:
    """Search from slopes (K,) for a proved gap of ``tol`` nats."""
    count = len(task.copies)
    search = Search(
        task,
        tol,
        until,
        slopes,
        _spacing(task, slopes, 0.5 * _SHARE * tol / float(task.copies.sum())),
        np.zeros(count, bool),
        np.zeros(count, bool),
        how=how,
    )
    free = np.array([part.every for part in task.components])
    floor = _FLOOR * search.each
    blocks = _gridded(search, np.arange(count), None, floor)
    goal = tol if not free.any() else max(0.5 * tol, _ROUGH * float(task.copies.sum()))
    search.tight[:] = goal <= 0.5 * tol
    for _ in range(_MOST_ROUNDS):
        state = search.run(blocks, goal)
        bounds, parts = search.prove(state, everywhere=True, roughly=goal > tol)
        search.record(state, bounds, parts)
        if search.trace[-1] <= tol or until.over:
            break
        goal, search.limit = 0.5 * tol, _FEW_STEPS
        unsettled = _unsettled(search, parts)
        if not len(unsettled):
            break
        blocks = _next(search, state, parts, unsettled, floor)
    return search


def _apart_from_water(task: ParallelTask, slopes: Array) -> Array:
    """Return how far variances are from the water level, in units of the latter, (L,)."""
    variances = np.array([part.source.variance / part.source.dim for part in task.components])
    return np.asarray(np.abs(2 * (task.weights @ slopes) * variances - 1))


def _spacing(task: ParallelTask, slopes: Array, excess: float) -> Array:
    """Return spacings (L,) of grids on which c exceeds 1 by so much at most, for Gaussians."""
    apart = np.maximum(_apart_from_water(task, slopes), _LEAST_APART)
    decay = _DECAY * np.minimum(np.sqrt(apart), np.cbrt(apart))
    return np.asarray(np.clip(np.sqrt(decay / -np.log(min(excess, 0.1))), _FINEST, _SPACING))


def _gridded(search: Search, which: Indices, found: Maxima | None, floor: float) -> list[Block]:
    task = search.task
    s = task.weights @ search.slopes
    codebooks: list[Array] = [np.empty((0, 1))] * len(task.copies)
    for i in which:
        codebooks[i] = grid(task.components[i], s[i], search.spacing[i])
        if found is not None:
            codebooks[i] = np.unique(np.vstack([codebooks[i], found.places[int(i)]]), axis=0)
    made = batches(task.components, codebooks, which)
    return [begin(batch, s[batch.which], floor) for batch in made]


def _unsettled(search: Search, parts: Parts) -> Indices:
    """Return the fewest components without which the excess is a small share of the tolerance."""
    free = np.array([part.every for part in search.task.components])
    lost = np.where(free, search.task.copies * np.maximum(parts.excess, 0.0), 0.0)
    order = np.argsort(lost)
    count = int((np.cumsum(lost[order]) > _SHARE * search.tol).sum())
    return np.sort(order[len(order) - count :])


def _next(
    search: Search, state: State, parts: Parts, unsettled: Indices, floor: float
) -> list[Block]:
    """Return the blocks of the next round."""
    task = search.task
    inside = np.zeros(len(task.copies), bool)
    inside[unsettled] = True
    kept: list[Block] = []
    former: dict[int, tuple[Array, Array]] = {}
    for block in state.blocks:
        out = inside[block.batch.which]
        for k in np.flatnonzero(out):
            former[int(block.batch.which[k])] = block.own(int(k))
        if not out.all():
            kept.append(_part(block, np.flatnonzero(~out)))
            kept[-1].still = True
    found = maxima(task, parts, former, unsettled)
    again, finer = _on_grids(search, parts, found)
    again, finer = again & inside, finer & inside
    for block in state.blocks:
        same = again[block.batch.which]
        if same.any():
            kept.append(_part(block, np.flatnonzero(same)))
            kept[-1].still = False
    kept += _gridded(search, np.flatnonzero(finer), found, floor) if finer.any() else []
    left = np.flatnonzero(inside & ~again & ~finer)
    for i in left[~search.moving[left]]:
        # Of a grid the codewords at the maxima take the masses of those near to them.
        former[int(i)] = found.places[int(i)], found.masses[int(i)]
    search.moving[left] = True
    how = search.each, floor
    kept += moved(task, search.slopes, found, former, left, how=how, tell=search.tell)
    return kept


def _on_grids(search: Search, parts: Parts, found: Maxima) -> tuple[Mask, Mask]:
    """Return which components are solved on further, and which get a finer grid, (L,) each."""
    task = search.task
    # Of components with few bits a rough solution cannot tell whether c is flat.
    unknown = ~search.tight & (_apart_from_water(task, search.slopes) < 1)
    flat = ~search.moving & ((found.curved < _FLAT) | unknown)
    again = flat & ~search.tight
    finer = flat & ~again & (search.spacing > _FINEST) & (parts.excess < _NEARLY)
    goal = _SHARE * search.each
    # The logarithm of the excess grows with 1/h².
    logs = np.log(np.clip(parts.excess[finer], goal, 0.1)) / np.log(0.5 * goal)
    search.spacing[finer] = np.maximum(search.spacing[finer] * np.sqrt(logs), _FINEST)
    fine = _spacing(task, search.slopes, goal)
    coarser = again & (fine < search.spacing)
    search.spacing[coarser] = fine[coarser]
    search.tight[again | finer] = True
    return again & ~coarser, finer | coarser


def _part(block: Block, chosen: Indices) -> Block:
    return block if len(chosen) == len(block.mu) else block.only(chosen)
