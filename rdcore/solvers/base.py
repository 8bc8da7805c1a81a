"""What every solver is: settings, and one method."""

from __future__ import annotations

from typing import Protocol

from rdcore.problem import Problem
from rdcore.solvers.solution import Solution


class Solver(Protocol):
    """A frozen value of settings."""

    def solve(
        self, problem: Problem, tol: float = 1e-9, *, start: Solution | None = None
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats.

        ``start`` is the solution of a problem with other levels; it can save time and changes
        nothing else.
        """
        ...
