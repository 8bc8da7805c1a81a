"""Sums of Gaussians: values at points and on grids, and local maxima."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, exp_of

__all__ = [
    "GaussianSum",
    "Grid",
]

_CHUNK = 200_000
_MOST_GRID = 400_000
# Spacing of the grid that is searched for maxima, in units of 1 / √s_max, by dimension.
_SIGHT = {1: 0.1, 2: 0.2, 3: 0.4}
_MOST_PRODUCTS = 3e9
LARGEST_LOG = 600.0


class Grid(NamedTuple):
    """Grid of boxes over the range of the atoms: centres along each axis, and half-widths (d,)."""

    axes: tuple[Array, ...]
    half: Array

    @property
    def size(self) -> int:
        """Number of boxes."""
        return math.prod(len(axis) for axis in self.axes)

    @property
    def centres(self) -> Array:
        """Centres of all boxes, (M, d)."""
        mesh = np.meshgrid(*self.axes, indexing="ij")
        return np.stack([m.ravel() for m in mesh], axis=1)


@dataclass(frozen=True, eq=False)
class GaussianSum:
    """c(y) = Σ_x exp(log_weights_x - sharpness_x |x - y|²).

    Attributes
    ----------
    points : array, (n, d)
    log_weights, sharpness : arrays, (n,)
        log a_x and s_x ≥ 0.
    """

    points: Array
    log_weights: Array
    sharpness: Array

    @property
    def dim(self) -> int:
        """Number of coordinates."""
        return int(self.points.shape[1])

    @property
    def sharpest(self) -> float:
        """The largest s_x, at least 1e-300."""
        return max(float(self.sharpness.max()), 1e-300)

    def values(self, y: Array) -> Array:
        """Return c at y (m, d), as (m,)."""
        parts = [self._terms(some)[0].sum(axis=1) for some in self._chunks(y)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def terms(self, y: Array) -> Array:
        """Return each Gaussian at y (m, d), as (m, n)."""
        return self._terms(y)[0]

    def pull(self, centres: Array, half: Array) -> Array:
        """Bound Σ_x s_x G_x from above on boxes of half-widths (d,) around centres (m, d), (m,)."""
        parts = []
        for some in self._chunks(centres):
            exponent = np.zeros((len(some), len(self.points)))
            for k in range(self.dim):
                away = np.abs(self.points[:, k] - some[:, k : k + 1]) - half[k]
                np.maximum(away, 0.0, out=away)
                away *= away
                exponent += away
            exponent *= -self.sharpness
            exponent += self.log_weights
            parts.append(exp_of(exponent) @ self.sharpness)
        return np.concatenate(parts) if parts else np.zeros(0)

    def _chunks(self, y: Array) -> list[Array]:
        step = max(1, _CHUNK // len(self.points))
        return [y[i : i + step] for i in range(0, len(y), step)]

    def _terms(self, y: Array) -> tuple[Array, list[Array]]:
        """Return each Gaussian at y, (m, n), and x - y along each axis, (m, n) each.

        Atoms are on the last axis because sums over contiguous memory are the fastest.
        """
        away = [self.points[:, k] - y[:, k : k + 1] for k in range(self.dim)]
        exponent = away[0] * away[0]
        for part in away[1:]:
            exponent += part * part
        exponent *= -self.sharpness
        exponent += self.log_weights
        return exp_of(exponent), away

    def grid(self, spacing: float, most: int | None = None) -> Grid:
        """Return a grid of boxes about ``spacing`` / √s_max wide over the range of the atoms.

        Boxes are wider where there would be more than ``most``.
        """
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        side = spacing / np.sqrt(self.sharpest)
        boxes = min(most or _MOST_GRID, _MOST_PRODUCTS / len(self.points))
        counts = np.clip(np.ceil((high - low) / side), 1, int(boxes ** (1 / self.dim))).astype(int)
        half = (high - low) / counts / 2
        axes = [low[k] + half[k] * (2 * np.arange(counts[k]) + 1) for k in range(self.dim)]
        return Grid(tuple(axes), half)

    def on(self, grid: Grid) -> Array:
        """Return c at the centres of a grid, (M₁, …, M_d).

        Each Gaussian is a product over the axes, so the sum over the atoms is a matrix product.
        """
        start = np.exp(np.minimum(self.log_weights, LARGEST_LOG))
        sides = [
            np.exp(-self.sharpness[:, None] * (self.points[:, k : k + 1] - axis) ** 2)
            for k, axis in enumerate(grid.axes)
        ]
        if self.dim == 1:
            return np.asarray(start @ sides[0])
        shape = tuple(len(axis) for axis in grid.axes)
        last = sides.pop()
        found = np.zeros((int(np.prod(shape[:-1])), shape[-1]))
        step = max(1, 20_000_000 // len(found))
        for i in range(0, len(start), step):
            block = start[i : i + step, None]
            for side in sides:
                part = side[i : i + step]
                block = (block[:, :, None] * part[:, None, :]).reshape(len(part), -1)
            found += block.T @ last[i : i + step]
        return found.reshape(shape)

    def summits(self, least: float) -> Array:
        """Return the grid centres (M, d) where c ≥ ``least`` and no neighbour has a larger c."""
        grid = self.grid(_SIGHT.get(self.dim, 1.0))
        c = self.on(grid)
        top = c >= least
        for axis in range(self.dim):
            step = np.diff(c, axis=axis)
            before = np.insert(step, 0, np.inf, axis=axis) >= 0
            after = np.insert(step, step.shape[axis], -np.inf, axis=axis) <= 0
            top &= before & after
        where = np.nonzero(top)
        return np.stack([axis[index] for axis, index in zip(grid.axes, where, strict=True)], axis=1)

    def maxima(self) -> Array:
        """Return local maxima of c, (M, d), where it is about 1 or more."""
        return self.climb(self.summits(0.9), steps=20)

    def log_largest(self, y: Array) -> float:
        """Return the logarithm of the largest c at y (m, d), -∞ if there are none."""
        return float(np.log(self.values(y).max(initial=0.0)))

    def climb(self, y: Array, steps: int = 60, rise: float = 0.0) -> Array:
        """Return y (m, d), each moved to a nearby local maximum of c.

        A Newton step is taken where it increases c, and elsewhere a mean-shift step, which always
        does. A point stays where its next step would gain at most ``rise``.
        """
        y, reach = y.copy(), 0.5 / np.sqrt(self.sharpest)
        for some in np.array_split(np.arange(len(y)), 1 + len(y) * len(self.points) // _CHUNK):
            y[some] = self._climbed(y[some], reach, steps, rise)
        return y

    def _climbed(self, y: Array, reach: float, steps: int, rise: float) -> Array:
        moving, here = np.arange(len(y)), y.copy()
        safe, last = y.copy(), np.full(len(y), -np.inf)
        for _ in range(steps):
            value, shift, newton, gain = self._steps(here, reach)
            # Replace a Newton step that decreased c by the mean-shift step.
            down = value < last[moving]
            here[down] = safe[moving[down]]
            up = ~down
            y[moving[up]], last[moving[up]] = here[up], value[up]
            safe[moving[up]] = here[up] + shift[up]
            step = np.where(down[:, None], 0.0, newton)
            last[moving[down]] = -np.inf
            far = np.linalg.norm(newton, axis=1) > 1e-7 * reach
            going = down | (far & (gain > rise))
            here = here + step
            y[moving[~going]] = here[~going]
            here, moving = here[going], moving[going]
            if not len(moving):
                break
        return y

    def _steps(self, y: Array, reach: float) -> tuple[Array, Array, Array, Array]:
        """Return c (m,), mean-shift and Newton steps (m, d), and what the latter gain (m,).

        The Newton steps are limited to ``reach``.
        """
        value, gradient, hessian, mass = self._second(y)
        mass = np.maximum(mass, 1e-300)
        shift = gradient / (2 * mass[:, None])
        step = shift.copy()
        curve = -hessian / (2 * mass)[:, None, None]
        firm = np.linalg.eigvalsh(curve).min(axis=1) > 1e-13
        if firm.any():
            step[firm] = np.linalg.solve(curve[firm], shift[firm][..., None])[..., 0]
        length = np.linalg.norm(step, axis=1)
        step *= (reach / np.maximum(length, reach))[:, None]
        return value, shift, step, mass * (shift * step).sum(axis=1)

    def _second(self, y: Array) -> tuple[Array, Array, Array, Array]:
        """Return c (m,), its gradient (m, d) and Hessian (m, d, d), and Σ_x s_x G_x (m,)."""
        terms, away = self._terms(y)
        value = terms.sum(axis=1)
        terms *= self.sharpness
        mass = terms.sum(axis=1)
        gradient = np.stack([2 * np.einsum("jx,jx->j", terms, v) for v in away], axis=1)
        terms *= self.sharpness
        hessian = np.empty((len(y), self.dim, self.dim))
        for a, v in enumerate(away):
            weighted = terms * v
            for b, u in enumerate(away[: a + 1]):
                hessian[:, a, b] = hessian[:, b, a] = 4 * np.einsum("jx,jx->j", weighted, u)
            hessian[:, a, a] -= 2 * mass
        return value, gradient, hessian, mass
