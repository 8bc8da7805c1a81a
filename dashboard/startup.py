"""What comes before a page: the process settles down, and the frame is in place."""

from __future__ import annotations

import functools
import gc

import streamlit as st

from dashboard import navigation, state


@functools.cache
def settle_down() -> None:
    """Take what start-up made out of the garbage collector's rounds.

    Streamlit collects garbage after every run of the script, which otherwise holds the
    interpreter for about 60 ms each time.
    """
    gc.collect()
    gc.freeze()


def require_frame() -> None:
    """Start over with app.py if this page runs without it.

    Until st.navigation is called for the first time, Streamlit takes a folder named pages for
    the app's whole navigation. So whoever opens a page's address first after a start would get
    the page alone. Calling st.navigation ends that.
    """
    if not state.take_frame():
        st.navigation(navigation.pages(), position="hidden")
        st.rerun()
