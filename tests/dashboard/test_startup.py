"""What the process does once: its log speaks of errors, not of windows that were closed."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.testing.v1 import AppTest

from dashboard.tasks import follow
from dashboard.ui import startup

ROOT = Path(__file__).parents[2]
SLOW = {
    "pandas",
    "pyarrow",
    "rdcore.classification",
    "rdcore.design",
    "rdcore.parallel",
    "rdcore.pictures",
    "scipy.ndimage",
    "scipy.optimize",
    "scipy.spatial",
    "scipy.special",
}

Message = MutableMapping[str, Any]


async def _receive() -> Message:
    return {"type": "websocket.connect"}


async def _send(message: Message) -> None:
    if message["type"] == "websocket.send":
        raise OSError("the window is gone")


async def _hang_up() -> None:
    """Do what Streamlit's endpoint does when a window goes between two messages."""
    socket = WebSocket({"type": "websocket"}, _receive, _send)
    await socket.accept()
    with pytest.raises(WebSocketDisconnect):
        await socket.send_bytes(b"for a window that is gone")
    try:
        await socket.receive_bytes()
    except RuntimeError:
        await socket.close()


def _log(error: BaseException) -> None:
    logging.getLogger("uvicorn.error").error("Exception in ASGI application", exc_info=error)


def test_a_closed_window_is_no_error_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    startup.settle_down()
    caplog.clear()
    with pytest.raises(RuntimeError, match="close message") as raised:
        _hang_up().send(None)  # nothing in it waits, so it needs no event loop
    _log(raised.value)
    assert not caplog.records


def test_errors_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    startup.settle_down()
    caplog.clear()
    _log(ValueError("D must be positive"))
    logging.getLogger("uvicorn.error").info("Application startup complete.")
    assert [record.message for record in caplog.records][:1] == ["Exception in ASGI application"]


def test_the_first_page_is_solved_before_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    startup.rehearse()
    assert not [one for one in caplog.records if "ScriptRunContext" in one.message]

    def again(*_: object) -> None:
        raise AssertionError("the curve is solved again")

    monkeypatch.setattr(follow, "followed", again)
    page = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()
    assert not page.exception
    assert len(page.get("plotly_chart")) == 3


def test_the_first_page_imports_nothing_slow_that_it_does_not_need() -> None:
    code = (
        "import sys; from dashboard.ui import startup; startup.rehearse();"
        f" print(*sorted({SLOW!r} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
