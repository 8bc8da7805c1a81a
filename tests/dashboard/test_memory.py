"""Results that are kept: computed once, forgotten when asked, and never changed."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from dashboard.model.specs import SourceSpec
from dashboard.ui import queries
from dashboard.ui.memory import remember


def test_threads_that_ask_for_the_same_compute_it_once() -> None:
    begun, go, calls = threading.Event(), threading.Event(), []

    @remember(4)
    def squared(x: int, *, more: int = 0) -> int:
        calls.append(x)
        begun.set()
        go.wait(20)
        return x * x + more

    with ThreadPoolExecutor(3) as threads:
        first = threads.submit(squared, 3)
        assert begun.wait(20)
        others = [threads.submit(squared, 3) for _ in range(2)]
        go.set()
        assert [one.result() for one in (first, *others)] == [9, 9, 9]
    assert calls == [3]
    assert squared(3, more=1) == 10
    assert calls == [3, 3]


def test_the_results_used_last_are_kept_and_errors_are_not() -> None:
    calls: list[int] = []

    @remember(2)
    def inverse(x: int) -> float:
        calls.append(x)
        return 1 / x

    for x in (1, 2, 1, 4, 1, 2):
        inverse(x)
    assert calls == [1, 2, 4, 2]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            inverse(0)
    assert calls[-2:] == [0, 0]


def test_what_is_forgotten_while_it_is_computed_is_not_kept() -> None:
    calls: list[int] = []

    @remember(2)
    def same(x: int) -> int:
        calls.append(x)
        if len(calls) == 1:
            same.clear()
        return x

    assert [same(7), same(7), same(7)] == [7, 7, 7]
    assert calls == [7, 7]


def test_a_thread_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.ui.memory._PATIENCE", 0.05)
    begun, go = threading.Event(), threading.Event()

    @remember(2)
    def slow(x: int) -> int:
        if not begun.is_set():
            begun.set()
            go.wait(20)
        return x

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(slow, 5)
        assert begun.wait(20)
        assert slow(5) == 5
        go.set()
        assert first.result() == 5


def test_kept_arrays_cannot_be_changed() -> None:
    spec = SourceSpec("three_modes")
    found = queries.source(spec)
    assert queries.source(SourceSpec("three_modes")) is found
    with pytest.raises(ValueError, match="read-only"):
        found.pmf[0] = 1.0

    @remember(2)
    def nested() -> tuple[dict[str, object], list[np.ndarray]]:
        return {"a": (np.zeros(2), "text")}, [np.ones(1)]

    first, second = nested()
    assert not first["a"][0].flags.writeable  # type: ignore[index]
    assert not second[0].flags.writeable
