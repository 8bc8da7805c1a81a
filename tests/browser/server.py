"""The app served by itself, and a Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]
PATIENCE = 120


class MissingError(RuntimeError):
    """The app or the browser is not there."""


@contextmanager
def chromium(*more: str) -> Iterator[Browser]:
    """Run Debian's Chromium, or the one that CHROMIUM names, for a while, with more arguments."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        raise MissingError("install Debian's chromium package, or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=[*ARGS, *more])
        yield browser
        browser.close()


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise MissingError(f"the app did not come up:\n{log.read_text()}")


@contextmanager
def serving(log: Path, **variables: str) -> Iterator[str]:
    """Serve the app for a while; yield its address. Its log must hold no stack trace."""
    with server(log, **variables) as (url, _):
        yield url


@contextmanager
def server(log: Path, **variables: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Serve the app with environment variables; yield its address and its process."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--server.address=127.0.0.1"],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", **variables},
        )
        try:
            _wait_until_healthy(url, process, log)
            yield url, process
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE)
    assert "Traceback" not in log.read_text(), log.read_text()
