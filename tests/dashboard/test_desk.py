"""Long work: every fate of a job, with real worker processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from dashboard.jobs import serialisation
from dashboard.jobs.scheduler import CANCELLED, DIED, FAILED, Desk, Done, Ended, Request, Running
from dashboard.jobs.worker import Limits, Work
from dashboard.model.views import CurveBand
from tests.dashboard import chores

# Only ends a test that hangs. Jobs that are stopped would last longer than this, so that a test
# passes only if they really are.
PATIENCE = 120.0
NEVER = 10**6


@pytest.fixture(scope="module")
def shared() -> Iterator[Desk]:
    desk = Desk(slots=1, absent=0.5)
    yield desk
    desk.close()


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    yield shared
    for session in ("me", "you", "they"):
        shared.keep_only(session, ())
    until(lambda: not any(shared._busy))


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.01)


def asked(work: Work, *spec: object, session: str = "me", key: str = "job", **more) -> Request:
    return Request(session, key, spec, work, Limits(**more))


def ask(desk: Desk, request: Request, alive: Callable[[], bool] = lambda: True):
    return desk.ask(request, lambda: request.spec, alive)


def outcome(desk: Desk, request: Request):
    until(lambda: not isinstance(ask(desk, request), Running))
    return ask(desk, request)


def at_work(desk: Desk, request: Request) -> bool:
    """Whether the job has come as far as its first step."""
    found = ask(desk, request)
    return isinstance(found, Running) and not found.position and found.share > 0


def started(desk: Desk) -> None:
    until(lambda: any(job and (job.folder / "state.npz").exists() for job in desk._busy))


def test_progress_never_falls_and_the_result_is_kept(desk: Desk) -> None:
    request = asked(chores.count, 40)
    seen: list[Running] = []
    while isinstance(found := ask(desk, request), Running):
        seen.append(found)
        time.sleep(0.02)
    assert found.result == 40
    shares = [one.share for one in seen]
    assert shares == sorted(shares)
    assert len(set(shares)) > 3
    last = [one for one in seen if one.shown is not None][-1]
    assert last.note == f"{last.shown['k'][0] + 1} of 40"
    # What is known needs no worker and no arguments.
    again = desk.ask(asked(chores.count, 40, session="you"), lambda: pytest.fail("worked again"))
    assert isinstance(again, Done)


def test_who_looks_seldom_sees_the_latest(desk: Desk) -> None:
    request = asked(chores.count, NEVER)
    ask(desk, request)
    started(desk)
    first = desk.look("me", "job")
    assert isinstance(first, Running)
    (job,) = (one for one in desk._busy if one)
    seen = int(first.shown["k"][0])

    def written() -> int:
        """Return how far the worker has come, by what it wrote last."""
        return int(serialisation.load(job.folder / "state.npz")[2]["k"][0])

    until(lambda: written() > seen + 10)
    least = written()
    second = desk.look("me", "job")
    assert isinstance(second, Running)
    assert second.shown["k"][0] >= least


def test_what_has_begun_is_named_however_fast_it_came(desk: Desk) -> None:
    ask(desk, asked(chores.hurried, NEVER))

    def named() -> bool:
        found = desk.look("me", "job")
        return isinstance(found, Running) and (found.share, found.note) == (0.2, "solving")

    until(named)


def test_arrays_come_back_whole_and_read_only(desk: Desk) -> None:
    found = outcome(desk, asked(chores.band, 2.5)).result
    assert isinstance(found, CurveBand)
    assert np.array_equal(found.levels, 2.5 * np.arange(3))
    assert np.array_equal(found.price_bits, [np.inf, np.nan, 0], equal_nan=True)
    with pytest.raises(ValueError, match="read-only"):
        found.levels[0] = 1


@pytest.mark.parametrize(
    ("work", "spec"),
    [(chores.count, (NEVER,)), (chores.asleep, (NEVER,))],
    ids=["willing", "stuck"],
)
def test_cancel_frees_the_worker_of_a_job_that_never_ends(
    desk: Desk, work: Work, spec: tuple
) -> None:
    request = asked(work, *spec)
    ask(desk, request)
    started(desk)
    desk.cancel("me", "job")
    assert ask(desk, request) == Ended(CANCELLED)
    until(lambda: not any(desk._busy))
    assert outcome(desk, asked(chores.count, 2)).result == 2
    desk.forget("me", "job")
    assert isinstance(ask(desk, request), Running)


def test_the_newest_request_wins(desk: Desk) -> None:
    ask(desk, asked(chores.count, NEVER))
    started(desk)
    folders = [job.folder for job in desk._busy if job]
    ask(desk, asked(chores.count, NEVER + 2))
    newest = asked(chores.count, 7)
    ask(desk, newest)
    assert outcome(desk, newest).result == 7
    assert not any(folder.exists() for folder in folders)
    assert desk.look("me", "job") is None


def test_sessions_are_served_in_the_order_they_came(desk: Desk) -> None:
    first = asked(chores.count, 25)
    ask(desk, first)
    second, third = asked(chores.count, 26, session="you"), asked(chores.count, 27, session="they")
    assert ask(desk, second).position == 1
    assert ask(desk, third).position == 2
    ends = {}
    while len(ends) < 3:
        for request in (first, second, third):
            if isinstance(ask(desk, request), Done):
                ends.setdefault(request.session, time.monotonic())
        time.sleep(0.01)
    assert list(ends) == ["me", "you", "they"]


def test_a_newer_request_keeps_its_place_in_the_line(desk: Desk) -> None:
    ask(desk, asked(chores.count, NEVER))
    ask(desk, asked(chores.count, 31, session="you"))
    ask(desk, asked(chores.count, 32, session="they"))
    assert ask(desk, asked(chores.count, 33, session="you")).position == 1


def test_one_job_a_session() -> None:
    desk = Desk(slots=2)
    try:
        ask(desk, asked(chores.count, NEVER, key="one"))
        ask(desk, asked(chores.count, NEVER + 1, key="two"))
        other = asked(chores.count, 5, session="you")
        assert outcome(desk, other).result == 5
        assert desk.look("me", "one").position == 0
        assert desk.look("me", "two").position == 1
        desk.cancel("me", "one")
        until(lambda: desk.look("me", "two").position == 0)
    finally:
        desk.close()


def test_a_worker_that_is_killed_is_replaced(desk: Desk) -> None:
    request = asked(chores.dies, 1)
    assert outcome(desk, request) == Ended(DIED)
    assert outcome(desk, asked(chores.count, 3)).result == 3
    pid, threads = outcome(desk, asked(chores.process, 1)).result
    assert threads == "1"
    os.kill(pid, signal.SIGKILL)  # between jobs: nobody notices
    assert outcome(desk, asked(chores.count, 4)).result == 4


def test_what_goes_wrong_is_one_sentence(
    desk: Desk, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    assert outcome(desk, asked(chores.refuses, "D=0; 1 would do")) == Ended("D=0; 1 would do")
    assert outcome(desk, asked(chores.breaks, 1)) == Ended(FAILED)
    assert "KeyError: 'secret'" in caplog.text
    assert outcome(desk, asked(chores.count, 2)).result == 2


def test_caps_on_size_and_time(desk: Desk) -> None:
    found = outcome(desk, asked(chores.large, 200_000, result_bytes=2**20))
    assert found == Ended("The result has 1.5 MiB; up to 1.0 would do.")
    found = outcome(desk, asked(chores.count, NEVER, seconds=0.3))
    assert found == Ended("Stopped after 0.3 s, the most a job may take here.")
    found = outcome(desk, asked(chores.asleep, NEVER, seconds=0.3))
    assert found == Ended("Stopped after 0.3 s, the most a job may take here.")
    until(lambda: not any(desk._busy))


def test_a_session_that_goes_away_loses_its_jobs(desk: Desk) -> None:
    ask(desk, asked(chores.count, NEVER), lambda: False)
    ask(desk, asked(chores.count, NEVER + 1, session="you"), lambda: False)
    until(lambda: not any(desk._busy) and not desk._line)


def test_a_page_that_is_left_loses_its_jobs(desk: Desk) -> None:
    ask(desk, asked(chores.count, NEVER, key="here"))
    ask(desk, asked(chores.count, NEVER + 1, key="there"))
    desk.keep_only("me", {"there"})
    until(lambda: (now := desk.look("me", "there")) and not now.position)
    assert desk.look("me", "here") is None


def test_a_callback_makes_steps_and_hears_of_the_end(desk: Desk, tmp_path: Path) -> None:
    assert outcome(desk, asked(chores.told, str(tmp_path), 20)).result == 20
    assert not (tmp_path / "stopped").exists()
    request = asked(chores.told, str(tmp_path), NEVER)
    ask(desk, request)
    until(lambda: at_work(desk, request))
    desk.cancel("me", "job")
    until((tmp_path / "stopped").exists)


def test_results_make_room_for_newer_ones() -> None:
    desk = Desk(slots=1, kept_bytes=2_000_000)
    try:
        first, second = asked(chores.large, 150_000), asked(chores.large, 150_001)
        outcome(desk, first)
        outcome(desk, second)
        assert isinstance(ask(desk, second), Done)
        assert isinstance(ask(desk, first), Running)
    finally:
        desk.close()


def test_closing_ends_workers_and_removes_files() -> None:
    desk = Desk(slots=1)
    pid, _ = outcome(desk, asked(chores.process, 2)).result
    ask(desk, asked(chores.asleep, NEVER))
    started(desk)
    desk.close()
    assert not desk._root.exists()
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_a_server_that_stops_does_not_wait_for_its_jobs(tmp_path: Path) -> None:
    script = (
        "import time\n"
        "from dashboard.jobs.scheduler import Desk, Request\n"
        "from tests.dashboard import chores\n"
        "desk = Desk(slots=1)\n"
        "desk.ask(Request('me', 'job', 1, chores.asleep), lambda: (1e6,))\n"
        "while not any(job and (job.folder / 'state.npz').exists() for job in desk._busy):\n"
        "    time.sleep(0.01)\n"
        "print(desk._root)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    assert not Path(done.stdout.strip()).exists()
    assert not done.stderr
