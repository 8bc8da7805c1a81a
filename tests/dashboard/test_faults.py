"""A disk that is full, under files, jobs and results: one sentence, and the rest goes on."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.jobs import worker
from dashboard.jobs.requests import Done, Ended
from dashboard.jobs.results import Results
from dashboard.jobs.scheduler import Scheduler
from tests.dashboard import chores
from tests.dashboard.scheduling import ask, asked, outcome


def test_a_file_that_the_disk_does_not_hold_leaves_nothing_behind(tmp_path: Path) -> None:
    """The system refuses to write more than a thousand bytes, as a full disk does."""
    script = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from dashboard.uploads.store import Store, StoreError\n"
        "kept = Store(Path(sys.argv[1]))\n"
        "small = kept.put('small.csv', b'x\\n1\\n2\\n')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    kept.put('a.csv', b'x\\n' + b'\\n'.join(b'%d' % k for k in range(1000)))\n"
        "except StoreError as error:\n"
        "    print(error)\n"
        "assert kept.keys() == [small]\n"
        "assert kept.get(small) is not None\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert run.stdout.startswith("The file cannot be kept on the server, whose disk is full")
    assert [one.suffix for one in tmp_path.iterdir()] == [".upload"]


def test_a_job_whose_result_the_disk_does_not_hold_ends_with_a_sentence() -> None:
    scheduler = Scheduler(slots=1)
    try:
        found = outcome(scheduler, asked(chores.fills_the_disk, 10_000))
        assert found == Ended(worker.FULL)
        assert list(scheduler._root.glob("[0-9]*")) == []
        assert scheduler.trouble() == ""
    finally:
        scheduler.close()


def test_a_job_for_which_there_is_no_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler(slots=1)
    try:
        with monkeypatch.context() as full:

            def no_room(self: Path, *mode: object, **more: object) -> None:
                raise OSError(28, "No space left on device")

            full.setattr(Path, "mkdir", no_room)
            assert ask(scheduler, asked(chores.count, 2, 0.0)) == Ended(worker.FULL)
        assert scheduler.look("me", "job") is None
    finally:
        scheduler.close()


def test_a_job_goes_on_although_its_result_cannot_be_shared(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    scheduler = Scheduler(slots=1, results=Results(tmp_path / "results", 10**6, 3600.0))
    try:
        found = outcome(scheduler, asked(chores.count, 3, 0.0))
        assert isinstance(found, Done)
        assert found.result == 3
    finally:
        scheduler.close()


def test_a_scheduler_whose_folder_is_gone_says_so(tmp_path: Path) -> None:
    scheduler = Scheduler(slots=1)
    try:
        shutil.rmtree(scheduler._root)
        assert ask(scheduler, asked(chores.count, 2, 0.0)) == Ended(worker.FULL)
    finally:
        scheduler.close()
