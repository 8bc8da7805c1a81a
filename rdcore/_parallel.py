"""Independent parts of a long computation, here or on an executor, with the same numbers.

How the work is cut must depend on the work alone, and each part is computed on one thread: sums
come out the same to the last bit wherever a part runs, as long as the machines are alike.
"""

from __future__ import annotations

import threading
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
_LOST_BEFORE_GIVING_UP = 4
# What executors raise for work whose worker died; Dask's class is told by its name, for Dask need
# not be installed.
_LOST = frozenset({"KilledWorker"})
_lock = threading.Lock()
_limits: list[Any] = []


class Flag(Protocol):
    """What ``threading.Event`` is."""

    def is_set(self) -> bool:
        """Return whether it has been set."""
        ...


Cancel = Callable[[], bool] | Flag


@dataclass(frozen=True, eq=False)
class How:
    """Who computes, who is told, and who may stop it.

    Attributes
    ----------
    executor : concurrent.futures.Executor, optional
        A pool of processes or threads, loky's, or Dask's ``Client.get_executor()``; None: here.
    progress : callable, optional
        Called with the share done, never falling, in the caller's thread.
    cancel : callable or threading.Event, optional
        Once it is true, ``CancelledError`` is raised.
    """

    executor: Executor | None = None
    progress: Callable[[float], None] | None = None
    cancel: Cancel | None = None

    def check(self) -> None:
        """Raise CancelledError if the caller wants no more."""
        if self.cancel is None:
            return
        stop = self.cancel() if callable(self.cancel) else self.cancel.is_set()
        if stop:
            raise CancelledError("stopped because cancel said so")

    def tell(self, share: float) -> None:
        """Tell the share done, and see whether to go on."""
        if self.progress is not None:
            self.progress(share)
        self.check()


def spread(
    work: Work[Item, Result], tasks: Sequence[Item], how: How
) -> Iterator[tuple[int, Result]]:
    """Yield each task's index and what ``work(task, tick)`` makes of it, as they are done.

    ``work`` is a function at the top of a module, and says by ``tick`` what share of its task is
    done, at the end 1. Parts that were lost with their worker are computed again; if the executor
    is broken for good, in this process.

    Raises
    ------
    CancelledError
        Within about a tenth of a second on an executor, and at the next tick without one. What
        workers are at by then they finish for nobody.
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
    try:
        while waiting or at_work:
            if not _submitted(work, waiting, at_work, how.executor):
                break
            done, _ = wait(at_work, timeout=_GLANCE, return_when=FIRST_COMPLETED)
            how.check()
            for future in done:
                index = at_work.pop(future)
                error = future.exception()
                if error is None:
                    yield index, future.result()
                elif _is_loss(error):
                    lost[index] += 1
                    if lost[index] >= _LOST_BEFORE_GIVING_UP:
                        raise WorkerError(
                            f"part {index + 1} of {len(tasks)} was lost {lost[index]} times with"
                            " its worker; more memory a worker may help"
                        ) from error
                    waiting[index] = tasks[index]
                else:
                    raise error
            how.tell(1 - (len(waiting) + len(at_work)) / len(tasks))
    finally:
        for future in at_work:
            future.cancel()
    yield from _here(work, sorted(waiting.items()), len(tasks), how)


def _submitted(
    work: Work[Item, Result],
    waiting: dict[int, Item],
    at_work: dict[Future[Result], int],
    executor: Executor,
) -> bool:
    """Submit what waits; return whether there is anything to wait for.

    A pool that has broken refuses all work, and its futures end by themselves.
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
    """Do one part in a worker."""
    with one_thread():
        return work(task, _nobody)


def _nobody(share: float) -> None:
    """Tell nobody."""


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep linear algebra on one thread, in as many threads of Python as ask for it at a time."""
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
