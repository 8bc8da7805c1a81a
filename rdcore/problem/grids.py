"""Codewords that suffice for absolute error."""

from __future__ import annotations

import math

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InputError
from rdcore.problem.sources import Source

# Those of thirty atoms in space.
_MOST_GRID_POINTS = 30_000


def coordinate_grid(source: Source) -> Array:
    """Return the points whose coordinates are all coordinates of atoms, (m, d).

    Parameters
    ----------
    source : Source
        The source.

    Returns
    -------
    array, (m, d)
        The points, in the unit of the atoms.

    Raises
    ------
    InputError
        If there are too many.

    Examples
    --------
    >>> import rdcore as rd
    >>> coordinate_grid(rd.sources.from_pmf([[0, 0], [1, 2]], [1, 1])).tolist()
    [[0.0, 0.0], [0.0, 2.0], [1.0, 0.0], [1.0, 2.0]]
    """
    axes = [np.unique(source.points[:, k]) for k in range(source.dim)]
    count = math.prod(len(axis) for axis in axes)
    if count > _MOST_GRID_POINTS:
        raise InputError(
            "codebook=EVERY with absolute error needs atoms whose coordinates form a grid of"
            f" at most {_MOST_GRID_POINTS} points; got {count}"
        )
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.stack([axis.ravel() for axis in mesh], axis=1)
