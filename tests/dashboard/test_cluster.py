"""Long jobs on a real Dask cluster: progress, results and Cancel, and what if it breaks."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from dashboard.jobs.cluster import AWAY
from dashboard.jobs.requests import CANCELLED, DIED, Ended, Request, Running
from dashboard.jobs.scheduler import Scheduler
from dashboard.settings import Settings
from tests.clusters import DaskCluster, dask_cluster
from tests.dashboard import chores
from tests.dashboard.scheduling import NEVER, PATIENCE, ask, asked, at_work, outcome, until

# Dask leaves sockets to the garbage collector when a scheduler dies.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("cluster"), workers=1) as found:
        yield found


@pytest.fixture(scope="module")
def scheduler(cluster: DaskCluster) -> Iterator[Scheduler]:
    found = Scheduler(slots=1, settings=Settings(scheduler=cluster.address))
    until(lambda: found._cluster.workers == 1)
    yield found
    found.close()


def at_step(scheduler: Scheduler, request: Request) -> bool:
    jobs = [job for job in scheduler._busy if job and job.request.name == request.name]
    return any((job.folder / "state.npz").exists() for job in jobs)


def ancestors(pid: int) -> set[int]:
    return {parent.pid for parent in psutil.Process(pid).parents()}


def test_long_jobs_run_there_and_quick_ones_here(
    cluster: DaskCluster, scheduler: Scheduler
) -> None:
    there, threads = outcome(scheduler, asked(chores.process, 1)).result
    assert threads == "1"
    assert ancestors(there) & set(cluster.pids)
    assert np.array_equal(outcome(scheduler, asked(chores.band, 2.5)).result.levels, [0, 2.5, 5])
    assert outcome(scheduler, asked(chores.refuses, "Choose fewer.")) == Ended("Choose fewer.")
    assert scheduler._free_slot("long") >= scheduler._here
    assert scheduler._free_slot("quick") == scheduler._lanes.kept["quick"] < scheduler._here


def test_progress_comes_back_and_cancel_stops_the_job(scheduler: Scheduler) -> None:
    request = asked(chores.count, NEVER)
    until(lambda: at_work(scheduler, request))
    found = ask(scheduler, request)
    assert isinstance(found, Running)
    assert found.note == f"{found.shown['k'][0] + 1} of {NEVER}"
    # The place is taken, so a second job waits for it.
    second = asked(chores.asleep, NEVER, session="you")
    assert ask(scheduler, second).position == 1
    scheduler.cancel("me", "job")
    assert ask(scheduler, request) == Ended(CANCELLED)
    # One that does not stop by itself is killed, since another waits.
    until(lambda: at_step(scheduler, second))
    third = asked(chores.dies, 0)
    ask(scheduler, third)
    scheduler.cancel("you", "job")
    assert outcome(scheduler, third) == Ended(DIED)
    until(lambda: not any(scheduler._busy))


@pytest.mark.slow
def test_a_job_outlives_its_worker_and_then_the_cluster(
    cluster: DaskCluster, scheduler: Scheduler, tmp_path: Path
) -> None:
    gate = tmp_path / "open"
    request = asked(chores.held, str(tmp_path), str(gate))
    ask(scheduler, request)

    def at_it() -> list[int]:
        return sorted(int(path.name) for path in tmp_path.glob("[0-9]*"))

    until(lambda: len(at_it()) == 1)
    cluster.add_worker()
    until(lambda: scheduler._cluster.workers == 2)
    (worker,) = ancestors(at_it()[0]) & set(cluster.pids)
    os.kill(worker, signal.SIGKILL)
    until(lambda: len(at_it()) == 2)
    assert isinstance(ask(scheduler, request), Running)
    cluster.kill_scheduler()
    until(lambda: len(at_it()) == 3)
    until(lambda: ask(scheduler, request).note.endswith(AWAY))
    gate.touch()
    assert outcome(scheduler, request).result == 3
    assert any(os.getpid() in ancestors(pid) for pid in at_it() if psutil.pid_exists(pid))
    # Without the cluster this machine goes on.
    assert outcome(scheduler, asked(chores.count, 3)).result == 3
    assert scheduler.end_all(PATIENCE)
