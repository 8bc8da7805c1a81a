"""The runs of the script that the browser has asked for, as its messages to the server tell."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg


class Runs:
    """What a page has asked of its server and what has not begun yet.

    The server may answer two requests by one run, but a run that begins before a request cannot
    answer it. A run of a fragment does not answer a request for the whole script.
    """

    def __init__(self, page: Page) -> None:
        self._whole = self._fragment = False
        page.on("websocket", self._opened)

    @property
    def are_owed(self) -> bool:
        """Whether a run has been asked for, not by a clock, and has not begun."""
        return self._whole or self._fragment

    def _opened(self, socket: WebSocket) -> None:
        if not socket.url.partition("?")[0].endswith("/_stcore/stream"):
            return
        # What was asked through an earlier connection is not answered any more.
        self._whole = self._fragment = False
        socket.on("framesent", self._sent)
        socket.on("framereceived", self._received)

    def _sent(self, frame: str | bytes) -> None:
        if not isinstance(frame, bytes):
            return
        message = BackMsg.FromString(frame)
        if message.WhichOneof("type") != "rerun_script":
            return
        asked = message.rerun_script
        if not asked.fragment_id:
            self._whole = True
        elif not asked.is_auto_rerun:
            self._fragment = True

    def _received(self, frame: str | bytes) -> None:
        if not isinstance(frame, bytes):
            return
        message = ForwardMsg.FromString(frame)
        if message.WhichOneof("type") != "new_session":
            return
        self._fragment = False
        if not message.metadata.run.fragment_ids:
            self._whole = False
