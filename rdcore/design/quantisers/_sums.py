"""Sums over cells."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array

Labels = NDArray[np.intp]


def totals(labels: Labels, weights: Array, size: int = 0) -> Array:
    """Return the sum of the weights in each cell, (m,), with m at least ``size``."""
    return np.asarray(np.bincount(labels, weights, size), dtype=np.float64)
