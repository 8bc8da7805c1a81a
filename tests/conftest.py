"""Settings of all tests: one thread a process, no deadline that load could break, who runs what."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Two workers share the machine, and libraries that start a thread for each core only wait for one
# another.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

# A test waits for its jobs, so they must not wait for the other tests.
os.environ.setdefault("RD_JOB_NICENESS", "0")

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")

ROOT = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file on one worker, and all browser tests: they share what is costly."""
    for item in items:
        browser = item.path.is_relative_to(ROOT / "browser")
        if browser:
            item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser" if browser else item.path.stem))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="run every case of the tests that are sampled otherwise"
    )


def sampled(config: pytest.Config, cases: list[object], count: int) -> list[object]:
    """Return cases spread evenly over all of them, or with --long all."""
    if config.getoption("--long") or count >= len(cases):
        return cases
    return [cases[k * len(cases) // count] for k in range(count)]
