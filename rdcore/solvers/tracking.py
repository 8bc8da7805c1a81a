r"""From the solution at some levels to that at nearby ones, along the central path.

At r_j z_j = μ, λ_k t_k = ω_k μ the Newton matrix also says how the point moves with the levels:

    [H + diag(z/r)  B; -Bᵀ  S + diag(t/λ)] (∂r, ∂λ) = (0, -∂b).

Steps are taken in log r and log λ, with z and t moved the other way, so that products stay what
they were and nothing leaves the positive orthant however far the prediction goes.
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
from rdcore.solvers.polishing import BindingData, Support, polish, reachable
from rdcore.solvers.program import Program, finish, program, zero_rate
from rdcore.solvers.solution import Solution, Status

_ITERATIONS = 14
# Gaps below this, in nats, are small, and so are changes of levels by less than this share.
_SMALL = 1e-5
_CLOSE = 0.05
# A logarithm is not predicted to change by more than this.
_FARTHEST = 2.5
# A prediction whose gap is larger than this, in nats, is no better than a cold start.
_HOPELESS = 3.0
# Anchors are kept at this gap, in nats: nearer to the end of the path the codewords in use have
# been told from the others, and that changes with the levels.
_EARLY = 0.05
# Codewords and slopes of less than this, relatively, are not in use.
_INACTIVE = 1e-9
_FEW = 32


@dataclass(frozen=True, eq=False)
class Anchor:
    """A point near the central path and the factors of its Newton matrix.

    Attributes
    ----------
    scaled : Program
        The problem that it is about.
    point : PrimalDualPoint
        r, z, λ and t, scaled.
    move : callable
        From a change of the scaled levels (K',) to those of r (m,) and λ (K',).
    """

    scaled: Program
    point: PrimalDualPoint
    move: Callable[[Array], tuple[Array, Array]]

    def slope_change(self, direction: Array) -> Array:
        """Return ∂λ (K,) as the levels of all rows move by ``direction`` (K,)."""
        scaled = self.scaled
        change = np.zeros(len(scaled.pinned))
        _, slopes = self.move(direction[scaled.kept] * scaled.scales)
        change[scaled.kept] = slopes * scaled.scales
        return change

    def close(self, scaled: Program) -> bool:
        """Return whether the levels of another program differ by a small share."""
        if len(scaled.levels) != len(self.scaled.levels):
            return False
        change = np.abs(scaled.levels - self.scaled.levels)
        return bool((change <= _CLOSE * self.scaled.levels).all())

    def predicted(self, scaled: Program) -> PrimalDualPoint | None:
        """Return the point expected at the levels of another program; None if it is too unlike."""
        if scaled.m != self.scaled.m or not np.array_equal(scaled.kept, self.scaled.kept):
            return None
        dr, dl = self.move(scaled.levels - self.scaled.levels)
        r, z, slopes, t = self.point
        grow = np.exp(np.clip(dr / r, -_FARTHEST, _FARTHEST))
        rise = np.exp(np.clip(dl / slopes, -_FARTHEST, _FARTHEST))
        return PrimalDualPoint(r * grow, z / grow, slopes * rise, t / rise)


def advance(
    problem: Problem, tol: float, anchor: Anchor | None = None, beyond: Anchor | None = None
) -> tuple[Solution, Anchor | None]:
    """Solve to a certified gap of ``tol`` nats, from an anchor or between two if they are of use.

    To small gaps a fresh start is quicker unless the levels are close to the anchor's.

    Returns the solution, and an anchor there unless there is none: at rate 0, or where every row
    is at its minimum level.

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
            # What two sides predict errs in opposite ways; products stay what they were.
            start = PrimalDualPoint(*(np.sqrt(a * b) for a, b in zip(start, other, strict=True)))
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
        if moved is None or not all((v > 0).all() for v in moved):
            return None
        point = moved
    return None


def _anchored(scaled: Program, solution: Solution) -> Anchor | None:
    """Return the anchor at a solution: the slacks are what its gap leaves open."""
    if solution.prior is None or not len(scaled.kept) or solution.prior.shape != (scaled.m,):
        return None
    r, slopes = solution.prior, solution.slopes[scaled.kept] / scaled.scales
    if not ((r > 0).all() and (slopes > 0).all()):
        return None
    model = model_at(scaled, r, slopes)
    mu = max(solution.certificate.gap, 1e-12) / (scaled.m + float(scaled.mass.sum()))
    z = np.maximum(1 - model.c, mu / r)
    t = np.maximum(model.spare, mu * scaled.mass / slopes)
    return _anchor(scaled, PrimalDualPoint(r, z, slopes, t), model)


def _anchor(scaled: Program, point: PrimalDualPoint, model: Model) -> Anchor | None:
    r, z, slopes, t = point
    root, side = np.sqrt(r), np.sqrt(slopes)
    solve = factored(model, root, side, z, t)
    if solve is None:
        return None

    def move(change: Array) -> tuple[Array, Array]:
        u, v = solve(np.zeros_like(root), -side * change)
        return root * u, side * v

    return Anchor(scaled, point, move)


def advance_every(
    problem: Problem, tol: float, before: Solution | None = None
) -> tuple[Solution, None]:
    """Solve with a free codebook to a certified gap of ``tol`` nats, from a solution nearby.

    The codewords of that solution are moved by Newton steps on masses, positions and slopes
    together. Where that does not lead to the proof, since codewords split or meet on the way, they
    are exchanged from there. With many codewords a fresh start is quicker than either.
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
    """Return the stationary support near another problem's solution, if there is one."""
    r = before.marginal if before.prior is None else before.prior
    used = r > _INACTIVE
    binds = before.slopes > _INACTIVE * max(float(before.slopes.max(initial=0.0)), _INACTIVE)
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
    if not (settled and (support.slopes > 0).all()):
        return None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = support.slopes
    scaled = program(problem.with_codebook(support.y))
    found = finish(scaled, support.r, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])
    return replace(found, every=True)
