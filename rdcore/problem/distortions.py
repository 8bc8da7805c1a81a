"""Distortion measures between atoms and codewords."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rdcore._arrays import Array, Indices, floats, frozen, positive, shown
from rdcore.errors import InputError

__all__ = [
    "Angle",
    "Distortion",
    "Listed",
    "Named",
    "OffBy",
    "Relative",
    "absolute",
    "hamming",
    "matrix",
    "squared_error",
]

Named = Literal["squared_error", "absolute", "hamming"]
"""The distortions with a name."""
Distortion = Named | Array | Callable[[Array, Array], Array]
"""A name, a matrix (n, m), or a function of atoms (n, d) and codewords (m, d) that returns one."""


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


# Relative distance at which an error still counts as that of a tolerance.
_EQUAL = 1e-12


@dataclass(frozen=True)
class OffBy:
    """1 where a coordinate of y is off by more than ε, and 0 elsewhere; its mean is a probability.

    On the line ``codebook=EVERY`` may be used.

    Parameters
    ----------
    epsilon : float
        ε, in the unit of the atoms, above 0. Rounding of one part in 10¹² does not count.

    Examples
    --------
    >>> OffBy(0.5)(np.array([[0.0], [2.0]]), np.array([[0.4, 1.4]]))
    array([[0., 1.],
           [1., 1.]])
    """

    epsilon: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "epsilon", positive(self.epsilon, "epsilon"))

    def __call__(self, x: Array, y: Array) -> Array:
        """Return the values of x[:, None] and y[None, :], with coordinates on a last axis."""
        off = np.abs(x - y) > self._reach(x)
        return np.asarray(off.any(axis=-1) if off.ndim > 2 else off, dtype=np.float64)

    def _reach(self, x: Array) -> Array:
        return self.epsilon + _EQUAL * (np.abs(x) + self.epsilon)

    def sufficient(self, atoms: Array) -> Array:
        """Return codewords (m,) of which one serves any atoms (n,) that one codeword serves.

        A codeword serves neighbouring atoms, so the largest sets of those are enough.
        """
        x = np.unique(atoms)
        low, high = x - self._reach(x), x + self._reach(x)
        last = np.searchsorted(low, high, side="right") - 1
        first = np.flatnonzero(np.diff(last, prepend=-1) > 0)
        return np.asarray((low[last[first]] + high[first]) / 2)


@dataclass(frozen=True)
class Relative:
    """The relative error |x - y| / max(|x|, floor); for vectors, the sum over coordinates.

    On the line ``codebook=EVERY`` may be used.

    Parameters
    ----------
    floor : float
        The smallest size that an error is compared with, in the unit of the atoms, above 0.
    """

    floor: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "floor", positive(self.floor, "floor"))

    def __call__(self, x: Array, y: Array) -> Array:
        """Return the values of x[:, None] and y[None, :], with coordinates on a last axis."""
        share = np.abs(x - y) / np.maximum(np.abs(x), self.floor)
        return np.asarray(share.sum(axis=-1) if share.ndim > 2 else share)

    def sufficient(self, atoms: Array) -> Array:
        """Return the atoms: between them c is convex, so that it is largest at one of them."""
        return np.unique(atoms)


@dataclass(frozen=True)
class Angle:
    """The squared error on a circle: of the shorter way round; for vectors, the sum.

    It needs a fixed codebook.

    Parameters
    ----------
    period : float
        A full turn in the unit of the atoms, such as 360 or 24.
    """

    period: float = 360.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "period", positive(self.period, "period"))

    def __call__(self, x: Array, y: Array) -> Array:
        """Return the values of x[:, None] and y[None, :], with coordinates on a last axis."""
        away = np.abs(np.remainder(x - y, self.period))
        squares = np.minimum(away, self.period - away) ** 2
        return np.asarray(squares.sum(axis=-1) if squares.ndim > 2 else squares)


NAMED: dict[str, Callable[[Array, Array], Array]] = {
    "squared_error": squared_error,
    "absolute": absolute,
    "hamming": hamming,
}


@dataclass(frozen=True)
class Listed:
    """A matrix of distortions for symbols and codewords that are numbered from 1.

    A problem also takes the array itself. This form belongs to the numbers of the symbols and not
    to the places of the atoms, so that it stays right where atoms or codewords are left out.

    Parameters
    ----------
    values : sequence of n sequences of m numbers
        d of symbol x and codeword y, at least 0; ∞ forbids the pair.

    Examples
    --------
    >>> Listed([[0, 1, 4], [2, 0, 1]])(np.array([[1.0], [2.0]]), np.array([[1.0, 3.0]]))
    array([[0., 4.],
           [2., 1.]])
    """

    values: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        table = floats(self.values, "values")
        if table.ndim != 2 or not table.size or np.isnan(table).any() or (table < 0).any():
            raise InputError(
                f"values must be a matrix of numbers of at least 0; got {shown(self.values)}"
            )
        object.__setattr__(self, "values", tuple(map(tuple, table.tolist())))

    def __call__(self, x: Array, y: Array) -> Array:
        """Return the values of x (n, 1) and y (1, m), the numbers of symbols and codewords."""
        table = np.array(self.values)
        found = [
            _numbers(one, name, size)
            for one, name, size in zip((x, y), ("atoms", "codewords"), table.shape, strict=True)
        ]
        return np.asarray(table[found[0], found[1]])


def _numbers(values: Array, name: str, most: int) -> Indices:
    """Return numbers from 1 as places from 0."""
    places = np.rint(values)
    if (places != values).any() or (places < 1).any() or (places > most).any():
        raise InputError(f"{name} must be numbers from 1 to {most} for this distortion")
    return np.asarray(places, dtype=np.intp) - 1


def same(a: Distortion, b: Distortion) -> bool:
    """Return whether two distortions are known to be the same."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return a is b
    return bool(a == b)


def free(distortion: Distortion, dim: int) -> bool:
    """Return whether a free codebook can be solved with a distortion in so many dimensions."""
    if isinstance(distortion, OffBy | Relative):
        return dim == 1
    return isinstance(distortion, str) and distortion in ("squared_error", "absolute")


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
        A name ("squared_error", "absolute", "hamming"); an (n, m) array of values; or a function,
        such as ``OffBy(0.5)``, ``Relative(1.0)`` or ``Angle(360)``, that broadcasts over
        x[:, None] and y[None, :], with the coordinates of vectors on the last axis.
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
