"""How a run is started, and how its messages reach the browser: in groups.

A run of the script makes more than a hundred messages. Streamlit 1.67 passes each of them alone to
the thread that talks to the browsers, wakes that thread for it, and lets every other thread go
first before it sends the next one. With many users most of a page's time is spent waiting for
turns. It also reads the theme from the configuration and composes it again for every run, and
copies the whole state of the session for every field to see whether that field is empty.

Each message is also written to its connection alone, and at each write the thread lets others go
first again.

Streamlit has that thread start the thread of each run, too, and wait until it has had its first
turn. While other runs are at work this takes some milliseconds, in which nobody is answered; a
hundred windows that look at a job once a second take most of a second.

``keep`` changes all of that, once in a process: what a run says within a hundredth of a second goes
together, in the same order, and is written at once; what is not a message (the start and the end of
a run) takes along all that came before it; and a thread of its own starts the threads of runs, each
when the one before it waits for its turn to draw.
"""

from __future__ import annotations

import asyncio
import functools
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from streamlit import delta_generator
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner import ScriptRunner, ScriptRunnerEvent
from streamlit.runtime.state import SafeSessionState
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_LOG = logging.getLogger(__name__)
_TOGETHER = 0.01
# A browser that does not read is left when 500 messages wait for it; a group is far smaller.
_GROUP = 32
# A thread that waits for its turn gets it after this time. Most turns are taken by the thread that
# talks to the browsers and answers the health check, for far less than Python's 5 ms.
_TURN = 0.001

# Seconds until a run for which the system has no thread is started again.
_AGAIN = 0.1
# Seconds that the next run waits at the most until one that was started waits for its turn.
_ON_ITS_WAY = 0.05
_mine = threading.local()

Work = Callable[[], None]


class Outbox:
    """What the runs of a session have for the thread that talks to its browser, in order.

    Parameters
    ----------
    loop : asyncio.AbstractEventLoop
        The event loop of that thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._lock = loop, threading.Lock()
        self._waiting: list[Work] = []
        self._hurried = False

    def add(self, work: Work, *, hurry: bool) -> None:
        """Add some work, from any thread: for a hundredth of a second later, or for now.

        Raises
        ------
        RuntimeError
            If the event loop is closed.
        """
        with self._lock:
            first = not self._waiting
            self._waiting.append(work)
            wake = hurry and not self._hurried
            self._hurried = self._hurried or hurry
        if wake:
            self._loop.call_soon_threadsafe(self.deliver)
        elif first:
            self._loop.call_soon_threadsafe(self._loop.call_later, _TOGETHER, self.deliver)

    def deliver(self) -> None:
        """Do what waits, in the thread of the event loop; a failure does not stop the rest."""
        with self._lock:
            todo, self._waiting, self._hurried = self._waiting, [], False
        for work in todo:
            try:
                work()
            except Exception as error:  # noqa: BLE001 as the event loop does with each callback
                self._loop.call_exception_handler({"message": "delivery", "exception": error})


class Starter:
    """A thread that starts runs in the order in which they come, each when the one before arrives.

    ``start`` returns at once. A run for which the system has no thread is tried until it has one.
    """

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[Work, threading.Event]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="start runs", daemon=True).start()

    def start(self, begin: Work, arrives: threading.Event) -> None:
        """Start a run by ``begin`` once those before it have been started and have arrived.

        ``arrives`` is set when the run waits for its turn to draw, or has ended.
        """
        self._waiting.put((begin, arrives))

    def _work(self) -> None:
        while True:
            (begin, arrives), told = self._waiting.get(), False
            while True:
                try:
                    begin()
                    break
                except RuntimeError:  # the system has no thread
                    if not told:
                        _LOG.exception("a run could not be started; it is tried again")
                    told = True
                    time.sleep(_AGAIN)
            arrives.wait(_ON_ITS_WAY)


class Whole:
    """A connection that writes at once what is written to it in one turn of the event loop.

    Parameters
    ----------
    transport : asyncio.Transport
        The connection.
    loop : asyncio.AbstractEventLoop
        Its event loop.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write bytes at the end of this turn, after those before them."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        """Write what waits, and close the connection."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            whole, self._parts = b"".join(self._parts), []
            self._transport.write(whole)


@functools.cache
def _starter() -> Starter:
    return Starter()


class Runner(ScriptRunner):
    """The runs of a session, which are started by a thread of their own."""

    def start(self) -> None:
        """Start the thread of the runs soon."""
        self._arrives = threading.Event()
        _starter().start(self._begin, self._arrives)

    def _begin(self) -> None:
        try:
            super().start()
        except RuntimeError:
            self._script_thread = None
            raise

    def _run_script_thread(self) -> None:
        _mine.arrives = self._arrives
        try:
            super()._run_script_thread()
        finally:
            self._arrives.set()


def arrived() -> None:
    """Let the next run start: this one waits for its turn now."""
    arrives: threading.Event | None = getattr(_mine, "arrives", None)
    if arrives is not None:
        arrives.set()


class Group(list[ForwardMsg]):
    """Messages that are sent one after the other without a turn for others in between."""


