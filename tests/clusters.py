"""A real Dask scheduler and workers on loopback, as processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent


@dataclass
class DaskCluster:
    """The address of a scheduler, its process and those of its workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.workers]

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """Start a scheduler and workers of one thread each, as docs/deploy.md says."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    quiet = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env=quiet,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    scheduler = start(
        *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)),
        *("--no-dashboard", "--no-show"),
    )
    one = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
    found = DaskCluster(
        address,
        scheduler,
        [start("distributed.cli.dask_worker", address, *one) for _ in range(workers)],
    )
    try:
        yield found
    finally:
        for process in [scheduler, *found.workers]:
            process.kill()
            process.wait(20)
