"""How a page begins: the frame, its question, and the problem that it is about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, SourceView, Trouble
from dashboard.ui import layout, queries, startup, state
from dashboard.ui.sidebar import controls


class Ended(Exception):
    """A page has nothing more to show; the frame goes on to what comes after a page.

    ``st.stop`` would end the whole run, before the URL is written.
    """


@dataclass(frozen=True, eq=False)
class Shown:
    """The problem that a page shows, its solution if it has one, and its source as drawn."""

    spec: ProblemSpec
    point: Point | None
    view: SourceView


def begin(question: str, *, beside: Callable[[], None] | None = None) -> None:
    """Draw the page's question; ``beside`` draws what stands in the same row."""
    startup.require_frame()
    layout.style()
    if beside is None:
        st.title(question)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(question)
        beside()


def problem(question: str, *, beside: Callable[[], None] | None = None) -> Shown:
    """Begin a page about the problem set in the sidebar; stop it if there is nothing to show."""
    begin(question, beside=beside)
    spec, point = layout.settle(controls.problem(state.source()))
    view = queries.attempt(queries.view, spec.setting)
    if isinstance(view, Trouble):
        st.error(view.markdown)
        raise Ended
    return Shown(spec, point, view)
