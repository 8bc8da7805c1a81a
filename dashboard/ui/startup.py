"""What runs before a page: process set-up, and the check that the frame is in place."""

from __future__ import annotations

import ctypes
import functools
import gc
import importlib
import logging
import threading
import time

import streamlit as st
from starlette.websockets import WebSocketDisconnected

import rdcore
from dashboard.jobs import journal, vitals
from dashboard.model.presets import FIRST
from dashboard.model.specs import SourceSpec
from dashboard.ui import (
    delivery,
    downloads,
    intent,
    jobs,
    navigation,
    queries,
    starts,
    state,
    trades,
)
from dashboard.uploads import store

_FIRST = threading.Lock()
# Seconds between two collections of garbage: twenty users leave a few MB in that time.
_BETWEEN = 15.0
# Objects made since the last collection of the youngest, which stops all threads; Python has 700,
# which a page makes many times over.
_YOUNG = 20_000
_FIRST_PAGE = (
    "frame",
    *(f"cards.{name}" for name in ("explore", "wishes", "sampling", "groups", "source_bounds")),
    "cards.audit",
)
# The number of M_ARENA_MAX in the GNU C library's malloc.h.
_ARENAS = -8


@functools.cache
def settle_down() -> None:
    """Set up the process once.

    The server log has one line for each solve and job, and errors. Uploads that were not used for a
    day are removed, and folders of servers that were killed.

    Raises
    ------
    SettingError
        If a limit of the operator cannot be used.
    """
    spare_memory()
    kept, workers = store.shared(), jobs.scheduler()
    jobs.turnstile()
    intent.keep()
    delivery.keep()
    journal.begin()
    journal.entry("start", version=rdcore.__version__)
    vitals.OWN.begin(rdcore.__version__, {"workers": workers.trouble, "store": kept.trouble})
    vitals.OWN.look_regularly()
    store.tidy_regularly()
    collect_regularly()
    logging.getLogger("uvicorn.error").addFilter(went_wrong)


def spare_memory() -> None:
    """Have the C library take the memory of all threads from two places.

    It otherwise has eight for each core. Each run of a page has a thread of its own, so that every
    place grows in time to what the largest page needs, and most of it is free and kept.
    """
    choose = getattr(ctypes.CDLL(None), "mallopt", None)  # in the GNU C library
    if choose is not None:
        choose(_ARENAS, 2)


def collect_regularly() -> None:
    """Collect garbage every few seconds, in a thread, until the server stops.

    Each run of a page has a thread of its own, and the C library keeps what these threads free for
    later ones: tens of MB within minutes. It is given back to the system.
    """
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)  # in the GNU C library

    def work() -> None:
        while True:
            time.sleep(_BETWEEN)
            gc.collect()
            if give_back is not None:
                give_back(0)

    threading.Thread(target=work, name="collect garbage", daemon=True).start()


def ready() -> None:
    """Set up the process, once, in the thread that comes first; the others wait.

    Raises
    ------
    SettingError
        If a limit of the operator cannot be used.
    """
    with _FIRST:
        settle_down()


def rehearse() -> None:
    """Import and solve what the first page shows, while the first browser loads its own scripts.

    The objects made until then are excluded from garbage collection, which stops all threads: it
    otherwise takes about 60 ms.
    """
    for name in _FIRST_PAGE:
        importlib.import_module(f"dashboard.ui.{name}")
    spec = starts.opening(SourceSpec(FIRST))
    with downloads.outside_of_runs():
        queries.attempt(queries.curve, spec)
        queries.attempt(queries.known, spec.setting)
        for which in range(len(spec.levels)):
            queries.attempt(trades.what_if, spec, which=which)
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)


@functools.cache
def doorway() -> threading.Semaphore:
    """Return what lets one script at a time draw what all pages have, before its page."""
    return threading.BoundedSemaphore(1)


def went_wrong(record: logging.LogRecord) -> bool:
    """Return whether a log record reports more than a browser window closed by its user.

    If a window closes while the server handles its last message, Streamlit 1.67 treats the end
    of the connection as a malformed message, closes the connection again, and logs that error
    with a stack trace.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, WebSocketDisconnected)


def configure() -> None:
    """Set the title, the icon and the layout of the window."""
    st.set_page_config(
        page_title="rdcore dashboard",
        page_icon="assets/icon.png",
        layout="wide",
        initial_sidebar_state=330,
    )


def require_frame() -> None:
    """Restart with app.py if this page runs without it.

    Before the first call of st.navigation, Streamlit uses the folder named pages as the
    navigation of the app. Without this check, a page URL opened first after a start shows the page
    alone. A call of st.navigation ends that.
    """
    if not state.take_frame():
        # Before st.navigation, which otherwise loads the page's icon from another server.
        configure()
        st.navigation(navigation.pages(), position="hidden")
        st.rerun()
