"""The app under load: its process, its health as a probe sees it, its memory and time of CPU."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Server:
    """A server on this machine."""

    address: str
    pid: int
    log: Path

    def cpu_seconds(self) -> float:
        """Return the seconds of CPU of the server's own process, without its workers."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def mebibytes(self) -> float:
        """Return the resident memory of the server's own process."""
        return int(Path(f"/proc/{self.pid}/statm").read_text().split()[1]) * _PAGE / 2**20

    def faults(self) -> int:
        """Return the number of stack traces in the log."""
        return self.log.read_text(errors="replace").count("Traceback")


@contextmanager
def served() -> Iterator[Server]:
    """Serve the app of this checkout for a while."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = Path(tempfile.mkstemp(prefix="rdcore-load-", suffix=".log")[1])
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1"],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        )
    try:
        address = f"127.0.0.1:{port}"
        while healthy(address) is None:
            if process.poll() is not None:
                raise RuntimeError(log.read_text(errors="replace"))
            time.sleep(0.2)
        yield Server(address, process.pid, log)
        log.unlink()
    finally:
        process.terminate()
        process.wait(timeout=60)


def healthy(address: str) -> float | None:
    """Return the seconds that the health check takes; None if the server is not well."""
    start = time.perf_counter()
    try:
        with urllib.request.urlopen(f"http://{address}/health", timeout=30) as answer:
            answer.read()
    except OSError:
        return None
    return time.perf_counter() - start


@dataclass
class Probe:
    """Health and memory, looked at twice a second while something else goes on."""

    server: Server
    health: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)

    async def watch(self) -> None:
        """Look until cancelled."""
        while True:
            took = await asyncio.to_thread(healthy, self.server.address)
            self.health.append(30.0 if took is None else took)
            self.memory.append((time.perf_counter(), self.server.mebibytes()))
            await asyncio.sleep(0.5)
