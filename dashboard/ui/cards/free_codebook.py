"""The comparison with the free codebook: its rate, certificate and codewords."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.formatting import at_most, duration, figure
from dashboard.model import wording
from dashboard.model.codebooks import MAX_CODEWORDS
from dashboard.model.fields import MAX_TYPED
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import IN_USE, Point, Trouble
from dashboard.ui import best, jobs, layout, queries, state, subsets
from dashboard.ui.metrics import explained, tile, tiles
from dashboard.ui.page import Shown
from dashboard.ui.sidebar import controls
from rdcore import LevelScale

_KEY = best.KEY


def found(spec: ProblemSpec) -> Point | jobs.Running | Trouble | None:
    """Return the solution for the free codebook or its job; None if it is not requested."""
    if not controls.wants_free_codebook(spec.setting):
        return None
    return best.solution(spec)


def beside(shown: Shown) -> Point | jobs.Running | Trouble | None:
    """Return what ``card`` draws beside the shown result.

    If the chosen codebook cannot meet the levels, the free codebook is solved at these levels and
    drawn here instead.
    """
    other = found(shown.wanted)
    if shown.wanted == shown.spec:
        return other
    if other is not None:
        _instead(other, shown.wanted.setting)
    return None


def _instead(free: Point | jobs.Running | Trouble, setting: Setting) -> None:
    """Draw the rate of the free codebook at levels that the chosen codebook cannot meet."""
    with layout.card("Free codebook at these levels", height="content"):
        if not isinstance(free, Point):
            jobs.follow(_KEY, free, what="Solving for the free codebook")
            return
        used = free.masses > IN_USE
        with tiles(2 + len(free.levels)):
            tile(
                "Rate, free codebook",
                figure(free.rate_bits),
                f"gap ≤ {at_most(free.gap_bits)} bits",
                unit="bits",
                more=explained("free codebook", "gap"),
                border=False,
            )
            how = queries.scale(setting)
            for which, one in enumerate(subsets.marks(setting)):
                tile(
                    f"Price of {one.level}",
                    figure(wording.spot(how, free, which)[1]),
                    unit=wording.price_unit(how),
                    border=False,
                )
            tile("Codewords", str(int(used.sum())), border=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Certified for {free.scope}.", width="content")
            _use(free)


def _use(free: Point) -> None:
    """Offer the codewords of the free codebook as typed ones."""
    used = free.masses > IN_USE
    typed = ", ".join(" ".join(f"{v:.7g}" for v in row) for row in free.codebook[used])
    if used.sum() <= MAX_CODEWORDS and len(typed) <= MAX_TYPED:
        st.button(
            "Use these codewords",
            key="use_free_codewords",
            on_click=state.put,
            args=({state.CODEBOOK: "typed", state.TYPED: typed},),
        )


def path(
    spec: ProblemSpec, which: int, free: object
) -> dict[str, Any] | jobs.Running | Trouble | None:
    """Return the path for the free codebook along a level, or its job; None if there is none.

    The job starts when the solution at the current levels, ``free``, is there; until then ``free``
    is its job.
    """
    if len(spec.setting.source.labels) > 1:
        return None
    if not isinstance(free, Point):
        return free if isinstance(free, jobs.Running) else None
    found = best.curve(spec, which)
    if isinstance(found, jobs.Running):
        best.wait_for_curve()
    return found[1] if isinstance(found, tuple) else found


def chosen(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the certificate of Best where it is the codebook of the page."""
    if point is None or not best.is_chosen(spec):
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.line(
            f"**Best codebook**: no set of codewords allows a rate below"
            f" {figure(point.rate_bits - point.gap_bits, 10)} bits at these levels."
        )
        _use(point)


def card(point: Point | None, free: Point | jobs.Running | Trouble | None, how: LevelScale) -> None:
    """Draw the rate for the free codebook and for the chosen one, with its certificate."""
    if free is None or point is None:
        return
    with layout.card("Free codebook", height="content"):
        if not isinstance(free, Point):
            jobs.follow(_KEY, free, what="Solving for the free codebook")
            return
        extra = point.rate_bits - free.rate_bits
        with tiles(4):
            tile(
                "Rate, free codebook",
                figure(free.rate_bits),
                f"gap ≤ {at_most(free.gap_bits)} bits",
                unit="bits",
                more=explained("free codebook", "gap"),
                border=False,
            )
            tile(
                "Extra rate, this codebook",
                figure(max(extra, 0.0)),
                f"gap ≤ {at_most(max(free.gap_bits, point.gap_bits))} bits",
                unit="bits",
                border=False,
            )
            used = int((free.masses > IN_USE).sum())
            tile(
                "Codewords, free codebook",
                str(used),
                "open diamonds",
                unit=f"(this codebook: {point.in_use})",
                border=False,
            )
            tile(
                "Price of D, free codebook",
                figure(wording.spot(how, free, 0)[1]),
                f"this codebook: {figure(wording.spot(how, point, 0)[1])}",
                unit=wording.price_unit(how),
                border=False,
            )
        with layout.waiting("free_codebook"):
            st.caption(
                f"Certified for {free.scope}: no set of codewords allows a rate below"
                f" {figure(free.rate_bits - free.gap_bits, 10)} bits at these levels."
                f" Solved in {duration(free.seconds)}."
            )
