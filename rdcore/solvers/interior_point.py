"""A primal–dual interior-point method for the rate–distortion program.

With marginal r ≥ 0 and slopes λ ≥ 0,

    Φ(r, λ) = -Σ_x p_x log Σ_j r_j exp(-Σ_k λ_k C_k(x, j)) - λ·b,    R(b) = min_r max_λ Φ.

Φ + Σ r is convex in r and concave in λ, so its saddle point solves a monotone complementarity
problem in m + K unknowns, whatever the number of atoms:

    0 ≤ r_j ⟂ z_j = 1 - c_j ≥ 0,    0 ≤ λ_k ⟂ t_k = b_k - E[C_k] ≥ 0.

Blahut–Arimoto moves r_j ← r_j c_j, which slows down to O(1/t) where an unused codeword has c_j
close to 1; Newton steps on the complementarity system do not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from rdcore._arrays import Array
from rdcore.problem import Problem
from rdcore.solution import Solution, Status
from rdcore.solvers._program import Program, finish, idle, program

# The share of the way to the boundary that a step goes at the least.
_TO_BOUNDARY = 0.9
# How far complementarity may run ahead of dual feasibility.
_KEEP_PACE = 1e-3


class Point(NamedTuple):
    """Marginal r (m,) with slack z (m,), and slopes λ (K,) with slack t (K,), scaled."""

    r: Array
    z: Array
    slopes: Array
    t: Array

    @property
    def mu(self) -> float:
        """Mean complementarity."""
        return float(self.r @ self.z + self.slopes @ self.t) / (len(self.r) + len(self.slopes))

    def moved(self, step: Point, length: float) -> Point:
        """Go a length along a step."""
        return Point(*(a + length * d for a, d in zip(self, step, strict=True)))

    def room(self, step: Point) -> float:
        """Return the longest length, at most 1e10, at which nothing is negative."""
        steepest = max(
            float((-change / value).max(initial=0.0))
            for value, change in zip(self, step, strict=True)
        )
        return 1.0 / max(steepest, 1e-10)


class Model(NamedTuple):
    """c (m,), b - E[C] (K,), the gap in nats, and H (m, m), B (m, K), S (K, K)."""

    c: Array
    spare: Array
    gap: float
    H: Array
    B: Array
    S: Array


@dataclass(frozen=True)
class InteriorPoint:
    """Mehrotra's predictor–corrector on the saddle point, with one step length for both sides.

    Parameters
    ----------
    max_iterations : int
        Where to stop at the latest.
    """

    max_iterations: int = 100

    def solve(self, problem: Problem, tol: float = 1e-9) -> Solution:
        """Solve to a certified gap of ``tol`` nats."""
        scaled = program(problem)
        return idle(scaled) or self._run(scaled, tol)

    def _run(self, scaled: Program, tol: float) -> Solution:
        point = _start(scaled)
        trace: list[float] = []
        best: Solution | None = None
        status = Status.ITERATION_LIMIT
        for _ in range(self.max_iterations):
            model = _model(scaled, point.r, point.slopes)
            trace.append(model.gap)
            if model.gap <= tol:
                found = finish(scaled, point.r, point.slopes, Status.CONVERGED, trace)
                if best is None or found.certificate.gap < best.certificate.gap:
                    best = found
                if best.certificate.gap <= tol:
                    return best
            step = _newton(point, model) if np.isfinite(model.gap) else None
            if step is None or min(v.min(initial=1.0) for v in step) <= 0:
                status = Status.STALLED
                break
            point = step
        if best is None:
            best = finish(scaled, point.r, point.slopes, status, trace)
        return replace(best, status=status, trace=tuple(trace))


def _start(scaled: Program) -> Point:
    r = np.full(scaled.m, 1.0 / scaled.m)
    local = scaled.levels / np.maximum(scaled.weights @ scaled.pmf, 1e-300)
    slopes = 0.5 / np.maximum(local, 1e-3)
    model = _model(scaled, r, slopes)
    z = np.maximum(1 - model.c, 0.1)
    t = np.maximum(model.spare, 0.1 * scaled.levels)
    return Point(r, z, slopes, t)


def _model(scaled: Program, r: Array, slopes: Array) -> Model:
    pmf = scaled.pmf
    tilt = scaled.tilt(slopes)
    tilt -= tilt.min(axis=1, keepdims=True)
    kernel = np.exp(np.negative(tilt, out=tilt), out=tilt)
    kernel /= (kernel @ r)[:, None]
    c = pmf @ kernel
    rooted = kernel * np.sqrt(pmf)[:, None]
    H = rooted.T @ rooted
    channel = kernel * r
    expected, S = scaled.moments(channel)
    B = np.empty((scaled.m, len(slopes)))
    kernel *= pmf[:, None]
    for i, d in enumerate(scaled.matrices):
        mine = np.flatnonzero(scaled.matrix == i)
        mean = np.einsum("xj,xj->x", channel, d)
        B[:, mine] = (kernel * (d - mean[:, None])).T @ scaled.weights[mine].T
    spare = scaled.levels - expected
    q = r * c
    gap = float(slopes @ np.abs(spare) + np.log(c.max()) - q[q > 0] @ np.log(c[q > 0]))
    return Model(c, spare, gap, H, B, S)


def _newton(point: Point, model: Model) -> Point | None:
    """Take one predictor–corrector step; None if the system cannot be factored."""
    r, z, slopes, t = point
    root, side = np.sqrt(r), np.sqrt(slopes)
    solve = _factored(model, root, side, z, t)
    if solve is None:
        return None

    def direction(target_r: Array | float, target_slopes: Array | float) -> Point:
        u, v = solve(
            target_r / root - root * (1 - model.c), target_slopes / side - side * model.spare
        )
        dr, dl = root * u, side * v
        return Point(dr, (target_r - z * dr) / r - z, dl, (target_slopes - t * dl) / slopes - t)

    affine = direction(0.0, 0.0)
    mu = point.mu
    target = mu * (point.moved(affine, min(1.0, point.room(affine))).mu / mu) ** 3
    # Where atoms have hardly any probability c_j is far from linear in r_j. If complementarity
    # runs ahead of c ≤ 1 there, the iterates cling to a face that is not the optimal one.
    target = max(target, min(mu, _KEEP_PACE * float(model.c.max() - 1) / len(r)))
    step = direction(target - affine.r * affine.z, target - affine.slopes * affine.t)
    return point.moved(step, min(1.0, max(_TO_BOUNDARY, 1 - 10 * mu) * point.room(step)))


def _factored(
    model: Model, root: Array, side: Array, z: Array, t: Array
) -> Callable[[Array, Array], tuple[Array, Array]] | None:
    """Factor [√r H √r + z, √r B √λ; -(√r B √λ)ᵀ, √λ S √λ + t]; None if it is not definite."""
    first = model.H * np.multiply.outer(root, root)
    first.flat[:: len(root) + 1] += z
    cross = model.B * np.multiply.outer(root, side)
    lower, fault = dpotrf(first, lower=1, clean=0)
    if fault:
        return None
    solved, _ = dpotrs(lower, cross, lower=1)
    second = model.S * np.multiply.outer(side, side) + cross.T @ solved
    second.flat[:: len(side) + 1] += t
    small, fault = dpotrf(second, lower=1, clean=0) if len(side) else (second, 0)
    if fault:
        return None

    def solve(f: Array, g: Array) -> tuple[Array, Array]:
        u, _ = dpotrs(lower, f, lower=1)
        if not len(side):
            return u, g
        v, _ = dpotrs(small, g + cross.T @ u, lower=1)
        return u - solved @ v, v

    return solve
