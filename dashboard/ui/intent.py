"""Each run of the script shows the page that the browser asked it for.

Streamlit 1.67 keeps the page of a run in an object of the session. A click on a link stops the
run before it and starts another in a new thread. If the stopped run was about to start again, as
the look at a job does when the job has ended, it first collects garbage and then sets its own page
once more, before it notices that it was stopped. ``st.navigation`` of the new run then showed the
page that the user had left, and the click was lost.

Such two runs share the state of the session, but each has a lock of its own for it. If one went
through the settings or the parameters of the URL while the other set one, it failed: "dictionary
changed size during iteration". Here they share a lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.state import SafeSessionState, SessionState

_NAMES = "_intended_page_script_hash", "_intended_page_name", "_current_page_script_hash"


class _OfThread:
    """An attribute of which a thread reads what it wrote; other threads read the last value."""

    def __init__(self, name: str) -> None:
        self._last, self._own = name, f"{name}_of_thread"

    def __get__(self, manager: PagesManager, kind: type[PagesManager]) -> Any:
        kept = vars(manager)
        return getattr(kept.get(self._own), "value", kept.get(self._last))

    def __set__(self, manager: PagesManager, value: Any) -> None:
        kept = vars(manager)
        kept[self._last] = value
        kept.setdefault(self._own, threading.local()).value = value


_begin: Callable[..., None] = SafeSessionState.__init__


def _begin_locked(safe: SafeSessionState, state: SessionState, *more: Any, **named: Any) -> None:
    """Give a run the lock that all runs of its session share."""
    _begin(safe, state, *more, **named)
    # The state itself has no room for it.
    lock = vars(state.query_params).setdefault("_lock_of_runs", threading.RLock())
    object.__setattr__(safe, "_lock", lock)


def keep() -> None:
    """Let no run of a session disturb another one; called once in a process."""
    for name in _NAMES:
        setattr(PagesManager, name, _OfThread(name))
    setattr(SafeSessionState, "__init__", _begin_locked)  # noqa: B010
