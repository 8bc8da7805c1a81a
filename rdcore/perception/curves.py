"""Rates along levels of distortion or of perception, each with its proof."""

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
        Which level varies: that of "perception", or that of the first fidelity, "distortion".
    levels : array, (L,)
        The levels that can be met, rising.
    solutions : tuple of PerceptionSolution
        One a level.
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
        """Price of the level that varies, (L,), nats per unit of it."""
        if self.axis == "perception":
            return np.array([one.perception_price for one in self.solutions])
        return np.array([one.prices[0] for one in self.solutions])

    def upper(self, level: float) -> float:
        """Bound R from above at any level, nats, by the chords; ∞ below the first point."""
        if not level >= self.levels[0]:
            return np.inf
        return float(np.interp(level, self.levels, np.minimum.accumulate(self.rates)))

    def lower(self, level: float) -> float:
        """Bound R from below at any level, nats, by the lines of support."""
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
    """Solve along levels; R is convex in them, so that chords and slopes bound it in between.

    Parameters
    ----------
    problem : Problem
        With ``axis="distortion"`` the level of its first fidelity is replaced.
    perception : Perception
        With ``axis="perception"`` its level is replaced.
    levels : sequence of float
        Levels to solve at; those that cannot be met are left out.
    axis : {"perception", "distortion"}
        Which level they are.
    tol : float
        Certified gap to reach at each, nats.

    Raises
    ------
    InfeasibleError
        If none of the levels can be met.
    InputError
        If there are no levels.
    """
    asked, tol = np.unique(floats(levels, "levels")), positive(tol, "tol")
    if axis not in ("perception", "distortion"):
        raise InputError(f"axis={axis!r} must be 'perception' or 'distortion'")
    if not len(asked):
        raise InputError("levels is empty; at least one is needed")
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
