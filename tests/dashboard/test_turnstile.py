"""As many threads draw at once as may, in the order in which they came."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from dashboard.ui.turnstile import Turnstile


def until(holds: Callable[[], bool]) -> None:
    """Wait for a state."""
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.002)


class Visitor:
    """A thread that goes through and stays until it is told to leave."""

    def __init__(self, gate: Turnstile, through: list[str], name: str) -> None:
        self._leave = threading.Event()

        def work() -> None:
            with gate, gate:  # a part of a page comes again
                through.append(name)
                self._leave.wait(30)

        self._thread = threading.Thread(target=work, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        self._leave.set()
        self._thread.join(30)


def test_two_are_through_at_once_and_the_others_come_in_their_order() -> None:
    gate, through = Turnstile(2), []
    visitors = []
    for k in range(5):
        visitors.append(Visitor(gate, through, str(k)))
        until(lambda k=k: len(through) + len(gate._line) == k + 1)
    assert through == ["0", "1"]
    for k in (1, 0, 2, 3):
        before = len(through)
        visitors[k].leave()
        until(lambda before=before: len(through) == min(before + 1, 5))
    visitors[4].leave()
    assert through == ["0", "1", "2", "3", "4"]
    with gate, pytest.raises(ValueError, match="a page"), gate:
        raise ValueError("a page may fail")
    assert gate._free == 2


def test_who_sleeps_lets_another_through_and_goes_on_before_those_in_line() -> None:
    gate, through = Turnstile(1), []
    gate.pause(0.0)  # outside, it only sleeps
    waiting = threading.Event()

    def sleeper() -> None:
        with gate:
            waiting.wait(30)
            gate.pause(0.001)
            through.append("sleeper")

    thread = threading.Thread(target=sleeper, daemon=True)
    thread.start()
    until(lambda: gate._free == 0)
    first = Visitor(gate, through, "first")
    until(lambda: len(gate._line) == 1)
    waiting.set()
    until(lambda: through == ["first"])
    second = Visitor(gate, through, "second")
    until(lambda: len(gate._line) == 2)
    first.leave()
    until(lambda: len(through) == 3)
    second.leave()
    thread.join(30)
    assert through == ["first", "sleeper", "second"]
    assert gate._free == 1
