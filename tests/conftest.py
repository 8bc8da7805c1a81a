"""Settings of all tests: one BLAS thread a process, and no deadline that load could break."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="run every case of the tests that are sampled otherwise"
    )


def sampled(config: pytest.Config, cases: list[object], count: int) -> list[object]:
    """Return cases spread evenly over all of them, or with --long all."""
    if config.getoption("--long") or count >= len(cases):
        return cases
    return [cases[k * len(cases) // count] for k in range(count)]
