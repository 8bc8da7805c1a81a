"""The Blahut–Arimoto algorithm with a multiplier step, for given levels instead of slopes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array, positive
from rdcore._clock import clock
from rdcore.problem import Problem
from rdcore.solvers.program import Program, Tilted, finish, program, tilted, warm, zero_rate
from rdcore.solvers.solution import Solution, Status

_NEWTON_STEPS = 30


@dataclass(frozen=True)
class BlahutArimoto:
    r"""Alternate r_j ← r_j c_j with the slopes that meet the levels at that r.

    For a fixed r the slopes minimise the convex :math:`\sum_x p_x \log Z_x(\lambda) + \lambda b`
    over λ ≥ 0, by projected Newton steps. Convergence is as in the original algorithm: geometric if
    every codeword with c_j = 1 is used, O(1/t) otherwise.

    Parameters
    ----------
    max_iterations : int
        Largest number of iterations.
    check_every : int
        Iterations between two evaluations of the gap.

    References
    ----------
    R. E. Blahut, IEEE Trans. Inf. Theory 18(4), 1972; S. Arimoto, IEEE Trans. Inf. Theory 18(1),
    1972.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> round(rd.solve(task, tol=1e-6, solver=BlahutArimoto()).rate_bits, 4)
    0.4123
    """

    max_iterations: int = 200_000
    check_every: int = 10

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
    ) -> Solution:
        """Iterate to a certified gap of ``tol`` nats, or to the iteration limit."""
        tol, until = positive(tol, "tol"), clock(time_limit)
        scaled = program(problem)
        still = zero_rate(scaled, tol)
        if still is not None:
            return still
        r = np.full(scaled.m, 1.0 / scaled.m)
        slopes = np.full(len(scaled.levels), 1.0)
        if start is not None:
            r, slopes = warm(scaled, start)
        trace: list[float] = []
        status = Status.ITERATION_LIMIT
        for iteration in range(self.max_iterations):
            slopes, here = _multipliers(scaled, r, slopes)
            if iteration % self.check_every == 0:
                trace.append(_gap(r, slopes, here))
                if trace[-1] <= tol:
                    found = finish(scaled, r, slopes, Status.CONVERGED, trace)
                    if found.certificate.gap <= tol:
                        return found
            if until.over:
                status = Status.TIME_LIMIT
                break
            r = r * here.c
        return finish(scaled, r, slopes, status, trace)


def _gap(r: Array, slopes: Array, here: Tilted) -> float:
    q = r * here.c
    used = q > 0
    log_c = np.log(here.c[used])
    return float(slopes @ np.abs(here.spare) + np.log(here.c.max()) - q[used] @ log_c)


def _multipliers(scaled: Program, r: Array, slopes: Array) -> tuple[Array, Tilted]:
    """Return the slopes that meet the levels at this r, and the dual there."""
    here = tilted(scaled, r, slopes)
    for _ in range(_NEWTON_STEPS):
        off = np.where(slopes > 0, np.abs(here.spare), np.maximum(-here.spare, 0))
        if (off * slopes).sum() + off.sum() * 1e-3 < 1e-12:
            break
        free = (slopes > 0) | (here.spare < 0)
        step = np.zeros_like(slopes)
        S = here.S[np.ix_(free, free)]
        step[free] = np.linalg.solve(
            S + (1e-14 * np.trace(S) + 1e-300) * np.eye(len(S)), -here.spare[free]
        )
        length, moved = 1.0, False
        while length > 1e-6 and not moved:
            trial = np.maximum(slopes + length * np.clip(step, -9 - slopes, 9 + 9 * slopes), 0)
            there = tilted(scaled, r, trial)
            moved = there.value <= here.value + 1e-14 * abs(here.value)
            length /= 4
        if not moved:
            break
        slopes, here = trial, there
    return slopes, here
