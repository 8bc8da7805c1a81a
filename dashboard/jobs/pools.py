"""A process of this machine for one job at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from loky import ProcessPoolExecutor

from dashboard.jobs import worker
from dashboard.jobs.worker import Limits, Outcome, Work

ENVIRONMENT = {
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""Environment variables of every process that runs jobs."""


class Pool(Protocol):
    """A place for one job at a time."""

    def send(
        self, work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits
    ) -> Future[Outcome]:
        """Start a job whose files are in a folder; RuntimeError if that is not possible."""
        ...

    def kill(self) -> None:
        """End the job's process at once."""
        ...


class LocalPool:
    """A process of this machine, which ends after so many seconds without a job."""

    def __init__(self, timeout: int, compiled: Path) -> None:
        environment = {**ENVIRONMENT, "JAX_COMPILATION_CACHE_DIR": str(compiled)}
        self.processes = ProcessPoolExecutor(1, timeout=timeout, env=environment)

    def send(
        self, work: Work, inputs: tuple[Any, ...], folder: Path, limits: Limits
    ) -> Future[Outcome]:
        """Start a job whose files are in a folder."""
        found: Future[Outcome] = self.processes.submit(worker.drive, work, inputs, folder, limits)
        return found

    def kill(self) -> None:
        """End the process at once."""
        self.processes.shutdown(wait=False, kill_workers=True)


def at_exit(close: Callable[[], None]) -> None:
    """Call a function when the interpreter exits, before pools wait for their jobs.

    The first pool registers its own hook at its first start, which waits for its jobs. A hook that
    is registered later is called first.
    """
    threading._register_atexit(close)  # type: ignore[attr-defined]
