"""The messages of runs reach the browser in groups: all of them, in their order, soon."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import threading
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, TypeVar

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime

from dashboard.figures import theme
from dashboard.ui import delivery
from dashboard.ui.delivery import Group, Outbox
from dashboard.ui.startup import ready

T = TypeVar("T")


def in_a_loop(steps: Coroutine[Any, Any, T]) -> T:
    """Run in an event loop of its own; this thread may have that of the browser's tests."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, steps).result()


def test_work_is_done_in_order_whichever_thread_adds_it() -> None:
    done: list[int] = []

    async def steps() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        with ThreadPoolExecutor(1) as run:
            for k in range(40):
                run.submit(outbox.add, lambda k=k: done.append(k), hurry=k == 20).result()
        while len(done) < 40:
            await asyncio.sleep(0.005)

    in_a_loop(steps())
    assert done == list(range(40))


def test_work_in_a_hurry_takes_along_what_came_before_it() -> None:
    done: list[str] = []

    async def steps() -> list[str]:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.add(lambda: done.append("message"), hurry=False)
        outbox.add(lambda: done.append("end"), hurry=True)
        for _ in range(2):
            await asyncio.sleep(0)
        return list(done)

    # Two turns of the loop, which does not wait for the time of the messages.
    assert in_a_loop(steps()) == ["message", "end"]


def test_a_failure_does_not_stop_the_rest(caplog: pytest.LogCaptureFixture) -> None:
    done: list[str] = []

    def fail() -> None:
        raise ZeroDivisionError

    async def steps() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.add(fail, hurry=False)
        outbox.add(lambda: done.append("next"), hurry=True)
        while not done:
            await asyncio.sleep(0.005)

    with caplog.at_level(logging.ERROR, logger="asyncio"):
        in_a_loop(steps())
    assert done == ["next"]
    assert "ZeroDivisionError" in caplog.text


def test_a_closed_loop_gets_nothing() -> None:
    loop = asyncio.new_event_loop()
    outbox = Outbox(loop)
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        outbox.add(lambda: None, hurry=True)
    ready()
    session: Any = SimpleNamespace(_event_loop=loop)
    AppSession._call_soon_on_event_loop(session, lambda: None)


def test_a_queue_is_sent_in_groups_without_a_change_of_order() -> None:
    messages = [ForwardMsg(hash=str(k)) for k in range(70)]
    nobody: Any = SimpleNamespace()
    groups = delivery._flushed(lambda _: messages, nobody)
    assert [type(one) for one in groups] == [Group] * 3
    assert [message.hash for one in groups for message in one] == [str(k) for k in range(70)]
    sent: list[str] = []

    def send(_: Runtime, whose: Any, message: ForwardMsg) -> None:
        sent.append(f"{whose}{message.hash}")

    for what in (groups[0], ForwardMsg(hash="alone")):
        delivery._send(send, nobody, "a", what)
    assert sent == [*(f"a{k}" for k in range(delivery._GROUP)), "aalone"]


def test_runs_are_started_in_order_and_tried_until_there_is_a_thread(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_AGAIN", 0.001)
    begun: list[str] = []
    ended, refusals = threading.Event(), [RuntimeError("can't start new thread")] * 3

    def first() -> None:
        assert threading.current_thread().name == "start runs"
        if refusals:
            raise refusals.pop()
        begun.append("first")

    def second() -> None:
        begun.append("second")
        ended.set()

    starter, arrived = delivery.Starter(), threading.Event()
    arrived.set()
    starter.start(first, arrived)
    starter.start(second, arrived)
    assert ended.wait(60)
    assert begun == ["first", "second"]
    assert caplog.text.count("could not be started") == 1


def test_a_run_is_started_when_the_one_before_it_waits_for_its_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "_ON_ITS_WAY", 60.0)
    begun, starter, on_its_way = threading.Event(), delivery.Starter(), threading.Event()
    starter.start(lambda: None, on_its_way)
    starter.start(begun.set, threading.Event())
    assert not begun.wait(0.05)
    monkeypatch.setattr(delivery._mine, "arrives", on_its_way, raising=False)
    delivery.arrived()
    assert begun.wait(60)


