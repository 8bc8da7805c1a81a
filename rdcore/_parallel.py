"""Run the independent parts of a computation in this process or on an executor.

The division into parts must not depend on the executor, and each part runs on one thread. The
results are then identical to the last bit on machines of the same type.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol, TypeVar

from threadpoolctl import ThreadpoolController

from rdcore.errors import CancelledError, WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")
Tick = Callable[[float], None]
Work = Callable[[Item, Tick], Result]

_GLANCE = 0.1
# Seconds without a scheduler after which the parts on a Dask cluster are lost; a scheduler that is
# only restarted is found again sooner.
_PATIENCE = 20.0
_LOST_BEFORE_GIVING_UP = 4
# Errors for a task whose worker died, by name because Dask may not be installed.
_LOST = frozenset({"KilledWorker"})
_lock = threading.Lock()
_limits: list[Any] = []


class Flag(Protocol):
    """Interface of ``threading.Event``."""

    def is_set(self) -> bool:
        """Return whether the flag is set."""
        ...


Cancel = Callable[[], bool] | Flag


@dataclass(frozen=True, eq=False)
class How:
    """Executor, progress callback and cancellation of a computation.

    Attributes
    ----------
    executor : concurrent.futures.Executor, optional
        A pool of processes or threads, loky's, or Dask's ``Client.get_executor()``; None: this
        process.
    progress : callable, optional
        Called in the caller's thread with the completed fraction, which never decreases.
    cancel : callable or threading.Event, optional
        ``CancelledError`` is raised as soon as it is true or set.
    """

    executor: Executor | None = None
    progress: Callable[[float], None] | None = None
    cancel: Cancel | None = None

    def check(self) -> None:
        """Raise CancelledError if the caller has cancelled."""
        if self.cancel is None:
            return
        stop = self.cancel() if callable(self.cancel) else self.cancel.is_set()
        if stop:
            raise CancelledError("cancelled by the caller")

    def tell(self, share: float) -> None:
        """Report the completed fraction; raise CancelledError if the caller has cancelled."""
        if self.progress is not None:
            self.progress(share)
        self.check()


def spread(
    work: Work[Item, Result], tasks: Sequence[Item], how: How
) -> Iterator[tuple[int, Result]]:
    """Yield each task's index and the result of ``work(task, tick)`` in order of completion.

    ``work`` is a module-level function. It reports the completed fraction of its task by ``tick``
    and ends with 1. Parts lost with their worker are computed again, and in this process if the
    executor is broken, or, with a warning, if its cluster has had no scheduler for 20 seconds.

    Raises
    ------
    CancelledError
        Within about 0.1 s of cancellation on an executor, and at the next tick without one. Workers
        finish the part they are computing, and its result is discarded.
    WorkerError
        If a part was lost four times.
    """
    how.check()
    if how.executor is None:
        yield from _here(work, list(enumerate(tasks)), len(tasks), how)
        return
    waiting = dict(enumerate(tasks))
    lost = dict.fromkeys(waiting, 0)
    at_work: dict[Future[Result], int] = {}
    connection = _Connection(how.executor)
    try:
        while (waiting or at_work) and not connection.is_lost():
            if not connection.is_up():
                time.sleep(_GLANCE)
            elif not _submitted(work, waiting, at_work, how.executor):
                break
            done, _ = wait(at_work, timeout=_GLANCE, return_when=FIRST_COMPLETED)
            how.check()
            for future in done:
                index = at_work.pop(future)
                # Dask cancels what a scheduler had when it went.
                error = BrokenExecutor() if future.cancelled() else future.exception()
                if error is None:
                    yield index, future.result()
                elif _is_loss(error):
                    lost[index] += 1
                    if lost[index] >= _LOST_BEFORE_GIVING_UP:
                        raise WorkerError(
                            f"part {index + 1} of {len(tasks)} lost its worker {lost[index]} times;"
                            " try more memory per worker"
                        ) from error
                    waiting[index] = tasks[index]
                else:
                    raise error
            how.tell(1 - (len(waiting) + len(at_work)) / len(tasks))
    finally:
        for future in at_work:
            future.cancel()
    waiting |= {index: tasks[index] for index in at_work.values()}
    yield from _here(work, sorted(waiting.items()), len(tasks), how)


class _Connection:
    """The connection of an executor to its workers: that of a Dask client, or one that holds."""

    def __init__(self, executor: Executor) -> None:
        self._client, self._up_at = getattr(executor, "_client", None), time.monotonic()

    def is_up(self) -> bool:
        """Return whether tasks reach the workers now."""
        up = self._status() == "running"
        if up:
            self._up_at = time.monotonic()
        return up

    def is_lost(self) -> bool:
        """Return whether the scheduler is not expected again; warn if so."""
        lost = not self.is_up() and (
            self._status() in ("closing", "closed") or time.monotonic() - self._up_at > _PATIENCE
        )
        if lost:
            warnings.warn(
                "the Dask cluster has no scheduler any more; this process computes the rest",
                RuntimeWarning,
                stacklevel=4,
            )
        return lost

    def _status(self) -> str:
        return str(getattr(self._client, "status", "running"))


def _submitted(
    work: Work[Item, Result],
    waiting: dict[int, Item],
    at_work: dict[Future[Result], int],
    executor: Executor,
) -> bool:
    """Submit the waiting tasks; return whether there are futures to wait for.

    A broken pool refuses all tasks, and its pending futures end with an error.
    """
    for index in sorted(waiting):
        try:
            future = executor.submit(alone, work, waiting[index])
        except (BrokenExecutor, RuntimeError):
            return bool(at_work)
        at_work[future] = index
        del waiting[index]
    return True


def _is_loss(error: BaseException) -> bool:
    return isinstance(error, BrokenExecutor) or type(error).__name__ in _LOST


def _here(
    work: Work[Item, Result], tasks: Sequence[tuple[int, Item]], total: int, how: How
) -> Iterator[tuple[int, Result]]:
    done = total - len(tasks)
    for index, task in tasks:

        def tick(share: float, done: int = done) -> None:
            how.tell((done + min(share, 1.0)) / total)

        with one_thread():
            found = work(task, tick)
        done += 1
        yield index, found
        how.check()


def alone(work: Work[Item, Result], task: Item) -> Result:
    """Compute one part in a worker."""
    with one_thread():
        return work(task, _nobody)


def _nobody(share: float) -> None:
    """Ignore the progress."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit linear algebra to one thread; several Python threads may hold the limit at a time."""
    with _lock:
        if not _limits:
            limit = _libraries().limit(limits=1)
            limit.__enter__()
            _limits.append(limit)
        else:
            _limits.append(None)
    try:
        yield
    finally:
        with _lock:
            _limits.pop() if len(_limits) > 1 else _limits.pop().__exit__(None, None, None)


@cache
def _libraries() -> Any:
    return ThreadpoolController()
