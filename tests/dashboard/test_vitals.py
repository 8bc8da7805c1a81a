"""Whether the server can work: the health check, the counters, and what they see."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import scratch
from dashboard.jobs import journal, vitals, watched
from dashboard.jobs.scheduler import Scheduler
from dashboard.settings import SettingError
from dashboard.uploads import store
from dashboard.uploads.store import Store
from tests.dashboard import chores
from tests.dashboard.scheduling import asked as request_for
from tests.dashboard.scheduling import outcome
from tests.dashboard.test_server import asked


class Clock:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def test_a_server_is_starting_then_well_then_unwell() -> None:
    now, broken = Clock(), [""]
    found = vitals.Vitals(now)
    assert found.report() == (False, {"status": "starting"})
    found.refuse("cannot start: RD_QUEUE is 'x'")
    assert found.report() == (False, {"status": "cannot start: RD_QUEUE is 'x'"})
    found.begin("1.2", {"workers": lambda: broken[0], "store": lambda: ""})
    found.refuse("too late")
    well = {"status": "ok", "version": "1.2", "workers": "ok", "store": "ok"}
    assert found.report() == (True, well)
    assert "rd_healthy 1" in journal.prometheus()
    broken[0] = "the last 3 workers died"
    found.look()
    assert found.report() == (False, {**well, "status": "unwell", "workers": broken[0]})
    assert "rd_healthy 0" in journal.prometheus()


def test_a_check_that_fails_or_hangs_is_no_good_news() -> None:
    def fails() -> str:
        raise OSError("no such disk")

    now = Clock()
    found = vitals.Vitals(now)
    found.begin("1", {"store": fails})
    assert found.report()[1]["store"] == "OSError: no such disk"
    found.begin("1", {"store": lambda: ""})
    now.seconds = 31
    assert found.report() == (
        False,
        {
            "status": "unwell",
            "version": "1",
            "store": "ok",
            "checks": "the last one ended 31 s ago",
        },
    )


def test_health_is_answered_at_its_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = vitals.Vitals()
    monkeypatch.setattr(vitals, "OWN", mine)
    status, headers, body = asked("/health")
    assert (status, json.loads(body)) == (503, {"status": "starting"})
    assert headers["cache-control"] == "no-store"
    mine.begin("1", {"workers": lambda: ""})
    status, _, body = asked("/health")
    assert (status, json.loads(body)["status"]) == (200, "ok")


def test_counters_are_for_those_who_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    journal.count("rd_cache_hits_total")
    monkeypatch.delenv("RD_METRICS", raising=False)
    assert asked("/metrics")[0] == 404
    monkeypatch.setenv("RD_METRICS", "a secret of the operator")
    assert asked("/metrics")[0] == 401
    assert asked("/metrics", authorization="Bearer another")[0] == 401
    assert asked("/metrics", authorization="Bearer \u00fc")[0] == 401
    status, headers, body = asked("/metrics", authorization="Bearer a secret of the operator")
    assert status == 200
    assert headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b"# TYPE rd_cache_hits_total counter\n" in body
    monkeypatch.setenv("RD_METRICS", "1")
    assert asked("/metrics")[0] == 200


def test_workers_that_die_one_after_the_other_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched, "_MOST_DEATHS", 1)
    scheduler = Scheduler(slots=1)
    try:
        assert scheduler.trouble() == ""
        outcome(scheduler, request_for(chores.dies, 1))
        assert scheduler.trouble() == "the last 1 workers died"
        outcome(scheduler, request_for(chores.count, 2, 0.0))
        assert scheduler.trouble() == ""
    finally:
        scheduler.close()
    assert scheduler.trouble() == "the scheduler has ended"


def test_a_scheduler_that_stands_still_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler(slots=1)
    try:
        monkeypatch.setattr(scheduler, "_stepped", -1e6)
        assert scheduler.trouble().startswith("the scheduler has stood still for ")
    finally:
        scheduler.close()


def test_a_store_that_cannot_be_written_is_noticed(tmp_path: Path) -> None:
    kept = Store(tmp_path / "store")
    assert kept.trouble() == ""
    assert list((tmp_path / "store").iterdir()) == []
    (tmp_path / "store").rmdir()
    assert kept.trouble() == "cannot be written: No such file or directory"


def test_a_store_without_room_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("", (), {"free": 3 * 2**20}))
    assert Store(tmp_path).trouble().startswith("3 MiB of the disk are free")


def test_a_store_that_cannot_be_made_is_a_setting_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("x")
    monkeypatch.setenv("RD_STORE", str(tmp_path / "file" / "store"))
    for cached in (store.settings, store.shared):
        cached.cache_clear()
    try:
        with pytest.raises(SettingError, match=r"RD_STORE is .*, a folder that cannot be made"):
            store.shared()
    finally:
        for cached in (store.settings, store.shared):
            cached.cache_clear()


def test_what_a_killed_server_left_is_swept_and_what_a_live_one_has_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        "import time\nfrom dashboard import scratch\n"
        "print(scratch.make('store'), flush=True)\ntime.sleep(1e6)\n"
    )
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "rdcore-notes-1").mkdir()
    own = scratch.make("jobs")
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as server:
        assert server.stdout is not None
        theirs = Path(server.stdout.readline().strip())
        scratch.sweep()
        assert theirs.is_dir()
        server.kill()
        server.wait()
    scratch.sweep()
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([own.name, "rdcore-notes-1"])
    scratch.remove(own)
    assert not own.exists()
