"""The maps over D and D′, solved by a job; a click goes there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.figures.maps import Which, binds
from dashboard.formatting import figure, short
from dashboard.model import exports
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import Point, SurfaceView, Trouble
from dashboard.tasks import surface
from dashboard.ui import jobs, layout, queries, state
from dashboard.ui.charts import clickable, colours

_HEIGHT = 320
_KEY = "surface"
_TITLES: dict[Which, tuple[str, str]] = {
    "rate": ("Rate R(D, D′)", "Lines join equal rates."),
    "binding": ("What binds", "A level that does not bind is met at no cost."),
    "price": ("Price of D, λ", "Nothing is drawn where D is slack."),
    "subset_price": ("Price of D′, λ′", "Nothing is drawn where D′ is slack."),
}


def maps(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the four maps, or how far they have come."""
    setting = replace(spec.setting, subset_level=1.0)
    levels = queries.attempt(queries.surface_levels, setting)
    if isinstance(levels, Trouble):
        st.warning(levels.markdown)
        return
    found = jobs.run(_KEY, setting, surface.surface, inputs=lambda: (setting.problem(1.0), *levels))
    st.markdown("##### Over D and D′")
    with layout.toolbar(_KEY):
        st.caption("Click a cell to go there: it sets D and D′ on every page.", width="content")
        if isinstance(found, jobs.Done):
            layout.downloads(_KEY, exports.surface_table(found.result, setting.unit), setting)
    if isinstance(found, jobs.Done):
        _draw(found.result, point, setting)
    else:
        jobs.follow(
            _KEY,
            found,
            what="Solving at every D and D′",
            draw=lambda shown: _draw(shown, point, setting, unfinished=True),
        )


def _draw(
    surface: SurfaceView, point: Point | None, setting: Setting, *, unfinished: bool = False
) -> None:
    with st.grid(2, min_column_width=340, gap="small"):
        for which, (title, sentence) in _TITLES.items():
            with layout.card(title, sentence, height="content", compact=True):
                _map(surface, point, which, setting, unfinished=unfinished)


def _map(
    surface: SurfaceView,
    point: Point | None,
    which: Which,
    setting: Setting,
    *,
    unfinished: bool,
) -> None:
    drawing = figures.surface_map(
        surface,
        point,
        which,
        colours=colours(),
        unit=setting.unit,
    )
    clickable(
        drawing,
        f"{which}_map_chart",
        alt=_described(surface, which, setting.unit),
        on_click=_go,
        height=_HEIGHT,
        unfinished=unfinished,
    )


def _go(level: float, subset_level: float) -> None:
    """Set D and D′ to the cell that was clicked."""
    state.put({state.LEVEL: level, state.SUBSET_LEVEL: subset_level})


def _described(surface: SurfaceView, which: Which, unit: str) -> str:
    ranges = (
        f"for D from {short(float(surface.levels[0]))} to {short(float(surface.levels[-1]))} and"
        f" D′ from {short(float(surface.subset_levels[0]))}"
        f" to {short(float(surface.subset_levels[-1]))} {unit}"
    )
    if which == "binding":
        first, second = binds(surface)
        shares = [(first & second).mean(), (first & ~second).mean(), (second & ~first).mean()]
        both, one, other = (f"{100 * share:.0f} %" for share in shares)
        return f"Of the cells {both} bind both, {one} only D, {other} only D′, {ranges}"
    values = {
        "rate": surface.upper_bits,
        "price": surface.price_bits,
        "subset_price": surface.subset_price_bits,
    }[which]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    name = _TITLES[which][0]
    per = "bits" if which == "rate" else f"bits per {unit}"
    return f"{name} from {figure(max(low, 0.0), 3)} to {figure(high, 3)} {per}, {ranges}"
