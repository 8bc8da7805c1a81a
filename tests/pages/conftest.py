"""What every test of a page leaves behind: no job that the next one would wait for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dashboard.ui import jobs


@pytest.fixture(autouse=True)
def _no_jobs_left() -> Iterator[None]:
    """End the jobs of a test; without a server no session ever counts as closed."""
    yield
    assert jobs.scheduler().end_all()
