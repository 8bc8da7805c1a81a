"""What every test of a page leaves behind: no job that the next one would wait for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.jobs.scheduler import Scheduler
from dashboard.ui import jobs
from tests.conftest import sampled
from tests.links import LINKS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "deep" in metafunc.fixturenames:
        cases = sampled(metafunc.config, LINKS, 11)  # in three turns, each of them
        names = [f"{page or 'explore'}-{'-'.join(query)}" for page, query in cases]
        metafunc.parametrize("deep", cases, ids=names)


@pytest.fixture
def unserved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all jobs wait, as on a busy server: nothing starts a process that the test then ends."""
    monkeypatch.setattr(Scheduler, "_serve", lambda scheduler: None)


@pytest.fixture(autouse=True)
def _no_jobs_left() -> Iterator[None]:
    """End the jobs of a test; without a server no session ever counts as closed."""
    yield
    assert jobs.scheduler().end_all()