def _outbox(session: AppSession) -> Outbox:
    found: Outbox | None = vars(session).get("_outbox")
    if found is None:
        # Two threads of a session may come first together; setdefault keeps one of the two.
        found = vars(session).setdefault("_outbox", Outbox(session._event_loop))
    return found


def _call_soon(session: AppSession, work: Work) -> None:
    """Do some work on the event loop; none if it is closed, as Streamlit does."""
    try:
        _outbox(session).add(work, hurry=True)
    except RuntimeError:
        if not session._event_loop.is_closed():
            raise


def _on_event(
    told: Callable[..., None],
    session: AppSession,
    sender: Any,
    event: Any,
    *more: Any,
    **named: Any,
) -> None:
    """Pass what a run says to the event loop; ``told`` is what Streamlit does with an event."""
    message = named.get("forward_msg")
    if event is not ScriptRunnerEvent.ENQUEUE_FORWARD_MSG or message is None:
        told(session, sender, event, *more, **named)
        return

    def enqueue() -> None:
        # As Streamlit does: a run that another one has replaced says nothing more.
        if sender is session._scriptrunner:
            session._enqueue_forward_msg(message)

    try:
        _outbox(session).add(enqueue, hurry=False)
    except RuntimeError:
        if not session._event_loop.is_closed():
            raise


def _flushed(flush: Callable[[AppSession], list[ForwardMsg]], session: AppSession) -> list[Any]:
    """Return what waits for the browser of a session, in groups."""
    return list(_grouped(flush(session)))


def _grouped(messages: list[ForwardMsg]) -> Iterator[Group]:
    for start in range(0, len(messages), _GROUP):
        yield Group(messages[start : start + _GROUP])


def _send(
    send: Callable[[Runtime, Any, ForwardMsg], None], runtime: Runtime, whose: Any, what: Any
) -> None:
    """Send a group, or a message that comes alone."""
    for message in what if isinstance(what, Group) else (what,):
        send(runtime, whose, message)


def _woken(runtime: Runtime) -> None:
    """Have the event loop send what waits, unless it has been told."""
    kept = runtime._get_async_objs()
    if kept.need_send_data.is_set():
        return
    if threading.get_ident() == getattr(kept.eventloop, "_thread_id", None):
        kept.need_send_data.set()
    else:
        kept.eventloop.call_soon_threadsafe(kept.need_send_data.set)


class _Themes:
    """The messages about the theme, by the section of the configuration."""

    def __init__(self, compose: Callable[[CustomThemeConfig, str], None]) -> None:
        self._compose = functools.cache(functools.partial(self._composed, compose))

    @staticmethod
    def _composed(
        compose: Callable[[CustomThemeConfig, str], None], section: str
    ) -> CustomThemeConfig | None:
        found = CustomThemeConfig()
        compose(found, section)
        return found if found.ByteSize() else None

    def __call__(self, message: CustomThemeConfig, section: str = "theme") -> None:
        found = self._compose(section)
        if found is not None:
            message.MergeFrom(found)


class Glance(Mapping[str, Any]):
    """The state of a session by keys, of which only what is asked for is read.

    Parameters
    ----------
    state : SafeSessionState
        The state.
    whole : callable
        Returns all of it.
    """

    def __init__(self, state: SafeSessionState, whole: Callable[[Any], dict[str, Any]]) -> None:
        self._state, self._whole = state, whole

    def __getitem__(self, key: str) -> Any:
        with self._state._lock:
            return self._state._state[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._whole(self._state))

    def __len__(self) -> int:
        return len(self._whole(self._state))


def keep() -> None:
    """Deliver in groups from now on; called once in a process."""
    sys.setswitchinterval(_TURN)
    # Otherwise the first element looks through all modules for where the app was started.
    delta_generator._use_warning_has_been_displayed = True
    told, flush, send = (
        AppSession._on_scriptrunner_event,
        AppSession.flush_browser_queue,
        Runtime._send_message,
    )
    made = WebSocketsSansIOProtocol.connection_made
    themes = _Themes(app_session._populate_theme_msg)
    whole = vars(SafeSessionState)["filtered_state"].fget
    changed: dict[tuple[Any, str], Any] = {
        (AppSession, "_on_scriptrunner_event"): lambda self, *a, **k: _on_event(
            told, self, *a, **k
        ),
        (AppSession, "_call_soon_on_event_loop"): _call_soon,
        (AppSession, "flush_browser_queue"): lambda self: _flushed(flush, self),
        (Runtime, "_send_message"): lambda self, *a: _send(send, self, *a),
        (Runtime, "_enqueued_some_message"): _woken,
        (app_session, "_populate_theme_msg"): themes,
        (WebSocketsSansIOProtocol, "connection_made"): lambda self, transport: made(
            self, cast(asyncio.Transport, Whole(transport, self.loop))
        ),
        (app_session, "ScriptRunner"): Runner,
        (SafeSessionState, "filtered_state"): property(lambda self: Glance(self, whole)),
    }
    for (place, name), work in changed.items():
        setattr(place, name, work)
