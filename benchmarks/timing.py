"""Medians of wall-clock time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def median(call: Callable[[], _T], *, most: int = 15, budget: float = 2.0) -> tuple[float, _T]:
    """Return the median seconds of a call and its last result.

    The first call is a warm-up unless it exceeds the budget in seconds. The call is then repeated
    at least once, until the budget or the number of repeats is used up.
    """
    first, result = once(call)
    if first > budget:
        return first, result
    seconds: list[float] = []
    while not seconds or (len(seconds) < most and sum(seconds) < budget):
        spent, result = once(call)
        seconds.append(spent)
    return statistics.median(seconds), result


def once(call: Callable[[], _T]) -> tuple[float, _T]:
    """Return the duration of one call in seconds, and its result."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result
