"""One run of the app: read the state, draw navigation, source and page, write the URL."""

from __future__ import annotations

import contextlib

import streamlit as st

import rdcore as rd
from dashboard import server
from dashboard.errors import UserError
from dashboard.formatting import as_markdown
from dashboard.ui import (
    delivery,
    jobs,
    last,
    navigation,
    own_lesson,
    pins,
    replaced,
    share,
    startup,
    state,
)
from dashboard.ui.page import Ended
from dashboard.ui.sidebar import picker


def run() -> None:
    """Run the page in the URL: read the state before it and write the URL after it."""
    startup.configure()
    try:
        startup.ready()
    except UserError as error:
        st.error(f"This server cannot work: {as_markdown(str(error))}")
        return
    delivery.arrived()
    # The bar takes a few milliseconds: it does not wait for the pages of others.
    with startup.doorway():
        pages = navigation.pages()
        page = st.navigation(pages, position="hidden")
        share.begin(pages, page)
        state.begin(page.title)
        last.show_problem(None)
        last.await_problem(None)
        place = navigation.bar(pages, page)
    with jobs.turnstile():
        _run(pages, page, place)


def _run(pages: list[st.Page], page: st.Page, place: st.delta_generator.DeltaGenerator) -> None:
    note = st.empty()
    picker.source()
    own_lesson.banner()
    state.set_frame()
    with contextlib.suppress(Ended):
        page.run()
    _foot()
    if state.note():
        note.info(as_markdown(state.note()), icon=":material/link:")
    pins.popover(place, page, pages[-1])
    share.popover(place, page)
    state.finish()
    jobs.tidy()
    replaced.forget()


def _foot() -> None:
    """Write the version and the way to the documentation at the foot of the sidebar."""
    version = f"rdcore {rd.__version__}"
    if server.documented():
        st.sidebar.caption(f"{version} · [Documentation]({server.ADDRESS})")
    else:
        st.sidebar.caption(f"{version} · The documentation is not built; `make docs` builds it.")
