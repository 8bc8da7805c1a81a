"""The start of a page: frame check, title, and the problem set in the sidebar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn

import streamlit as st

from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, SourceView, Trouble
from dashboard.ui import best, budget, coarse, last, layout, queries, record, startup, subsets
from dashboard.ui.sidebar import controls


class Ended(Exception):
    """Ends a page that has nothing more to show; the frame continues.

    ``st.stop`` would end the whole run, before the URL is written.
    """


@dataclass(frozen=True, eq=False)
class Shown:
    """The problem that a page shows, its solution if it has one, and the view of its source.

    ``wanted`` is the problem that is set; another one is shown if its levels cannot be met.
    """

    wanted: ProblemSpec
    spec: ProblemSpec
    point: Point | None
    view: SourceView


def begin(
    title: str,
    *,
    beside: Callable[[], None] | None = None,
    words: Callable[[], None] | None = None,
    hidden: bool = False,
) -> None:
    """Draw the title of the page.

    In the same row, ``beside`` draws controls at its end, or ``words`` some words after the title.
    A hidden title is that of the page's report only.
    """
    startup.require_frame()
    layout.style()
    record.begin(title)
    if hidden:
        return
    more = words or beside
    if more is None:
        st.title(title)
        return
    key = "title_words" if words else "title_row"
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=key):
        st.title(title, width="content" if words else "stretch")
        more()


def problem(
    title: str,
    *,
    beside: Callable[[], None] | None = None,
    words: Callable[[], None] | None = None,
    partly: bool = False,
    vectors: Callable[[ProblemSpec], None] | None = None,
) -> Shown:
    """Start a page about the problem set in the sidebar; stop it if the source cannot be shown.

    It also stops while the best codebook is being solved, unless the page shows other parts
    ``partly`` then. A source of more than two columns is shown by ``vectors``, or not at all.
    """
    begin(title, beside=beside, words=words)
    subsets.style()
    wanted = controls.problem(last.source())
    if wanted.setting.source.vectors:
        _of_columns(wanted, vectors)
    settle = best.settle if wanted.setting.codebook.free else layout.settle
    with layout.notes():
        asked = budget.within(wanted)
        spec, point = settle(asked) if asked is not None else layout.last_good(wanted)
    waits = asked is None or best.is_chosen(spec)
    if point is None and waits and not partly:
        raise Ended
    wanted = asked or spec
    view = queries.attempt(queries.view, spec.setting)
    if isinstance(view, Trouble):
        st.error(view.markdown)
        raise Ended
    last.show_problem(spec if point is not None else None)
    brush = subsets.look(subsets.chosen()).colour
    view = replace(view, marks=subsets.marks(spec.setting), brush=brush)
    coarse.warn(spec, view)
    return Shown(wanted, spec, point, view)


def _of_columns(wanted: ProblemSpec, draw: Callable[[ProblemSpec], None] | None) -> NoReturn:
    """Show a source of more than two columns, or say where it is shown; end the page."""
    last.show_problem(None)
    if draw is not None:
        draw(wanted)
    else:
        count = len(wanted.setting.source.labels)
        st.info(
            f"This page is for a source in one or two columns; {count} are chosen. Explore shows"
            " them together and one by one.",
            icon=":material/view_column:",
        )
    raise Ended
