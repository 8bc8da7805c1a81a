r"""The lower convex hull of deterministic encoders at given levels, by column generation.

Encoders e with entropies H_e and row values E_e are mixed with shares α ≥ 0:

.. math:: \min_\alpha \sum_e \alpha_e H_e \quad \text{s.t.} \quad
          \sum_e \alpha_e E_e \le b, \; \sum_e \alpha_e = 1.

At the dual prices of this linear program a search looks for further encoders. An encoder improves
the mixture if H_e + λ·E_e is below the dual constant. Over all encoders the result would be exact;
over those that local search finds, it is an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from rdcore._arrays import Array, frozen
from rdcore.design.annealing._partition import Partition, Priced
from rdcore.design.annealing._search import descend, entropy_changes, single_moves
from rdcore.design.annealing.encoders import Encoder, Mixture
from rdcore.design.quantisers.designs import Design
from rdcore.design.quantisers.interval_program import optimal
from rdcore.design.quantisers.ordered_atoms import ordered
from rdcore.problem import Problem
from rdcore.proof.feasibility import interior, row_scales

_ROUNDS = 20
# Smallest improvement in reduced cost, in nats, for which an encoder is added.
_WORTH = 1e-7
_NEGLIGIBLE = 1e-12
_MOVES = 30
_TRIED = 12
_OTHERS = 3
_MAIN = 4
_URGES = 14
_TIGHTER = (1.03, 1.1, 1.3, 1.7)


@dataclass
class Pool:
    """The distinct deterministic encoders found so far.

    Attributes
    ----------
    problem : Problem
        The problem; its codebook is used only if the codewords are not free.
    free : bool
        Whether codewords may be any points.
    """

    problem: Problem
    free: bool
    encoders: list[Encoder] = field(default_factory=list)
    above: list[Array] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)

    def encoder(self, cells: Partition) -> Encoder:
        """Return the encoder of a partition."""
        codewords, labels = cells.codewords, cells.labels
        if self.free:
            return Encoder(self.problem.with_codebook(codewords), frozen(labels.copy()))
        used = codewords[:, 0].astype(np.intp)
        return Encoder(self.problem, frozen(used[labels]))

    def add(self, cells: Partition) -> None:
        """Add the encoder of a partition, unless it is already in the pool."""
        self.put(self.encoder(cells))

    def put(self, encoder: Encoder) -> None:
        """Add an encoder, unless it is already in the pool or uses a forbidden pair."""
        key = encoder.assignment.tobytes() + np.round(encoder.problem.codewords, 9).tobytes()
        if key in self._seen or not encoder.allowed:
            return
        self._seen.add(key)
        self.encoders.append(encoder)
        self.above.append(encoder.above)

    def cells(self, encoder: Encoder, priced: Priced) -> Partition:
        """Return the partition of an encoder at other prices."""
        if self.free:
            return priced.cells(encoder.assignment, encoder.problem.codewords)
        used, labels = np.unique(encoder.assignment, return_inverse=True)
        return priced.cells(labels, used.astype(np.float64)[:, None])

    def reduced(self, encoder: Encoder, slopes: Array) -> float:
        """Return H + λ·(E - b) of an encoder, nats."""
        return encoder.entropy + float(slopes @ encoder.above)

    def single(self) -> Encoder | None:
        """Return the encoder of least entropy that meets every level alone, or None."""
        able = (one for one in self.encoders if one.meets_levels)
        return min(able, key=lambda one: one.entropy, default=None)

    def mix(self) -> Mixture | None:
        """Return the best mixture of the encoders in the pool; None if none meets the levels."""
        from scipy.optimize import linprog

        scale = row_scales(self.problem)
        rows = (np.stack(self.above) / scale).T
        cost = np.array([one.entropy for one in self.encoders])
        found = linprog(
            cost,
            A_ub=rows,
            b_ub=np.zeros(len(rows)),
            A_eq=np.ones((1, len(cost))),
            b_eq=[1.0],
            method="highs",
        )
        if found.x is None:
            return None
        shares = np.where(found.x > _NEGLIGIBLE, found.x, 0.0)
        used = np.flatnonzero(shares)
        slopes = np.clip(-found.ineqlin.marginals, 0, None) / scale
        return Mixture(
            tuple(self.encoders[i] for i in used),
            frozen(shares[used] / shares[used].sum()),
            frozen(slopes),
        )


def completing(pool: Pool) -> Iterator[Mixture]:
    """Yield improving mixtures until the search finds no encoder that lowers the rate."""
    mixture = _first(pool)
    yield mixture
    for _ in range(_ROUNDS):
        priced = Priced(pool.problem, mixture.slopes, pool.free)
        size = len(pool.encoders)
        for start in _starts(pool, priced, mixture):
            pool.add(descend(priced, start))
        fresh = pool.encoders[size:]
        bar = mixture.entropy - _WORTH
        if not any(pool.reduced(one, mixture.slopes) < bar for one in fresh):
            return
        mixture = _first(pool)
        yield mixture


def _first(pool: Pool) -> Mixture:
    mixture = pool.mix()
    if mixture is None:
        for cells in _reachable(pool):
            pool.add(cells)
        mixture = pool.mix()
    assert mixture is not None
    return mixture


def _starts(pool: Pool, priced: Priced, mixture: Mixture) -> list[Partition]:
    """Return starts of the search: the mixture's main encoders, the best others, and one cell."""
    used = {id(one) for one in mixture.encoders}
    main = [mixture.encoders[i] for i in np.argsort(-mixture.shares)[:_MAIN]]
    others = sorted(
        (one for one in pool.encoders if id(one) not in used),
        key=lambda one: pool.reduced(one, mixture.slopes),
    )
    starts = [pool.cells(one, priced) for one in (*main, *others[:_OTHERS])]
    if pool.free:
        if pool.problem.source.dim == 1 and (mixture.slopes > 0).any():
            starts.append(_intervals(priced))
        centre = pool.problem.source.mean[None, :]
        starts.append(priced.cells(np.zeros(pool.problem.n, dtype=np.intp), centre))
    return starts


