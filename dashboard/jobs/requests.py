"""What a session asks of the scheduler, and the answers."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from dashboard.jobs.worker import LIMITS, Limits, Work
from dashboard.settings import Settings

CANCELLED = "Cancelled."
DIED = "The worker process ended unexpectedly; it may have run out of memory."
FAILED = "An unexpected error occurred; the server log has the details."


@dataclass(frozen=True, eq=False)
class Running:
    """A job in progress: position in the queue (0: running), share done, note, state, seconds."""

    position: int
    share: float = 0.0
    note: str = ""
    shown: Any = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class Done:
    """A job's result."""

    result: Any


@dataclass(frozen=True)
class Ended:
    """A job that ended without a result, and the reason as a sentence."""

    sentence: str


Owner = tuple[str, str]
"""A session and a place on its page."""


@dataclass(frozen=True)
class Request:
    """A request of a session.

    Attributes
    ----------
    session, key : str
        The session and the place on its page; a newer request for the key replaces this one.
    spec : hashable
        Identifies the result together with the work.
    work : callable
        A generator function at the top of a module; see ``dashboard.jobs.steps.Step``.
    limits : Limits
        Limits of time and size, and whether the work is quick.
    """

    session: str
    key: str
    spec: Hashable
    work: Work
    limits: Limits = LIMITS

    def within(self, settings: Settings) -> Request:
        """Return the request with the limits that the operator sets."""
        seconds = settings.limit(self.kind, self.limits.seconds)
        limits = replace(self.limits, seconds=seconds, memory_bytes=settings.worker_bytes)
        return replace(self, limits=limits)

    @property
    def owner(self) -> Owner:
        """The session and the key."""
        return self.session, self.key

    @property
    def kind(self) -> str:
        """The name of the work in the log: its module and function."""
        return f"{self.work.__module__.rpartition('.')[2]}.{self.work.__qualname__}"

    @property
    def name(self) -> Hashable:
        """The cache key of the result."""
        return self.work.__module__, self.work.__qualname__, self.spec
