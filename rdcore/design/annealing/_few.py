"""The best single encoder of few atoms: every partition of them is tried."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from rdcore._arrays import Array, frozen
from rdcore.design.annealing._partition import Labels
from rdcore.design.annealing._placing import placed
from rdcore.design.annealing.encoders import Encoder
from rdcore.design.codebook.moves import movable
from rdcore.design.quantisers.designs import extended
from rdcore.problem import Problem
from rdcore.proof.feasibility import row_scales

# Eight atoms have 4140 partitions, nine have 21147.
MOST_ATOMS = 8
# Pairs that are forbidden cost as much, and levels are missed by more than this is rounding.
_FORBIDDEN = 1e200
_ROUNDING = 1e-9


@cache
def _partitions(n: int) -> tuple[Labels, Labels]:
    """Return all partitions of n things as labels (N, n), and the bits of each cell (N, n)."""

    def grown(labels: list[int]) -> Iterator[list[int]]:
        if len(labels) == n:
            yield labels
            return
        for label in range(max(labels, default=-1) + 2):
            yield from grown([*labels, label])

    labels = np.array(list(grown([])), dtype=np.intp)
    cells = np.zeros((len(labels), n), dtype=np.intp)
    for x in range(n):
        cells[np.arange(len(labels)), labels[:, x]] += 1 << x
    return frozen(labels), frozen(cells)


@dataclass
class _Few:
    """The atoms with probability, and what sets of them, as bits, cost at given prices."""

    problem: Problem
    free: bool
    atoms: Labels = field(init=False)
    inside: Array = field(init=False)

    def __post_init__(self) -> None:
        self.atoms = np.flatnonzero(self.problem.source.pmf > 0)
        sets = np.arange(1 << len(self.atoms))[:, None]
        self.inside = (sets >> np.arange(len(self.atoms)) & 1).astype(np.float64)

    def entropies(self) -> Array:
        """Return -P log P of every set, (2^n,)."""
        mass = self.inside @ self.problem.source.pmf[self.atoms]
        return np.asarray(-mass * np.log(np.maximum(mass, 1e-300)))

    def costs(self, slopes: Array) -> Array:
        """Return the least priced distortion of every set under one codeword, (2^n,)."""
        problem, atoms = self.problem, self.atoms
        pmf = problem.source.pmf[atoms]
        if not self.free:
            table = np.minimum(problem.tilt(slopes)[atoms], _FORBIDDEN)
            return np.asarray((self.inside @ (pmf[:, None] * table)).min(axis=1))
        joint = pmf * (slopes @ problem.rows.weights)[atoms]
        points = problem.source.points[atoms]
        if movable(problem) == "absolute":
            apart = np.abs(points[:, None] - points)
            least = [
                (self.inside @ (joint[:, None] * apart[:, :, axis])).min(axis=1)
                for axis in range(points.shape[1])
            ]
            return np.asarray(np.sum(least, axis=0))
        points = points - pmf @ points / pmf.sum()
        heavy = np.maximum(self.inside @ joint, np.finfo(np.float64).tiny)
        first = self.inside @ (joint[:, None] * points)
        second = self.inside @ (joint * (points**2).sum(axis=1))
        return np.asarray(np.maximum(second - (first**2).sum(axis=1) / heavy, 0.0))


def best_of_few(problem: Problem, free: bool, slopes: Array) -> Encoder | None:
    """Return the encoder of least entropy that meets all levels; None if there is none.

    Partitions are tried by rising entropy. One that misses the levels at some prices λ, that is
    with λ·E > λ·b wherever its codewords lie, is out; so are all others that do at these prices.
    """
    few = _Few(problem, free)
    labels, cells = _partitions(len(few.atoms))
    # On a codebook prices are those of what lies above the smallest distortions.
    levels = problem.rows.levels if free else problem.headroom
    scales = row_scales(problem)
    entropies = few.entropies()[cells].sum(axis=1)
    order = np.argsort(entropies, kind="stable")
    open_ = np.ones(len(labels), dtype=bool)

    def close(prices: Array) -> None:
        least = few.costs(prices)[cells].sum(axis=1)
        open_[least > prices @ (levels + _ROUNDING * scales)] = False

    for prices in (*np.eye(len(levels)), slopes):
        close(prices)
    for which in order:
        if not open_[which]:
            continue
        whole = np.zeros(problem.n, dtype=np.intp)
        whole[few.atoms] = labels[which]
        found, prices = placed(problem, free, whole, slopes)
        if found is None:
            if prices is not None:
                close(prices)
            continue
        encoder = _encoder(problem, free, whole, found)
        if encoder.meets_levels:
            return encoder
    return None


def _encoder(problem: Problem, free: bool, labels: Labels, codewords: Array) -> Encoder:
    """Return the encoder of cells, given their codewords (m, d) or, on a codebook, indices."""
    mass = problem.source.pmf
    if free:
        labels = extended(problem.source.points, mass, labels)
        return Encoder(problem.with_codebook(codewords), frozen(labels))
    chosen = codewords.astype(np.intp)
    assignment = chosen[labels]
    missing = mass <= 0
    if missing.any():
        table = np.minimum(problem.tilt(np.ones(len(problem.rows.levels)))[missing], _FORBIDDEN)
        assignment[missing] = chosen[table[:, chosen].argmin(axis=1)]
    return Encoder(problem, frozen(assignment))
