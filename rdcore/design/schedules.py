"""Schedules of decreasing temperatures for annealing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from rdcore._arrays import Array, count, floats, frozen, positive
from rdcore.errors import InputError

__all__ = [
    "Explicit",
    "Geometric",
    "Linear",
    "Schedule",
]


class Schedule(Protocol):
    """A decreasing sequence of temperatures."""

    @property
    def temperatures(self) -> Array:
        """The temperatures τ, (T,), decreasing and above 0."""
        ...


@dataclass(frozen=True)
class _Between:
    """A number of temperatures from one to another."""

    start: float
    stop: float = 1e-3
    count: int = 30

    def __post_init__(self) -> None:
        start, stop = positive(self.start, "start"), positive(self.stop, "stop")
        stages = count(self.count, "count")
        if stages > 1 and not stop < start:
            raise InputError(f"stop must be below start; got stop={stop:g}, start={start:g}")
        for name, value in (("start", start), ("stop", stop), ("count", stages)):
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Geometric(_Between):
    """Temperatures with a constant ratio.

    Parameters
    ----------
    start, stop : float
        First and last temperature, both included; 0 < stop < start.
    count : int
        Number of temperatures; 1 gives ``start`` only.

    Examples
    --------
    >>> Geometric(4, 1, 3).temperatures
    array([4., 2., 1.])
    """

    start: float = 4.0

    @property
    def temperatures(self) -> Array:
        """The temperatures τ, (T,), decreasing."""
        return frozen(np.geomspace(self.start, self.stop, self.count))


@dataclass(frozen=True)
class Linear(_Between):
    """Temperatures with a constant difference.

    Parameters
    ----------
    start, stop : float
        First and last temperature, both included; 0 < stop < start.
    count : int
        Number of temperatures; 1 gives ``start`` only.

    Examples
    --------
    >>> Linear(2, 1, 3).temperatures
    array([2. , 1.5, 1. ])
    """

    start: float = 2.0

    @property
    def temperatures(self) -> Array:
        """The temperatures τ, (T,), decreasing."""
        return frozen(np.linspace(self.start, self.stop, self.count))


@dataclass(frozen=True)
class Explicit:
    """Explicitly given temperatures.

    Parameters
    ----------
    values : sequence of float
        At least one temperature, decreasing and above 0.

    Examples
    --------
    >>> Explicit([1.0, 0.1]).temperatures
    array([1. , 0.1])
    """

    values: Sequence[float]

    def __post_init__(self) -> None:
        taus = floats(self.values, "values")
        if taus.ndim != 1 or not len(taus):
            raise InputError(f"values must have at least one temperature; got {self.values!r}")
        if not (np.isfinite(taus).all() and (taus > 0).all() and (np.diff(taus) < 0).all()):
            raise InputError(f"values must be finite, above 0 and decreasing; got {self.values!r}")
        object.__setattr__(self, "values", tuple(float(tau) for tau in taus))

    @property
    def temperatures(self) -> Array:
        """The temperatures τ, (T,), decreasing."""
        return frozen(np.array(self.values, dtype=np.float64))
