"""Jobs of several sessions: shared work, turns, quick work, an operator's limits, the log."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from dashboard.jobs import journal, serialisation, worker
from dashboard.jobs.lanes import Usual
from dashboard.jobs.requests import CANCELLED, Done, Ended, Running
from dashboard.jobs.results import Results
from dashboard.jobs.scheduler import Scheduler
from dashboard.jobs.steps import Step
from dashboard.jobs.watched import Job, in_turn
from dashboard.settings import SettingError, Settings
from tests.dashboard import chores
from tests.dashboard.scheduling import (
    NEVER,
    ask,
    asked,
    outcome,
    scheduler,
    shared,
    started,
    until,
)

__all__ = ["scheduler", "shared"]


def test_a_job_that_two_sessions_watch_goes_on_when_one_of_them_leaves(
    scheduler: Scheduler, tmp_path: Path
) -> None:
    mine, yours = (asked(chores.led, str(tmp_path), 1, session=who) for who in ("me", "you"))
    ask(scheduler, mine)
    started(scheduler)
    ask(scheduler, yours)
    scheduler.cancel("me", "job")
    assert ask(scheduler, mine) == Ended(CANCELLED)
    assert isinstance(scheduler.look("you", "job"), Running)
    (tmp_path / "0").touch()
    assert outcome(scheduler, yours).result == 1
    scheduler.forget("me", "job")
    assert isinstance(ask(scheduler, mine), Done)


def test_a_job_whose_sessions_have_all_left_ends(scheduler: Scheduler) -> None:
    for who in ("me", "you"):
        ask(scheduler, asked(chores.count, NEVER + 50, session=who))
    started(scheduler)
    scheduler.cancel("me", "job")
    scheduler.keep_only("you", ())
    until(lambda: not any(scheduler._busy))


def test_a_job_whose_folder_has_gone_has_stopped(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    folder.mkdir()

    def work() -> Generator[Step, None, None]:
        yield Step(0.1)
        shutil.rmtree(folder)
        (folder / "more").touch()

    assert worker._driven(work, (), folder, worker.LIMITS) == ("stopped", "")


def test_quick_work_does_not_wait_behind_long_work(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER + 11))
    ask(scheduler, asked(chores.count, NEVER + 12, session="you"))
    started(scheduler)
    assert outcome(scheduler, asked(chores.count, 3, key="other", quick=True)).result == 3
    assert scheduler.look("you", "job").position == 1


def test_another_worker_is_kept_for_quick_work_when_one_proves_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dashboard.jobs.lanes.LATE", {"quick": 0.2, "short": 0.2})
    scheduler = Scheduler(slots=1)
    try:
        ask(scheduler, asked(chores.count, NEVER + 13, quick=True))
        until(lambda: scheduler._lanes.kept["quick"] == 0)
        ask(scheduler, asked(chores.count, NEVER + 14, session="you", key="long"))
        assert outcome(scheduler, asked(chores.count, 3, session="they", quick=True)).result == 3
    finally:
        scheduler.close()


def test_short_work_has_a_worker_of_its_own_and_is_known_by_what_its_kind_took() -> None:
    scheduler = Scheduler(slots=1)
    try:
        ask(scheduler, asked(chores.count, NEVER + 17))
        ask(scheduler, asked(chores.count, NEVER + 18, session="you"))
        started(scheduler)
        assert scheduler.look("you", "job").position == 1
        for scale, expected in ((1.0, 2.0), (2.0, 30.0)):
            said = asked(chores.band, scale, session="she", expected=expected)
            assert outcome(scheduler, said).result.levels[1] == scale
    finally:
        scheduler.close()


def test_jobs_go_first_that_have_waited_longest_for_their_length() -> None:
    usual = Usual()
    for seconds in (30.0, 20.0, 500.0):
        usual.note(asked(chores.count), seconds)
    usual.note(asked(chores.band, expected=5.0), 50.0)
    waiting = []
    for session, work, waited in (
        ("long", chores.count, 60.0),
        ("short", chores.band, 20.0),
        ("later", chores.band, 15.0),
        ("longest", chores.count, 150.0),
    ):
        request = asked(work, session=session)
        job = Job(request, (), Path(), {}, time.monotonic() - waited)
        waiting.append(job)
    order = [job.session for job in in_turn(waiting, (), usual.urgency)]
    assert order == ["longest", "short", "later", "long"]
    assert usual.lane(asked(chores.count, quick=True)) == "quick"


def test_sessions_take_turns(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER + 15, session="she"))
    for key, to in (("one", 21), ("two", 22)):
        ask(scheduler, asked(chores.count, to, key=key))
    ask(scheduler, asked(chores.count, 23, session="you"))
    seen = {who: scheduler.look(*who).position for who in (("me", "one"), ("me", "two"))}
    assert seen == {("me", "one"): 1, ("me", "two"): 3}
    assert scheduler.look("you", "job").position == 2


def test_the_queue_and_the_jobs_of_a_session_are_bounded() -> None:
    scheduler = Scheduler(slots=1, settings=Settings(queue=2, jobs_a_session=2))
    try:
        for key, to in (("one", NEVER), ("two", NEVER + 1)):
            assert isinstance(ask(scheduler, asked(chores.count, to, key=key)), Running)
        third = asked(chores.count, 3, key="three")
        assert ask(scheduler, third) == Ended(
            "This window has 2 jobs already; wait until one of them has ended."
        )
        assert isinstance(ask(scheduler, asked(chores.count, 4, session="you")), Running)
        fourth = asked(chores.count, 5, session="they")
        refused = Ended("The server is busy: 2 jobs wait already. Try again in a minute.")
        assert ask(scheduler, fourth) == refused
        assert ask(scheduler, fourth) == refused
        scheduler.keep_only("me", ())
        scheduler.forget("they", "job")
        assert outcome(scheduler, fourth).result == 5
    finally:
        scheduler.close()


def test_a_worker_may_use_so_much_memory_and_no_more() -> None:
    scheduler = Scheduler(slots=1, settings=Settings(worker_mebibytes=2000))
    try:
        assert outcome(scheduler, asked(chores.holds, 3 * 2**28)) == Ended(
            "Not enough memory for this problem. Use fewer atoms or codewords."
        )
        assert outcome(scheduler, asked(chores.holds, 1000)).result == 8000
    finally:
        scheduler.close()


def test_an_operator_limits_the_seconds_of_a_kind_of_job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RD_JOB_SECONDS", "500, chores.count=0.4, chores=300")
    settings = Settings()
    assert settings.limit("chores.count", 120) == 0.4
    assert settings.limit("chores.band", 120) == 300
    assert settings.limit("quantise.compare", 120) == 500
    scheduler = Scheduler(slots=1, settings=settings)
    try:
        assert outcome(scheduler, asked(chores.count, NEVER + 16)) == Ended(
            "Stopped after 0.4 s, the time limit of a job."
        )
    finally:
        scheduler.close()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("RD_WORKERS", "0", "RD_WORKERS is '0'; use a whole number from 1 to 1024."),
        ("RD_QUEUE", "many", "RD_QUEUE is 'many'; use a whole number from 1 to 1000000."),
        ("RD_WORKER_MEMORY", "1e9", "RD_WORKER_MEMORY is '1e9'"),
        ("RD_JOB_SECONDS", "a=b", "RD_JOB_SECONDS has 'a=b'; use seconds above 0"),
        ("RD_JOB_SECONDS", "nan", "RD_JOB_SECONDS has 'nan'"),
        ("RD_SCHEDULER", "10.0.0.5", "use an address such as tcp://127.0.0.1:8786"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    name: str, text: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingError, match=re.escape(sentence)):
        Settings()


def test_each_job_leaves_a_line_and_counts(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(journal.LOG, "json")
    caplog.set_level("INFO", logger="rdcore.dashboard")
    outcome(scheduler, asked(chores.count, 2, 0.021))
    outcome(scheduler, asked(chores.refuses, "use 2", key="other"))
    until(lambda: len(caplog.records) >= 2)
    done, refused = (json.loads(record.getMessage()) for record in caplog.records)
    assert (done["event"], done["kind"], done["outcome"]) == ("job", "chores.count", "done")
    assert done["session"] == journal.short_id("me") != "me"
    assert "spec" not in done
    assert (refused["outcome"], refused["why"]) == ("refused", "use 2")
    assert refused["spec"] == "('use 2',)"
    text = journal.prometheus()
    assert "# TYPE rd_jobs_total counter\n" in text
    assert 'rd_jobs_total{kind="chores.refuses",outcome="refused"}' in text
    monkeypatch.setenv(journal.LOG, "")
    outcome(scheduler, asked(chores.count, 2, 0.022))
    until(lambda: len(caplog.records) >= 3)
    assert " job kind=chores.count outcome=done ms=" in caplog.records[-1].getMessage()


def test_folders_of_jobs_that_a_server_left_are_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    old, new = tmp_path / "rdcore-jobs-old", tmp_path / "rdcore-jobs-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    Scheduler(slots=1).close()
    assert [one.name for one in tmp_path.iterdir()] == [new.name]


def test_workers_end_when_the_server_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time\n"
        "from dashboard.jobs.requests import Request\n"
        "from dashboard.jobs.scheduler import Scheduler\n"
        "from tests.dashboard import chores\n"
        "scheduler = Scheduler(slots=1)\n"
        "scheduler.ask(Request('me', 'job', 1, chores.asleep), lambda: (1e6,))\n"
        "while not any(job and (job.folder / 'state.npz').exists() for job in scheduler._busy):\n"
        "    time.sleep(0.01)\n"
        "pids = [p.pid for p in scheduler._pools[0].processes._processes.values()]\n"
        "print(pids[0], scheduler._root, 'dask' in sys.modules, flush=True)\n"
        "time.sleep(1e6)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        pid, root, dask = server.stdout.readline().split()
        # Without a cluster Dask is not loaded.
        assert dask == "False"
        server.kill()
        server.wait()
        until(lambda: not Path(f"/proc/{pid}").exists())
    # Another scheduler of these tests may have swept the folder.
    shutil.rmtree(root, ignore_errors=True)


def test_servers_share_results_in_a_folder(tmp_path: Path) -> None:
    results = Results(tmp_path / "results", 10**6, 3600.0)
    request = asked(chores.band, 3.5)
    first = Scheduler(slots=1, results=results)
    try:
        found = outcome(first, request).result
    finally:
        first.close()
    second = Scheduler(slots=1, results=results)
    try:
        again = second.ask(request, lambda: pytest.fail("worked again"))
        assert isinstance(again, Done)
        assert np.array_equal(again.result.levels, found.levels)
        (file,) = (tmp_path / "results").iterdir()
        file.write_bytes(b"damaged")
    finally:
        second.close()
    assert results.get(request.name) is None


def test_shared_results_make_room_by_age_and_size(tmp_path: Path) -> None:
    source = tmp_path / "one"
    serialisation.save(source, np.zeros(1000), most_bytes=10**6)
    results = Results(tmp_path / "results", 3 * source.stat().st_size, 3600.0)
    for name in range(5):
        results.put(name, source)
    assert len(list(results.folder.iterdir())) == 3
    for file in results.folder.iterdir():
        os.utime(file, (0, 0))
    results.put("new", source)
    assert results.get("new") is not None
    assert len(list(results.folder.iterdir())) == 1
