"""The steps that a job yields, and steps from a function that reports by a callback."""

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
    """The progress of a job, yielded by its generator.

    Attributes
    ----------
    share : float
        The share of the work that is done, 0 to 1; 0 where that is not known. The displayed share
        never decreases, and 0 is not displayed.
    note : str
        A short description of the current work, or "".
    shown : object
        A state to draw while the job runs, or None; ``serialisation`` must support it.
    """

    share: float
    note: str = ""
    shown: Any = None


def stepwise(
    call: Callable[[Callable[..., None], Callable[[], bool]], T], note: str = ""
) -> Generator[Step, None, T]:
    """Yield steps from a function that reports its progress by a callback.

    ``call(progress, cancelled)`` runs in its own thread. ``progress(share)`` becomes a step, also
    with another note, ``progress(share, note)``; ``cancelled()`` is true once the job has to stop.

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
    told: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
    stop, ended = threading.Event(), threading.Event()
    found: list[T] = []
    raised: list[Exception] = []

    def body() -> None:
        try:
            found.append(call(lambda share, now=note: told.put((share, now)), stop.is_set))
        except Exception as error:  # noqa: BLE001 raised again below
            raised.append(error)
        finally:
            ended.set()

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    try:
        share = 0.0
        while not ended.wait(_BREATH):
            for now in _drained(told):
                share, note = max(share, now[0]), now[1]
            yield Step(share, note)
    finally:
        stop.set()
        thread.join()
    if raised:
        raise raised[0]
    return found[0]


def _drained(told: queue.SimpleQueue[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    while not told.empty():
        yield told.get()