def _intervals(priced: Priced) -> Partition:
    """Return the best intervals at given prices; for one average no cells are better."""
    atoms = ordered(Design(priced.problem, priced.slopes, priced.weights))
    found = atoms.quantiser(optimal(atoms))
    return priced.cells(found.assignment, found.codewords)


def _reachable(pool: Pool) -> Iterator[Partition]:
    """Yield partitions whose mixture meets the levels, by nearest codewords of the codebook."""
    codewords = pool.problem.codewords
    keys = codewords if pool.free else np.arange(len(codewords), dtype=np.float64)[:, None]
    for choice in interior(pool.problem).choices:
        used, labels = np.unique(choice, return_inverse=True)
        mass = np.asarray(np.bincount(labels, pool.problem.source.pmf), np.float64)
        yield Partition(labels, keys[used], mass, np.inf)


def lone(pool: Pool, mixture: Mixture) -> Encoder | None:
    """Search for the encoder of least entropy that meets every level alone.

    Encoders at prices above those of the mixture have slack. Single atoms are then moved as long as
    that lowers the entropy and the levels are met.
    """
    main = [mixture.encoders[i] for i in np.argsort(-mixture.shares)[:_MAIN]]
    for factor in _TIGHTER:
        priced = Priced(pool.problem, factor * mixture.slopes, pool.free)
        for encoder in main:
            pool.add(descend(priced, pool.cells(encoder, priced), thorough=False))
    _urge(pool, mixture, main[0])
    priced = Priced(pool.problem, mixture.slopes, pool.free)
    able = sorted((e for e in pool.encoders if e.meets_levels), key=lambda one: one.entropy)
    for encoder in able[:_TRIED]:
        _spend(pool, priced, encoder)
    able = sorted((e for e in pool.encoders if e.meets_levels), key=lambda one: one.entropy)
    for encoder in able[:_OTHERS]:
        _spend(pool, priced, _rearranged(pool, priced, encoder))
    return pool.single()


def _urge(pool: Pool, mixture: Mixture, encoder: Encoder) -> None:
    """Raise the prices of rows that an encoder violates until an encoder meets all levels."""
    slopes = mixture.slopes
    least = 1e-2 / row_scales(pool.problem)
    for _ in range(_URGES):
        priced = Priced(pool.problem, slopes, pool.free)
        cells = descend(priced, pool.cells(encoder, priced), thorough=False)
        encoder = pool.encoder(cells)
        pool.put(encoder)
        if encoder.meets_levels:
            return
        missed = encoder.above > 0
        slopes = np.where(missed, 2.0 * np.maximum(slopes, least), slopes)


def _spend(pool: Pool, priced: Priced, encoder: Encoder) -> None:
    """Move single atoms so that H(Y) decreases, as long as the levels are met."""
    for _ in range(_MOVES):
        cells = pool.cells(encoder, priced)
        change = entropy_changes(priced, cells)
        for x, k in _steepest(change, single_moves(priced, cells)):
            labels = cells.labels.copy()
            labels[x] = k
            trial = pool.encoder(priced.cells(labels, cells.codewords))
            if trial.meets_levels and trial.entropy < encoder.entropy - _WORTH:
                break
        else:
            break
        encoder = trial
    pool.put(encoder)


def _rearranged(pool: Pool, priced: Priced, encoder: Encoder) -> Encoder:
    """Merge and split cells where that lowers H(Y), as long as the levels are met."""
    for _ in range(_MOVES):
        cells = pool.cells(encoder, priced)
        for changed in chain(priced.neighbours(cells), priced.exchanges(cells)):
            trial = pool.encoder(changed)
            if trial.entropy < encoder.entropy - _WORTH and trial.allowed and trial.meets_levels:
                break
        else:
            return encoder
        encoder = trial
    return encoder


def _steepest(entropy: Array, cost: Array) -> list[tuple[int, int]]:
    """Return the moves (x, k) that lower H(Y), in order of increasing change of H(Y) + λ·E."""
    useful = np.flatnonzero(entropy.ravel() < -_WORTH)
    order = useful[np.argsort(cost.ravel()[useful])][:_TRIED]
    return [divmod(int(i), entropy.shape[1]) for i in order]
