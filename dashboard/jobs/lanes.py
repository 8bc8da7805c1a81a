"""Which worker of this machine takes a job, and how long the work of a kind takes.

Long work has as many workers as the operator allows. Two more are kept free, so that a short job
does not wait until a long one has ended: one for quick work, and one for short work, which takes a
few seconds. A job in one of these that proves long stays in its worker, and another one is kept
free, as long as there are no more than two such jobs. How long a kind of work takes is the median
of what its last jobs took, in seconds of CPU, because on a busy machine a short job lasts long too.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from typing import Literal

from dashboard.jobs.requests import Request
from dashboard.jobs.watched import Job

Lane = Literal["quick", "short", "long"]

SHORT = 4.0
"""Seconds of CPU that short work takes at the most."""
LATE: dict[Lane, float] = {"quick": 3.0, "short": 6.0}
"""Seconds after which a job in a worker that is kept free counts as a long one."""
MORE = 2
"""How many such jobs there may be beside the long ones."""
_OWN: dict[Lane, tuple[Lane, ...]] = {"quick": ("quick", "short"), "short": ("short",), "long": ()}
_UNKNOWN, _LEAST = 30.0, 0.1
_LAST = 7


class Usual:
    """Seconds of CPU that work takes, by its kind."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def seconds(self, request: Request) -> float:
        """Return what a request's kind of work takes: the median of the last jobs.

        What its card expects counts as the first of them.
        """
        seen = self._seen.get(request.kind) or self._expected(request)
        found = sorted(seen)[(len(seen) - 1) // 2] if seen else _UNKNOWN
        return max(_LEAST, found)

    @staticmethod
    def _expected(request: Request) -> deque[float]:
        expected = request.limits.expected
        return deque([] if expected is None else [expected], _LAST)

    def note(self, request: Request, seconds: float) -> None:
        """Take account of a job that has ended."""
        self._seen.setdefault(request.kind, self._expected(request)).append(seconds)

    def lane(self, request: Request) -> Lane:
        """Return which worker a request may have."""
        if request.limits.quick:
            return "quick"
        return "short" if self.seconds(request) <= SHORT else "long"

    def urgency(self, job: Job) -> float:
        """Return how many times its own length a job has waited: the largest is served first.

        Short jobs go before long ones that came with them, and nobody waits for ever.
        """
        return (time.monotonic() - job.since) / self.seconds(job.request)


class Lanes:
    """The workers of this machine, of which some are kept free.

    Parameters
    ----------
    workers : int
        How many workers there are for long work.
    kept : sequence of {"quick", "short"}
        For what work there is one more each.
    busy : sequence of Job or None
        The job of each worker; the caller changes it.
    """

    def __init__(self, workers: int, kept: Sequence[Lane], busy: Sequence[Job | None]) -> None:
        self._busy, self._workers = busy, workers
        self.count = workers + len(kept) + (MORE if kept else 0)
        self.kept: dict[Lane, int] = {lane: workers + k for k, lane in enumerate(kept)}

    def free(self, lane: Lane) -> int | None:
        """Return a free worker for work of a lane, or None."""
        for one in _OWN[lane]:
            slot = self.kept.get(one)
            if slot is not None and self._busy[slot] is None:
                return slot
        others = [slot for slot in range(self.count) if slot not in self.kept.values()]
        free = [slot for slot in others if self._busy[slot] is None]
        return free[0] if free and len(others) - len(free) < self._workers else None

    def is_kept(self, slot: int) -> bool:
        """Return whether a worker is kept free for quick or short work."""
        return slot in self.kept.values()

    def spare(self) -> list[int]:
        """Keep another worker free where the job in one that is kept proves long; return them."""
        now, found = time.monotonic(), []
        for lane, slot in self.kept.items():
            job = self._busy[slot]
            if job is None or now - job.started < LATE[lane]:
                continue
            for other in range(self.count):
                if self._busy[other] is None and not self.is_kept(other):
                    self.kept[lane] = other
                    found.append(other)
                    break
        return found
