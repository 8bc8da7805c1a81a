"""A real Dask scheduler and workers on loopback, as processes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent


class DaskCluster:
    """A scheduler and workers of one thread each, as docs/deploy.md says."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.address = f"tcp://127.0.0.1:{port}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._folder = folder
        self.scheduler = self._start(
            *("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port)),
            *("--no-dashboard", "--no-show"),
        )

    @property
    def pids(self) -> list[int]:
        return [process.pid for process in self.workers]

    def add_worker(self) -> None:
        one = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1")
        self.workers.append(self._start("distributed.cli.dask_worker", self.address, *one))

    def kill_scheduler(self) -> None:
        self.scheduler.kill()
        self.scheduler.wait(20)

    def end(self) -> None:
        for process in [self.scheduler, *self.workers]:
            process.kill()
            process.wait(20)

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments],
            env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """Run a cluster in a folder until the block is left."""
    found = DaskCluster(folder)
    try:
        for _ in range(workers):
            found.add_worker()
        yield found
    finally:
        found.end()
