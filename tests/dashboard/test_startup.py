"""What the process does once: its log speaks of errors, not of windows that were closed."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.ui import startup

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
