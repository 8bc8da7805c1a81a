"""One browser window as the server sees it: Streamlit's messages over its WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE = 180.0
_ANOTHER = ForwardMsg.FINISHED_EARLY_FOR_RERUN
_PART = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


@dataclass
class Run:
    """What a run of the script brought: seconds to its first and its last message."""

    seconds: float
    first: float
    bytes: int
    messages: int


@dataclass
class Window:
    """A window with one page: it opens it, moves its controls, and follows its jobs."""

    address: str
    page: str = ""
    query: str = ""
    exceptions: list[str] = field(default_factory=list)
    _socket: ClientConnection | None = None
    _widgets: dict[str, str] = field(default_factory=dict)
    _values: dict[str, WidgetState] = field(default_factory=dict)
    _cached: set[str] = field(default_factory=set)
    _polls: dict[str, float] = field(default_factory=dict)

    async def connect(self) -> None:
        """Connect as a browser does."""
        self._socket = await connect(
            f"ws://{self.address}/_stcore/stream",
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=PATIENCE,
            origin=f"http://{self.address}",  # type: ignore[arg-type]
        )

    async def close(self) -> None:
        """Close the window."""
        if self._socket is not None:
            await self._socket.close()

    async def open(self, page: str = "", **query: str) -> Run:
        """Open a page by a link, and wait until it is drawn."""
        if self._socket is None:
            await self.connect()
        self.page, self.query = page, urlencode(query)
        self._widgets, self._values = {}, {}
        return await self._run()

    async def set(self, key: str, value: float | str | bool) -> Run:
        """Change a control, by its key, and wait until the page is drawn again."""
        one = WidgetState(id=self._widgets[key])
        if isinstance(value, bool):
            one.bool_value = value
        elif isinstance(value, str):
            one.string_value = value
        else:
            one.double_value = value
        self._values[key] = one
        return await self._run()

    def has(self, key: str) -> bool:
        """Return whether the page has a control with this key."""
        return key in self._widgets

    @property
    def waits(self) -> bool:
        """Whether a part of the page asks again and again, as it does while a job runs."""
        return bool(self._polls)

    async def finish(self) -> float:
        """Follow the jobs of the page until it has ended; return the seconds."""
        start = time.perf_counter()
        while self._polls:
            fragment, interval = min(self._polls.items(), key=lambda one: one[1])
            await asyncio.sleep(interval)
            await self._run(fragment)
            if time.perf_counter() - start > PATIENCE:
                raise TimeoutError(f"the jobs of {self.page} did not end")
        return time.perf_counter() - start

    async def _run(self, fragment: str = "") -> Run:
        assert self._socket is not None
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_name = self.query, self.page
        state.widget_states.widgets.extend(self._values.values())
        state.cached_message_hashes.extend(self._cached)
        if fragment:
            state.fragment_id, state.is_auto_rerun = fragment, True
        start = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        return await asyncio.wait_for(self._listen(start), PATIENCE)

    async def _listen(self, start: float) -> Run:
        """Read until the script is at rest: a run that asks for another one is not the last."""
        assert self._socket is not None
        first, size, count = 0.0, 0, 0
        polls: dict[str, float] = {}
        while True:
            data = await self._socket.recv()
            assert isinstance(data, bytes)
            size, count = size + len(data), count + 1
            message = ForwardMsg()
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable and message.hash:
                self._cached.add(message.hash)
            if kind == "delta":
                first = first or time.perf_counter() - start
                self._read(message)
            elif kind == "auto_rerun":
                polls[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "stop_auto_rerun":
                self._polls.clear()
            elif kind == "page_info_changed":
                self.query = message.page_info_changed.query_string
            elif kind == "script_finished" and message.script_finished != _ANOTHER:
                # A run of a part leaves the other parts that ask again as they are.
                whole = message.script_finished != _PART
                self._polls = polls if whole else {**self._polls, **polls}
                now = time.perf_counter() - start
                return Run(now, first or now, size, count)
            elif kind == "script_finished":
                polls.clear()

    def _read(self, message: ForwardMsg) -> None:
        if not message.delta.HasField("new_element"):
            return
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        if kind == "exception":
            self.exceptions.append(element.exception.message)
        inner: Any = getattr(element, kind) if kind else None
        name = getattr(inner, "id", "")
        if isinstance(name, str) and name.startswith("$$ID-"):
            with contextlib.suppress(IndexError):
                self._widgets[name.split("-", 2)[2]] = name
