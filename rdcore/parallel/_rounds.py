"""Rounds for free codebooks: solve on grids, then let the codewords move from the maxima of c.

A component is settled when its c exceeds 1 nowhere by more than its share of the tolerance. One
that is not continues from the maxima of its c as codewords that move; if that does not settle it,
from a grid that is twice as fine, with the maxima.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore._clock import Clock
from rdcore._parallel import How
from rdcore.parallel._batches import batches
from rdcore.parallel._interior_point import Block, Shared, State, begin, follow, resume
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
_MOST_SETTLED = 2
# The gap of the first round, nats for each copy, from which the maxima of c can be told apart.
_ROUGH = 1e-4
# Shares of the tolerance: of the masses' floors, and of the excess of c.
_FLOOR, _SHARE = 0.1, 0.3
# Maxima of c below 1 by more than this are no codewords.
_LOW = 0.1
# Where the mean curvature of c at its maxima is less, in units of 2s, any are as good.
_FLAT = 0.02
# Share of the excess on the codewords themselves from which a grid is solved on further.
_MOSTLY = 0.3
# Codewords that move continue for so many rounds, and while each reduces the excess by a factor.
_PATIENCE, _PROGRESS = 6, 0.3
# Codewords that have moved twice and leave such an excess, nats, will not succeed.
_LOST = 0.05
_UNUSED = 1e-9
# The barrier's share of the gap from which codewords start to move.
_LEAST_MU, _MOST_MU = 1e-7, 1e-4
# Maxima of c that are nearer to a codeword, in units of 1 / √s, belong to it.
_DISTINCT = 0.05
# Codewords of a grid that are further from all maxima stay.
_COVERED = 0.7
# A flat component whose excess is below this gets a finer grid, in steps of a factor.
_NEARLY, _FINE = 1e-2, 0.2
_FINER = 0.4, 0.85
# A grid that is finer than the one wanted by this factor is not made again.
_AS_FINE = 0.95


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
    moving : array of int, (L,)
        For how many rounds the codewords of each component have moved.
    tight : array of bool, (L,)
        Whose grids have been solved on closely.
    excess : array, (L,)
        The excess of c of each component in the last round, nats.
    limit : int
        Steps in a round.
    slack : array, (K,), optional
        What the levels leave, in the last round.
    failed : array of bool, (L,)
        Whose codewords moved without success; they stay on grids.
    settled : int
        Rounds in which no component was left to improve.
    best : tuple, optional
        Bounds, parts, slopes and blocks of the smallest gap so far.
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
    moving: Indices
    tight: Mask
    excess: Array
    limit: int = _STEPS
    slack: Array | None = None
    failed: Mask = field(default_factory=lambda: np.zeros(1, bool))
    settled: int = 0
    best: tuple[Bounds, Parts, Array, list[Block]] | None = None
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
        masses = [(block.batch, block.r) for block in state.blocks]
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
            copies = [Block(b.batch, b.u, b.low, b.z, b.mu, b.moving) for b in state.blocks]
            self.best = bounds, parts, state.slopes, copies


def searched(task: ParallelTask, slopes: Array, tol: float, until: Clock, how: How) -> Search:
    """Search from slopes (K,) for a proved gap of ``tol`` nats."""
    count = len(task.copies)
    search = Search(
        task,
        tol,
        until,
        slopes,
        _spacing(task, slopes, _FIRST),
        np.zeros(count, int),
        np.zeros(count, bool),
        np.full(count, np.inf),
        how=how,
    )
    search.failed = np.zeros(count, bool)
    free = np.array([part.every for part in task.components])
    floor = _FLOOR * search.each
    blocks = _gridded(search, np.arange(count), [], floor)
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
        if len(unsettled):
            blocks = _next(search, state, parts, unsettled, floor)
        elif search.settled >= _MOST_SETTLED:
            break
        else:
            search.settled += 1
            for block in blocks:
                block.still = False
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


def _gridded(search: Search, which: Indices, peaks: list[Array], floor: float) -> list[Block]:
    task = search.task
    s = task.weights @ search.slopes
    codebooks: list[Array] = [np.empty((0, 1))] * len(task.copies)
    for i in which:
        codebooks[i] = grid(task.components[i], s[i], search.spacing[i])
        if peaks:
            codebooks[i] = np.unique(np.vstack([codebooks[i], peaks[i]]), axis=0)
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
            real = block.batch.real[k]
            former[int(block.batch.which[k])] = block.batch.y[k][real], block.r[k][real]
        if not out.all():
            kept.append(_part(block, np.flatnonzero(~out)))
            kept[-1].still = True
    if not len(unsettled):
        return kept
    found, curved = _maxima(search, parts, former)
    stuck = (search.moving >= _PATIENCE) & ~(parts.excess < _PROGRESS * search.excess)
    stuck |= (search.moving > 1) & (parts.excess > _LOST)
    search.failed |= stuck
    # Of components with few bits a rough solution cannot tell whether c is flat.
    unknown = ~search.tight & (_apart_from_water(task, search.slopes) < 1)
    flat = (search.moving == 0) & ((curved < _FLAT) | unknown | search.failed)
    # A finer grid does not help where c exceeds 1 on the grid as well.
    again = flat & (~search.tight | (_on_codewords(search, state) > _MOSTLY * parts.excess))
    coarse = search.spacing > _FINE
    finer = (flat & ~again & coarse & (parts.excess < _NEARLY)) | stuck
    former_excess = np.where(search.moving > 0, parts.excess, np.inf)
    search.excess = parts.excess
    goal = _SHARE * search.each
    # The logarithm of the excess grows with 1/h²; a step is from a factor of 0.4 to 0.85.
    logs = np.log(np.clip(parts.excess[finer], goal, 0.1)) / np.log(0.5 * goal)
    step = np.clip(np.sqrt(logs), _FINER[0], _FINER[1])
    search.spacing[finer] = np.maximum(search.spacing[finer] * step, _FINEST)
    fine = _spacing(task, search.slopes, goal)
    coarser = again & ~search.tight & (fine < _AS_FINE * search.spacing)
    search.spacing[coarser] = fine[coarser]
    again, finer = again & ~coarser, finer | coarser
    search.tight[again | finer] = True
    moved = unsettled[~(again | finer)[unsettled]]
    for block in state.blocks:
        same = (again & inside)[block.batch.which]
        if same.any():
            kept.append(_part(block, np.flatnonzero(same)))
            kept[-1].still = False
    for i in moved:
        y, mass = former[int(i)]
        s = float(task.weights[i] @ search.slopes)
        if search.moving[i]:
            y, mass = _merged(y, mass, s)
            far = _apart(found[i], y, s, _DISTINCT)
            found[i] = np.vstack([y[mass > _UNUSED], found[i][far]])
        else:
            # Codewords far from the maxima stay, so that no atom is left without one.
            found[i] = np.vstack([found[i], y[_apart(y, found[i], s, _COVERED)]])
    search.moving[finer] = 0
    search.moving[moved] += 1
    finer = unsettled[finer[unsettled]]
    kept += _gridded(search, finer, found, floor) if len(finer) else []
    for batch in batches(task.components, found, moved):
        r = np.zeros(batch.real.shape)
        for row, owner in enumerate(batch.which):
            y, mass = former[int(owner)]
            r[row] = _assigned(batch.y[row][batch.real[row]], y, mass, len(batch.real[row]))
        mu = np.clip(0.1 * former_excess[batch.which], _LEAST_MU, _MOST_MU)
        kept.append(resume(batch, r, floor, mu))
    return kept


def _on_codewords(search: Search, state: State) -> Array:
    """Return by how much log c exceeds 0 on each component's own codewords, (L,)."""
    masses = [(block.batch, block.r) for block in state.blocks]
    parts = measured(search.task, masses, state.slopes, search.each, everywhere=False)
    return parts.excess


