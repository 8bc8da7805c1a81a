"""First slopes, as if all components were Gaussian, and first codebooks."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.parallel.components import Component, ParallelTask

# A level that does not bind at the start has this share of the slope it would have alone.
_SLACK = 1e-3
_MOST_IN_SPACE = 400


def gaussian_slopes(task: ParallelTask) -> Array:
    """Return the slopes (K,) of Gaussian components of the same variances."""
    from scipy.optimize import minimize

    variances = np.array([part.source.variance for part in task.components])
    dims = np.array([float(part.source.dim) for part in task.components])
    alone = np.array([_alone(task, variances, dims, k) for k in range(len(task.bounds))])
    if len(alone) == 1:
        return alone
    scale = float(task.copies @ dims)

    def fall(u: Array) -> tuple[float, Array]:
        slopes = u * alone
        s = task.weights @ slopes
        value, error = _gaussian(s, variances, dims)
        total = float(task.copies @ value) - float(slopes @ task.bounds)
        steep = (task.weights.T @ (task.copies * error) - task.bounds) * alone
        return -total / scale, -steep / scale

    found = minimize(
        fall, np.full(len(alone), 0.5), jac=True, method="L-BFGS-B",
        bounds=[(_SLACK, None)] * len(alone),
    )  # fmt: skip
    return np.asarray(found.x * alone)


def _gaussian(s: Array, variances: Array, dims: Array) -> tuple[Array, Array]:
    """Return min I + sD and D of Gaussians of total variances (L,) in d dimensions."""
    water = np.divide(dims, 2 * s, out=np.full(len(s), np.inf), where=s > 0)
    active = water < variances
    ratio = np.where(active, variances / np.where(active, water, 1.0), 1.0)
    error = np.where(active, water, variances)
    return 0.5 * dims * np.log(ratio) + s * error, error


def _alone(task: ParallelTask, variances: Array, dims: Array, k: int) -> float:
    """Return the slope of a level if it were the only one."""
    from scipy.optimize import brentq

    w = task.weights[:, k]
    total, unit = float(task.copies @ (w * variances)), float((w * variances).max())
    if total <= 0:
        return 1.0
    if task.bounds[k] >= total:
        return 0.5 / unit

    def over(log_slope: float) -> float:
        error = _gaussian(w * np.exp(log_slope), variances, dims)[1]
        return float(task.copies @ (w * error)) - float(task.bounds[k])

    low, high = np.log(0.1 / unit), np.log(0.1 / unit)
    while over(high) > 0:
        high += 2.0
    return float(np.exp(brentq(over, low, high, xtol=1e-3))) if high > low else 0.5 / unit


def grid(part: Component, s: float, spacing: float) -> Array:
    """Return codewords (m, d) about ``spacing`` / √(2s) apart, the mean among them.

    Where that is finer than the atoms, the atoms are the codewords.
    """
    if not part.every:
        return part.candidates
    x, mean = part.source.points, part.source.mean
    alive = x[part.source.pmf > 0]
    step = spacing / np.sqrt(2 * max(s, 1e-300))
    axes = []
    for k in range(x.shape[1]):
        low, high = float(alive[:, k].min()), float(alive[:, k].max())
        below, beyond = np.ceil((mean[k] - low) / step), np.ceil((high - mean[k]) / step)
        if below + beyond > 2 * len(alive):
            return np.asarray(np.unique(alive, axis=0))
        axis = mean[k] + step * np.arange(-below, beyond + 1)
        axes.append(np.unique(np.clip(axis, low, high)))
    mesh = np.meshgrid(*axes, indexing="ij")
    codewords = np.stack([part_.ravel() for part_ in mesh], axis=1)
    most = len(alive) if len(axes) == 1 else max(len(alive), _MOST_IN_SPACE)
    return codewords if len(codewords) <= most else np.asarray(np.unique(alive, axis=0))
