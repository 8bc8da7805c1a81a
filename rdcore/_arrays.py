"""Validation of arguments, shared by the value classes."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore.errors import InputError

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
# Selection along an axis: a slice or integer indices.
Indices = NDArray[np.intp]
Index = slice | Indices
_T = TypeVar("_T", bound=NDArray[Any])
# The logarithm of 1e-150.
_LOWEST = -345.0


def shown(value: object) -> str:
    """Format a wrong argument for a message."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def real(value: float | str, name: str) -> float:
    """Return ``value`` as a finite float; InputError if it is not one."""
    if isinstance(value, str):
        raise InputError(f"{name} must be a number; got {shown(value)}")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name} must be a number; got {shown(value)}") from None
    if not np.isfinite(number):
        raise InputError(f"{name} must be finite; got {number}")
    return number


def positive(value: float, name: str) -> float:
    """Return ``value`` as a positive finite float; InputError if it is not one."""
    number = real(value, name)
    if number <= 0:
        raise InputError(f"{name} must be a positive finite number; got {number:g}")
    return number


def count(value: int, name: str, least: int = 1, most: int | None = None) -> int:
    """Return ``value`` as an int of at least ``least``, and at most ``most``."""
    number = real(value, name)
    if number != int(number) or number < least or (most is not None and number > most):
        limit = f"at least {least}" if most is None else f"{least} to {most}"
        raise InputError(f"{name} must be an integer of {limit}; got {value!r}")
    return int(number)


def floats(values: ArrayLike, name: str) -> Array:
    """Return a float64 copy of ``values``; InputError if they are not numbers."""
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name} must be an array of numbers") from None
    return array


def points(values: ArrayLike, name: str) -> Array:
    """Return finite points as a read-only array, (n,) or (n, d); InputError if there are none."""
    array = floats(values, name)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim not in (1, 2):
        raise InputError(f"{name} must have shape (n,) or (n, d); got {array.shape}")
    if array.size == 0:
        raise InputError(f"{name} must have at least one point; got none")
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise InputError(f"{name} must be finite; got {bad} values that are not")
    return frozen(array)


def frozen(array: _T) -> _T:
    """Make the array read-only, so that a validated value stays valid, and return it."""
    array.setflags(write=False)
    return array


def exp_of(exponent: Array) -> Array:
    """Replace an array by its exponentials, 0 where they are below 1e-150; return it.

    Numbers below 1e-308 slow a matrix product or a factorisation down by up to ten. Products of two
    numbers above 1e-150 are larger than that.
    """
    np.copyto(exponent, -np.inf, where=exponent < _LOWEST)
    return np.exp(exponent, out=exponent)
