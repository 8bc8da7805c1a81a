"""Settings of all tests: one thread a process, no deadline that load could break, who runs what."""

from __future__ import annotations

import gc
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

from tests.lengths import LENGTHS, Lengths

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
# Without --long, one of so many slow tests is run, another one after each commit.
_ONE_IN = 3
# Seconds that the thread of an executor may take to end.
_PATIENCE = 10.0
_MAIN = sys.modules["__main__"]
T = TypeVar("T")


def pytest_configure(config: pytest.Config) -> None:
    """Settle, for all processes that share the tests, whose turn it is, and count their CPU."""
    if config.option.turn is None:
        config.option.turn = _commits()
    config.pluginmanager.register(Lengths(config.option.lengths))


def _commits() -> int:
    """Count the commits until here; 0 where that is not known."""
    command = ["git", "rev-list", "--count", "HEAD"]
    try:
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return 0
    return int(told.stdout)


def pytest_report_header(config: pytest.Config) -> str:
    if config.getoption("--long"):
        return "every slow test"
    return f"one of {_ONE_IN} slow tests: --turn={config.option.turn}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark the tests of the browser, sample the slow ones, and begin with the longest files."""
    for item in items:
        if item.path.is_relative_to(ROOT / "browser"):
            item.add_marker(pytest.mark.browser)
    if not config.getoption("--long"):
        _sample(config, items)
    if hasattr(config, "workerinput"):
        items[:] = _shared_out(items)


def _sample(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect two of three slow tests, spread over all files, unless they are named."""
    named = any("::" in argument for argument in config.args)
    if named or config.getoption("-m") or config.getoption("-k"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    left_out = {item for k, item in enumerate(slow) if (k - config.option.turn) % _ONE_IN}
    if left_out:
        config.hook.pytest_deselected(items=[item for item in items if item in left_out])
        items[:] = [item for item in items if item not in left_out]


def _shared_out(items: list[pytest.Item]) -> list[pytest.Item]:
    """Return the files in the order in which processes take them.

    Files that wait for a browser or a container take turns with files that compute, and come
    first; the shortest come last, so that all processes end at the same time.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    by_length = sorted(files, key=lambda path: -_seconds(path, len(files[path])))
    waiting = [path for path in by_length if _waits(path)]
    computing = [path for path in by_length if not _waits(path)]
    pairs = itertools.zip_longest(waiting, computing)
    return [item for pair in pairs for path in pair if path for item in files[path]]


def _seconds(path: Path, tests: int) -> float:
    """Return about how long a file takes."""
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    return LENGTHS.get(name, 0.05 * tests)


def _waits(path: Path) -> bool:
    return path.parent in (ROOT / "browser", ROOT / "container")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """End loky's executors while its modules are there.

    One that outlives them, in a cache for instance, prints an error when the interpreter exits.
    """
    if (loky := sys.modules.get("loky")) is None:
        return
    for one in gc.get_objects():
        if issubclass(type(one), loky.ProcessPoolExecutor):
            one.shutdown(wait=False, kill_workers=True)
    for thread in threading.enumerate():
        if type(thread).__module__.startswith("loky."):
            thread.join(_PATIENCE)


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
    parser.addoption(
        "--lengths", type=int, default=0, help="print so many of the files that took longest"
    )
    parser.addoption(
        "--turn", type=int, help="which cases are sampled; without it, the number of commits"
    )


def sampled(config: pytest.Config, cases: list[T], count: int) -> list[T]:
    """Return cases spread evenly over all of them, others after each commit; with --long all."""
    if config.getoption("--long") or count >= len(cases):
        return cases
    first = config.option.turn
    return [cases[(first + k * len(cases) // count) % len(cases)] for k in range(count)]
