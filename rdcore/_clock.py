"""The time that a solver may take."""

from __future__ import annotations

import time
from dataclasses import dataclass

from rdcore._arrays import positive

# What a solver is given that starts after the time has run out, seconds: enough for one step.
_LEAST = 1e-3


@dataclass(frozen=True)
class Clock:
    """The end of the time, in seconds of ``time.monotonic``; None if there is no limit."""

    end: float | None = None

    @property
    def over(self) -> bool:
        """Whether the time has run out."""
        return self.end is not None and time.monotonic() >= self.end

    @property
    def left(self) -> float | None:
        """Seconds that are left; None if there is no limit."""
        return None if self.end is None else max(self.end - time.monotonic(), _LEAST)


def clock(time_limit: float | None) -> Clock:
    """Start a clock of so many seconds.

    Raises
    ------
    InputError
        If ``time_limit`` is not positive.
    """
    if time_limit is None:
        return Clock()
    return Clock(time.monotonic() + positive(time_limit, "time_limit"))
