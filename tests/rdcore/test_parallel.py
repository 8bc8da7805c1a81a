"""Parts of a computation on executors: identical results, even if workers die."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import loky
import numpy as np
import pytest

import rdcore as rd
from rdcore import _parallel
from rdcore.solvers import sharded
from tests.clusters import DaskCluster, dask_cluster

LEVELS = np.geomspace(0.3, 9, 12)
SUBSET_LEVELS = np.geomspace(0.01, 0.1, 8)


def task() -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05)]
    return rd.Problem(source, np.linspace(-8, 8, 64), fidelities=fidelities)


def same(one: Any, other: Any) -> bool:
    pairs = [(getattr(one, f.name), getattr(other, f.name)) for f in fields(one)]
    return all(np.array_equal(a, b, equal_nan=np.asarray(a).dtype.kind == "f") for a, b in pairs)


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Divide small computations into many parts, like large ones."""
    monkeypatch.setattr("rdcore.curves.parts._PART", 0.02)


@pytest.fixture
def whole(short_parts: None) -> rd.Surface:
    return rd.surface(task(), LEVELS, SUBSET_LEVELS)


def lokys() -> Executor:
    return loky.get_reusable_executor(max_workers=2, timeout=60)  # type: ignore[no-any-return]


@pytest.mark.parametrize("make", [lambda: ThreadPoolExecutor(3), lokys], ids=["threads", "loky"])
def test_an_executor_does_not_change_results(
    make: Callable[[], Executor], whole: rd.Surface
) -> None:
    executor = make()
    shares: list[float] = []
    found = rd.surface(task(), LEVELS, SUBSET_LEVELS, executor=executor, progress=shares.append)
    assert same(found, whole)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(shares) > 2
    plain = rd.curve(task(), between=(0.3, 2.0))
    assert same(rd.curve(task(), between=(0.3, 2.0), executor=executor), plain)
    given = rd.curve(task(), LEVELS)
    assert same(rd.curve(task(), LEVELS, executor=executor), given)


def test_a_distortion_function_is_sent_as_values(short_parts: None) -> None:
    source = rd.sources.gaussian()
    odd = rd.Problem(
        source, np.linspace(-3, 3, 8), lambda x, y: np.abs(x - y) ** 3, [rd.average(0.5)]
    )
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor:
        found = rd.curve(odd, [0.2, 0.4, 0.8], executor=executor)
    assert same(found, rd.curve(odd, [0.2, 0.4, 0.8]))


def test_a_surface_grows(short_parts: None, whole: rd.Surface) -> None:
    stages = list(rd.growing_surface(task(), LEVELS, SUBSET_LEVELS))
    shares = [stage.share for stage in stages]
    assert shares == sorted(shares)
    assert 0 < shares[0] < shares[-1] == 1
    assert same(stages[-1], whole)
    done = ~np.isnan(stages[0].rates)
    assert np.array_equal(stages[0].rates[done], whole.rates[done])


@pytest.mark.parametrize("pool", [None, lokys], ids=["here", "loky"])
def test_cancel_takes_effect_soon(pool: Callable[[], Executor] | None, short_parts: None) -> None:
    stop = threading.Event()
    later: list[float] = []

    def progress(share: float) -> None:
        if stop.is_set():
            later.append(share)
        elif share > 0.02:
            stop.set()

    many = np.geomspace(0.3, 9, 60)
    with pytest.raises(rd.CancelledError):
        rd.surface(
            task(), many, many / 90, executor=pool and pool(), progress=progress, cancel=stop
        )
    assert stop.is_set()
    assert later == []


def test_cancel_can_be_a_function_and_true_from_the_start() -> None:
    with pytest.raises(rd.CancelledError):
        rd.curve(task(), [1.0], cancel=lambda: True)


def die_once(part: tuple[str, int], tick: Callable[[float], None]) -> int:
    """Kill the first worker; the next one survives, and so does the process that asks."""
    path, asker = part
    if path and not Path(path).exists() and os.getpid() != asker:
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return len(path)


def test_parts_lost_with_a_pool_are_computed_again(tmp_path: Path) -> None:
    paths = ["", str(tmp_path / "died"), "", ""]
    parts = [(path, os.getpid()) for path in paths]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        found = dict(_parallel.spread(die_once, parts, _parallel.How(executor)))
    assert found == {k: len(path) for k, path in enumerate(paths)}
    assert (tmp_path / "died").exists()


