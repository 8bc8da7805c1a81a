"""Who holds the shards of a solve and runs the passes over them: this process, a pool or Dask."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from rdcore._parallel import How, one_thread, spread
from rdcore.errors import InputError, WorkerError
from rdcore.problem import Problem
from rdcore.proof.shards import Each, Pass, Shard, Sums

# Most and least atoms of a shard; between them there are _SHARDS. The division depends on the
# problem only, and so do the sums.
_MOST, _LEAST, _SHARDS = 1 << 18, 1 << 12, 16
_GLANCE = 0.02
_LOST_BEFORE_GIVING_UP = 4
# Ends of a task whose worker or data are gone, by name because Dask may not be installed.
_LOST = frozenset({"KilledWorker", "CancelledError", "FutureCancelledError"})
# … and of a cluster that does not answer or has no worker.
_AWAY = frozenset({"CommClosedError", "TimeoutError", "OSError", "StreamClosedError"})


def cut(problem: Problem, shards: int | None) -> list[slice]:
    """Divide the atoms, by default into shards of at most a quarter of a million."""
    n = problem.n
    count = max(-(-n // _MOST), min(_SHARDS, -(-n // _LEAST))) if shards is None else min(shards, n)
    ends = [n * k // count for k in range(count + 1)]
    return [slice(first, last) for first, last in pairwise(ends)]


def shard(problem: Problem, some: slice) -> Shard:
    """Return the atoms of positive probability in a slice."""
    source = problem.source
    points, pmf, weights = source.points[some], source.pmf[some], problem.rows.weights[:, some]
    alive = pmf > 0
    if not alive.all():
        points, pmf, weights = points[alive], pmf[alive], weights[:, alive]
    return Shard(points, pmf, weights, problem.codewords, problem.distortions[0])


@contextmanager
def held(problem: Problem, executor: Any, shards: int | None) -> Iterator[Each]:
    """Give the shards to the workers of an executor; yield what runs a pass over all of them."""
    slices = cut(problem, shards)
    client = _client(executor)
    if client is not None:
        yield _Cluster(client, problem, slices).each
    elif executor is None or isinstance(executor, ThreadPoolExecutor):
        yield _each([shard(problem, some) for some in slices], executor)
    elif isinstance(executor, Executor) or callable(getattr(executor, "submit", None)):
        with tempfile.TemporaryDirectory(prefix="rdcore-shards-") as folder:
            places = [Path(folder) / str(index) for index in range(len(slices))]
            for place, some in zip(places, slices, strict=True):
                _save(place, shard(problem, some))
            rest = problem.codewords, problem.distortions[0]
            yield _each([(str(place), *rest) for place in places], executor)
    else:
        raise InputError(
            "executor must be an executor of concurrent.futures, loky's or Dask's, or a Dask"
            f" client; got {type(executor).__name__}"
        )


def _client(executor: Any) -> Any:
    """Return the Dask client behind an executor, or None."""
    if callable(getattr(executor, "scatter", None)):
        return executor
    if type(executor).__module__.startswith("distributed"):
        return getattr(executor, "_client", None)
    return None


def _each(holders: Sequence[Any], executor: Executor | None) -> Each:
    def each(work: Pass, *arguments: Any) -> list[Sums]:
        tasks = [(one, work, arguments) for one in holders]
        found = dict(spread(_passed, tasks, How(executor)))
        return [found[index] for index in range(len(tasks))]

    return each


def _passed(task: tuple[Any, Pass, tuple[Any, ...]], tick: Callable[[float], None]) -> Sums:
    holder, work, arguments = task
    found = work(holder if isinstance(holder, Shard) else _load(*holder), *arguments)
    tick(1.0)
    return found


def _save(place: Path, one: Shard) -> None:
    place.mkdir()
    for name in ("points", "pmf", "weights"):
        np.save(place / f"{name}.npy", getattr(one, name))


def _load(place: str, candidates: Any, distortion: Any) -> Shard:
    points, pmf, weights = _arrays(place)
    return Shard(points, pmf, weights, candidates, distortion)


@lru_cache(maxsize=1024)
def _arrays(place: str) -> tuple[Any, ...]:
    """Map a shard's files into memory, which workers of one machine share."""
    names = ("points", "pmf", "weights")
    return tuple(
        np.load(Path(place) / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in names
    )


def _run(work: Pass, one: Shard, arguments: tuple[Any, ...]) -> Sums:
    with one_thread():
        return work(one, *arguments)


def _result(future: Any) -> Sums:
    """Return the result of a Dask future; OSError if it is not there: the cluster is gone."""
    if not future.done():
        raise OSError("the connection to the cluster was lost")
    found: Sums = future.result()
    return found


class _Cluster:
    """Shards in the memory of Dask's workers; lost ones are sent again.

    Without the cluster the passes go on in this process.
    """

    def __init__(self, client: Any, problem: Problem, slices: Sequence[slice]) -> None:
        self._client, self._problem, self._slices = client, problem, slices
        self._held: list[Any] = [None] * len(slices)

    def each(self, work: Pass, *arguments: Any) -> list[Sums]:
        """Run a pass over all shards, in order."""
        waiting = set(range(len(self._slices)))
        lost = dict.fromkeys(waiting, 0)
        futures: dict[int, Any] = {}
        found: dict[int, Sums] = {}
        while waiting or futures:
            for index in sorted(waiting):
                try:
                    futures[index] = self._submit(index, work, arguments)
                except Exception as error:
                    if not self._away(error):
                        raise
                    here = shard(self._problem, self._slices[index])
                    found[index] = _run(work, here, arguments)
            waiting.clear()
            running = self._client.status == "running"
            for index in [k for k, future in futures.items() if future.done() or not running]:
                future = futures.pop(index)
                try:
                    found[index] = _result(future)
                except Exception as error:  # noqa: BLE001 judged by _check
                    lost[index] += 1
                    self._check(error, index, lost[index])
                    self._held[index] = None
                    waiting.add(index)
            if not waiting:
                time.sleep(_GLANCE)
        return [found[index] for index in range(len(self._slices))]

    def _check(self, error: Exception, index: int, lost: int) -> None:
        """Raise an error of a pass, unless it can be run again."""
        if self._away(error):
            return
        if type(error).__name__ not in _LOST:
            raise error
        if lost >= _LOST_BEFORE_GIVING_UP:
            raise WorkerError(
                f"shard {index + 1} of {len(self._slices)} lost its worker {lost} times;"
                " try more memory per worker"
            ) from error

    def _submit(self, index: int, work: Pass, arguments: tuple[Any, ...]) -> Any:
        if self._client.status != "running":
            raise OSError("the connection to the cluster was lost")
        if self._held[index] is None:
            self._held[index] = self._give(index)
        return self._client.submit(_run, work, self._held[index], arguments, pure=False)

    def _give(self, index: int) -> Any:
        """Send a shard to the worker whose turn it is; OSError if there is none."""
        workers = sorted(self._client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise OSError("the cluster has no workers")
        one = shard(self._problem, self._slices[index])
        return self._client.scatter(one, workers=[workers[index % len(workers)]], hash=False)

    def _away(self, error: BaseException) -> bool:
        """Return whether the cluster is gone, so that this process has to do the work."""
        return self._client.status != "running" or type(error).__name__ in _AWAY
