"""Distortion measures between atoms and codewords."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from rdcore._arrays import Array, floats, frozen
from rdcore.errors import InputError

__all__ = [
    "Distortion",
    "Named",
    "absolute",
    "hamming",
    "matrix",
    "squared_error",
]

Named = Literal["squared_error", "absolute", "hamming"]
Distortion = Named | Array | Callable[[Array, Array], Array]


def squared_error(x: Array, y: Array) -> Array:
    """Squared Euclidean distance |x - y|² of x (n, d) and y (m, d), as (n, m).

    Parameters
    ----------
    x, y : arrays, (n, d) and (m, d)
        Atoms and codewords.

    Returns
    -------
    array, (n, m)
        In the square of the unit of x.

    Examples
    --------
    >>> import numpy as np
    >>> squared_error(np.array([[0.0], [1.0]]), np.array([[3.0]])).tolist()
    [[9.0], [4.0]]
    """
    return _over_axes(x, y, np.square)


def absolute(x: Array, y: Array) -> Array:
    """Sum of absolute errors Σ|x_i - y_i| of x (n, d) and y (m, d), as (n, m).

    Parameters
    ----------
    x, y : arrays, (n, d) and (m, d)
        Atoms and codewords.

    Returns
    -------
    array, (n, m)
        In the unit of x.

    Examples
    --------
    >>> import numpy as np
    >>> absolute(np.array([[0.0], [1.0]]), np.array([[3.0]])).tolist()
    [[3.0], [2.0]]
    """
    return _over_axes(x, y, np.abs)


def hamming(x: Array, y: Array) -> Array:
    """Return 0 where x (n, d) and y (m, d) agree in all coordinates and 1 elsewhere, as (n, m).

    Parameters
    ----------
    x, y : arrays, (n, d) and (m, d)
        Atoms and codewords.

    Returns
    -------
    array, (n, m)
        0 or 1.

    Examples
    --------
    >>> import numpy as np
    >>> hamming(np.array([[0.0], [1.0]]), np.array([[1.0]])).tolist()
    [[1.0], [0.0]]
    """
    return np.minimum(_over_axes(x, y, lambda error: (error != 0).astype(np.float64)), 1.0)


def _over_axes(x: Array, y: Array, each: Callable[[Array], Array]) -> Array:
    total = each(x[:, :1] - y[:, 0])
    for axis in range(1, x.shape[1]):
        total += each(x[:, axis : axis + 1] - y[:, axis])
    return total


NAMED: dict[str, Callable[[Array, Array], Array]] = {
    "squared_error": squared_error,
    "absolute": absolute,
    "hamming": hamming,
}


def check_name(distortion: Distortion | None) -> None:
    """Refuse the name of a distortion that there is none of.

    Raises
    ------
    InputError
        If the name is unknown.
    """
    if isinstance(distortion, str) and distortion not in NAMED:
        names = ", ".join(NAMED)
        raise InputError(f"distortion must be one of {names}; got {distortion!r}")


def matrix(distortion: Distortion, x: Array, y: Array) -> Array:
    """Evaluate a distortion on atoms and codewords.

    Parameters
    ----------
    distortion : str, array or callable
        A name ("squared_error", "absolute", "hamming"); an (n, m) array of values; or a function
        that broadcasts over x[:, None] and y[None, :], with the coordinates of vectors on the last
        axis.
    x, y : arrays, (n, d) and (m, d)
        Atoms and codewords.

    Returns
    -------
    array, (n, m)
        In [0, ∞]; ∞ forbids the pair.

    Raises
    ------
    InputError
        If the name is unknown, the shape is wrong, or a value is negative or not a number.

    Examples
    --------
    >>> import numpy as np
    >>> points = np.array([[0.0], [1.0]])
    >>> matrix("squared_error", points, points).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    >>> matrix(lambda x, y: abs(x - y) > 0.5, points, points).tolist()
    [[0.0, 1.0], [1.0, 0.0]]
    """
    shape = (len(x), len(y))
    if isinstance(distortion, str):
        check_name(distortion)
        values = NAMED[distortion](x, y)
    elif callable(distortion):
        scalar = x.shape[1] == 1
        values = distortion(x, y.T) if scalar else distortion(x[:, None, :], y[None, :, :])
    else:
        values = distortion
    values = floats(values, "distortion")
    if values.shape != shape:
        raise InputError(f"distortion must have shape (n, m) = {shape}; got {values.shape}")
    if np.isnan(values).any() or (values < 0).any():
        raise InputError("distortion must be a number of at least 0 for every pair")
    return np.asarray(frozen(values))
