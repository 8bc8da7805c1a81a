r"""Single encoders of atoms on a line whose cells are intervals, by label setting.

A label at place j is the entropy H and the distortions E_k of cells that cover the atoms before j.
One label rules out another where it is as low in each. With the prices λ of the lower convex hull,
and L_j the least H + λ·E of cells for the atoms from j on, none of

.. math:: H + \lambda \cdot E + L_j - \lambda \cdot b

above the entropy of a known encoder leads to a better one that meets the levels. For one row this
finds the best of all interval encoders, as long as no place has more labels than are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._partition import Labels
from rdcore.design.quantisers.designs import Design, extended
from rdcore.design.quantisers.ordered_atoms import OrderedAtoms, ordered
from rdcore.problem import Problem
from rdcore.proof.feasibility import row_scales

MOST_ATOMS = 400
MOST_ROWS = 4
# Labels kept in all; more take longer, fewer may lose the best.
_WORK, _WORK_OF_SEVERAL = 4e7, 1e7
_FEWEST, _MOST = 50, 20_000
# With several rows labels are compared in steps of this share of each level.
_STEP = 1 / 256
# So many times the labels kept are compared.
_CHOICE = 4
# Multiples of the prices at which labels are ruled out.
_MULTIPLES = (0.0, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0, 3.0)
_WORTH = 1e-9
# Cells that miss a level by no more than this share may meet it with other codewords.
_NEAR = 0.3
_TRIED = 200


@dataclass(frozen=True, eq=False)
class Line:
    """Intervals of the atoms on a line, each with its best codeword at given prices.

    Attributes
    ----------
    problem : Problem
        Atoms on a line, squared or absolute error, codewords anywhere.
    slopes : array, (K,)
        Prices, nats per unit of each row's level, not all 0.
    """

    problem: Problem
    slopes: Array

    @cached_property
    def atoms(self) -> OrderedAtoms:
        """The atoms in order."""
        importance = np.asarray(self.slopes @ self.problem.rows.weights)
        return ordered(Design(self.problem, self.slopes, importance))

    @cached_property
    def errors(self) -> Array:
        """Distortion of the interval [i, j) in each row, (K, n + 1, n); 0 where it is empty."""
        atoms, problem = self.atoms, self.problem
        table = np.zeros((len(self.slopes), atoms.n + 1, atoms.n))
        kept = problem.source.pmf > 0
        weights = (problem.rows.weights * problem.source.pmf)[:, kept]
        place = atoms.place[kept]
        heavy = np.stack([np.bincount(place, row, atoms.n) for row in weights])
        for j in range(1, atoms.n + 1):
            low, high = np.arange(j), np.full(j, j)
            words = atoms.codewords_between(low, high)
            error = np.abs(atoms.values[:j] - words[:, None])
            error = error if atoms.design.absolute else error**2
            inside = np.arange(j) >= low[:, None]
            table[:, j, :j] = np.einsum("kx,ix->ki", heavy[:, :j], np.where(inside, error, 0.0))
        return table

    def ahead(self, multiple: float) -> Array:
        """Return the least H + multiple · λ·E of intervals from each place on, (n + 1,)."""
        table = self.atoms.lengths + multiple * np.tensordot(self.slopes, self.errors, axes=1)
        least = np.zeros(self.atoms.n + 1)
        for i in range(self.atoms.n - 1, -1, -1):
            least[i] = (table[i + 1 :, i] + least[i + 1 :]).min()
        return least

    def labels(self, edges: Labels) -> Labels:
        """Return the cell of each atom of the source, (n,)."""
        source = self.problem.source
        cell = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        return extended(source.points, source.pmf, cell[self.atoms.place])


@dataclass(frozen=True, eq=False)
class _Labels:
    """The labels at a place: H (l,), E (l, K), and the place and label that each came from."""

    entropy: Array
    spent: Array
    place: Labels
    label: Labels

    def some(self, chosen: Labels) -> _Labels:
        return _Labels(
            self.entropy[chosen], self.spent[chosen], self.place[chosen], self.label[chosen]
        )


def interval_encoders(line: Line, bar: float) -> list[Labels]:
    """Return cells (n,) of entropy below ``bar`` nats that may meet the levels, the lowest first.

    With several rows their codewords are those of the prices; others may be needed.
    """
    levels, scales = line.problem.rows.levels, row_scales(line.problem)
    n, single = line.atoms.n, len(levels) == 1
    most = int(np.clip((_WORK if single else _WORK_OF_SEVERAL) / n**2, _FEWEST, _MOST))
    ahead = np.stack([line.ahead(multiple) for multiple in _MULTIPLES])
    limit = float(line.slopes @ (levels + 1e-11 * scales))
    none = np.zeros(1, dtype=np.intp)
    places = [_Labels(np.zeros(1), np.zeros((1, len(levels))), none, none)]
    for j in range(1, n + 1):
        here = _extended(line, places, j)
        priced = here.spent @ line.slopes
        bound = np.max(
            [
                here.entropy + multiple * (priced - limit) + least[j]
                for multiple, least in zip(_MULTIPLES, ahead, strict=True)
            ],
            axis=0,
        )
        kept = np.flatnonzero((bound < bar - _WORTH) & (priced <= limit))
        here, bound = here.some(kept), bound[kept]
        if single:
            chosen = _lowest(here.entropy, here.spent[:, 0])
        elif len(kept) > most:
            likely = np.argpartition(bound, min(_CHOICE * most, len(bound) - 1))[: _CHOICE * most]
            boxes = here.spent[likely] / (scales * _STEP)
            chosen = likely[_distinct(here.entropy[likely], boxes)]
        else:
            chosen = np.arange(len(kept))
        if len(chosen) > most:
            chosen = chosen[np.argsort(bound[chosen], kind="stable")[:most]]
        places.append(here.some(chosen))
    order = np.argsort(places[-1].entropy, kind="stable")
    if not single:
        over = ((places[-1].spent - levels) / scales).max(axis=1)
        order = order[over[order] < _NEAR][:_TRIED]
    return [line.labels(_edges(places, int(end))) for end in order[: 1 if single else None]]


def _extended(line: Line, places: list[_Labels], j: int) -> _Labels:
    """Return the labels at j of all that came before, with one more interval."""
    sizes = [len(one.entropy) for one in places]
    place = np.repeat(np.arange(j), sizes)
    label = np.concatenate([np.arange(size) for size in sizes])
    entropy = np.concatenate([one.entropy for one in places]) + line.atoms.lengths[j, place]
    spent = np.concatenate([one.spent for one in places]) + line.errors[:, j, place].T
    return _Labels(entropy, spent, place, label)


def _lowest(entropy: Array, spent: Array) -> Labels:
    """Return the labels that no other is as low as in both."""
    order = np.lexsort((spent, entropy))
    before = np.append(np.inf, np.minimum.accumulate(spent[order])[:-1])
    return np.asarray(order[spent[order] < before])


def _distinct(entropy: Array, steps: Array) -> Labels:
    """Return of the labels in each box of distortions the one of least entropy."""
    order = np.argsort(entropy, kind="stable")
    boxes = np.floor(steps[order]).astype(np.int64)
    sides = np.ptp(boxes, axis=0) + 1
    number = np.ravel_multi_index(tuple((boxes - boxes.min(axis=0)).T), tuple(sides))
    return np.asarray(order[np.unique(number, return_index=True)[1]])


def _edges(places: list[_Labels], label: int) -> Labels:
    edges = [len(places) - 1]
    while edges[-1]:
        at = places[edges[-1]]
        edges.append(int(at.place[label]))
        label = int(at.label[label])
    return np.array(edges[::-1])
