"""A job and the sessions that watch it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.jobs import journal, serialisation, worker
from dashboard.jobs.requests import Owner, Request, Running
from dashboard.settings import Settings

_STUCK_SECONDS = 30.0
_MOST_DEATHS = 3


@dataclass(eq=False)
class Watcher:
    """A session that wants a job: whether it is still there, and when it was seen last."""

    alive: Callable[[], bool]
    seen: float


@dataclass(eq=False)
class Job:
    """A job that waits or runs, with the sessions that watch it in the order they came.

    ``remark`` is added to the notes of its steps; ``since`` is when the job, or the one that it
    replaces, was asked for; ``spent`` are its seconds of CPU.
    """

    request: Request
    inputs: tuple[Any, ...]
    folder: Path
    watchers: dict[Owner, Watcher]
    asked: float
    slot: int | None = None
    started: float = 0.0
    tries: int = 0
    stop_asked: float | None = None
    outcome: str = ""
    remark: str = ""
    state: tuple[int, Any] = (0, (0.0, "", None))
    since: float = 0.0
    spent: float | None = None

    def __post_init__(self) -> None:
        self.since = self.asked

    @property
    def session(self) -> str:
        """The session whose turn the job takes: the first of those that still watch it."""
        return next(iter(self.watchers), self.request.owner)[0]

    @property
    def turn(self) -> tuple[str, bool]:
        """What a session has one of at a time: a running long job, and a running quick one."""
        return self.session, self.request.limits.quick

    def forget_progress(self, remark: str) -> None:
        """Let a job wait again, with a remark on the reason."""
        self.slot, self.remark, self.state = None, remark, (0, (0.0, "", None))
        (self.folder / worker.STATE).unlink(missing_ok=True)

    def progress(self) -> Running:
        """Return how far a job has come that runs."""
        path = self.folder / worker.STATE
        try:
            stamp = path.stat().st_mtime_ns
            if stamp != self.state[0]:
                self.state = (stamp, serialisation.load(path))
        except FileNotFoundError:
            pass
        share, note, shown = self.state[1]
        note = " · ".join(filter(None, [note, self.remark]))
        return Running(0, share, note, shown, time.monotonic() - self.started)


def record(job: Job, outcome: str, text: str) -> None:
    """Write a line about a job that has ended, and count it."""
    now, kind = time.monotonic(), job.request.kind
    journal.count("rd_jobs_total", kind=kind, outcome=outcome)
    journal.count("rd_job_seconds_total", now - job.started, kind=kind)
    journal.entry(
        "job",
        kind=kind,
        outcome=outcome,
        ms=round(1000 * (now - job.started)),
        cpu_ms=None if job.spent is None else round(1000 * job.spent),
        waited_ms=round(1000 * (job.started - job.asked)),
        session=journal.short_id(job.session),
        why=text or None,
        spec=None if outcome == "done" else repr(job.request.spec),
    )


def trouble(*, ended: bool, still: float, deaths: int) -> str:
    """Return why jobs cannot be done, "" if they can.

    ``still`` is how many seconds ago the scheduler made its last step, ``deaths`` how many workers
    died one after the other without a job that ended.
    """
    if ended:
        return "the scheduler has ended"
    if still > _STUCK_SECONDS:
        return f"the scheduler has stood still for {still:.0f} s"
    return f"the last {deaths} workers died" if deaths >= _MOST_DEATHS else ""


def in_turn(
    waiting: Sequence[Job],
    busy: Iterable[Job | None],
    urgency: Callable[[Job], float] = lambda _: 0.0,
) -> list[Job]:
    """Return the waiting jobs in the order in which they are served: first one of each session.

    Among those, the most urgent go first, then those that came first.
    """
    taken = Counter(job.turn for job in busy if job and job.stop_asked is None)
    ranked = []
    for place, job in enumerate(waiting):
        ranked.append((taken[job.turn], -urgency(job), place, job))
        taken[job.turn] += 1
    return [one[-1] for one in sorted(ranked, key=lambda one: one[:-1])]


def refusal(waiting: int, mine: int, settings: Settings) -> str:
    """Return why a session with so many jobs cannot have one more, "" if it can."""
    if waiting >= settings.queue:
        return f"The server is busy: {waiting} jobs wait already. Try again in a minute."
    if mine >= settings.jobs_a_session:
        return f"This window has {mine} jobs already; wait until one of them has ended."
    return ""
