"""How many scripts draw at once: the others wait in line, first come, first served.

Python runs one thread at a time. If many scripts share it, each becomes as late as the last one,
and so does the thread that talks to the browsers and answers the health check.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from types import TracebackType


class Turnstile:
    """Lets so many threads through at once, in the order in which they came.

    A thread that is through and comes again, as a part of its page does, does not wait.

    Parameters
    ----------
    most : int
        How many threads are through at once.
    """

    def __init__(self, most: int) -> None:
        self.most, self._free, self._lock = most, most, threading.Lock()
        self._line: deque[threading.Lock] = deque()
        self._mine = threading.local()

    def __enter__(self) -> None:
        self._mine.depth = getattr(self._mine, "depth", 0) + 1
        if self._mine.depth == 1:
            self._come(first=False)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._mine.depth -= 1
        if self._mine.depth == 0:
            self._go()

    def pause(self, seconds: float) -> None:
        """Sleep, and let another thread through meanwhile; then go on before those in line."""
        through = getattr(self._mine, "depth", 0) > 0
        if through:
            self._go()
        try:
            time.sleep(seconds)
        finally:
            if through:
                self._come(first=True)

    def _come(self, *, first: bool) -> None:
        with self._lock:
            if self._free:
                self._free -= 1
                return
            turn = threading.Lock()
            turn.acquire()
            (self._line.appendleft if first else self._line.append)(turn)
        turn.acquire()

    def _go(self) -> None:
        with self._lock:
            if self._line:
                self._line.popleft().release()
            else:
                self._free += 1
