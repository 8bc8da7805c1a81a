"""Code of a worker of the cluster: runs a job in a process of its own and reports on it.

The job and the server share no files. The server's orders are in a variable of the cluster that it
renews; the latest state of the job is in another one, as the bytes of its file.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
import time
from concurrent.futures import wait
from functools import cache
from pathlib import Path
from typing import Any

from loky import ProcessPoolExecutor

from dashboard.jobs import worker
from dashboard.jobs.worker import Limits, Outcome, Work

GO, STOP, KILL = "go", "stop", "kill"
"""The orders of the server."""

# Seconds between looks at the orders and at the state.
_LOOK = 0.25
# Seconds without a renewed order after which the server counts as gone.
_ABANDONED = 30.0
_IDLE_SECONDS = 300
_PREFIX = "rdcore-cluster-"


def distributed() -> Any:
    """Return the module of Dask's cluster, which is loaded only where there is one."""
    return importlib.import_module("distributed")


def _variable(name: str) -> Any:
    return distributed().Variable(name)


def orders(name: str) -> str:
    """Return the name of the variable with the server's orders for a job: [order, count]."""
    return f"{name}-orders"


def attend(
    name: str, work: Work, inputs: tuple[Any, ...], limits: Limits, environment: dict[str, str]
) -> tuple[Outcome | None, bytes]:
    """Run a job; return its outcome and the bytes of its result, or None if its process died."""
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    given, told = _variable(orders(name)), _variable(name)
    pool = _pool(tuple(sorted(environment.items())))
    heard, count, sent = time.monotonic(), -1, 0
    try:
        future = pool.submit(worker.drive, work, inputs, folder, limits)
        while not wait([future], timeout=_LOOK).done:
            order, beat = given.get(timeout=_ABANDONED)
            if beat != count:
                heard, count = time.monotonic(), beat
            if order == KILL or time.monotonic() - heard > _ABANDONED:
                _end(pool)
                return ("stopped", "", 0.0), b""
            if order == STOP:
                (folder / worker.STOP).touch()
            stamp = _stamp(folder / worker.STATE)
            if stamp != sent:
                sent = stamp
                told.set((folder / worker.STATE).read_bytes())
        return _ended(pool, future, folder)
    except BaseException:
        _end(pool)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _ended(pool: Any, future: Any, folder: Path) -> tuple[Outcome | None, bytes]:
    try:
        outcome = future.result()
    except RuntimeError:  # loky's errors for a process that died
        _end(pool)
        return None, b""
    return outcome, (folder / worker.RESULT).read_bytes() if outcome[0] == "done" else b""


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


@cache
def _pool(environment: tuple[tuple[str, str], ...]) -> Any:
    """Return the process that runs the jobs of this worker, one at a time."""
    return ProcessPoolExecutor(1, timeout=_IDLE_SECONDS, env=dict(environment))


def _end(pool: Any) -> None:
    _pool.cache_clear()
    pool.shutdown(wait=False, kill_workers=True)
