r"""Blocks of components on fixed codewords, for an interior-point method.

Component i has the masses :math:`r_i` and, at the effective slope :math:`s_i=\sum_k\lambda_k
w_{ik}`, the dual variables :math:`z_i = 1 - c_i \ge 0`. A Newton step eliminates the blocks,

.. math:: (H_i + \mathrm{diag}(z_i/u_i))\,\Delta r_i + B_i\,\Delta s_i = \sigma\mu_i/u_i - 1 + c_i,

which leaves K equations for the slopes. The masses are held above a floor, :math:`u = r - l`, so
that atoms in the tails cannot make columns of almost no mass ill-conditioned. It costs less than
the sum of the floors in nats, because :math:`c \le 1` still holds at the optimum.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices
from rdcore.parallel._batches import Stack

# Reduction of the barrier parameter in a step, and the share of the way to the boundary.
SIGMA, TO_BOUNDARY = 0.05, 0.95
# Where the equations are off by so many barrier parameters, the barrier is raised to that.
_FAR_OFF = 10
# The barrier parameter ends at this share of the floors of the masses.
_LEAST = 0.2
# Steps of Blahut and Arimoto's algorithm before the first Newton step.
_FIRST_STEPS = 4
# Smallest z at the start, as a share of the largest c.
_FIRST_Z = 0.1
_JITTER = 1e-15
# The squared error of padding, and the most squared errors that a batch keeps between passes.
_FAR = 1e300
_MOST_KEPT = 1 << 24


class Terms(NamedTuple):
    """What a pass over a batch yields, for each component.

    Attributes
    ----------
    error, floor : arrays, (B,)
        Squared error above the floors, and those floors.
    curvature : array, (B,)
        Minus the derivative of the squared error for s, the masses following.
    pulls : array, (B, 2)
        Changes of the squared error by Newton's method without a barrier, and by the barrier.
    target : array, (B,)
        The barrier parameter to aim for.
    residual : array, (B,)
        What Newton's equations are off by, weighted by mass: an estimate of what it costs, nats.
    excess : array, (B,)
        By how much the largest c of a codeword exceeds 1.
    steps : array, (B, m, 3)
        Changes of the variables: by Newton's method, by the barrier, and for s.
    moves : array, (B, m, d)
        Changes of the codewords for s, if they are variables.
    """

    error: Array
    floor: Array
    curvature: Array
    pulls: Array
    target: Array
    residual: Array
    excess: Array
    steps: Array
    moves: Array

    def along(self, change: Array, mu: Array) -> Terms:
        """Return what a pass would yield to first order after s has changed by so much, (B,)."""
        steps = self.steps.copy()
        steps[..., :2] = 0.0
        return self._replace(
            error=self.error - self.curvature * change,
            steps=steps,
            pulls=np.zeros_like(self.pulls),
            target=mu,
        )


@dataclass(eq=False)
class FixedGrid:
    """The state of a batch: u, floors and z, (B, m), and barrier parameters (B,).

    One that is ``still`` is near its optimum, and follows the slopes along its tangent while they
    change only a little.
    """

    batch: Stack
    u: Array
    low: Array
    z: Array
    mu: Array
    still: bool = False
    known: dict[int, tuple[Array, Array]] = field(default_factory=dict)

    @property
    def r(self) -> Array:
        """The masses, (B, m), which add up to nearly 1."""
        return self.u + self.low

    def whole(self) -> tuple[Stack, Array]:
        """Return the batch on all codewords, and their masses (B, m)."""
        return self.batch, self.r

    def own(self, k: int) -> tuple[Array, Array]:
        """Return the codewords (m, d) of an entry, and their masses (m,)."""
        real = self.batch.real[k]
        return self.batch.y[k][real], self.r[k][real]

    def only(self, chosen: Indices) -> FixedGrid:
        """Return a copy of the entries with the given positions."""
        u, low, z, mu = (v[chosen] for v in (self.u, self.low, self.z, self.mu))
        return FixedGrid(self.batch.only(chosen), u, low, z, mu, self.still)

    def terms(self, s: Array) -> Terms:
        """Return Newton's steps at s (B,)."""
        batch, masses = self.batch, self.r
        B, m = self.u.shape
        steps = np.empty((B, m, 3))
        error, floor, curvature, pulls = np.empty(B), np.empty(B), np.empty(B), np.empty((B, 2))
        away, excess = np.empty(B), np.empty(B)
        diagonal = np.arange(m)
        for some in batch.parts():
            kernel, above, least = self._kernel(some, s)
            p, r, real = batch.p[some], masses[some], batch.real[some]
            Z = np.matmul(kernel, r[:, :, None])[:, :, 0]
            share = p / Z
            costs = kernel * above
            mean = np.matmul(costs, r[:, :, None])[:, :, 0] / Z
            square = np.einsum("xij,xij,xj->xi", costs, above, r) / Z
            c, shared = np.matmul(np.stack([share, share * mean], axis=1), kernel).swapaxes(0, 1)
            excess[some] = np.maximum(c.max(axis=1) - 1, 0.0)
            bend = np.matmul(share[:, None, :], costs)[:, 0] - shared
            error[some] = (p * mean).sum(axis=1)
            floor[some] = (p * least).sum(axis=1)
            variance = (p * np.maximum(square - mean * mean, 0.0)).sum(axis=1)
            u = np.sqrt(np.where(real, self.u[some], 1.0))
            force = np.stack([u * (c - 1), real / u, u * bend], axis=-1)
            away[some] = (r * np.abs(1 - c - self.z[some]) * real).sum(axis=1)
            kernel *= (np.sqrt(p) / Z)[:, :, None]
            kernel *= u[:, None, :]
            system = np.matmul(kernel.transpose(0, 2, 1), kernel)
            system[:, diagonal, diagonal] += self.z[some] + _JITTER
            found = np.linalg.solve(system, force)
            curvature[some] = variance + (force[..., 2] * found[..., 2]).sum(axis=1)
            pulls[some] = (force[:, :, 2, None] * found[..., :2]).sum(axis=1)
            steps[some] = found * u[:, :, None]
        # Below the masses' floors the barrier counts no longer, and Newton's method only centres.
        least = _LEAST * self.low.max(axis=1)
        # Masses at the boundary stay there without a barrier, when a change of s calls for others.
        off = away / batch.sizes
        target = np.maximum(np.where(off > _FAR_OFF * self.mu, off, SIGMA * self.mu), least)
        none = np.empty((B, 0, 0))
        return Terms(error, floor, curvature, pulls, target, away, excess, steps, none)

    def _kernel(self, some: slice, s: Array) -> tuple[Array, Array, Array]:
        """Return kernels, squared errors above the floors, which are kept, and the floors."""
        if some.start not in self.known:
            above, floor = self.batch.squares(some)
            if not self.batch.real[some].all():
                above = np.where(self.batch.real[some][:, None, :], above, _FAR)
            if self.batch.p.size * self.batch.real.shape[1] > _MOST_KEPT:
                return np.exp(-s[some, None, None] * above), above, floor
            self.known[some.start] = above, floor
        above, floor = self.known[some.start]
        kernel = s[some, None, None] * above
        np.negative(kernel, out=kernel)
        return np.exp(kernel, out=kernel), above, floor

    def advance(self, found: Terms, change: Array) -> None:
        """Move the variables, each component as far as it can, while s changes (B,)."""
        batch, target = self.batch, found.target[:, None]
        real = batch.real
        u = np.where(real, self.u, 1.0)
        step = found.steps[:, :, 0] + target * found.steps[:, :, 1]
        step = np.where(real, step - change[:, None] * found.steps[:, :, 2], 0.0)
        turn = np.where(real, target / u - self.z - self.z / u * step, 0.0)
        shrink = np.maximum(-step / u, -turn / self.z).max(axis=1)
        length = np.minimum(1.0, TO_BOUNDARY / np.maximum(shrink, 1e-300))[:, None]
        # A tangent that leaves the masses' range says nothing of the error at its end.
        self.still = self.still and bool((step > -TO_BOUNDARY * u).all())
        self.u = np.where(real, u + length * step, 0.0)
        self.z = self.z + length * turn
        self.mu = _products(self)