class Doomed(Executor):
    """Accept all tasks and lose them."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("gone"))
        return future


def test_repeatedly_lost_parts_raise_an_error() -> None:
    with pytest.raises(rd.WorkerError, match=r"part \d of 2 lost its worker 4 times"):
        list(_parallel.spread(die_once, [("", 0), ("", 0)], _parallel.How(Doomed())))


class Away(Executor):
    """Accept all tasks and answer one, while its cluster has the status given."""

    def __init__(self, status: str) -> None:
        self._client = SimpleNamespace(status="running")
        self._then, self.asked = status, 0

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked += 1
        if self.asked == 1:
            future.set_result(fn(*args, **kwargs))
        elif self.asked == 2:
            # As Dask does with a part when its scheduler goes.
            future.cancel()
            future.set_running_or_notify_cancel()
            self._client.status = self._then
        return future


@pytest.mark.parametrize("status", ["connecting", "closed"])
def test_parts_of_a_cluster_without_a_scheduler_are_computed_here(
    status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_parallel, "_PATIENCE", 0.3)
    executor = Away(status)
    with pytest.warns(RuntimeWarning, match="^the Dask cluster has no scheduler any more"):
        found = dict(_parallel.spread(die_once, [("", 0)] * 3, _parallel.How(executor)))
    assert found == dict.fromkeys(range(3), 0)
    assert executor.asked == 3


def test_a_scheduler_that_comes_back_gets_the_lost_parts_again() -> None:
    executor = Away("connecting")
    timer = threading.Timer(0.2, lambda: setattr(executor._client, "status", "running"))
    executor.submit = lambda fn, *args: _comes_back(executor, timer, fn, *args)  # type: ignore[method-assign]
    found = dict(_parallel.spread(die_once, [("", 0)] * 2, _parallel.How(executor)))
    assert found == {0: 0, 1: 0}
    assert executor.asked == 3


def _comes_back(executor: Away, timer: threading.Timer, fn: Any, *args: Any) -> Future[Any]:
    future = Away.submit(executor, fn, *args)
    if executor.asked == 2:
        timer.start()
    elif executor.asked == 3:
        future.set_result(fn(*args))
    return future


def fail(part: int, tick: Callable[[float], None]) -> int:
    raise ZeroDivisionError(part)


def test_an_error_in_a_part_is_raised() -> None:
    with ThreadPoolExecutor(1) as executor, pytest.raises(ZeroDivisionError):
        list(_parallel.spread(fail, [1, 2], _parallel.How(executor)))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster"), workers=3) as found:
        yield found


@pytest.mark.filterwarnings("ignore")
def test_a_worker_of_a_dask_cluster_may_die(cluster: DaskCluster, whole: rd.Surface) -> None:
    from distributed import Client

    with Client(cluster.address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(3, timeout=60)
        executor = client.get_executor()
        killed: list[float] = []

        def progress(share: float) -> None:
            # On a busy machine all parts may have ended at the next call.
            if not killed:
                cluster.workers[0].kill()
                killed.append(share)

        found = rd.surface(task(), LEVELS, SUBSET_LEVELS, executor=executor, progress=progress)
        assert killed
        assert killed[0] < 1
        cluster.workers[0].wait(20)
        assert found.share == 1
        assert same(found, whole)
        executor.shutdown(wait=False)


@pytest.mark.filterwarnings("ignore")
def test_a_sharded_solve_outlives_a_worker_and_then_the_cluster(
    cluster: DaskCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    model, deaths = sharded._Search._model, [cluster.workers[1].kill, cluster.kill_scheduler]

    def dying(search: Any, *arguments: Any) -> Any:
        found = model(search, *arguments)
        if deaths:
            deaths.pop(0)()
        return found

    plain = rd.solve(task(), tol=1e-9, solver=rd.solvers.Sharded(shards=4)).certificate
    with Client(cluster.address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
        found = rd.solve(task(), tol=1e-9, solver=rd.solvers.Sharded(client, shards=4))
        assert found.certificate == plain
        monkeypatch.setattr(sharded._Search, "_model", dying)
        found = rd.solve(task(), tol=1e-9, solver=rd.solvers.Sharded(client, shards=4))
        assert not deaths
        assert found.certificate == plain
        # The scheduler is gone; what is spread over its executor is computed here.
        levels = np.geomspace(0.3, 9, 3)
        monkeypatch.setattr(_parallel, "_PATIENCE", 1.0)
        spread = rd.curve(task(), levels, executor=client.get_executor())
        assert same(spread, rd.curve(task(), levels))
