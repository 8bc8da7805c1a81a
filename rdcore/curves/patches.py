"""Patches: blocks of cells of a surface that are solved independently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.curves.parts import parts, seconds
from rdcore.errors import InfeasibleError
from rdcore.problem import Problem
from rdcore.solvers import Solution, suited
from rdcore.solvers.tracking import advance_every

_ROUNDING = 1 + 1e-12


@dataclass(frozen=True, eq=False)
class Patch:
    """Cells to solve to a certified gap of ``tol`` nats, and their place in the surface.

    Attributes
    ----------
    problem : Problem
    fidelities : (int, int)
        Indices of the fidelities whose levels vary.
    levels : (array, array)
        The levels, (A',) and (B',).
    place : (slice, slice)
    tol : float
    """

    problem: Problem
    fidelities: tuple[int, int]
    levels: tuple[Array, Array]
    place: tuple[slice, slice]
    tol: float

    def at(self, *pair: float) -> Problem:
        """Return the problem at a pair of levels."""
        levels = [fidelity.level for fidelity in self.problem.fidelities]
        for k, level in zip(self.fidelities, pair, strict=True):
            levels[k] = float(level)
        return self.problem.with_levels(levels)


class Patched(NamedTuple):
    """Results of a patch; see ``Surface``."""

    rates: Array
    lowers: Array
    prices: Array
    binding: NDArray[np.int8]
    nearest: Array
    slopes: Array
    marginals: Array


def patches(
    problem: Problem, fidelities: tuple[int, int], levels: tuple[Array, Array], tol: float
) -> list[Patch]:
    """Divide a surface into patches: a few rows along the first level, or parts of one row."""
    across, up = (len(v) for v in levels)
    row = seconds(problem) * across
    row_cuts = parts(row * up, up)
    pieces = parts(row, across) if row_cuts == up else 1
    found = []
    for rows in reversed(np.array_split(np.arange(up), row_cuts)):
        for columns in reversed(np.array_split(np.arange(across), pieces)):
            place = tuple(slice(int(k[0]), int(k[-1]) + 1) for k in (columns, rows))
            mine = (levels[0][place[0]], levels[1][place[1]])
            found.append(Patch(problem, fidelities, mine, (place[0], place[1]), tol))
    return found


def codewords(problem: Problem) -> int:
    """Return the number of codewords; 0 where they differ between cells or are too many to keep."""
    return 0 if problem.every or not problem.dense else problem.m


def solved(patch: Patch, tick: Callable[[float], None]) -> Patched:
    """Solve the cells of a patch from large to small levels, each from the previous solution."""
    a, b = patch.levels
    shape = (len(a), len(b))
    found = Patched(
        np.full(shape, np.inf),
        np.full(shape, np.inf),
        np.full((*shape, len(patch.problem.fidelities)), np.nan),
        np.full(shape, -1, np.int8),
        np.full((*shape, 2), np.nan),
        np.full((*shape, len(patch.problem.rows.levels)), np.nan),
        np.full((*shape, codewords(patch.problem)), np.nan),
    )
    first: Solution | None = None
    done = 0
    for j in reversed(range(len(b))):
        before = first
        for i in reversed(range(len(a))):
            try:
                before = _near(patch.at(a[i], b[j]), patch.tol, before)
            except InfeasibleError as error:
                found.nearest[i, j] = _nearest(patch, error)
            else:
                _note(found, (i, j), before, patch.fidelities)
                first = before if i == len(a) - 1 else first
            done += 1
            tick(done / (len(a) * len(b)))
    return found


def _near(problem: Problem, tol: float, before: Solution | None) -> Solution:
    """Solve a problem from the solution of a neighbouring cell.

    No anchor is used: cells are too far apart for a prediction to save time.
    """
    if problem.every:
        return advance_every(problem, tol, before)[0]
    return suited(problem).solve(problem, tol, start=before)


def _note(
    found: Patched, cell: tuple[int, int], solution: Solution, fidelities: tuple[int, int]
) -> None:
    proof = solution.certificate
    found.rates[cell], found.lowers[cell] = proof.upper, proof.lower
    found.prices[cell], found.slopes[cell] = solution.prices, solution.slopes
    prior = solution.marginal if solution.prior is None else solution.prior
    if len(prior) == found.marginals.shape[2]:
        found.marginals[cell] = prior
    binds = binding(solution)
    found.binding[cell] = int(binds[fidelities[0]]) + 2 * int(binds[fidelities[1]])


def binding(solution: Solution) -> NDArray[np.bool_]:
    """Return which fidelities bind, (F,): those whose price outweighs their slack.

    At an optimum the price or the slack is 0. The price times the level, in nats, is compared with
    the slack relative to the level.
    """
    levels = np.array([fidelity.level for fidelity in solution.problem.fidelities])
    left = np.maximum(levels - solution.distortions, 0.0)
    worth = np.where(levels > 0, solution.prices * levels**2, solution.prices)
    return np.asarray(worth > left, dtype=np.bool_)


def _nearest(patch: Patch, error: InfeasibleError) -> tuple[float, float]:
    """Return the feasible levels of the error; nan if other levels would have to change as well."""
    for k, fidelity in enumerate(patch.problem.fidelities):
        if k not in patch.fidelities and error.nearest[k] > fidelity.level * _ROUNDING:
            return np.nan, np.nan
    first, second = (error.nearest[k] for k in patch.fidelities)
    return (first, second) if np.isfinite([first, second]).all() else (np.nan, np.nan)
