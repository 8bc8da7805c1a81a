"""The program in CVXPY, solved by Clarabel: slow, but independent of the other solvers."""

from __future__ import annotations

import importlib
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from rdcore._arrays import Array, positive
from rdcore._clock import Clock, clock
from rdcore._extras import require
from rdcore.problem import Problem
from rdcore.solvers.program import Program, finish_channel, program, spread
from rdcore.solvers.solution import Solution, Status

_SETTINGS: tuple[dict[str, Any], ...] = (
    {},
    {"equilibrate_enable": False},
    {"max_step_fraction": 0.95},
)
"""Settings of Clarabel to try in turn until one succeeds."""


@dataclass(frozen=True)
class Reference:
    """Minimise Σ_x p_x Σ_j rel_entr(Q_xj, r_j) with r = pQ by an exponential-cone solver.

    The solver's optimum may be below R and exceed the levels by its tolerance. The certificate of
    the solution is that of a channel that meets the levels.

    Parameters
    ----------
    max_iterations : int
        Iteration limit of Clarabel.
    """

    max_iterations: int = 200

    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,  # noqa: ARG002  (Clarabel cannot be warm-started)
        time_limit: float | None = None,
    ) -> Solution:
        """Solve to Clarabel's precision; ``tol`` nats only decides the status."""
        tol, until = positive(tol, "tol"), clock(time_limit)
        scaled = program(problem)
        channel, slopes = self._channel(scaled, until)
        if channel is None:
            nearest = scaled.restricted.feasible.channel(scaled.m)[scaled.atoms]
            status = Status.TIME_LIMIT if until.over else Status.FAILED
            return finish_channel(scaled, nearest, slopes, status, [])
        found = finish_channel(scaled, channel, slopes, Status.CONVERGED, [])
        if found.certificate.gap <= tol:
            return found
        return found.ended(Status.TIME_LIMIT if until.over else Status.STALLED, ())

    def proposal(self, problem: Problem) -> tuple[Array, Array] | None:
        """Return Clarabel's unmodified channel (n, m) and row slopes (K,); None if it failed.

        The channel may exceed levels; ``certify`` returns by how much.
        """
        scaled = program(problem)
        channel, slopes = self._channel(scaled, clock(None))
        return None if channel is None else spread(scaled, channel, slopes)

    def _channel(self, scaled: Program, until: Clock) -> tuple[Array | None, Array]:
        require("Reference", "cvxpy", "clarabel")
        # Imported here because it takes about a second; it has no complete types.
        cp: Any = importlib.import_module("cvxpy")

        n, m = len(scaled.pmf), scaled.m
        Q = cp.Variable((n, m), nonneg=True)
        # The marginal is a separate variable, because substituting pQ makes the cones dense.
        r = cp.Variable((1, m))
        rate = cp.multiply(scaled.pmf[:, None], cp.rel_entr(Q, np.ones((n, 1)) @ r))
        budgets: list[Any] = []
        for k, level in enumerate(scaled.levels):
            mass = (scaled.weights[k] * scaled.pmf)[:, None]
            cost = mass * scaled.matrices[scaled.matrix[k]]
            budgets.append(cp.sum(cp.multiply(cost, Q)) <= level)
        rules: list[Any] = [cp.sum(Q, axis=1) == 1, scaled.pmf[None, :] @ Q == r, *budgets]
        if scaled.forbidden is not None:
            rules.append(cp.multiply(scaled.forbidden.astype(float), Q) == 0)
        task = cp.Problem(cp.Minimize(cp.sum(rate)), rules)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the certificate measures inaccuracy
            for settings in _SETTINGS:
                limit = {} if until.left is None else {"time_limit": until.left}
                try:
                    task.solve(
                        solver=cp.CLARABEL, max_iter=self.max_iterations, **limit, **settings
                    )
                    break
                except cp.error.SolverError:
                    continue
        nothing = np.zeros(len(scaled.levels))
        if Q.value is None:
            return None, nothing
        channel = np.clip(Q.value, 0, None)
        if scaled.forbidden is not None:
            channel[scaled.forbidden] = 0.0
        if not (channel.sum(axis=1) > 0).all():
            return None, nothing
        slopes = np.array([max(0.0, float(rule.dual_value)) for rule in budgets])
        return channel / channel.sum(axis=1, keepdims=True), slopes
