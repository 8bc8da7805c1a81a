"""Grids of codewords from which a free codebook is found."""

from __future__ import annotations

import math

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof.feasibility import smallest_levels

_FIRST_GRID = {1: 64, 2: 12, 3: 6}
_FINEST_GRID = 1 << 20
# Boxes over the range of the atoms, which the proof needs, are too many in more dimensions.
_MOST_DIMENSIONS = 6
# Spacing of a lattice of codewords in units of 1 / √s_max, how many it may have on the line, and
# the value of c below which it needs none.
_FINE = 0.4
_MOST_LATTICE = 800
_LOW = 0.3


def first_grid(problem: Problem) -> Array:
    """Return a grid over the range of the atoms, (m, d), fine enough for the levels."""
    points = problem.source.points
    if points.shape[1] > _MOST_DIMENSIONS:
        raise InputError(
            f"codebook=EVERY is proved in up to {_MOST_DIMENSIONS} dimensions; got"
            f" {points.shape[1]}. Use a fixed codebook, such as the atoms, and improve it with"
            " rd.refine"
        )
    low, high = points.min(axis=0), points.max(axis=0)
    d = points.shape[1]
    side = _FIRST_GRID.get(d, 3)
    axes = [np.linspace(low[k], high[k], side) for k in range(d)]
    mesh = np.meshgrid(*axes, indexing="ij")
    codewords = np.unique(np.stack([m.ravel() for m in mesh], axis=1), axis=0)
    while not meets(problem, codewords):
        side *= 2
        step = np.maximum((high - low) / (side - 1), 1e-300)
        codewords = low + step * np.unique(np.round((points - low) / step), axis=0)
        if side > _FINEST_GRID:
            return np.unique(points, axis=0)
    return codewords


def lattice(gaussians: GaussianSum, tol: float, most: int) -> Array:
    """Return a grid about as fine as c can vary, (M, d), if it has at most ``most`` codewords.

    Where c is almost flat, such codewords are as good as any. If they are too many, the spacing h
    is larger, and only where c is large: Gaussians of one size add up to a constant times
    1 ± 2 exp(-π² / h²), in units of 1 / √s_max, so that c varies by ``tol``.
    """
    grid = gaussians.grid(_FINE)
    if grid.size <= (_MOST_LATTICE if gaussians.dim == 1 else most):
        return grid.centres
    grid = gaussians.grid(math.pi / math.sqrt(math.log(2 / min(tol, 0.1))))
    large = gaussians.on(grid).ravel() > _LOW
    return grid.centres[large] if large.sum() <= most else np.empty((0, gaussians.dim))


def meets(problem: Problem, codewords: Array) -> bool:
    """Return whether codewords (m, d) meet the levels with slack, or a level of 0 exactly."""
    levels = np.array([fidelity.level for fidelity in problem.fidelities])
    least = np.array(smallest_levels(problem.with_codebook(codewords)))
    return bool(((least < levels) | ((least == 0) & (levels == 0))).all())
