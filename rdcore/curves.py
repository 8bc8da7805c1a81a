"""Rate–distortion curves: the rate as a function of one level, with proof at every point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats
from rdcore.errors import InputError
from rdcore.feasibility import smallest_levels
from rdcore.problem import Problem
from rdcore.solution import Solution
from rdcore.solvers import Exchange, InteriorPoint, Solver

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class Curve:
    """R as a function of the level of one fidelity, at certified points.

    Attributes
    ----------
    levels : array, (L,)
        The levels, rising.
    rates, lowers : arrays, (L,)
        Certified upper and lower bounds, nats.
    slopes : array, (L, F)
        Price of each fidelity, nats per unit of its level.
    entropies : array, (L,)
        H(Y), nats.
    fidelity : int
        Which fidelity's level varies.
    """

    levels: Array
    rates: Array
    lowers: Array
    slopes: Array
    entropies: Array
    fidelity: int = 0

    @property
    def rates_bits(self) -> Array:
        """Upper bounds in bits."""
        return self.rates / _LN2

    @property
    def lowers_bits(self) -> Array:
        """Lower bounds in bits."""
        return self.lowers / _LN2

    @property
    def slopes_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self.slopes / _LN2

    def lower(self, level: ArrayLike) -> Array:
        """Bound R from below at any level by the supporting lines, nats."""
        at = floats(level, "level")
        run = at[..., None] - self.levels
        lines = self.lowers - self.slopes[:, self.fidelity] * run
        return np.asarray(np.maximum(lines.max(axis=-1), 0.0))

    def upper(self, level: ArrayLike) -> Array:
        """Bound R from above by the chords, nats; infinite below the first level."""
        at = floats(level, "level")
        return np.asarray(np.interp(at, self.levels, self.rates, left=np.inf))


def curve(
    problem: Problem,
    levels: ArrayLike | None = None,
    *,
    tol: float = 1e-6,
    fidelity: int = 0,
    solver: Solver | None = None,
    progress: Callable[[float], None] | None = None,
) -> Curve:
    """Solve a problem along the level of one of its fidelities, the others as they are.

    Parameters
    ----------
    problem : Problem
        The level of its ``fidelity`` is replaced by each of the levels in turn.
    levels : array, (L,), optional
        By default 50, equally spaced from the smallest reachable to ``largest_level``.
    tol : float
        Certified gap at each level, nats.
    fidelity : int
        Which fidelity to vary.
    solver : Solver
        What solves each; by default as in ``solve``.
    progress : callable, optional
        Called with the share done after each level.

    Raises
    ------
    InfeasibleError
        If a level cannot be met.
    """
    if not 0 <= fidelity < len(problem.fidelities):
        raise InputError(f"fidelity={fidelity}; the problem has {len(problem.fidelities)}")
    if levels is None:
        low, high = smallest_levels(problem)[fidelity], largest_level(problem, fidelity)
        levels = np.linspace(low + 1e-3 * (high - low), high, 50)
    wanted = np.unique(floats(levels, "levels"))
    if solver is None:
        solver = Exchange() if problem.every else InteriorPoint()
    found = []
    solution: Solution | None = None
    for level in wanted:
        task = with_level(problem, fidelity, float(level))
        solution = solver.solve(task, tol, start=solution)
        proof = solution.certificate
        found.append((proof.upper, proof.lower, solution.output_entropy, solution.prices))
        if progress is not None:
            progress(len(found) / len(wanted))
    rates, lowers, entropies, prices = zip(*found, strict=True)
    return Curve(
        wanted, np.array(rates), np.array(lowers), np.array(prices), np.array(entropies), fidelity
    )


def with_level(problem: Problem, fidelity: int, level: float) -> Problem:
    """Return the problem with another level for one of its fidelities."""
    levels: Sequence[float] = [
        level if k == fidelity else f.level for k, f in enumerate(problem.fidelities)
    ]
    return problem.with_levels(levels)


def largest_level(problem: Problem, fidelity: int = 0) -> float:
    """Return D_max, the least level at which this fidelity alone costs nothing.

    It is what the best single codeword reaches; for "each" for its worst symbol.
    """
    rows = problem.rows
    mine = np.flatnonzero(rows.fidelity == fidelity)
    if not len(mine):
        return 0.0
    if problem.every:
        problem = problem.with_codebook(_centre(problem, rows.weights[mine[0]]))
    distortion = problem.matrices[rows.matrix[mine[0]]]
    weighted = rows.weights[mine] * problem.source.pmf
    with np.errstate(invalid="ignore"):
        alone = np.where(weighted[:, :, None] > 0, weighted[:, :, None] * distortion, 0.0)
    return float(alone.sum(axis=1).max(axis=0).min())


def _centre(problem: Problem, weights: Array) -> Array:
    """Return the best single codeword for a row, (1, d): weighted mean or median."""
    points, mass = problem.source.points, weights * problem.source.pmf
    if not mass.any():
        return points[:1]
    if problem.distortion == "squared_error":
        return np.asarray(mass @ points / mass.sum())[None, :]
    order = np.argsort(points, axis=0)
    medians = [
        points[rank[np.searchsorted(np.cumsum(mass[rank]), mass.sum() / 2)], axis]
        for axis, rank in enumerate(order.T)
    ]
    return np.array(medians)[None, :]
