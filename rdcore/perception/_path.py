r"""A primal–dual interior-point method with a coupling and its potentials as unknowns.

With a potential g on the codewords and f on the atoms the saddle function is

    Φ(r, λ, g) + p·f - μP,   Φ = -Σ_x p_x log Σ_j r_j exp(-g_j - Σ_k λ_k C_k(x, j)) - λ·b,

over r ≥ 0 and λ ≥ 0, μ ≥ 0, f_x + g_j ≤ μ c(x, j). The multiplier of the last constraint is a
coupling π of p and the distribution of Y. After elimination of π and f, the Newton system has m + K
+ 1 + m unknowns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotrs

from rdcore._arrays import Array, Mask
from rdcore.solvers.newton import Model, model_at, step_length
from rdcore.solvers.program import Program

# With caution: fraction of the distance to the boundary that a step takes at the most.
_CAUTIOUS = 0.7
# With caution: largest initial slope, and largest change of a potential in a step.
_MODEST = 2.0
_FARTHEST = 4.0


@dataclass(frozen=True, eq=False)
class Coupled:
    """The scaled program, with scaled transport costs.

    Attributes
    ----------
    scaled : Program
        The problem without the perception level.
    cost : array, (n', m)
        Transport costs minus each atom's smallest one, scaled.
    allowed : array of bool, (n', m), or None
        Pairs between which mass may move; None: all.
    level : float
        Level minus the floor, scaled.
    unit : float
        The scale of the costs.
    law : array, (m,)
        A positive distribution on the codewords close to that of the source: the weights of the
        codewords on the central path, like p for the atoms.
    caution : float
        Smallest fraction of the products that remains after a step; if it is above 0, steps are
        also shorter.
    """

    scaled: Program
    cost: Array
    allowed: Mask | None
    level: float
    unit: float
    law: Array
    caution: float = 0.0

    @cached_property
    def even(self) -> Array:
        """Weights of the products π σ on the central path, (n', m), with sum 1.

        The weights p × law are too small for pairs of two improbable points, and p alone too large
        for pairs of an improbable and a probable one; these are between the two.
        """
        share = self.masked(np.sqrt(np.multiply.outer(self.scaled.pmf, self.law)))
        return np.asarray(share / share.sum())

    @property
    def exact(self) -> bool:
        """Whether mass may move only between the allowed pairs, at no cost."""
        return self.allowed is not None

    def masked(self, values: Array) -> Array:
        """Return values (n', m), 0 for pairs that are not allowed."""
        return values if self.allowed is None else np.where(self.allowed, values, 0.0)


class CoupledPoint(NamedTuple):
    """An iterate.

    r, z (m,): marginal and slack; slopes, t (K,): prices and slack of the rows; price, y: those of
    the perception level, (1,) or (0,); coupling, gap (n', m): mass of pairs and slack of the
    potentials; f (n',), g (m,): potentials.
    """

    r: Array
    z: Array
    slopes: Array
    t: Array
    price: Array
    y: Array
    coupling: Array
    gap: Array
    f: Array
    g: Array

    def moved(self, step: CoupledPoint, length: float) -> CoupledPoint:
        """Return the point after a step of a given length."""
        return CoupledPoint(*(a + length * d for a, d in zip(self, step, strict=True)))

    def longest_step(self, step: CoupledPoint) -> float:
        """Return the longest step length, at most 1e10, that keeps all variables non-negative."""
        steepest = 1e-10
        for value, change in zip(self[:8], step[:8], strict=True):
            falling = np.divide(-change, value, out=np.zeros_like(value), where=value > 0)
            steepest = max(steepest, float(falling.max(initial=0.0)))
        return 1.0 / steepest

    def mu(self, mass: Array) -> float:
        """Mean complementarity."""
        total = self.r @ self.z + self.slopes @ self.t + self.price @ self.y
        total += np.vdot(self.coupling, self.gap)
        return float(total) / (2 * len(self.r) + float(mass.sum()) + len(self.price))


class Tilts(NamedTuple):
    """The model at r e^{-g} in terms of r: c (m,), H (m, m), B (m, K), and the other terms."""

    model: Model
    c: Array
    H: Array
    B: Array


def tilts(coupled: Coupled, point: CoupledPoint) -> Tilts:
    """Evaluate c and the second derivatives at a point."""
    lean = np.exp(-point.g)
    model = model_at(coupled.scaled, point.r * lean, point.slopes)
    H = model.H * np.multiply.outer(lean, lean)
    return Tilts(model, model.c * lean, H, model.B * lean[:, None])


def cold(coupled: Coupled) -> CoupledPoint:
    """Return an initial point, whose coupling moves mass no further than the level allows."""
    scaled, one = coupled.scaled, np.zeros(0)
    slopes = 0.5 / np.maximum(scaled.levels / scaled.mass, 1e-3)
    if coupled.caution:
        slopes = np.minimum(slopes, _MODEST)
    price = np.full(0 if coupled.exact else 1, 0.5 / max(coupled.level, 1e-300))
    f, g = np.full(len(scaled.pmf), -1.0), np.zeros(scaled.m)
    gap = coupled.masked(price.sum() * coupled.cost - f[:, None])
    coupling = coupled.even / np.where(gap > 0, gap, 1.0)
    coupling *= (scaled.pmf / coupling.sum(axis=1))[:, None]
    start = CoupledPoint(coupled.law, one, slopes, one, price, one, coupling, gap, f, g)
    at = tilts(coupled, start)
    spare = max(coupled.level - float(np.vdot(coupling, coupled.cost)), 0.1 * coupled.level)
    return start._replace(
        z=np.maximum(1 - at.c, 0.1),
        t=np.maximum(at.model.spare, 0.1 * scaled.levels),
        y=np.full(len(price), spare),
    )


def follow(coupled: Coupled, point: CoupledPoint, limit: int) -> Iterator[CoupledPoint]:
    """Yield iterates until the iteration diverges."""
    for _ in range(limit):
        yield point
        step = _step(coupled, point)
        if step is None or not all(np.isfinite(v).all() for v in step):
            return
        point = step


class _System:
    """The factored Newton system at a point."""

    def __init__(self, coupled: Coupled, point: CoupledPoint, at: Tilts) -> None:
        self.coupled, self.point, self.at = coupled, point, at
        count, paid = len(point.slopes), len(point.price)
        w = np.divide(point.coupling, point.gap, out=np.zeros_like(point.gap), where=point.gap > 0)
        self.w, self.rows = w, w.sum(axis=1)
        wc = w * coupled.cost
        self.wc_rows, self.wc_columns = wc.sum(axis=1), wc.sum(axis=0)
        self.root = np.sqrt(point.r)
        self.side = np.concatenate([np.sqrt(point.slopes), np.sqrt(point.price), 1 / self.root])
        H = at.H * np.multiply.outer(self.root, self.root)
        first = H.copy()
        first.flat[:: len(self.root) + 1] += point.z
        self.first, fault = dpotrf(first, lower=1, clean=0)
        cross = np.zeros((len(self.root), len(self.side)))
        cross[:, :count] = at.B * np.multiply.outer(self.root, self.side[:count])
        cross[:, count + paid :] = -H
        cross[:, count + paid :].flat[:: len(self.root) + 1] += at.c
        self.cross = cross
        self.fault = bool(fault)
        if self.fault:
            return
        self.solved, _ = dpotrs(self.first, cross, lower=1)
        second = self._second() + cross.T @ self.solved
        self.second, fault = dpotrf(second, lower=1, clean=0)
        self.fault = bool(fault)

    def _second(self) -> Array:
        """Return the block of λ, μ and g, scaled, with f eliminated."""
        point, side = self.point, self.side
        count, paid = len(point.slopes), len(point.price)
        size, g = len(side), slice(count + paid, None)
        block = np.zeros((size, size))
        block[:count, :count] = self.at.model.S * np.multiply.outer(side[:count], side[:count])
        block.flat[: count * size : size + 1] += point.t
        both = self.at.B * np.multiply.outer(self.root, side[:count])
        block[g, :count] = both
        block[:count, g] = both.T
        thin = self.w / np.sqrt(self.rows)[:, None]
        # Both parts are Laplacians, whose diagonals follow from the other entries.
        off = -(thin.T @ thin) - self.at.H * np.multiply.outer(point.r, point.r)
        np.fill_diagonal(off, 0.0)
        np.fill_diagonal(off, -off.sum(axis=1))
        # No mass may move to these codewords, so their potentials stay constant.
        off[np.diag_indices_from(off)] += np.where(self.w.any(axis=0), 0.0, point.r)
        # A constant shift of the potentials has no effect; fix it by the distribution of Y.
        off += np.multiply.outer(point.r, point.r)
        block[g, g] = off * np.multiply.outer(side[g], side[g])
        if paid:
            share = self.wc_rows / self.rows
            block[count, count] = side[count] ** 2 * (
                float(np.einsum("xj,xj,xj->", self.w, self.coupled.cost, self.coupled.cost))
                - float(self.wc_rows @ share)
            ) + float(point.y[0])
            lean = (share @ self.w - self.wc_columns) * side[count] * side[g]
            block[g, count] = block[count, g] = lean
        return block

    def direction(self, target: Products) -> CoupledPoint:
        """Return the step towards the products in ``target``."""
        point, at, coupled = self.point, self.at, self.coupled
        count, paid = len(point.slopes), len(point.price)
        pmf, cost = coupled.scaled.pmf, coupled.cost
        due = np.divide(
            target.coupling, point.gap, out=np.zeros_like(point.gap), where=point.gap > 0
        )
        rows = pmf - due.sum(axis=1)
        price = target.price / self.side[count : count + paid] + self.side[count : count + paid] * (
            np.vdot(cost, due) - coupled.level + (self.wc_rows / self.rows) @ rows
        )
        law = point.r * at.c - due.sum(axis=0) - (rows / self.rows) @ self.w
        right = np.concatenate(
            [
                target.slopes / self.side[:count] - self.side[:count] * at.model.spare,
                price,
                law * self.side[count + paid :],
            ]
        )
        left = target.r / self.root - self.root * (1 - at.c)
        u, _ = dpotrs(self.first, left, lower=1)
        v, _ = dpotrs(self.second, right + self.cross.T @ u, lower=1)
        u = u - self.solved @ v
        dr, rest = self.root * u, self.side * v
        dl, dp, dg = rest[:count], rest[count : count + paid], rest[count + paid :]
        paying = float(dp.sum())
        df = (rows - self.w @ dg + self.wc_rows * paying) / self.rows
        dgap = coupled.masked(paying * cost - df[:, None] - dg)
        return CoupledPoint(
            dr,
            (target.r - point.z * dr) / point.r - point.z,
            dl,
            (target.slopes - point.t * dl) / point.slopes - point.t,
            dp,
            (target.price - point.y * dp) / point.price - point.y,
            due - self.w * dgap - point.coupling,
            dgap,
            df,
            dg,
        )


class Products(NamedTuple):
    """Products r z (m,), λ t (K,), μ y (1,) or (0,), and π σ (n', m)."""

    r: Array
    slopes: Array
    price: Array
    coupling: Array

    def plus(self, other: Products, share: float = 1.0) -> Products:
        """Add a multiple of other products."""
        return Products(*(a + share * b for a, b in zip(self, other, strict=True)))


def _aims(coupled: Coupled, point: CoupledPoint, mu: float) -> Products:
    """Return the products on the central path."""
    size = len(point.r) * mu
    return Products(
        size * coupled.law,
        mu * coupled.scaled.mass,
        np.full(len(point.price), mu),
        size * coupled.even,
    )


def _products(point: CoupledPoint) -> Products:
    return Products(
        point.r * point.z,
        point.slopes * point.t,
        point.price * point.y,
        point.coupling * point.gap,
    )


def _step(coupled: Coupled, point: CoupledPoint) -> CoupledPoint | None:
    """Take one predictor–corrector step; None if the system cannot be factored."""
    mass = coupled.scaled.mass
    system = _System(coupled, point, tilts(coupled, point))
    if system.fault:
        return None
    mu = point.mu(mass)
    affine = system.direction(_aims(coupled, point, 0.0))
    reach = min(1.0, point.longest_step(affine))
    wanted = mu * max(coupled.caution, min(1.0, point.moved(affine, reach).mu(mass) / mu) ** 3)
    step = system.direction(_aims(coupled, point, wanted).plus(_products(affine), -1.0))
    if coupled.caution:
        calm = _FARTHEST / max(float(np.abs(step.g).max()), 1e-9)
        return point.moved(step, min(1.0, calm, _CAUTIOUS * point.longest_step(step)))
    return point.moved(step, step_length(point.longest_step(step), mu))
