"""The app under load: its process, its health as a probe sees it, its memory and time of CPU."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
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

    def logged(self, *words: str) -> int:
        """Return how often one of these words stands in the log."""
        text = self.log.read_text(errors="replace")
        return sum(map(text.count, words))

    def faults(self) -> int:
        """Return the number of stack traces in the log."""
        return self.logged("Traceback")


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


@dataclass(frozen=True)
class Look:
    """What a probe saw: when, the seconds that the health check took, and the server's memory."""

    at: float
    health: float
    mebibytes: float


@dataclass
class Probe:
    """Looks at health and memory twice a second, in a process of its own, while something goes on.

    Parameters
    ----------
    server : Server
        The server to look at.
    """

    server: Server
    looks: list[Look] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look until the end of the with block."""
        command = [sys.executable, "-m", "benchmarks.load.server", self.server.address]
        with tempfile.TemporaryFile("w+") as out:
            process = subprocess.Popen([*command, str(self.server.pid)], cwd=ROOT, stdout=out)
            try:
                yield
            finally:
                process.terminate()
                process.wait(timeout=60)
                out.seek(0)
                lines = [line.split() for line in out if line.endswith("\n")]
                self.looks += [Look(*map(float, line)) for line in lines]


def look(server: Server) -> None:
    """Write a line for each look, twice a second, until this process is ended."""
    while True:
        took = healthy(server.address)
        found = Look(time.perf_counter(), 30.0 if took is None else took, server.mebibytes())
        print(found.at, found.health, found.mebibytes, flush=True)
        time.sleep(0.5)


if __name__ == "__main__":
    with suppress(OSError):  # the server has ended
        look(Server(sys.argv[1], int(sys.argv[2]), Path(os.devnull)))
