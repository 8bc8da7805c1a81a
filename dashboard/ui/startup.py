"""What comes before a page: the process settles down, and the frame is in place."""

from __future__ import annotations

import functools
import gc
import logging

import streamlit as st
from starlette.websockets import WebSocketDisconnected

from dashboard.ui import navigation, state


@functools.cache
def settle_down() -> None:
    """Do once what the process needs for the rest of its life.

    What start-up made is taken out of the garbage collector's rounds: Streamlit collects after
    every run of the script, which otherwise holds the interpreter for about 60 ms each time.
    The server's log is kept to what went wrong.
    """
    gc.collect()
    gc.freeze()
    logging.getLogger("uvicorn.error").addFilter(went_wrong)


def went_wrong(record: logging.LogRecord) -> bool:
    """Tell whether a line of the server's log reports more than a window closed by its user.

    When a window goes while the server works on its last message, Streamlit 1.67 takes the end
    of the connection for a malformed message, closes what is closed, and that error is logged
    with its whole stack.
    """
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, WebSocketDisconnected)


def require_frame() -> None:
    """Start over with app.py if this page runs without it.

    Until st.navigation is called for the first time, Streamlit takes a folder named pages for
    the app's whole navigation. So whoever opens a page's address first after a start would get
    the page alone. Calling st.navigation ends that.
    """
    if not state.take_frame():
        st.navigation(navigation.pages(), position="hidden")
        st.rerun()
