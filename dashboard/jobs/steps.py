"""What a job's generator yields, and steps made of a function that reports by a callback."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

_BREATH = 0.05
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Step:
    """How far a job has come; what a job's generator yields.

    Attributes
    ----------
    share : float
        Of the work that is done, 0 to 1; it never falls on screen.
    note : str
        A few words about what is being done, "" if there is nothing to say.
    shown : object
        A state to draw while the job runs, or None: what ``serialisation`` can hand over.
    """

    share: float
    note: str = ""
    shown: Any = None


def stepwise(
    call: Callable[[Callable[[float], None], Callable[[], bool]], T], note: str = ""
) -> Generator[Step, None, T]:
    """Make steps of a function that tells its progress by a callback.

    ``call(progress, cancelled)`` runs in a thread of its own; ``progress(share)`` becomes a step,
    and ``cancelled()`` is true once the job is to stop.

    Examples
    --------
    >>> def count(progress, cancelled):
    ...     for k in range(4):
    ...         progress((k + 1) / 4)
    ...     return "counted"
    >>> def job():
    ...     found = yield from stepwise(count)
    ...     yield Step(1.0, found)
    >>> list(job())[-1].note
    'counted'
    """
    told: queue.SimpleQueue[float] = queue.SimpleQueue()
    stop, ended = threading.Event(), threading.Event()
    found: list[T] = []
    raised: list[Exception] = []

    def body() -> None:
        try:
            found.append(call(told.put, stop.is_set))
        except Exception as error:  # noqa: BLE001 it is raised again below
            raised.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        share = 0.0
        while not ended.wait(_BREATH):
            share = max([share, *_drained(told)])
            yield Step(share, note)
    finally:
        stop.set()
        thread.join()
    if raised:
        raise raised[0]
    return found[0]


def _drained(told: queue.SimpleQueue[float]) -> Iterator[float]:
    while not told.empty():
        yield told.get()
