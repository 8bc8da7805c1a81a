"""Insertion of codewords at the maxima of c(y), and at atoms that the levels require."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.design.codebook.moves import movable, within_reach
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.distortions import absolute
from rdcore.proof.dual import gaussian_sum_at
from rdcore.solvers import Solution

# Smallest excess of c over 1 for which a codeword is added.
_WORTH = 1e-6
_CHUNK = 1_000_000
_MOST_TOPS = 16
# Larger exponents would overflow.
_LARGEST = 600.0


def lacking(solution: Solution) -> Array:
    """Return the maxima of c(y) where c(y) > 1, (M, d); adding one of them lowers the rate.

    If all slopes are 0, the rate is 0 and there are none.
    """
    problem = solution.problem
    prior = solution.marginal if solution.prior is None else solution.prior
    if not (solution.slopes > 0).any():
        return np.empty((0, problem.source.dim))
    if movable(problem) == "absolute":
        return _corners(problem, prior, solution.slopes)
    gaussians = gaussian_sum_at(problem, prior, solution.slopes)
    tops = gaussians.climb(np.vstack([gaussians.summits(0.9), problem.codewords[prior > _WORTH]]))
    c = gaussians.values(tops)
    order = np.argsort(-c)
    tops = tops[order[c[order] > 1 + _WORTH]]
    return _apart(tops, 0.05 / np.sqrt(gaussians.sharpest))


def _apart(points: Array, reach: float) -> Array:
    """Return points (M, d) without those within ``reach`` of an earlier one."""
    kept: list[Array] = []
    for point in points:
        if all(np.linalg.norm(point - other) > reach for other in kept):
            kept.append(point)
    return np.array(kept).reshape(-1, points.shape[1])


def _corners(problem: Problem, prior: Array, slopes: Array) -> Array:
    """Return the highest points (M, d) of c on the grid of the atoms' coordinates, where c > 1."""
    from scipy.ndimage import maximum_filter

    gaussians = gaussian_sum_at(problem, prior, slopes)
    corners = coordinate_grid(problem.source)
    columns = []
    for some in np.array_split(corners, 1 + len(corners) * problem.n // _CHUNK):
        cost = gaussians.log_weights[:, None] - gaussians.sharpness[:, None] * absolute(
            gaussians.points, some
        )
        columns.append(np.exp(np.minimum(cost, _LARGEST)).sum(axis=0))
    c = np.concatenate(columns)
    shape = [len(np.unique(axis)) for axis in problem.source.points.T]
    highest = maximum_filter(c.reshape(shape), size=3, mode="nearest").ravel()
    tops = np.flatnonzero((c >= highest) & (c > 1 + _WORTH))
    return np.asarray(corners[tops[np.argsort(-c[tops])][:_MOST_TOPS]])


def completed(problem: Problem) -> Problem:
    """Return the problem with atoms added to its codebook until the levels can be met.

    Each round adds the atom with the largest distortion, relative to the levels.
    """
    scale = np.where(problem.rows.levels > 0, problem.rows.levels, 1e-12)
    while not within_reach(problem):
        over = problem.headroom < 0
        price = (over / scale) @ problem.rows.weights * problem.source.pmf
        worst = int((price * problem.floors[0]).argmax())
        problem = problem.with_codebook(
            np.vstack([problem.codewords, problem.source.points[worst : worst + 1]])
        )
    return problem
