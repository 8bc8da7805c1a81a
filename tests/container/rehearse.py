"""Carry out the steps of a Dockerfile without a container engine, and see the app healthy.

Each instruction is read from the file and done as it says: stages from a clean root, COPY through
.dockerignore, RUN in the root, then the entry point as the user given, as process 1, cut off from
the network, under the limits of compose.yaml, until the file's own health check passes. What the
rehearsal cannot do (another base than a slim Python, an unknown instruction) is an error.

Run it from the top of the project, as root: ``python -m tests.container.rehearse``.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.container import sandbox
from tests.container.dockerfile import Ignore, parse, stages
from tests.container.image import Builder, Image
from tests.container.sandbox import Limits, Running

_STOP_SECONDS = 10.0  # what an engine grants between SIGTERM and SIGKILL
_FETCH = (
    "import sys, urllib.request; "
    "page = urllib.request.urlopen(f'http://127.0.0.1:{sys.argv[1]}/', timeout=10); "
    "print(page.status, len(page.read()), 'bytes')"
)


class RehearsalError(RuntimeError):
    """The container was built but does not do what it should."""


@dataclass(frozen=True)
class Report:
    """What was seen: seconds to build and to be healthy, the user, how the process ended."""

    build_seconds: float
    healthy_seconds: float
    user: int
    page: str
    session: str
    exit_status: int


def tell(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


def service_limits(compose: Path) -> Limits:
    """Read what the app in compose.yaml forbids itself."""
    service = yaml.safe_load(compose.read_text(encoding="utf-8"))["services"]["app"]
    return _limits(service)


def _limits(service: dict[str, Any]) -> Limits:
    return Limits(
        read_only=service.get("read_only", False),
        tmpfs=tuple(service.get("tmpfs", ())),
        no_new_privileges="no-new-privileges:true" in service.get("security_opt", ()),
        drop_capabilities="ALL" in service.get("cap_drop", ()),
    )


def rehearse(context: Path, limits: Limits, session: Path | None = None) -> Report:
    """Build the context's Dockerfile, run it, check it and stop it.

    ``session`` is a script run inside the healthy container with the port as its argument.
    """
    parsed = stages(parse((context / "Dockerfile").read_text(encoding="utf-8")))
    ignore_file = context / ".dockerignore"
    ignore = Ignore.parse(ignore_file.read_text(encoding="utf-8") if ignore_file.exists() else "")
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as workspace:
        started = time.monotonic()
        image = Builder(context, ignore, Path(workspace)).build(parsed, tell)
        built = time.monotonic() - started
        settings = replace(image.settings({"HOME": "/"}), limits=limits)
        container = image.root.start((*image.entry, *image.arguments), settings)
        try:
            return _examine(container, image, session, built)
        finally:
            container.kill()


def _examine(container: Running, image: Image, session: Path | None, built: float) -> Report:
    healthy = _wait_until_healthy(container, image)
    user = _confined(container)
    tell(f"healthy after {healthy:.1f} s as user {user}")
    (port,) = image.ports
    page = _ask(container, ["python", "-c", _FETCH, str(port)])
    tell(f"page: {page}")
    seen = ""
    if session is not None:
        seen = _ask(container, ["python", "-c", session.read_text(encoding="utf-8"), str(port)])
        tell(f"session: {seen}")
    status = _stop(container)
    tell(f"stopped by SIGTERM with exit status {status}")
    return Report(built, healthy, user, page, seen, status)


def _confined(container: Running) -> int:
    """Check that the first process is not root and holds no capability; return its user."""
    users = set(container.status("Uid"))
    if "0" in users:
        raise RehearsalError("the container runs as root")
    if int(container.status("CapEff")[0], 16):
        raise RehearsalError("the container's process holds capabilities")
    if _can_write(container, "."):
        raise RehearsalError("the container's user can write among the app's files")
    if container.settings.limits.read_only and _can_write(container, "/var/tmp"):
        raise RehearsalError("the container's root is not read-only")
    return int(users.pop())


def _can_write(container: Running, directory: str) -> bool:
    return container.execute(["touch", f"{directory}/written"], 10).returncode == 0


def _wait_until_healthy(container: Running, image: Image) -> float:
    """Ask the image's own health check until it passes; return the seconds it took."""
    check = image.health
    if check is None:
        raise RehearsalError("the image has no health check")
    started = time.monotonic()
    limit = check.start_period + check.retries * (check.interval + check.timeout)
    while (elapsed := time.monotonic() - started) < limit:
        if (status := container.outer.poll()) is not None:
            raise RehearsalError(f"the container ended with exit status {status}")
        try:
            if container.execute(check.words, check.timeout).returncode == 0:
                return elapsed
        except subprocess.TimeoutExpired:
            pass
        time.sleep(min(0.5, check.interval))
    raise RehearsalError(f"not healthy within {limit:.0f} s")


def _ask(container: Running, words: Sequence[str]) -> str:
    answer = container.execute(words, 120)
    if answer.returncode:
        raise RehearsalError(answer.stderr.strip())
    return answer.stdout.strip()


def _stop(container: Running) -> int:
    """Send SIGTERM to the first process and return its exit status."""
    os.kill(container.pid, signal.SIGTERM)
    try:
        status = container.outer.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        raise RehearsalError(f"still running {_STOP_SECONDS:.0f} s after SIGTERM") from None
    if status not in (0, 128 + signal.SIGTERM):
        raise RehearsalError(f"exit status {status} after SIGTERM")
    return status


def main() -> None:
    """Rehearse the Dockerfile of the project in the current directory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("context", nargs="?", type=Path, default=Path())
    context = parser.parse_args().context.resolve()
    reason = sandbox.missing()
    if reason:
        sys.exit(reason)
    session = Path(__file__).with_name("session.py")
    try:
        report = rehearse(context, service_limits(context / "compose.yaml"), session)
    except (RehearsalError, ValueError) as error:
        sys.exit(f"failed: {error}")
    tell(f"ok: built in {report.build_seconds:.0f} s, healthy in {report.healthy_seconds:.1f} s")


if __name__ == "__main__":
    main()
