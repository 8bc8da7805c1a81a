r"""Deterministic encoders at given prices, as partitions of the atoms into cells.

At prices λ the cost of a partition is

.. math:: L = H(Y) + \sum_x p_x \sum_k \lambda_k w_k(x) \, d_k(x, y_{j(x)}) .

Codewords are either free, so that each is optimal for its cell, or chosen from a codebook.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.design.codebook import centres
from rdcore.design.codebook.moves import importance, movable
from rdcore.problem import Problem
from rdcore.problem.distortions import NAMED

Labels = NDArray[np.intp]
_ROUNDS = 100


class Partition(NamedTuple):
    """Index of each atom's codeword (n,), codewords (m, d), their masses (m,), and the cost L."""

    labels: Labels
    codewords: Array
    mass: Array
    cost: float


def entropy(mass: Array) -> float:
    """Return -Σ p log p in nats."""
    used = mass[mass > 0]
    return float(-(used * np.log(used)).sum())


@dataclass(frozen=True, eq=False)
class Priced:
    """A problem at given prices, for deterministic encoders.

    Attributes
    ----------
    problem : Problem
        A problem on a codebook, which is used only if the codewords are not free.
    slopes : array, (K,)
        λ, nats per unit of each row's level.
    free : bool
        Whether codewords may be any points.
    """

    problem: Problem
    slopes: Array
    free: bool

    @cached_property
    def pmf(self) -> Array:
        """Probabilities of the atoms, (n,)."""
        return self.problem.source.pmf

    @cached_property
    def weights(self) -> Array:
        """s_x, (n,): the price of distortion at each atom; for free codewords."""
        return importance(self.problem, self.slopes)

    @cached_property
    def listed(self) -> Array:
        """Cost of each pair, (n, m), for a fixed codebook."""
        return self.problem.tilt(self.slopes)

    @cached_property
    def _measure(self) -> str:
        return movable(self.problem) or "squared_error"

    @property
    def squared(self) -> bool:
        """Whether the distortion is squared error."""
        return self._measure == "squared_error"

    def costs(self, codewords: Array) -> Array:
        """Return the cost of each atom at each codeword, (n, m)."""
        if not self.free:
            return np.asarray(self.listed[:, codewords[:, 0].astype(np.intp)])
        return np.asarray(self.weights[:, None] * NAMED[self._measure](self.points, codewords))

    @property
    def points(self) -> Array:
        """The atoms, (n, d)."""
        return self.problem.source.points

    def best_codewords(self, labels: Labels, codewords: Array) -> Array:
        """Return the best codeword for each cell, (m, d); unchanged if codewords are not free."""
        if not self.free:
            return codewords
        if self._measure == "absolute":
            channel = np.zeros((len(labels), len(codewords)))
            channel[np.arange(len(labels)), labels] = 1.0
            return centres(self.problem.with_codebook(codewords), channel, self.weights)
        joint = self.pmf * self.weights
        total = np.bincount(labels, joint, len(codewords))
        heavy = total > 0
        found = codewords.copy()
        for axis in range(codewords.shape[1]):
            sums = np.bincount(labels, joint * self.points[:, axis], len(codewords))
            found[heavy, axis] = sums[heavy] / total[heavy]
        return found

    def cells(self, labels: Labels, codewords: Array) -> Partition:
        """Return the non-empty cells of these labels, with their best codewords."""
        mass = np.asarray(np.bincount(labels, self.pmf, len(codewords)), np.float64)
        alive = mass > 0
        if not alive.all():
            # Atoms of probability 0 in an empty cell may be assigned to any other cell.
            places = np.cumsum(alive) - 1
            labels = np.where(alive[labels], places[labels], 0)
            codewords, mass = codewords[alive], mass[alive]
        codewords = self.best_codewords(labels, codewords)
        pays = self.costs(codewords)[np.arange(len(labels)), labels]
        return Partition(labels, codewords, mass, entropy(mass) + float(self.pmf @ pays))

    def settled(self, codewords: Array, mass: Array) -> Partition:
        """Alternate assignments of least -log r_j + cost with moves of the codewords.

        This is entropy-coded vector quantisation (Chou, Lookabaugh and Gray, 1989). L decreases at
        every step.
        """
        here: Partition | None = None
        for _ in range(_ROUNDS):
            labels = (self.costs(codewords) - np.log(mass)).argmin(axis=1)
            if here is not None and np.array_equal(labels, here.labels):
                return here
            there = self.cells(labels, codewords)
            if here is not None and not there.cost < here.cost:
                return here
            here = there
            codewords, mass = here.codewords, here.mass
        assert here is not None
        return here

    def resettled(self, labels: Labels, codewords: Array) -> Partition:
        """Settle from given cells, without increasing L."""
        first = self.cells(labels, codewords)
        then = self.settled(first.codewords, first.mass)
        return then if then.cost < first.cost else first

    def neighbours(self, cells: Partition) -> Iterator[Partition]:
        """Yield the partitions in which one cell is dissolved, two are merged or one is split."""
        m = len(cells.mass)
        if m > 1:
            for j in range(m):
                rest = np.arange(m) != j
                yield self.settled(cells.codewords[rest], cells.mass[rest])
            for j, k in self._pairs(cells):
                yield self.resettled(np.where(cells.labels == j, k, cells.labels), cells.codewords)
        for labels, codewords in self._splits(cells):
            yield self.resettled(labels, codewords)

    def exchanges(self, cells: Partition) -> Iterator[Partition]:
        """Yield the partitions in which one cell is split and others are merged."""
        for labels, codewords in self._splits(cells):
            split = self.cells(labels, codewords)
            for j, k in self._pairs(split)[:4]:
                yield self.resettled(np.where(split.labels == j, k, split.labels), split.codewords)

    def _pairs(self, cells: Partition) -> list[tuple[int, int]]:
        """Return each cell with its best cell to merge with, in order of increasing cost."""
        m = len(cells.mass)
        if m < 2:
            return []
        pays = np.zeros((m, m))
        own = np.zeros(m)
        costs = self.costs(cells.codewords) * self.pmf[:, None]
        np.add.at(pays, cells.labels, costs)
        own = pays.diagonal().copy()
        # Cost of merging j into k at codeword k; for squared error, at their common centroid.
        extra = pays - own[:, None]
        if self.free and self._measure == "squared_error":
            heavy = np.bincount(cells.labels, self.pmf * self.weights, m)
            both = np.maximum(heavy[:, None] + heavy, np.finfo(np.float64).tiny)
            extra = extra * heavy / both
        logs = np.log(cells.mass)
        sums = cells.mass[:, None] + cells.mass
        extra -= sums * np.log(sums) - cells.mass[:, None] * logs[:, None] - cells.mass * logs
        np.fill_diagonal(extra, np.inf)
        partner = extra.argmin(axis=1)
        order = np.argsort(extra[np.arange(m), partner])
        pairs = [(int(j), int(partner[j])) for j in order]
        return [(j, k) for i, (j, k) in enumerate(pairs) if (k, j) not in pairs[:i]]

    def _splits(self, cells: Partition) -> Iterator[tuple[Labels, Array]]:
        if self.free:
            yield from self._halves(cells)
            return
        used = set(cells.codewords[:, 0].astype(int).tolist())
        now = self.costs(cells.codewords)[np.arange(len(cells.labels)), cells.labels]
        for j in range(self.problem.m):
            nearer = self.listed[:, j] < now
            if j not in used and (self.pmf[nearer] > 0).any():
                labels = np.where(nearer, len(cells.mass), cells.labels)
                yield labels, np.append(cells.codewords, [[float(j)]], axis=0)

    def _halves(self, cells: Partition) -> Iterator[tuple[Labels, Array]]:
        """Split each cell across its longest axis where that decreases L most."""
        joint = self.pmf * self.weights
        for j in range(len(cells.mass)):
            inside = np.flatnonzero((cells.labels == j) & (self.pmf > 0))
            if len(inside) < 2:
                continue
            away = self.points[inside] - cells.codewords[j]
            along = away[:, 0]
            if away.shape[1] > 1:
                _, axes = np.linalg.eigh((away * joint[inside, None]).T @ away)
                along = away @ axes[:, -1]
            order = np.argsort(along, kind="stable")
            atoms = inside[order]
            mass, heavy = np.cumsum(self.pmf[atoms]), np.cumsum(joint[atoms])
            sums = np.cumsum(joint[atoms, None] * away[order], axis=0)
            left, right = heavy[:-1], heavy[-1] - heavy[:-1]
            gain = (sums[:-1] ** 2).sum(axis=1) / np.maximum(left, 1e-300)
            gain += ((sums[-1] - sums[:-1]) ** 2).sum(axis=1) / np.maximum(right, 1e-300)
            share = np.clip(mass[:-1] / mass[-1], 1e-300, 1.0)
            rest = np.clip(1.0 - share, 1e-300, 1.0)
            gain += mass[-1] * (share * np.log(share) + rest * np.log(rest))
            cut = int(gain.argmax()) + 1
            labels = cells.labels.copy()
            labels[atoms[cut:]] = len(cells.mass)
            yield labels, np.append(cells.codewords, cells.codewords[j : j + 1], axis=0)
