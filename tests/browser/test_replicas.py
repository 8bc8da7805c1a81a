"""Two servers behind the proxy of docs/deploy: both work, share files, and replace each other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.browser.explore import Explore
from tests.browser.server import PATIENCE, ROOT, free_port, server

COOKIE = "rd_replica"
CSV = b"temp [\xc2\xb0C]\n" + b"".join(b"%d.5\n" % (k * k % 17) for k in range(60))


@dataclass
class Cluster:
    """The address of the proxy, and the servers behind it."""

    url: str
    processes: list[subprocess.Popen[bytes]]
    logs: list[Path]


def caddy() -> str:
    """Return the proxy's program: the system's, or Debian's package unpacked beside the tests."""
    found = shutil.which("caddy")
    if found:
        return found
    folder = ROOT / ".cache" / "caddy"
    program = folder / "usr" / "bin" / "caddy"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        download = ["apt-get", "download", "-qq", "caddy"]
        if subprocess.run(download, cwd=folder, check=False).returncode:
            subprocess.run(["apt-get", "update", "-qq"], check=True)
            subprocess.run(download, cwd=folder, check=True)
        (package,) = folder.glob("caddy_*.deb")
        subprocess.run(["dpkg", "-x", package.name, "."], cwd=folder, check=True)
    return str(program)


@contextmanager
def proxied(upstreams: list[str], log: Path) -> Iterator[str]:
    url = f"http://127.0.0.1:{free_port()}"
    addresses = " ".join(one.removeprefix("http://") for one in upstreams)
    with log.open("wb") as out:
        process = subprocess.Popen(
            [caddy(), "run", "--adapter", "caddyfile", "--config", "docs/deploy/Caddyfile"],
            cwd=ROOT,
            env={**os.environ, "RD_SITE": url, "RD_UPSTREAM": f"to {addresses}"},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        for one in (*upstreams, url):
            deadline = time.monotonic() + PATIENCE
            while status(f"{one}/health") != 200:
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
    except OSError:
        return 0


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    logs = [tmp_path / f"{name}.txt" for name in ("first", "second")]
    with ExitStack() as stack:
        shared = {"RD_STORE": str(tmp_path / "store"), "RD_METRICS": "1"}
        both = [stack.enter_context(server(log, **shared)) for log in logs]
        url = stack.enter_context(proxied([one for one, _ in both], tmp_path / "proxy.txt"))
        yield Cluster(url, [process for _, process in both], logs)


def opened(browser: Browser, cluster: Cluster, query: dict[str, str]) -> Explore:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    return Explore(context.new_page(), cluster.url).open(query)


def replica(context: BrowserContext) -> str:
    """Return the cookie that keeps a window with its replica."""
    return next(one["value"] for one in context.cookies() if one["name"] == COOKIE)


def solves(cluster: Cluster) -> list[int]:
    """Return how many problems each replica has solved."""
    return [log.read_text().count(" solve page=") for log in cluster.logs]


@pytest.mark.slow
def test_replicas_share_files_and_replace_each_other(
    browser: Browser, cluster: Cluster, tmp_path: Path
) -> None:
    assert status(f"{cluster.url}/_stcore/metrics") == 404
    assert status(f"{cluster.url}/metrics") == 404
    assert status(f"{cluster.url}/health") == 200
    pages: dict[str, Explore] = {}
    for _ in range(20):
        page = opened(browser, cluster, {"D": "0.3"})
        pages.setdefault(replica(page.page.context), page)
        if len(pages) == 2:
            break
    one, two = pages.values()
    assert one.text_of("Rate R") == two.text_of("Rate R")
    for log in cluster.logs:
        assert " solve page=Explore " in log.read_text()

    path = tmp_path / "plant.csv"
    path.write_bytes(CSV)
    one.choose("source", "Your own data").upload(path)
    expect(one.page.get_by_text("All 60 rows used")).to_be_visible()
    one.finished().segment("codebook", "Preset").finished()
    before = solves(cluster)
    one.type("D", "2.5").finished()
    one.page.wait_for_url("**D=2.5**")
    more = [now - then for now, then in zip(solves(cluster), before, strict=True)]
    serving = more.index(max(more))
    assert min(more) == 0 < max(more)
    there = Explore(two.page.context.new_page(), cluster.url)
    there.open(one.page.url.removeprefix(f"{cluster.url}/"))
    expect(there.page.get_by_text("All 60 rows used")).to_be_visible()
    there.finished()
    assert there.text_of("Rate R") == one.text_of("Rate R")

    # A window whose server is killed goes on at the other one, with all that was set.
    shown, before = one.text_of("Rate R"), solves(cluster)
    # A new connection: the window has seen that its server has gone.
    with one.page.expect_websocket(timeout=120_000):
        cluster.processes[serving].kill()
    app = one.page.locator(".stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED")
    one.field("D").fill("2")
    one.field("D").press("Enter")
    one.page.wait_for_url(re.compile(r"[?&]D=2(&|$)"))
    expect(one.page.get_by_text("All 60 rows used")).to_be_visible()
    there.reload()
    expect(there.page.get_by_text("All 60 rows used")).to_be_visible()
    there.expect_figure("Rate R", shown.split()[0])
    assert one.errors + there.errors == []
    after = solves(cluster)
    assert after[serving] == before[serving]
    assert after[1 - serving] > before[1 - serving]
