r"""How large a sum of Gaussian bumps gets: the proof that no codeword anywhere is missing.

For squared error the dual bound holds for every codebook if it is lowered by the logarithm of

.. math:: \sup_{y \in R^d} c(y), \qquad c(y) = \sum_x a_x e^{-s_x |x - y|^2}.

At a maximiser y* the gradient vanishes, and e^{-t} ≥ 1 - t gives for every other y

.. math:: c(y) \ge c(y^*) \, (1 - s_{max} |y - y^*|^2),

so that the value at the centre of a box of radius ρ bounds a maximum inside it. The maximisers lie
in the convex hull of the atoms, because c falls along the way from it; boxes over the atoms' range
are split for as long as their bound exceeds the best value found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array

_CHUNK = 1_000_000
_MOST_BOXES = 200_000
_LEVELS = 60


@dataclass(frozen=True, eq=False)
class Bumps:
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

    def values(self, y: Array) -> Array:
        """Return c at y (m, d), as (m,)."""
        step = max(1, _CHUNK // len(self.points))
        parts = [self._terms(y[i : i + step]).sum(axis=0) for i in range(0, len(y), step)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _terms(self, y: Array) -> Array:
        exponent = np.zeros((len(self.points), len(y)))
        for axis in range(self.points.shape[1]):
            exponent += (self.points[:, axis : axis + 1] - y[:, axis]) ** 2
        exponent *= -self.sharpness[:, None]
        exponent += self.log_weights[:, None]
        return np.asarray(np.exp(exponent, out=exponent))

    def climb(self, y: Array, steps: int = 40) -> Array:
        """Return y (m, d) moved uphill, each to a maximum of c near it.

        Newton steps where they go uphill, mean-shift steps, which always do, elsewhere.
        """
        y = y.copy()
        reach = 0.5 / np.sqrt(max(float(self.sharpness.max()), 1e-300))
        moving = np.arange(len(y))
        for _ in range(steps):
            here = y[moving]
            value, shift, newton = self._steps(here, reach)
            lower = self.values(here + newton) < value
            newton[lower] = shift[lower]
            y[moving] = here + newton
            moving = moving[np.linalg.norm(newton, axis=1) > 1e-10 * reach]
            if not len(moving):
                break
        return y

    def _steps(self, y: Array, reach: float) -> tuple[Array, Array, Array]:
        """Return c (m,), the mean-shift step (m, d) and Newton's (m, d), no longer than reach."""
        terms = self._terms(y)
        weights = terms * self.sharpness[:, None]
        away = self.points[:, None, :] - y
        mass = np.maximum(weights.sum(axis=0), 1e-300)
        shift = np.einsum("xj,xjd->jd", weights, away) / mass[:, None]
        outer = np.einsum("xj,x,xjd,xje->jde", weights, self.sharpness, away, away)
        curve = np.eye(y.shape[1]) - 2 * outer / mass[:, None, None]
        step = shift.copy()
        firm = np.linalg.eigvalsh(curve).min(axis=1) > 1e-6
        if firm.any():
            step[firm] = np.linalg.solve(curve[firm], shift[firm][..., None])[..., 0]
        length = np.linalg.norm(step, axis=1)
        step *= np.minimum(1.0, reach / np.maximum(length, 1e-300))[:, None]
        return terms.sum(axis=0), shift, step

    def grid(self) -> tuple[Array, Array]:
        """Return centres (M, d) and half-widths (d,) of boxes over the atoms' range.

        They are small enough for the bound at a centre to mean something: s_max ρ² ≤ 1/4.
        """
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        d = len(low)
        radius = 0.5 / np.sqrt(max(float(self.sharpness.max()), 1e-300))
        side = 2 * radius / np.sqrt(d)
        counts = np.minimum(np.maximum(np.ceil((high - low) / side), 1), 4000).astype(int)
        half = (high - low) / counts / 2
        axes = [low[k] + half[k] * (2 * np.arange(counts[k]) + 1) for k in range(d)]
        mesh = np.meshgrid(*axes, indexing="ij")
        return np.stack([m.ravel() for m in mesh], axis=1), half

    def supremum_above(self, precision: float) -> float:
        """Return an upper bound on sup c, within ``precision`` of it relatively where it can be."""
        centres, half = self.grid()
        sharp = float(self.sharpness.max())
        best, bound = 0.0, np.inf
        corners = np.stack(np.meshgrid(*[[-1.0, 1.0]] * len(half), indexing="ij"), axis=-1)
        corners = corners.reshape(-1, len(half))
        for _ in range(_LEVELS):
            values = self.values(centres)
            best = max(best, float(values.max()))
            left = 1 - sharp * float(half @ half)
            bounds = values / left if left > 0 else np.full(len(values), np.inf)
            goal = best * (1 + precision)
            bound = min(bound, max(float(bounds.max()), goal))
            open_ = bounds > goal
            if not open_.any():
                return goal
            if open_.sum() * len(corners) > _MOST_BOXES:
                break
            half = half / 2
            centres = (centres[open_][:, None, :] + corners * half).reshape(-1, len(half))
        return bound
