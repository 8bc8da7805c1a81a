"""Validation of the arguments of the closed forms."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, real
from rdcore.errors import InputError

_SUM_TOLERANCE = 1e-9


def as_levels(D: ArrayLike, name: str = "D") -> Array:
    """Return D as an array of levels in [0, ∞]."""
    found = floats(D, name)
    if np.isnan(found).any() or (found < 0).any():
        bad = float(found[~(found >= 0)].flat[0])
        raise InputError(f"{name} must be a number of at least 0; got {bad:g}")
    return found


def as_nonnegative(value: float, name: str) -> float:
    """Return a finite number of at least 0."""
    number = real(value, name)
    if number < 0:
        raise InputError(f"{name} must be at least 0; got {number:g}")
    return number


def as_probability(value: float, name: str) -> float:
    """Return a number in [0, 1]."""
    number = real(value, name)
    if not 0 <= number <= 1:
        raise InputError(f"{name} must be in [0, 1]; got {number:g}")
    return number


def as_row(values: ArrayLike, name: str) -> Array:
    """Return a non-empty one-dimensional array."""
    found = floats(values, name)
    if found.ndim != 1 or found.size == 0:
        raise InputError(f"{name} must have shape (n,) with n at least 1; got {found.shape}")
    return found


def as_pmf(values: ArrayLike) -> Array:
    """Return probabilities, (n,), normalised to sum to 1."""
    masses = as_row(values, "pmf")
    wrong = masses[~(np.isfinite(masses) & (masses >= 0))]
    if wrong.size:
        raise InputError(f"pmf must be finite and non-negative; got {wrong[0]:g}")
    total = float(masses.sum())
    if abs(total - 1.0) > _SUM_TOLERANCE:
        raise InputError(f"pmf must sum to 1; got {total:.12g}")
    return masses / total


def shaped(rates: Array) -> float | Array:
    """Return a float for a 0-dimensional array, else the array."""
    return float(rates) if np.ndim(rates) == 0 else np.asarray(rates)
