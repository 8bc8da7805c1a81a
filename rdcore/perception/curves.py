"""Certified rates along levels of distortion or of perception."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from rdcore._arrays import Array, floats, positive
from rdcore.errors import InfeasibleError, InputError
from rdcore.perception._transport import transport
from rdcore.perception.measures import Perception
from rdcore.perception.solution import PerceptionSolution
from rdcore.perception.solver import solve_after
from rdcore.problem import Problem
from rdcore.solvers import solve

Axis = Literal["perception", "distortion"]


@dataclass(frozen=True, eq=False)
class PerceptionCurve:
    """Certified points of R(D, P) along one level.

    Attributes
    ----------
    axis : str
        The level that varies: "perception", or "distortion" for that of the first fidelity.
    levels : array, (L,)
        The feasible levels, increasing.
    solutions : tuple of PerceptionSolution
        One per level.
    """

    axis: Axis
    levels: Array
    solutions: tuple[PerceptionSolution, ...]

    @cached_property
    def rates(self) -> Array:
        """Certified upper bounds at the levels, (L,), nats."""
        return np.array([one.certificate.upper for one in self.solutions])

    @cached_property
    def lower_bounds(self) -> Array:
        """Certified lower bounds at the levels, (L,), nats."""
        return np.array([one.certificate.lower for one in self.solutions])

    @cached_property
    def prices(self) -> Array:
        """Price of the varying level, (L,), nats per unit of it."""
        if self.axis == "perception":
            return np.array([one.perception_price for one in self.solutions])
        return np.array([one.prices[0] for one in self.solutions])

    def upper(self, level: float) -> float:
        """Return an upper bound on R at any level by the chords, nats; ∞ below the first point."""
        if not level >= self.levels[0]:
            return np.inf
        return float(np.interp(level, self.levels, np.minimum.accumulate(self.rates)))

    def lower(self, level: float) -> float:
        """Return a lower bound on R at any level by the supporting lines, nats."""
        lines = self.lower_bounds - self.prices * (level - self.levels)
        return max(0.0, float(lines.max()))


def curve(
    problem: Problem,
    perception: Perception,
    levels: Sequence[float],
    *,
    axis: Axis = "perception",
    tol: float = 1e-6,
) -> PerceptionCurve:
    """Solve along levels; R is convex in them, so chords and tangents bound it in between.

    Parameters
    ----------
    problem : Problem
        With ``axis="distortion"``, the level of its first fidelity is replaced.
    perception : Perception
        With ``axis="perception"``, its level is replaced.
    levels : sequence of float
        Levels to solve at; infeasible ones are dropped.
    axis : {"perception", "distortion"}
        The level that varies.
    tol : float
        Certified gap to reach at each level, nats.

    Returns
    -------
    PerceptionCurve
        Certified bounds and prices at each level that can be met.

    Raises
    ------
    InfeasibleError
        If no level is feasible.
    InputError
        If there are no levels.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.2)])
    >>> found = curve(task, rd.perception.TotalVariation(0.1), [0.0, 0.1])
    >>> found.rates.round(4).tolist()
    [0.1328, 0.1123]
    """
    asked, tol = np.unique(floats(levels, "levels")), positive(tol, "tol")
    if axis not in ("perception", "distortion"):
        raise InputError(f"axis must be 'perception' or 'distortion'; got {axis!r}")
    if not len(asked):
        raise InputError("levels must have at least one entry; got none")
    transport(problem, perception)
    free = solve(problem, tol=min(tol, 1e-9)) if axis == "perception" else None
    kept: list[float] = []
    found: list[PerceptionSolution] = []
    refused: InfeasibleError | None = None
    for level in asked.tolist():
        try:
            if axis == "perception":
                found.append(solve_after(problem, perception.at(level), tol, free))
            else:
                rest = [fidelity.level for fidelity in problem.fidelities[1:]]
                found.append(
                    solve_after(problem.with_levels([level, *rest]), perception, tol, None)
                )
            kept.append(level)
        except InfeasibleError as error:
            refused = error
    if refused is not None and not found:
        raise refused
    return PerceptionCurve(axis, np.array(kept), tuple(found))
