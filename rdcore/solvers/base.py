"""The interface of the solvers."""

from __future__ import annotations

from typing import Protocol

from rdcore.problem import Problem
from rdcore.solvers.solution import Solution


class Solver(Protocol):
    """Frozen settings with one method."""

    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats.

        ``start`` is the solution of the problem at other levels. It affects only the time. After
        ``time_limit`` seconds the solver stops at its next step, with the best bounds so far.
        """
        ...
