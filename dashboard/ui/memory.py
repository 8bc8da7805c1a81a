"""Results of functions that are kept for the whole process, by their arguments.

Streamlit's cache writes every result as bytes and reads it again at each use, and makes the key by
the text of the arguments. A page asks about a hundred times in a run for what it knows already, so
that took a sixth of its time. Here a result is kept as it is: values of this app are frozen, and
the arrays in them are made read-only when they are kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import fields, is_dataclass
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
T = TypeVar("T")
_NOTHING: Any = object()
_PATIENCE = 60.0


class Remembered(Generic[P, T]):
    """A function that keeps the results used last; an error is not kept.

    If several threads ask for the same result at once, one computes it and the others wait for it.

    Parameters
    ----------
    work : callable
        The function; its arguments are hashable.
    most : int
        How many results are kept.
    """

    def __init__(self, work: Callable[P, T], most: int) -> None:
        self._work, self._most = work, most
        self._lock = threading.Lock()
        self._results: OrderedDict[Hashable, T] = OrderedDict()
        self._turns: dict[Hashable, threading.Lock] = {}
        self._era = 0
        self.__doc__ = work.__doc__
        self.__wrapped__ = work

    def __call__(self, *args: P.args, **named: P.kwargs) -> T:
        """Return the result for these arguments."""
        key = (args, tuple(named.items())) if named else args
        found = self._kept(key)
        if found is not _NOTHING:
            return found
        with self._lock:
            era = self._era
            turn = self._turns.setdefault(key, threading.Lock())
        # A thread that waits too long computes the result itself, so that none waits for ever.
        mine = turn.acquire(timeout=_PATIENCE)
        try:
            found = self._kept(key)
            if found is _NOTHING:
                found = self._work(*args, **named)
                _make_read_only(found)
                self._keep(key, found, era)
        finally:
            if mine:
                with self._lock:
                    self._turns.pop(key, None)
                turn.release()
        return found

    def _kept(self, key: Hashable) -> T:
        with self._lock:
            found: T = self._results.get(key, _NOTHING)
            if found is not _NOTHING:
                self._results.move_to_end(key)
            return found

    def _keep(self, key: Hashable, found: T, era: int) -> None:
        with self._lock:
            if era != self._era:
                return  # forgotten while it was computed
            self._results[key] = found
            while len(self._results) > self._most:
                self._results.popitem(last=False)

    def clear(self) -> None:
        """Forget all results, also those that are being computed."""
        with self._lock:
            self._results.clear()
            self._era += 1


def remember(most: int) -> Callable[[Callable[P, T]], Remembered[P, T]]:
    """Have a function keep so many results."""
    return lambda work: Remembered(work, most)


def _make_read_only(value: Any) -> None:
    """Make the arrays in a value read-only."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
    elif is_dataclass(value):
        for one in fields(value):
            _make_read_only(getattr(value, one.name))
    elif isinstance(value, tuple | list):
        for part in value:
            if not isinstance(part, str | float | int):
                _make_read_only(part)
    elif isinstance(value, dict):
        for part in value.values():
            _make_read_only(part)
