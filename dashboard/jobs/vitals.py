"""Whether this server can work, and what it saw when it last looked.

A thread of its own looks every two seconds, so that the answer to a health check is ready at once
and a disk or a lock that hangs shows as a look that is too old.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dashboard.jobs import journal

Check = Callable[[], str]
"""Returns what is wrong in a few words, "" if nothing is."""

_INTERVAL = 2.0
_STALE = 30.0
FINE = "ok"


@dataclass
class Vitals:
    """The checks of a server by name, and their last outcome.

    Parameters
    ----------
    clock : callable
        Returns seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _checks: dict[str, Check] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _at: float = 0.0
    _version: str = ""
    _refusal: str = ""

    def begin(self, version: str, checks: Mapping[str, Check]) -> None:
        """Look for the first time; from now on the server can work."""
        self._checks, self._version, self._refusal = dict(checks), version, ""
        self.look()

    def refuse(self, why: str) -> None:
        """Record why the server cannot start, unless it has."""
        if not self._checks:
            self._refusal = why

    def look(self) -> None:
        """Run the checks and keep what they found."""
        self._seen = {name: _outcome(check) for name, check in self._checks.items()}
        self._at = self.clock()
        journal.gauge("rd_healthy", float(all(seen == FINE for seen in self._seen.values())))

    def report(self) -> tuple[bool, dict[str, str]]:
        """Return whether the server can work, and the outcome of each check by its name."""
        if not self._checks:
            return False, {"status": self._refusal or "starting"}
        seen = dict(self._seen)
        age = self.clock() - self._at
        if age > _STALE:
            seen["checks"] = f"the last one ended {age:.0f} s ago"
        well = all(one == FINE for one in seen.values())
        return well, {"status": FINE if well else "unwell", "version": self._version, **seen}

    def look_regularly(self) -> None:
        """Look every two seconds, in a thread, until the server stops."""

        def work() -> None:
            while True:
                time.sleep(_INTERVAL)
                self.look()

        threading.Thread(target=work, name="look at the vitals", daemon=True).start()


def _outcome(check: Check) -> str:
    try:
        return check() or FINE
    except Exception as error:  # noqa: BLE001 a check that fails is bad news too
        return f"{type(error).__name__}: {error}"


OWN = Vitals()
"""The vitals of this server."""
