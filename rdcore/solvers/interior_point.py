"""A primal–dual interior-point method for the rate–distortion program.

With marginal r ≥ 0 and slopes λ ≥ 0,

    Φ(r, λ) = -Σ_x p_x log Σ_j r_j exp(-Σ_k λ_k C_k(x, j)) - λ·b,    R(b) = min_r max_λ Φ.

Φ + Σ r is convex in r and concave in λ, so its saddle point solves a monotone complementarity
problem in m + K unknowns, independent of the number of atoms:

    0 ≤ r_j ⟂ z_j = 1 - c_j ≥ 0,    0 ≤ λ_k ⟂ t_k = b_k - E[C_k] ≥ 0.

Blahut–Arimoto updates r_j ← r_j c_j and slows down to O(1/t) if an unused codeword has c_j close to
1; Newton steps on the complementarity system do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, positive
from rdcore._clock import Clock, clock
from rdcore.problem import Problem
from rdcore.solvers._barrier import follow
from rdcore.solvers.newton import Model, factored, model_at, step_length
from rdcore.solvers.program import Program, finish, program, tilted, warm, zero_rate
from rdcore.solvers.solution import Solution, Status

# Smallest ratio of complementarity to dual infeasibility.
_KEEP_PACE = 1e-3
# A gap, in nats, above which the iteration has diverged.
_STRAYED = 1e3
# Up to this many rows, slopes that roughly meet the levels are found first: in so many steps, to
# so close in the logarithm, from no steeper than this.
_FEW_ROWS = 16
_AIMS = 4
_AIMED = 0.1
_STEEP = 2.0
_TINY = 1e-300
# Iterations after which a warm start without convergence is abandoned.
_WARM_ITERATIONS = 20
# Without convergence iterates are certified whose estimate is at most so many times the best gap.
_WORTH = 10.0


class PrimalDualPoint(NamedTuple):
    """Marginal r with slack z, each (m,), and slopes λ with slack t, each (K,), scaled.

    Attributes
    ----------
    x, s : arrays, (m + K,)
        (r, λ) and (z, t).
    m : int
        Number of codewords.
    """

    x: Array
    s: Array
    m: int

    @property
    def r(self) -> Array:
        """The marginal, (m,)."""
        return self.x[: self.m]

    @property
    def slopes(self) -> Array:
        """The slopes, (K,)."""
        return self.x[self.m :]

    def mu(self, weight: float) -> float:
        """Mean complementarity; ``weight`` is m and the probabilities of the rows' atoms."""
        return float(self.x @ self.s) / weight

    def moved(self, step: PrimalDualPoint, length: float) -> PrimalDualPoint:
        """Return the point after a step of a given length."""
        return PrimalDualPoint(self.x + length * step.x, self.s + length * step.s, self.m)

    def longest_step(self, step: PrimalDualPoint) -> float:
        """Return the longest step length, at most 1e10, that keeps all variables non-negative."""
        steepest = min(float((step.x / self.x).min()), float((step.s / self.s).min()))
        return 1.0 / max(-steepest, 1e-10)

    @property
    def inside(self) -> bool:
        """Whether all variables are positive."""
        return bool((self.x > 0).all() and (self.s > 0).all())


