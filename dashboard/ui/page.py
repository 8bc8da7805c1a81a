"""The start of a page: frame check, title, and the problem set in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, SourceView, Trouble
from dashboard.ui import layout, queries, record, startup, state
from dashboard.ui.sidebar import controls


class Ended(Exception):
    """Ends a page that has nothing more to show; the frame continues.

    ``st.stop`` would end the whole run, before the URL is written.
    """


@dataclass(frozen=True, eq=False)
class Shown:
    """The problem that a page shows, its solution if it has one, and the view of its source."""

    spec: ProblemSpec
    point: Point | None
    view: SourceView


def begin(title: str, *, beside: Callable[[], None] | None = None) -> None:
    """Draw the title of the page; ``beside`` draws controls in the same row."""
    startup.require_frame()
    layout.style()
    record.begin(title)
    if beside is None:
        st.title(title)
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(title)
        beside()


def problem(title: str, *, beside: Callable[[], None] | None = None) -> Shown:
    """Start a page about the problem set in the sidebar; stop it if the source cannot be shown."""
    begin(title, beside=beside)
    spec, point = layout.settle(controls.problem(state.source()))
    view = queries.attempt(queries.view, spec.setting)
    if isinstance(view, Trouble):
        st.error(view.markdown)
        raise Ended
    return Shown(spec, point, view)
