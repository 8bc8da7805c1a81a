"""The comparison with the free codebook: its rate, certificate and codewords."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import at_most, duration, figure
from dashboard.model.fields import MAX_TYPED
from dashboard.model.specs import MAX_CODEWORDS, CodebookSpec, ProblemSpec, Setting
from dashboard.model.views import IN_USE, Point, Trouble
from dashboard.tasks import solve
from dashboard.ui import jobs, layout, state, subsets
from dashboard.ui.metrics import explained, tile, tiles
from dashboard.ui.page import Shown
from dashboard.ui.sidebar import controls

_KEY = "every_codebook"


def found(spec: ProblemSpec) -> Point | jobs.Running | Trouble | None:
    """Return the solution for the free codebook or its job; None if it is not requested."""
    if not controls.wants_free_codebook(spec.setting):
        return None
    result = jobs.run(
        _KEY,
        _without_codebook(spec),
        solve.free_codebook,
        inputs=lambda: (spec.problem(),),
        limits=jobs.QUICK,
        patience=jobs.PATIENCE,
    )
    return result.result if isinstance(result, jobs.Done) else result


def beside(shown: Shown) -> Point | jobs.Running | Trouble | None:
    """Return what ``card`` draws beside the shown result.

    If the chosen codebook cannot meet the levels, the free codebook is solved at these levels and
    drawn here instead.
    """
    best = found(shown.wanted)
    if shown.wanted == shown.spec:
        return best
    if best is not None:
        _instead(best, shown.wanted.setting)
    return None


def _instead(best: Point | jobs.Running | Trouble, setting: Setting) -> None:
    """Draw the rate of the free codebook at levels that the chosen codebook cannot meet."""
    with layout.card("Free codebook at these levels", height="content"):
        if not isinstance(best, Point):
            jobs.follow(_KEY, best, what="Solving for the free codebook")
            return
        used = best.masses > IN_USE
        with tiles(2 + len(best.levels)):
            tile(
                "Rate, free codebook",
                figure(best.rate_bits),
                f"gap ≤ {figure(best.gap_bits, 2)} bits",
                unit="bits",
                more=explained("free codebook", "gap"),
                border=False,
            )
            for one, price in zip(subsets.marks(setting), best.prices_bits, strict=True):
                tile(
                    f"Price of {one.level}",
                    figure(float(price)),
                    unit=f"bits/{setting.unit}",
                    border=False,
                )
            tile("Codewords", str(int(used.sum())), border=False)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"Certified for {best.scope}.", width="content")
            typed = ", ".join(" ".join(f"{v:.7g}" for v in row) for row in best.codebook[used])
            if used.sum() <= MAX_CODEWORDS and len(typed) <= MAX_TYPED:
                st.button(
                    "Use these codewords",
                    key="use_free_codewords",
                    on_click=state.put,
                    args=({state.CODEBOOK: "typed", state.TYPED: typed},),
                )


def _without_codebook(spec: ProblemSpec) -> ProblemSpec:
    """Return the spec without its codebook, because the result does not depend on it."""
    old = spec.setting
    setting = replace(old, codebook=CodebookSpec())
    return ProblemSpec(setting, spec.level)


def card(point: Point | None, best: Point | jobs.Running | Trouble | None, unit: str) -> None:
    """Draw the rate for the free codebook and for the chosen one, with its certificate."""
    if best is None or point is None:
        return
    with layout.card("Free codebook", height="content"):
        if not isinstance(best, Point):
            jobs.follow(_KEY, best, what="Solving for the free codebook")
            return
        extra = point.rate_bits - best.rate_bits
        with tiles(4):
            tile(
                "Rate, free codebook",
                figure(best.rate_bits),
                f"gap ≤ {at_most(best.gap_bits)} bits",
                unit="bits",
                more=explained("free codebook", "gap"),
                border=False,
            )
            tile(
                "Extra rate, this codebook",
                figure(max(extra, 0.0)),
                f"± {figure(max(best.gap_bits, point.gap_bits), 2)} bits",
                unit="bits",
                border=False,
            )
            used = int((best.masses > IN_USE).sum())
            tile(
                "Codewords, free codebook",
                str(used),
                "open diamonds",
                unit=f"(this codebook: {point.in_use})",
                border=False,
            )
            tile(
                "Price of D, free codebook",
                figure(best.price_bits),
                f"this codebook: {figure(point.price_bits)}",
                unit=f"bits/{unit}",
                border=False,
            )
        st.caption(
            f"Certified for {best.scope}: no set of codewords allows a rate below"
            f" {figure(best.rate_bits - best.gap_bits, 10)} bits at these levels."
            f" Solved in {duration(best.seconds)}."
        )