@dataclass(frozen=True)
class InteriorPoint:
    """Mehrotra's predictor–corrector on the saddle point, with one primal–dual step length.

    If it diverges, as it can for constraints on atoms of very small probability, a barrier method
    with a line search follows the central path instead.

    Parameters
    ----------
    max_iterations : int
        Largest number of predictor–corrector iterations.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> round(rd.solve(task, solver=InteriorPoint(max_iterations=30)).rate_bits, 6)
    0.412295
    """

    max_iterations: int = 50

    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats."""
        tol, until = positive(tol, "tol"), clock(time_limit)
        scaled = program(problem)
        still = zero_rate(scaled, tol)
        if still is not None:
            return still
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._search(scaled, tol, start, until)

    def _search(
        self, scaled: Program, tol: float, start: Solution | None, until: Clock
    ) -> Solution:
        trace: list[float] = []
        best: Solution | None = None
        others = [(np.inf, np.full(scaled.m, 1.0 / scaled.m), np.zeros(len(scaled.levels)))]
        attempts = [_quick(scaled, _cold(scaled), self.max_iterations), follow(scaled, tol, until)]
        if start is not None and (start.slopes > 0).any():
            attempts.insert(0, _quick(scaled, _warm(scaled, start), _WARM_ITERATIONS))
        for marginal, slopes, gap in chain(*attempts):
            trace.append(gap)
            if gap <= tol:
                found = finish(scaled, marginal, slopes, Status.CONVERGED, trace)
                best = _joined(best, found)
                if best.certificate.gap <= tol:
                    return best.ended(Status.CONVERGED, tuple(trace))
            elif gap < np.inf:
                others.append((gap, marginal, slopes))
            if until.over:
                break
        status = Status.TIME_LIMIT if until.over else Status.STALLED
        # Where rounding decides, the estimates do not tell which iterate has the best bounds.
        for gap, marginal, slopes in sorted(others, key=itemgetter(0)):
            if best is None or not (until.over or gap > _WORTH * best.certificate.gap):
                best = _joined(best, finish(scaled, marginal, slopes, status, trace))
        assert best is not None
        return best.ended(status, tuple(trace))


def _joined(best: Solution | None, found: Solution) -> Solution:
    """Return the better of two solutions, or the channel of one with the dual point of the other.

    Each of a certificate's bounds needs only one of these.
    """
    if best is None:
        return found
    upper = min(best, found, key=lambda one: one.certificate.upper)
    lower = max(best, found, key=lambda one: one.certificate.lower)
    both = replace(upper, slopes=lower.slopes, prior=lower.prior) if upper is not lower else upper
    return min(best, found, both, key=lambda one: one.certificate.gap)


def _quick(
    scaled: Program, point: PrimalDualPoint, limit: int
) -> Iterator[tuple[Array, Array, float]]:
    """Yield (r, λ, gap) at each iterate until the iteration diverges."""
    for _ in range(limit):
        model = model_at(scaled, point.r, point.slopes)
        yield point.r, point.slopes, model.gap
        moved = newton_step(point, model, scaled.mass) if model.gap < _STRAYED else None
        if moved is None or not moved.inside:
            return
        point = moved


def _cold(scaled: Program) -> PrimalDualPoint:
    r = np.full(scaled.m, 1.0 / scaled.m)
    slopes = 0.5 / np.maximum(scaled.levels / scaled.mass, 1e-3)
    if len(slopes) <= _FEW_ROWS:
        slopes = _meeting(scaled, r, np.minimum(slopes, _STEEP))
    return _point(scaled, r, slopes, 0.1)


def _meeting(scaled: Program, r: Array, slopes: Array) -> Array:
    """Return slopes at which r roughly meets the levels: log E[C] is almost straight in them."""
    for _ in range(_AIMS):
        at = tilted(scaled, r, slopes)
        spent = np.maximum(scaled.levels - at.spare, _TINY)
        off = np.log(spent / scaled.levels)
        if np.abs(off).max(initial=0.0) < _AIMED:
            break
        step = off * spent / np.maximum(np.diag(at.S), _TINY)
        slopes = np.clip(slopes + step, 0.2 * slopes, 5 * slopes)
    return np.asarray(slopes)


def _warm(scaled: Program, start: Solution) -> PrimalDualPoint:
    r, slopes = warm(scaled, start)
    return _point(scaled, r, np.maximum(slopes, 1e-3), 0.01)


def _point(scaled: Program, r: Array, slopes: Array, least: float) -> PrimalDualPoint:
    at = tilted(scaled, r, slopes)
    slack = np.append(np.maximum(1 - at.c, least), np.maximum(at.spare, least * scaled.levels))
    return PrimalDualPoint(np.append(r, slopes), slack, scaled.m)


def newton_step(point: PrimalDualPoint, model: Model, mass: Array) -> PrimalDualPoint | None:
    """Take one predictor–corrector step; None if the system cannot be factored."""
    (x, s, m), root = point, np.sqrt(point.x)
    solve = factored(model, root, s)
    if solve is None:
        return None
    force = root * np.append(1 - model.c, model.spare)

    def direction(target: Array | float) -> PrimalDualPoint:
        dx = root * solve(target / root - force)
        return PrimalDualPoint(dx, (target - s * dx) / x - s, m)

    share = np.append(np.ones(m), mass)
    weight = m + float(mass.sum())
    affine = direction(0.0)
    mu = point.mu(weight)
    reach = min(1.0, point.longest_step(affine))
    target = mu * (point.moved(affine, reach).mu(weight) / mu) ** 3
    # c_j is strongly nonlinear in r_j for atoms of very small probability. If complementarity
    # decreases faster than c ≤ 1 is restored, the iterates get stuck at a face that is not optimal.
    target = max(target, min(mu, _KEEP_PACE * float(model.c.max() - 1) / m))
    step = direction(target * share - affine.x * affine.s)
    return point.moved(step, step_length(point.longest_step(step), mu))
