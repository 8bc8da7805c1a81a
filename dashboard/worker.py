"""What happens in a worker process: a generator is driven step by step, and its state written down.

Nothing here imports streamlit, so that a worker starts fast and stays small.
"""

from __future__ import annotations

import os
import queue
import re
import threading
import time
import traceback
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import rdcore as rd
from dashboard import wire
from dashboard.specs import SpecError
from dashboard.subset import SubsetError
from dashboard.uploads import UploadError

BEGUN, STOP, STATE, RESULT = "begun", "stop", "state.npz", "result.npz"
"""The files of a job: that it began, that it is to end, its latest state, what came of it."""

_PAUSE = 0.1  # seconds between states that differ in numbers only; what lies between is not seen
_NUMBER = re.compile(r"\d+")
_BREATH = 0.05
_PRIORITY = 19
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
        A state to draw while the job runs: what ``dashboard.wire`` can hand over, or None.
    """

    share: float
    note: str = ""
    shown: Any = None


@dataclass(frozen=True)
class Limits:
    """The most a job may take: seconds of running, bytes of its result and of a state."""

    seconds: float = 120.0
    result_bytes: int = 32 * 2**20


LIMITS = Limits()
Work = Callable[..., Generator[Step, None, Any]]
Outcome = tuple[Literal["done", "stopped", "trouble", "failed"], str]


def drive(work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits) -> Outcome:
    """Run a job to its end in this process; return how it ended and the sentence for the user.

    For "failed" the text is a stack trace for the log instead.
    """
    (folder / BEGUN).touch()
    _give_way()
    try:
        steps = work(*inputs)
        result = yield_to(steps, folder, limits)
        if result is None:
            return "stopped", ""
        wire.save(folder / RESULT, result[0], most_bytes=limits.result_bytes)
    except (SpecError, SubsetError, UploadError, wire.TooLargeError, rd.RDError) as error:
        return "trouble", str(error)
    except MemoryError:
        return "trouble", "This needs more memory than there is; a smaller problem would do."
    except Exception:  # noqa: BLE001 whatever it is, the app has to hear of it
        return "failed", traceback.format_exc()
    return "done", ""


def _give_way() -> None:
    """Let the app's own thread go first, where the system knows priorities."""
    if hasattr(os, "setpriority") and os.getpriority(os.PRIO_PROCESS, 0) < _PRIORITY:
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)


def yield_to(steps: Generator[Step, None, Any], folder: Path, limits: Limits) -> tuple[Any] | None:
    """Drive a generator until it returns, or until it is to stop: then None."""
    parent, written, share, words = os.getppid(), -_PAUSE, 0.0, ""
    while True:
        # A worker whose app is gone has nobody to work for.
        if (folder / STOP).exists() or os.getppid() != parent:
            steps.close()
            return None
        try:
            step = next(steps)
        except StopIteration as end:
            return (end.value,)
        share = max(share, min(max(float(step.share), 0.0), 1.0))
        now, before, words = time.monotonic(), words, _NUMBER.sub("", step.note)
        # What is begun may take long, so its name does not wait for its turn.
        if now - written >= _PAUSE or words != before:
            written = now
            state = [share, step.note, step.shown]
            wire.save(folder / STATE, state, most_bytes=limits.result_bytes)


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
