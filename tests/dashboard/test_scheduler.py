"""Long work: every fate of a job, with real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dashboard.jobs import serialisation, worker
from dashboard.jobs.requests import CANCELLED, DIED, FAILED, Done, Ended, Running
from dashboard.jobs.scheduler import Scheduler
from dashboard.jobs.worker import Work
from dashboard.model.views import CurveBand
from tests.dashboard import chores
from tests.dashboard.scheduling import (
    NEVER,
    PATIENCE,
    ask,
    asked,
    at_work,
    outcome,
    scheduler,
    shared,
    started,
    until,
)

__all__ = ["scheduler", "shared"]


def test_progress_never_falls_and_the_result_is_kept(scheduler: Scheduler, tmp_path: Path) -> None:
    request = asked(chores.led, str(tmp_path), 8)
    shares = []
    for k in range(8):

        def shown(k: int = k) -> Running | None:
            found = ask(scheduler, request)
            assert isinstance(found, Running)
            return found if found.shown and found.shown["k"][0] == k else None

        until(shown)
        found = shown()
        assert found
        assert found.note == f"{'abcdefgh'[k]} of 8"
        shares.append(found.share)
        (tmp_path / str(k)).touch()
    assert shares == [1 / 8, 1 / 8, 3 / 8, 3 / 8, 5 / 8, 5 / 8, 7 / 8, 7 / 8]
    assert outcome(scheduler, request).result == 8
    # What is known needs no worker and no arguments.
    again = scheduler.ask(
        asked(chores.led, str(tmp_path), 8, session="you"), lambda: pytest.fail("worked again")
    )
    assert isinstance(again, Done)


def test_who_looks_seldom_sees_the_latest(scheduler: Scheduler) -> None:
    request = asked(chores.count, NEVER)
    ask(scheduler, request)
    started(scheduler)
    first = scheduler.look("me", "job")
    assert isinstance(first, Running)
    (job,) = (one for one in scheduler._busy if one)
    seen = int(first.shown["k"][0])

    def written() -> int:
        """Return how far the worker has come, by what it wrote last."""
        return int(serialisation.load(job.folder / "state.npz")[2]["k"][0])

    until(lambda: written() > seen + 10)
    least = written()
    second = scheduler.look("me", "job")
    assert isinstance(second, Running)
    assert second.shown["k"][0] >= least


def test_what_has_begun_is_named_however_fast_it_came(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.hurried, NEVER))

    def named() -> bool:
        found = scheduler.look("me", "job")
        return isinstance(found, Running) and (found.share, found.note) == (0.2, "solving")

    until(named)


def test_arrays_come_back_whole_and_read_only(scheduler: Scheduler) -> None:
    found = outcome(scheduler, asked(chores.band, 2.5)).result
    assert isinstance(found, CurveBand)
    assert np.array_equal(found.levels, 2.5 * np.arange(3))
    assert np.array_equal(found.slopes_bits, [np.inf, np.nan, 0], equal_nan=True)
    with pytest.raises(ValueError, match="read-only"):
        found.levels[0] = 1


@pytest.mark.parametrize(
    ("work", "spec"),
    [(chores.count, (NEVER,)), (chores.asleep, (NEVER,))],
    ids=["willing", "stuck"],
)
def test_cancel_frees_the_worker_of_a_job_that_never_ends(
    scheduler: Scheduler, work: Work, spec: tuple
) -> None:
    request = asked(work, *spec)
    ask(scheduler, request)
    started(scheduler)
    scheduler.cancel("me", "job")
    assert ask(scheduler, request) == Ended(CANCELLED)
    until(lambda: not any(scheduler._busy))
    assert outcome(scheduler, asked(chores.count, 2)).result == 2
    scheduler.forget("me", "job")
    assert isinstance(ask(scheduler, request), Running)


def test_the_newest_request_wins(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER))
    started(scheduler)
    folders = [job.folder for job in scheduler._busy if job]
    ask(scheduler, asked(chores.count, NEVER + 2))
    newest = asked(chores.count, 7)
    ask(scheduler, newest)
    assert outcome(scheduler, newest).result == 7
    assert not any(folder.exists() for folder in folders)
    assert scheduler.look("me", "job") is None


def test_sessions_are_served_in_the_order_they_came(scheduler: Scheduler, tmp_path: Path) -> None:
    waiting = [
        asked(chores.led, str(tmp_path / who), 1, session=who) for who in ("me", "you", "they")
    ]
    for request in waiting:
        ask(scheduler, request)
    while waiting:
        first = waiting.pop(0)
        until(lambda first=first: at_work(scheduler, first))
        assert [ask(scheduler, one).position for one in waiting] == [1, 2][: len(waiting)]
        folder = tmp_path / first.session
        folder.mkdir()
        (folder / "0").touch()
        assert outcome(scheduler, first).result == 1


def test_what_two_sessions_ask_for_is_computed_once(scheduler: Scheduler, tmp_path: Path) -> None:
    mine, yours = (asked(chores.marks, str(tmp_path), session=who) for who in ("me", "you"))
    ask(scheduler, mine)
    assert ask(scheduler, yours).position == 0
    (tmp_path / "end").touch()
    assert outcome(scheduler, mine).result == outcome(scheduler, yours).result == 1
    until(lambda: not scheduler._queue and not any(scheduler._busy))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["0", "end"]


def test_a_step_that_fails_does_not_end_the_scheduler(
    scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failures = iter([OSError("no space left")])
    real = Scheduler._overdue

    def fails_once(self: Scheduler, now: float) -> list:
        for error in failures:
            raise error
        return real(self, now)

    monkeypatch.setattr(Scheduler, "_overdue", fails_once)
    assert outcome(scheduler, asked(chores.count, 30)).result == 30
    assert "a step of the scheduler failed" in caplog.text


def test_a_newer_request_keeps_its_place_in_the_line(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER))
    ask(scheduler, asked(chores.count, 31, session="you"))
    ask(scheduler, asked(chores.count, 32, session="they"))
    assert ask(scheduler, asked(chores.count, 33, session="you")).position == 1


def test_one_job_a_session() -> None:
    scheduler = Scheduler(slots=2)
    try:
        ask(scheduler, asked(chores.count, NEVER, key="one"))
        ask(scheduler, asked(chores.count, NEVER + 1, key="two"))
        other = asked(chores.count, 5, session="you")
        assert outcome(scheduler, other).result == 5
        assert scheduler.look("me", "one").position == 0
        assert scheduler.look("me", "two").position == 1
        scheduler.cancel("me", "one")
        until(lambda: scheduler.look("me", "two").position == 0)
    finally:
        scheduler.close()


def test_a_worker_that_is_killed_is_replaced(scheduler: Scheduler) -> None:
    request = asked(chores.dies, 1)
    assert outcome(scheduler, request) == Ended(DIED)
    assert outcome(scheduler, asked(chores.count, 3)).result == 3
    pid, threads = outcome(scheduler, asked(chores.process, 1)).result
    assert threads == "1"
    os.kill(pid, signal.SIGKILL)  # between jobs: nobody notices
    assert outcome(scheduler, asked(chores.count, 4)).result == 4


def test_what_goes_wrong_is_one_sentence(
    scheduler: Scheduler, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert outcome(scheduler, asked(chores.refuses, "D=0; use 1")) == Ended("D=0; use 1")
    assert outcome(scheduler, asked(chores.exhausts, 1)) == Ended(
        "Not enough memory for this problem. Use fewer atoms or codewords."
    )
    assert outcome(scheduler, asked(chores.breaks, 1)) == Ended(FAILED)
    assert "KeyError: 'secret'" in caplog.text
    assert outcome(scheduler, asked(chores.count, 2)).result == 2


def test_caps_on_size_and_time(scheduler: Scheduler) -> None:
    found = outcome(scheduler, asked(chores.large, 200_000, result_bytes=2**20))
    assert found == Ended("The result has 1.5 MiB; at most 1.0 MiB are allowed.")
    found = outcome(scheduler, asked(chores.count, NEVER, seconds=0.3))
    assert found == Ended("Stopped after 0.3 s, the time limit of a job.")
    found = outcome(scheduler, asked(chores.asleep, NEVER, seconds=0.3))
    assert found == Ended("Stopped after 0.3 s, the time limit of a job.")
    until(lambda: not any(scheduler._busy))


def test_a_session_that_goes_away_loses_its_jobs(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER), lambda: False)
    ask(scheduler, asked(chores.count, NEVER + 1, session="you"), lambda: False)
    until(lambda: not any(scheduler._busy) and not scheduler._queue)


def test_a_page_that_is_left_loses_its_jobs(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.count, NEVER, key="here"))
    ask(scheduler, asked(chores.count, NEVER + 1, key="there"))
    scheduler.keep_only("me", {"there"})
    until(lambda: (now := scheduler.look("me", "there")) and not now.position)
    assert scheduler.look("me", "here") is None


def test_all_jobs_of_all_sessions_can_be_ended(scheduler: Scheduler) -> None:
    ask(scheduler, asked(chores.asleep, NEVER))
    ask(scheduler, asked(chores.count, NEVER, session="you"))
    ask(scheduler, asked(chores.count, NEVER + 1, session="they"))
    started(scheduler)
    assert not scheduler.end_all(patience=0.0)
    assert scheduler.end_all(PATIENCE)
    assert [scheduler.look(one, "job") for one in ("me", "you", "they")] == [None] * 3
    assert outcome(scheduler, asked(chores.count, 2)).result == 2


def test_a_callback_makes_steps_and_hears_of_the_end(
    scheduler: Scheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However late it hears of it, its worker is not killed.
    monkeypatch.setattr(scheduler, "grace", PATIENCE)
    assert outcome(scheduler, asked(chores.told, str(tmp_path), 20)).result == 20
    assert not (tmp_path / "stopped").exists()
    request = asked(chores.told, str(tmp_path), NEVER)
    ask(scheduler, request)
    until(lambda: at_work(scheduler, request))
    scheduler.cancel("me", "job")
    until((tmp_path / "stopped").exists)


def test_results_make_room_for_newer_ones() -> None:
    scheduler = Scheduler(slots=1, kept_bytes=2_000_000)
    try:
        first, second = asked(chores.large, 150_000), asked(chores.large, 150_001)
        outcome(scheduler, first)
        outcome(scheduler, second)
        assert isinstance(ask(scheduler, second), Done)
        assert isinstance(ask(scheduler, first), Running)
    finally:
        scheduler.close()


def test_closing_ends_workers_and_removes_files() -> None:
    scheduler = Scheduler(slots=1)
    pid, _ = outcome(scheduler, asked(chores.process, 2)).result
    ask(scheduler, asked(chores.asleep, NEVER))
    started(scheduler)
    scheduler.close()
    assert not scheduler._root.exists()
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_a_server_that_stops_does_not_wait_for_its_jobs(tmp_path: Path) -> None:
    script = (
        "import time\n"
        "from dashboard.jobs.requests import Request\n"
        "from dashboard.jobs.scheduler import Scheduler\n"
        "from tests.dashboard import chores\n"
        "scheduler = Scheduler(slots=1)\n"
        "scheduler.ask(Request('me', 'job', 1, chores.asleep), lambda: (1e6,))\n"
        "while not any(job and (job.folder / 'state.npz').exists() for job in scheduler._busy):\n"
        "    time.sleep(0.01)\n"
        "print(scheduler._root)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert not Path(done.stdout.strip()).exists()
    assert not done.stderr


@pytest.mark.parametrize(
    ("text", "expected"), [("", 19), ("7", 7), ("0", 0), ("99", 19), ("x", 19)]
)
def test_the_priority_of_jobs_is_lowered_as_the_environment_says(
    text: str, expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(worker.NICENESS, text)
    given: list[int] = []
    monkeypatch.setattr("os.getpriority", lambda *_: 0)
    monkeypatch.setattr("os.setpriority", lambda *arguments: given.append(arguments[2]))
    worker._lower_priority()
    worker._lower_priority(ahead=True)
    assert given == [niceness for niceness in (expected, min(expected, 10)) if niceness]
    assert worker.lowers() == (expected > 10)
