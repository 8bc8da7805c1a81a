"""Atoms on a line in increasing order, and the costs of intervals of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.design.quantisers._sums import Labels, totals
from rdcore.design.quantisers.designs import Design, extended
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.errors import InputError

# Number of atoms up to which all cells are compared; above, cells between quantiles come first.
MOST_ATOMS = 2500
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class OrderedAtoms:
    """Distinct atoms of positive probability in increasing order; equal atoms are merged.

    A cell is an interval [i, j) of them.

    Attributes
    ----------
    design : Design
        The design from which the atoms were taken.
    values, mass, weight : arrays, (n',)
        The atoms, their probabilities, and the prices p_x s_x of a unit of distortion.
    place : array of int, (n,)
        Index of each atom of the source here; undefined for atoms of probability 0.
    """

    design: Design
    values: Array
    mass: Array
    weight: Array
    place: Labels

    @property
    def n(self) -> int:
        """Number of distinct atoms."""
        return len(self.values)

    @property
    def uniform(self) -> bool:
        """Whether the price of distortion is the same at all atoms."""
        ratio = self.weight / self.mass
        return bool(np.ptp(ratio) <= 1e-12 * ratio.max())

    @cached_property
    def grid(self) -> Labels:
        """Possible edges of cells: with few atoms all of them, else quantiles."""
        if self.n <= MOST_ATOMS:
            return np.arange(self.n + 1)
        return np.round(np.linspace(0, self.n, MOST_ATOMS // 2 + 1)).astype(np.intp)

    @cached_property
    def centre(self) -> float:
        """Origin of the moments, close to the atoms to reduce cancellation."""
        return float(self.mass @ self.values / self.mass.sum())

    @cached_property
    def _sums(self) -> tuple[Array, Array, Array, Array]:
        x = self.values - self.centre
        rows = (self.mass, self.weight, self.weight * x, self.weight * x**2)
        sums = [np.append(0.0, np.cumsum(row)) for row in rows]
        return sums[0], sums[1], sums[2], sums[3]

    def codewords(self, edges: Labels) -> Array:
        """Return the best codeword of each cell between edges (m + 1,), (m,)."""
        return self.codewords_between(edges[:-1], edges[1:])

    def codewords_between(self, low: Labels, high: Labels) -> Array:
        """Return the best codeword of each cell [low, high), (m,)."""
        if self.design.absolute:
            return self.values[self._median(low, high)]
        _, weight, first, _ = self._sums
        total = weight[high] - weight[low]
        middle = (self.values[low] + self.values[high - 1]) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            moved = self.centre + (first[high] - first[low]) / total
            mean = np.where(total > 0, moved, middle)
        return np.asarray(np.clip(mean, self.values[low], self.values[high - 1]))

    def _median(self, low: Labels, high: Labels) -> Labels:
        weight = self._sums[1]
        half = (weight[low] + weight[high]) / 2
        index = np.searchsorted(weight, half, side="left") - 1
        return np.asarray(np.clip(index, low, high - 1))

    def _cost(self, low: Labels, high: Labels) -> Array:
        _, weight, first, second = self._sums
        if self.design.absolute:
            k = self._median(low, high)
            middle = self.values[k] - self.centre
            above = first[high] - first[k] - middle * (weight[high] - weight[k])
            below = middle * (weight[k] - weight[low]) - first[k] + first[low]
            return np.asarray(np.maximum(above + below, 0.0))
        total, moment = weight[high] - weight[low], first[high] - first[low]
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = np.where(total > 0, moment * (moment / total), 0.0)
        return np.asarray(np.maximum(second[high] - second[low] - spread, 0.0))

    @cached_property
    def costs(self) -> Array:
        """``costs_between`` for the grid."""
        return self.costs_between(self.grid)

    @cached_property
    def lengths(self) -> Array:
        """``lengths_between`` for the grid."""
        return self.lengths_between(self.grid)

    def costs_between(self, grid: Labels) -> Array:
        """Return the priced distortion of every cell between increasing places (g,), (g, g - 1).

        Row j, column i is the cell from place i to place j; ∞ where it is empty.
        """
        table = np.full((len(grid), len(grid) - 1), np.inf)
        for j in range(1, len(grid)):
            table[j, :j] = self._cost(grid[:j], np.full(j, grid[j]))
        return table

    def lengths_between(self, grid: Labels) -> Array:
        """Return -P log P of every cell, (g, g - 1), in the layout of ``costs_between``."""
        total = self._sums[0][grid]
        inside = np.tri(len(total), len(total) - 1, -1, dtype=bool)
        mass = np.maximum(np.where(inside, total[:, None] - total[:-1], 1.0), _TINY)
        return np.where(inside, -mass * np.log(mass), np.inf)

    def quantiser(self, edges: Labels) -> Quantiser:
        """Return the quantiser with cells between edges (m + 1,) and their best codewords."""
        edges = np.asarray(edges)
        cell = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
        source = self.design.source
        labels = extended(source.points, source.pmf, cell[self.place])
        return self.design.quantiser(self.codewords(edges)[:, None], labels)


def ordered(design: Design) -> OrderedAtoms:
    """Return the atoms of a design in order.

    Raises
    ------
    InputError
        If the atoms are vectors.
    """
    source = design.source
    if source.dim != 1:
        raise InputError("source must have one coordinate for an exact optimum; got vectors")
    kept = source.pmf > _TINY
    values, inverse = np.unique(source.points[kept, 0], return_inverse=True)
    mass = totals(inverse, source.pmf[kept])
    weight = totals(inverse, (source.pmf * design.importance)[kept])
    place = np.zeros(source.n, dtype=np.intp)
    place[kept] = inverse
    return OrderedAtoms(design, values, mass, weight, place)