def _maxima(
    search: Search, parts: Parts, former: dict[int, tuple[Array, Array]]
) -> tuple[list[Array], Array]:
    """Return each component's maxima of c (P, d), and their mean curvature by mass, (L,)."""
    peaks: list[list[Array]] = [[] for _ in search.task.copies]
    bends: list[list[float]] = [[] for _ in search.task.copies]
    for k, owner in enumerate(parts.owners):
        if parts.values[k] > 1 - _LOW:
            peaks[owner].append(parts.peaks[k])
            bends[owner].append(float(parts.curvatures[k]))
    found, curved = [], np.ones(len(peaks))
    for i, places in enumerate(peaks):
        found.append(np.array(places).reshape(len(places), search.task.components[i].source.dim))
        if places and i in former:
            mass = _assigned(found[i], *former[i], len(places))
            curved[i] = mass @ np.array(bends[i])
        elif not places:
            found[i] = search.task.components[i].source.points
    return found, curved


def _apart(points: Array, y: Array, s: float, far: float) -> Mask:
    """Return which points (P, d) are further than ``far`` / √s from all codewords (m, d)."""
    if not len(y):
        return np.ones(len(points), bool)
    nearest = ((y[:, None, :] - points) ** 2).sum(axis=2).min(axis=0)
    return np.asarray(nearest * s > far**2)


def _merged(y: Array, mass: Array, s: float) -> tuple[Array, Array]:
    """Merge codewords (m, d) that have come together."""
    taken, masses = [], []
    free = np.ones(len(y), bool)
    for j in np.argsort(-mass):
        if free[j]:
            near = free & (((y - y[j]) ** 2).sum(axis=1) * s <= _DISTINCT**2)
            free &= ~near
            taken.append(mass[near] @ y[near] / mass[near].sum())
            masses.append(mass[near].sum())
    return np.array(taken), np.array(masses)


def _assigned(peaks: Array, y: Array, mass: Array, size: int) -> Array:
    """Return the masses of the peaks, padded: those of the codewords nearest to each."""
    far = ((y[:, None, :] - peaks) ** 2).sum(axis=2)
    found = np.bincount(far.argmin(axis=1), mass / mass.sum(), size)
    return np.asarray(found, dtype=np.float64)


def _part(block: Block, chosen: Indices) -> Block:
    if len(chosen) == len(block.u):
        return block
    u, low, z, mu = (v[chosen] for v in (block.u, block.low, block.z, block.mu))
    return Block(block.batch.only(chosen), u, low, z, mu, block.moving)
