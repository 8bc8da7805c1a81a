from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.container import rehearse as rehearsal
from tests.container import sandbox
from tests.container.rehearse import RehearsalError, rehearse, service_limits
from tests.container.sandbox import Limits

PROJECT = Path(__file__).parents[2]
USER = 4321
SERVER = """\
import pathlib, signal, sys
from http.server import HTTPServer, SimpleHTTPRequestHandler
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
pathlib.Path("/data/log").write_text("started")
HTTPServer(("127.0.0.1", 8000), SimpleHTTPRequestHandler).serve_forever()
"""
DOCKERFILE = f"""\
FROM python:{sys.version_info[0]}.{sys.version_info[1]}-slim AS build
WORKDIR /made
RUN echo made > page.html && mkdir -m 777 /made/data

FROM python:{sys.version_info[0]}.{sys.version_info[1]}-slim
COPY --from=build /made/page.html /app/index.html
COPY --from=build /made/data /data
WORKDIR /app
COPY server.py ./
ENV PORT=8000
USER {USER}:{USER}
EXPOSE $PORT
HEALTHCHECK --interval=100ms --timeout=1s --start-period=1s --retries=3 \\
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/')"]
ENTRYPOINT ["python", "server.py"]
"""

needs_sandbox = pytest.mark.skipif(bool(sandbox.missing()), reason=sandbox.missing())


def users_at_work() -> set[int]:
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError):
            found.add(process.stat().st_uid)
    return found


@pytest.fixture
def context(tmp_path: Path) -> Path:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE, encoding="utf-8")
    (tmp_path / ".dockerignore").write_text("**\n!server.py\n", encoding="utf-8")
    (tmp_path / "server.py").write_text(SERVER, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return tmp_path


@needs_sandbox
def test_a_sound_dockerfile_is_built_run_and_stopped(context: Path) -> None:
    limits = Limits(read_only=True, tmpfs=("/data",), no_new_privileges=True)
    report = rehearse(context, limits)
    assert (report.user, report.exit_status) == (USER, 0)
    assert report.page == "200 5 bytes"


@needs_sandbox
@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("USER 4321:4321\n", "", "runs as root"),
        ("COPY server.py", "COPY secret.txt server.py", "secret.txt is not in the build context"),
        ("RUN echo", "RUN false && echo", "exit status 1"),
        ('["python", "server.py"]', '["python", "absent.py"]', "ended with exit status 2"),
        ('["python", "server.py"]', "python server.py", "signals do not reach the program"),
        ("ENV PORT", "RUN chown 4321:4321 /app\nENV PORT", "can write among"),
        ("8000/')", "8000/absent')", "not healthy"),
        ("ENV PORT", "ADD server.py /\nENV PORT", "does not know this instruction"),
        ("-slim\nCOPY --from=build /made/page", "-alpine\nCOPY --from=build /made/page", "slim"),
        ("--from=build /made/data", "--from=absent /made/data", "no such stage"),
    ],
)
def test_a_broken_dockerfile_fails(context: Path, right: str, wrong: str, message: str) -> None:
    assert DOCKERFILE.count(right) == 1
    broken = DOCKERFILE.replace(right, wrong)
    (context / "Dockerfile").write_text(broken, encoding="utf-8")
    with pytest.raises((RehearsalError, ValueError), match=message):
        rehearse(context, Limits())
    assert USER not in users_at_work()


@needs_sandbox
def test_a_program_that_writes_to_a_read_only_root_fails(context: Path) -> None:
    with pytest.raises(RehearsalError, match="ended with exit status 1"):
        rehearse(context, Limits(read_only=True))


@needs_sandbox
def test_a_program_deaf_to_sigterm_fails(context: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = SERVER.replace("lambda *_: sys.exit(0)", "signal.SIG_IGN")
    (context / "server.py").write_text(deaf, encoding="utf-8")
    monkeypatch.setattr(rehearsal, "_STOP_SECONDS", 1.0)
    with pytest.raises(RehearsalError, match="still running"):
        rehearse(context, Limits())


def test_compose_forbids_what_the_app_does_not_need() -> None:
    limits = service_limits(PROJECT / "compose.yaml")
    assert limits.read_only
    assert limits.no_new_privileges
    assert limits.drop_capabilities
    assert [mount.partition(":")[0] for mount in limits.tmpfs] == ["/tmp"]


@pytest.mark.slow
@needs_sandbox
def test_the_projects_own_container_is_healthy_and_draws_its_first_page() -> None:
    session = Path(__file__).with_name("session.py")
    report = rehearse(PROJECT, service_limits(PROJECT / "compose.yaml"), session)
    assert report.user != 0
    assert report.session.endswith("elements drawn")
