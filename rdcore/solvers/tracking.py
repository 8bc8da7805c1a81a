r"""Warm starts: predict the solution at nearby levels along the central path.

At r_j z_j = μ, λ_k t_k = ω_k μ the Newton matrix also gives the derivative in the levels:

    [H + diag(z/r)  B; -Bᵀ  S + diag(t/λ)] (∂r, ∂λ) = (0, -∂b).

Steps are taken in log r and log λ, and z and t change inversely. The products stay constant, and
all variables stay positive for any step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array
from rdcore.problem import Problem
from rdcore.solvers.exchange import Exchange
from rdcore.solvers.interior_point import InteriorPoint, PrimalDualPoint, newton_step
from rdcore.solvers.newton import Model, factored, model_at
from rdcore.solvers.polishing import BindingData, Support, binding, polish, reachable
from rdcore.solvers.program import Program, finish, program, zero_rate
from rdcore.solvers.solution import Solution, Status

_ITERATIONS = 14
# Small gap in nats, and small relative change of a level.
_SMALL = 1e-5
_CLOSE = 0.05
# Largest predicted change of a logarithm.
_FARTHEST = 2.5
# Gap of a prediction, in nats, above which a cold start is preferred.
_HOPELESS = 3.0
# Gap in nats at which anchors are stored. At smaller gaps the set of codewords in use is already
# decided, and it changes with the levels.
_EARLY = 0.05
# Relative size below which masses and slopes count as 0.
_INACTIVE = 1e-9
_FEW = 32


@dataclass(frozen=True, eq=False)
class Anchor:
    """A point near the central path and the factors of its Newton matrix.

    Attributes
    ----------
    scaled : Program
        The scaled problem.
    point : PrimalDualPoint
        r, z, λ and t, scaled.
    solve : callable
        Solves with its Newton matrix, in units of √r and √λ.
    """

    scaled: Program
    point: PrimalDualPoint
    solve: Callable[[Array], Array]

    def close(self, scaled: Program) -> bool:
        """Return whether the levels of another program differ by a small relative amount."""
        if len(scaled.levels) != len(self.scaled.levels):
            return False
        change = np.abs(scaled.levels - self.scaled.levels)
        return bool((change <= _CLOSE * self.scaled.levels).all())

    def predicted(self, scaled: Program) -> PrimalDualPoint | None:
        """Return the predicted point at another program's levels; None if they differ too much."""
        if scaled.m != self.scaled.m or not np.array_equal(scaled.kept, self.scaled.kept):
            return None
        x, slack, m = self.point
        root = np.sqrt(x)
        change = np.zeros_like(x)
        change[m:] = root[m:] * (self.scaled.levels - scaled.levels)
        grow = np.exp(np.clip(self.solve(change) / root, -_FARTHEST, _FARTHEST))
        return PrimalDualPoint(x * grow, slack / grow, m)


def advance(
    problem: Problem, tol: float, anchor: Anchor | None = None, beyond: Anchor | None = None
) -> tuple[Solution, Anchor | None]:
    """Solve to a certified gap of ``tol`` nats, from one anchor or between two where that helps.

    For a small ``tol``, a cold start is faster unless the levels are close to the anchor's. Return
    the solution and its anchor, or None if it has none: at rate 0, or if every row is at its
    minimum level.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels.
    """
    scaled = program(problem)
    still = zero_rate(scaled, tol)
    if still is not None:
        return still, None
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if anchor is not None and tol < _SMALL and not anchor.close(scaled):
            anchor = None
        start = None if anchor is None else anchor.predicted(scaled)
        other = None if beyond is None else beyond.predicted(scaled)
        if start is not None and other is not None:
            # Predictions from both sides have opposite errors; their geometric mean keeps products.
            start = PrimalDualPoint(np.sqrt(start.x * other.x), np.sqrt(start.s * other.s), start.m)
        found = None if start is None else _resumed(scaled, start, tol)
        if found is not None:
            return found
        cold = InteriorPoint().solve(problem, tol)
        return cold, _anchored(scaled, cold)


def _resumed(
    scaled: Program, point: PrimalDualPoint, tol: float
) -> tuple[Solution, Anchor | None] | None:
    trace: list[float] = []
    anchor: Anchor | None = None
    for _ in range(_ITERATIONS):
        model = model_at(scaled, point.r, point.slopes)
        trace.append(model.gap)
        if not model.gap < _HOPELESS:
            return None
        if anchor is None and model.gap <= max(_EARLY, tol):
            anchor = _anchor(scaled, point, model)
        if model.gap <= tol:
            found = finish(scaled, point.r, point.slopes, Status.CONVERGED, trace)
            if found.certificate.gap <= tol:
                return found, anchor
        moved = newton_step(point, model, scaled.mass)
        if moved is None or not moved.inside:
            return None
        point = moved
    return None


def _anchored(scaled: Program, solution: Solution) -> Anchor | None:
    """Return the anchor at a solution, with slacks estimated from its gap."""
    if solution.prior is None or not len(scaled.kept) or solution.prior.shape != (scaled.m,):
        return None
    r, slopes = solution.prior, solution.slopes[scaled.kept] / scaled.scales
    if not ((r > 0).all() and (slopes > 0).all()):
        return None
    model = model_at(scaled, r, slopes)
    mu = max(solution.certificate.gap, 1e-12) / (scaled.m + float(scaled.mass.sum()))
    slack = np.append(
        np.maximum(1 - model.c, mu / r), np.maximum(model.spare, mu * scaled.mass / slopes)
    )
    return _anchor(scaled, PrimalDualPoint(np.append(r, slopes), slack, scaled.m), model)


def _anchor(scaled: Program, point: PrimalDualPoint, model: Model) -> Anchor | None:
    solve = factored(model, np.sqrt(point.x), point.s)
    return None if solve is None else Anchor(scaled, point, solve)


def advance_every(
    problem: Problem, tol: float, before: Solution | None = None
) -> tuple[Solution, None]:
    """Solve with a free codebook to a certified gap of ``tol`` nats, from a nearby solution.

    The codewords of that solution are moved by Newton steps on masses, positions and slopes. If
    that does not reach the gap because codewords split or merge, ``Exchange`` starts from them.
    With many codewords a cold start is faster.
    """
    if before is not None and before.problem.m > _FEW:
        before = None
    if before is not None and problem.distortion == "squared_error":
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            found = _moved(problem, before)
        if found is not None and found.certificate.gap <= tol:
            return found.ended(Status.CONVERGED, (found.certificate.gap,)), None
    return Exchange().solve(problem, tol, start=before), None


def _moved(problem: Problem, before: Solution) -> Solution | None:
    """Return the stationary solution near that of another problem, or None."""
    r = before.marginal if before.prior is None else before.prior
    used = r > _INACTIVE
    binds = binding(problem, before.slopes)
    if not binds.any():
        return None
    rows, alive = problem.rows, problem.source.pmf > 0
    data = BindingData(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[binds][:, alive],
        rows.levels[binds],
    )
    first = Support(before.problem.codewords[used], r[used] / r[used].sum(), before.slopes[binds])
    if not reachable(data, first):
        return None
    support, settled = polish(data, first)
    if not settled:
        return None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = support.slopes
    scaled = program(problem.with_codebook(support.y))
    found = finish(scaled, support.r, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])
    return replace(found, every=True)
