"""Settings of all tests: one thread a process, no deadline that load could break, who runs what."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
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
# Without --long, one of so many slow tests is run.
_ONE_IN = 3
_MAIN = sys.modules["__main__"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of the browser, and sample the slow ones."""
    for item in items:
        if item.path.is_relative_to(ROOT / "browser"):
            item.add_marker(pytest.mark.browser)
    if not config.getoption("--long"):
        _sample(config, items)


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect two of three slow tests, spread over all files, unless they are named."""
    named = any("::" in argument for argument in config.args)
    if named or config.getoption("-m") or config.getoption("-k"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    left_out = {item for k, item in enumerate(slow) if k % _ONE_IN}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def _own_main() -> None:
    """Restore ``__main__``: Streamlit puts its script there, and a spawned process would run it."""
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="module")
def quick_trellises() -> Iterator[None]:
    """Design trellis codes on an eighth of the letters, from the best first words only.

    For tests that do not judge how good a design is.
    """
    from rdcore.design.trellis import design, levels

    several = ("_LETTERS", "_LETTERS_SEVERAL", "_EVALUATED", "_FIRST_LETTERS", "_SECOND_LETTERS")
    with pytest.MonkeyPatch.context() as patch:
        for name in several:
            patch.setattr(design, name, getattr(design, name) // 8)
        for name in ("_LEAST_STEPS", "_LONG_STEPS"):
            patch.setattr(levels, name, getattr(levels, name) // 8)
        patch.setattr(design, "_FINALISTS", 1)
        patch.setattr(design, "_FINALISTS_SEVERAL", 2)
        patch.setattr(design, "_MOST_FINISHES", 1)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long", action="store_true", help="run every case of the tests that are sampled otherwise"
    )


def sampled(config: pytest.Config, cases: list[object], count: int) -> list[object]:
    """Return cases spread evenly over all of them, or with --long all."""
    if config.getoption("--long") or count >= len(cases):
        return cases
    return [cases[k * len(cases) // count] for k in range(count)]