def test_a_session_starts_its_runs_in_a_thread_of_their_own() -> None:
    ready()
    assert vars(app_session)["ScriptRunner"] is delivery.Runner


def test_what_is_written_in_one_turn_of_the_loop_goes_together() -> None:
    class Connection(asyncio.Transport):
        def __init__(self) -> None:
            super().__init__({"peername": "me"})
            self.told: list[bytes] = []

        def write(self, data: bytes | bytearray | memoryview) -> None:
            self.told.append(bytes(data))

        def close(self) -> None:
            self.told.append(b"end")

    async def steps() -> list[bytes]:
        inner = Connection()
        whole = delivery.Whole(inner, asyncio.get_running_loop())
        assert whole.get_extra_info("peername") == "me"
        for data in (b"a", b"b"):
            whole.write(data)
        assert not inner.told
        await asyncio.sleep(0)
        whole.write(b"c")
        whole.close()
        await asyncio.sleep(0)
        return inner.told

    assert in_a_loop(steps()) == [b"ab", b"c", b"end"]


def test_the_theme_is_composed_once() -> None:
    ready()
    calls: list[str] = []

    def compose(message: CustomThemeConfig, section: str = "theme") -> None:
        calls.append(section)
        if section == "theme":
            message.base_font_size = 15

    themes = delivery._Themes(compose)
    for _ in range(2):
        message = CustomThemeConfig(body_font="Serif")
        themes(message)
        themes(message.light, "theme.light")
        assert message == CustomThemeConfig(body_font="Serif", base_font_size=15)
        assert not message.HasField("light")
    assert calls == ["theme", "theme.light"]
    assert isinstance(app_session._populate_theme_msg, delivery._Themes)


def _as_lists(drawn: dict[str, Any]) -> Any:
    """Return a figure without its template, and with lists for packed arrays."""

    def listed(part: Any) -> Any:
        if isinstance(part, list):
            return [listed(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "bdata" not in part:
            return {name: listed(one) for name, one in part.items()}
        values = np.frombuffer(base64.b64decode(part["bdata"]), part["dtype"])
        shape = [int(size) for size in str(part.get("shape", len(values))).split(",")]
        return values.reshape(shape).tolist()

    found = listed(json.loads(plotly.io.to_json(drawn, validate=False)))
    del found["layout"]["template"]
    return found


def test_a_figure_that_is_only_written_is_as_plotly_writes_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(theme, "VALIDATED", False)
    data = [
        {"type": "scatter", "x": np.arange(3.0), "y": [1, 2, 3], "marker": {"size": np.ones(3)}},
        {"type": "heatmap", "z": np.ones((2, 3), np.float32), "x": np.arange(3), "y": np.zeros(0)},
        {"type": "scatter", "x": ("a", "b"), "y": np.array(["c", None], object)},
    ]
    axis = theme.axis("x", theme.LIGHT, range=np.array([0.0, 1.0]), tickvals=np.arange(2.0))
    drawing = theme.figure(data, theme.LIGHT, xaxis=axis, annotations=[{"text": "n", "x": 1.0}])
    written = json.loads(plotly.io.to_json(drawing.to_dict(), validate=False))
    assert written["layout"].pop("template") == "none"
    assert "_given" in vars(drawing)
    assert written == _as_lists(go.Figure(drawing).to_dict())
    assert drawing.layout.xaxis.title.text == "x"
    assert "_given" not in vars(drawing)
    assert written == _as_lists(drawing.to_dict())
    with pytest.raises(AttributeError):
        drawing.nothing  # noqa: B018


def test_a_glance_at_the_state_reads_what_the_whole_state_has() -> None:
    whole = {"D": 0.5, "name": None}
    state = SimpleNamespace(_lock=threading.Lock(), _state=whole)
    glance = delivery.Glance(state, lambda one: one._state)
    assert "D" in glance
    assert glance["name"] is None
    assert "other" not in glance
    assert dict(glance) == whole
