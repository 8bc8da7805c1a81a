"""One run of the app: what the user has set, the navigation, the source, the page, the URL."""

from __future__ import annotations

import contextlib

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.ui import jobs, navigation, startup, state
from dashboard.ui.page import Ended
from dashboard.ui.sidebar import picker


def run() -> None:
    """Run the page that the address names, between taking over the state and writing the URL."""
    startup.settle_down()
    pages = navigation.pages()
    page = st.navigation(pages, position="hidden")
    state.begin(page.title)
    navigation.bar(pages, page)
    note = st.empty()
    picker.source()
    state.set_frame()
    with contextlib.suppress(Ended):
        page.run()
    if state.note():
        note.info(as_markdown(state.note()), icon=":material/link:")
    state.commit()
    jobs.tidy()
