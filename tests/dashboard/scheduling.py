"""What the tests of the scheduler share: requests, waiting, and a scheduler with one worker."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from dashboard.jobs.requests import Request, Running
from dashboard.jobs.scheduler import Scheduler
from dashboard.jobs.worker import Limits, Work

# Only ends a test that hangs. Jobs that are stopped would last longer than this, so that a test
# passes only if they really are.
PATIENCE = 120.0
NEVER = 10**6


@pytest.fixture(scope="module")
def shared() -> Iterator[Scheduler]:
    scheduler = Scheduler(slots=1, kept=("quick",), absent=0.5)
    yield scheduler
    scheduler.close()


@pytest.fixture
def scheduler(shared: Scheduler) -> Iterator[Scheduler]:
    yield shared
    assert shared.end_all(PATIENCE)


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def asked(work: Work, *spec: object, session: str = "me", key: str = "job", **more) -> Request:
    return Request(session, key, spec, work, Limits(**more))


def ask(scheduler: Scheduler, request: Request, alive: Callable[[], bool] = lambda: True):
    return scheduler.ask(request, lambda: request.spec, alive)


def outcome(scheduler: Scheduler, request: Request):
    until(lambda: not isinstance(ask(scheduler, request), Running))
    return ask(scheduler, request)


def at_work(scheduler: Scheduler, request: Request) -> bool:
    """Whether the job has come as far as its first step."""
    found = ask(scheduler, request)
    return isinstance(found, Running) and not found.position and found.share > 0


def started(scheduler: Scheduler) -> None:
    until(lambda: any(job and (job.folder / "state.npz").exists() for job in scheduler._busy))
