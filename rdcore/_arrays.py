"""Checks on array arguments, shared by the value classes."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Which entries of an axis: some, or those by index.
Indices = NDArray[np.intp]
Index = slice | Indices
_T = TypeVar("_T", bound=NDArray[Any])


def real(value: float, name: str) -> float:
    """Return ``value`` as a finite float, or say which argument is not one."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}={value!r} is not a number") from None
    if not np.isfinite(number):
        raise InputError(f"{name}={number} must be finite")
    return number


def positive(value: float, name: str) -> float:
    """Return ``value`` as a float above 0."""
    number = real(value, name)
    if number <= 0:
        raise InputError(f"{name}={number:g} must be above 0")
    return number


def count(value: int, name: str, least: int = 1) -> int:
    """Return ``value`` as an int of at least ``least``."""
    number = real(value, name)
    if number != int(number) or number < least:
        raise InputError(f"{name}={value!r} must be a whole number of at least {least}")
    return int(number)


def floats(values: ArrayLike, name: str) -> Array:
    """Return ``values`` as a float64 array of its own, or say what is in the way."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name} must be an array of numbers") from None
    return array


def points(values: ArrayLike, name: str) -> Array:
    """Return a set of points, (n,) or (n, d), finite and not empty."""
    array = floats(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise InputError(f"{name} has shape {array.shape}; (n,) or (n, d) would do")
    if array.size == 0:
        raise InputError(f"{name} is empty; at least one point is needed")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise InputError(f"{name} has {bad} values that are not finite")
    return frozen(array)


def frozen(array: _T) -> _T:
    """Return the array, read-only, so that a frozen value stays what it was checked to be."""
    array.setflags(write=False)
    return array