def begin(batch: Stack, s: Array, floor: float) -> FixedGrid:
    """Return a grid with masses from a few steps of Blahut and Arimoto's algorithm."""
    low = np.where(batch.real, floor / batch.sizes[:, None], 0.0)
    r = batch.real / batch.sizes[:, None]
    c = np.empty_like(r)
    for some in batch.parts():
        kernel = _kernel(batch, some, s)[0]
        for step in range(_FIRST_STEPS + 1):
            Z = np.matmul(kernel, r[some][:, :, None])
            share = batch.p[some][:, None, :] / Z.transpose(0, 2, 1)
            c[some] = np.matmul(share, kernel)[:, 0]
            if step < _FIRST_STEPS:
                r[some] *= c[some]
    u = np.where(batch.real, 0.9 * r + 0.1 / batch.sizes[:, None], 0.0)
    least = _FIRST_Z * c.max(axis=1, keepdims=True)
    z = np.where(batch.real, np.maximum(1 - c, least), 1.0)
    grid = FixedGrid(batch, u, low, z, np.empty(0))
    grid.mu = _products(grid)
    return grid


def _kernel(batch: Stack, some: slice, s: Array) -> tuple[Array, Array, Array]:
    above, floor = batch.squares(some)
    kernel = np.exp(-s[some, None, None] * above)
    if not batch.real[some].all():
        above = np.where(batch.real[some][:, None, :], above, 0.0)
        kernel *= batch.real[some][:, None, :]
    return kernel, above, floor


def _products(grid: FixedGrid) -> Array:
    return np.asarray((grid.u * grid.z).sum(axis=1) / grid.batch.sizes)
