"""The dual bound of a discretised source, extended to the continuous source in its cells."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.cells import Cells
from rdcore.problem.distortions import absolute, matrix
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof import rounding
from rdcore.proof.supremum import supremum
from rdcore.solvers import Solution

_PRECISION = 1e-10
_ENTRIES = 1_000_000


def slopes_for(problem: Problem, base: Solution, cells: Cells) -> Array:
    """Return slopes for X, (K,), at which the dual of T is close to its optimum.

    For squared error s(1 - 2sσ²) should equal the sharpness s of the solution for T at every atom.
    It is fitted by non-negative least squares, since the proxies may differ and there are more
    atoms than slopes.
    """
    from scipy.optimize import nnls

    if problem.distortion == "absolute":
        return base.slopes
    weights, pmf = problem.rows.weights, problem.source.pmf
    known = (cells.proxies < np.inf) & (pmf > 0)
    if not known.any():
        return base.slopes
    proxy = float(cells.proxies[known].max())
    sharp = base.slopes @ weights
    wanted = 2 * sharp / (1 + np.sqrt(np.maximum(1 - 8 * sharp * proxy, 0.0)))
    size = np.maximum(weights.max(axis=1), 1e-300)
    root = np.sqrt(pmf[known])
    found, _ = nnls((weights[:, known] / size[:, None] * root).T, root * wanted[known])
    return np.asarray(found / size)


def dual_value(problem: Problem, base: Solution, slopes: Array, cells: Cells) -> float:
    """Return the dual value for X at slopes λ (K,) and a solution's marginal, rounded down."""
    source, rows = problem.source, problem.rows
    alive = source.pmf > 0
    points, p = source.points[alive], source.pmf[alive]
    s, V = (slopes @ rows.weights)[alive], cells.variance[alive]
    spread = np.multiply(s, cells.proxies[alive], out=np.zeros_like(s), where=s > 0)
    if problem.distortion == "squared_error":
        sharp, gain = s * (1 - 2 * spread), s * V
    else:
        sharp, gain = s, -s * spread * source.dim / 2
    # For a cell without a proxy, or one too wide for its slope, the bound E exp(-s d) ≤ 1 is used.
    tight = (spread < np.inf) & (sharp >= 0)
    points, mass, sharp = points[tight], p[tight], sharp[tight]
    codewords, r = base.problem.codewords, base.marginal if base.prior is None else base.prior
    log_alpha, c, exponent = _columns(problem, points, mass, sharp, codewords, r)
    if base.every:
        logs = np.log(mass) + log_alpha
        largest = _supremum(problem, GaussianSum(points, logs, sharp))
    else:
        largest = float(c.max(initial=0.0))
    value = float(mass @ (log_alpha + gain[tight])) - float(slopes @ rows.levels)
    margin = rounding.dual(
        problem.n,
        len(codewords),
        rows=len(slopes),
        moment=exponent + float(slopes @ rows.levels),
        size=float(mass @ np.abs(log_alpha) + mass @ np.abs(gain[tight])),
    )
    if base.every:
        margin += rounding.exponential_sum(np.log(mass) + log_alpha, problem.n)
    return value - float(np.log(largest + p[~tight].sum())) - margin


def _columns(
    problem: Problem, points: Array, mass: Array, sharp: Array, codewords: Array, r: Array
) -> tuple[Array, Array, float]:
    """Return -log Z (n',), c (m,) and the largest mean exponent of a column of c."""
    logs, c, load = np.empty(len(points)), np.zeros(len(codewords)), np.zeros(len(codewords))
    step = max(1, _ENTRIES // len(codewords))
    for i in range(0, len(points), step):
        part = slice(i, i + step)
        tilt = sharp[part, None] * matrix(problem.distortion, points[part], codewords)
        least = tilt.min(axis=1)
        kernel = np.exp(least[:, None] - tilt)
        Z = kernel @ r
        kernel *= (mass[part] / Z)[:, None]
        logs[part] = least - np.log(Z)
        c += kernel.sum(axis=0)
        load += np.einsum("xj,xj->j", kernel, tilt)
    return logs, c, float(load.max(initial=0.0))


def _supremum(problem: Problem, gaussians: GaussianSum) -> float:
    """Return an upper bound on the supremum of c over the whole space."""
    if not len(gaussians.points):
        return 0.0
    if problem.distortion == "squared_error":
        return float(supremum(gaussians, _PRECISION).bound)
    corners, best = coordinate_grid(problem.source), 0.0
    for some in np.array_split(corners, 1 + len(corners) * len(gaussians.points) // _ENTRIES):
        cost = absolute(gaussians.points, some)
        terms = np.exp(gaussians.log_weights[:, None] - gaussians.sharpness[:, None] * cost)
        best = max(best, float(terms.sum(axis=0).max()))
    return best
