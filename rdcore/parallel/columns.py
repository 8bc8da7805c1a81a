"""The columns of a source coded one by one, beside the rows coded as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rdcore._arrays import Array, positive
from rdcore.errors import InfeasibleError
from rdcore.parallel.components import Component, Level
from rdcore.parallel.solution import ParallelSolution
from rdcore.parallel.solver import rate
from rdcore.problem import Problem, Source
from rdcore.problem.sources import from_pmf
from rdcore.solvers import Solution
from rdcore.words import figure

_MOST_VALUES = 1000
_BINS = 500


@dataclass(frozen=True, eq=False)
class ColumnsSolution:
    """The rate of the columns of a source, each coded by itself.

    Parameters
    ----------
    solution : ParallelSolution
        One component for each column, with a free codebook.
    within : float
        V, the variance within the cells of binned columns, in squared units; the level of
        ``solution`` is D − V.
    binned : tuple of int
        The columns that are binned: their lower bound is for encoders that see the cells.
    shares : array, (d,)
        Squared error of each column, V included; in squared units, with sum D where D binds.
    """

    solution: ParallelSolution
    within: float
    binned: tuple[int, ...]
    shares: Array

    @property
    def scope(self) -> str:
        """The codes for which the lower bound holds."""
        seen = f", {len(self.binned)} columns in {_BINS} cells each" if self.binned else ""
        return f"every codebook of each column{seen}"

    def beside(self, joint: Solution) -> str:
        """Compare with the rate of the rows coded together at the same D, in one sentence.

        Parameters
        ----------
        joint : Solution
            On candidates.

        Returns
        -------
        str
            Both rates, and which is lower.
        """
        apart, together = self.solution.rate_bits, joint.rate_bits
        m = (joint.among if isinstance(joint.among, Problem) else joint.problem).m
        said = (
            f"Coded together over these {m} candidates a row needs {figure(together)} bits; column"
            f" by column, over every codebook, {figure(apart)} bits"
        )
        if apart > together:
            share = figure(100 * (apart - together) / apart, 2)
            return f"{said}: together saves {figure(apart - together, 3)} bits ({share} %)."
        return (
            f"{said}: these candidates are too few to show what together saves; over every"
            " codebook it never needs more."
        )


def by_columns(source: Source, level: float, *, tol: float = 1e-5) -> ColumnsSolution:
    r"""Rate of the columns of a source, coded one by one with squared error in all of at most D.

    Each column has a code of its own, which knows nothing of the other columns; how D is divided
    among them is optimal. A column of more than 1000 values is cut into 500 cells of equal width.
    The upper bound holds for its values too, because the variance within cells is taken off D.

    Parameters
    ----------
    source : Source
        The rows, with d columns. Weights are in its atoms: a column that is multiplied by
        :math:`\sqrt w` has the weight w.
    level : float
        D, the largest mean of the squared errors of a row, summed over the columns.
    tol : float
        Certified gap to reach, nats.

    Returns
    -------
    ColumnsSolution
        The rates with their bounds and how D is divided.

    Raises
    ------
    InfeasibleError
        If D is not above the variance within the cells.
    InputError
        If an argument is invalid; the message names it.

    Examples
    --------
    >>> import rdcore as rd
    >>> twice = rd.sources.from_samples([[0.0, 0.0], [1.0, 1.0]])
    >>> alone = rd.solve(rd.Problem(rd.sources.bernoulli(0.5), rd.EVERY,
    ...                             fidelities=[rd.average(0.05)]))
    >>> found = by_columns(twice, 0.1)
    >>> bool(abs(found.solution.rate - 2 * alone.rate) < 1e-4)
    True
    """
    level = positive(level, "level")
    parts, spreads = zip(*(_marginal(axis, source.pmf) for axis in source.points.T), strict=True)
    within = float(sum(spreads))
    if level <= within:
        raise InfeasibleError(
            f"level is {level:g}; more than the variance within the cells, {within:g}, is accepted",
            (within,),
            (1.001 * within,),
        )
    limits = [Level(level - within, measure="sum")]
    found = rate([Component(part) for part in parts], limits, tol=tol)
    return ColumnsSolution(
        found,
        within,
        tuple(int(k) for k in np.flatnonzero(np.array(spreads) > 0)),
        np.asarray(found.distortions + np.array(spreads)),
    )


def _marginal(values: Array, pmf: Array) -> tuple[Source, float]:
    """Return the source of one column, and the variance within its cells."""
    atoms, label = np.unique(values, return_inverse=True)
    masses = np.bincount(label, weights=pmf)
    if len(atoms) <= _MOST_VALUES:
        return from_pmf(atoms, masses), 0.0
    place = (atoms - atoms[0]) / (atoms[-1] - atoms[0]) * _BINS
    cell: Any = np.unique(np.minimum(place.astype(np.intp), _BINS - 1), return_inverse=True)[1]
    weights = np.bincount(cell, weights=masses)
    means = np.bincount(cell, weights=masses * atoms) / np.where(weights > 0, weights, 1.0)
    means = np.where(weights > 0, means, atoms[np.searchsorted(cell, np.arange(len(weights)))])
    return from_pmf(means, weights), float(masses @ (atoms - means[cell]) ** 2 / masses.sum())
