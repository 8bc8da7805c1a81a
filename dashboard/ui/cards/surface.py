"""The maps over D and D′, solved by a job; a click sets both levels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.figures.maps import SurfaceMap, binds
from dashboard.formatting import figure, short
from dashboard.model import exports
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, SurfaceView, Trouble
from dashboard.tasks import surface
from dashboard.ui import jobs, layout, queries, state
from dashboard.ui.charts import clickable, colours

_HEIGHT = 320
_KEY = "surface"
_TITLES: dict[SurfaceMap, tuple[str, str]] = {
    "rate": ("Rate R(D, D′)", "Contours join equal rates."),
    "binding": ("Binding levels", "A slack level costs no rate."),
    "price": ("Price of D, λ", "Empty where D is slack."),
    "subset_price": ("Price of D′, λ′", "Empty where D′ is slack."),
}


def maps(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the four maps, or the cells solved so far."""
    setting = replace(spec.setting, subset_level=1.0)
    axes = queries.attempt(queries.surface_axes, setting)
    if isinstance(axes, Trouble):
        st.warning(axes.markdown)
        return
    found = jobs.run(_KEY, setting, surface.surface, inputs=lambda: (setting.problem(1.0), *axes))
    st.markdown("## Over D and D′")
    with layout.toolbar(_KEY):
        st.caption("Click a cell to set D and D′ on every page.", width="content")
        if isinstance(found, jobs.Done):
            layout.downloads(_KEY, exports.surface_table(found.result), setting)
    jobs.show(
        _KEY,
        found,
        lambda done: _draw(done, point),
        what="Solving for each D and D′",
        so_far=lambda shown: _draw(shown, point, unfinished=True),
    )


def _draw(surface: SurfaceView, point: Point | None, *, unfinished: bool = False) -> None:
    with st.grid(2, min_column_width=340, gap="small"):
        for which, (title, sentence) in _TITLES.items():
            with layout.card(title, sentence, height="content", compact=True):
                _map(surface, point, which, unfinished=unfinished)


def _map(
    surface: SurfaceView,
    point: Point | None,
    which: SurfaceMap,
    *,
    unfinished: bool,
) -> None:
    drawing = figures.surface_map(
        surface,
        point,
        which,
        colours=colours(),
    )
    clickable(
        drawing,
        f"{which}_map_chart",
        alt=_described(surface, which),
        on_click=_go,
        height=_HEIGHT,
        unfinished=unfinished,
    )


def _go(level: float, subset_level: float) -> None:
    """Set D and D′ to the cell that was clicked."""
    state.put({state.LEVEL: level, state.SUBSET_LEVEL: subset_level})


def _described(surface: SurfaceView, which: SurfaceMap) -> str:
    unit = surface.x.unit
    spans = (
        f"{one.name} from {short(float(one.levels[0]))}"
        f" to {short(float(one.levels[-1]))} {one.unit}"
        for one in (surface.x, surface.y)
    )
    ranges = "for " + " and ".join(spans)
    if which == "binding":
        first, second = binds(surface)
        shares = [(first & second).mean(), (first & ~second).mean(), (second & ~first).mean()]
        both, one, other = (f"{100 * share:.0f} %" for share in shares)
        return (
            f"Both levels bind in {both} of the cells, only D in {one}, only D′ in {other},"
            f" {ranges}"
        )
    values = {
        "rate": surface.upper_bits,
        "price": surface.x_prices_bits,
        "subset_price": surface.y_prices_bits,
    }[which]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    name = _TITLES[which][0]
    per = "bits" if which == "rate" else f"bits per {unit}"
    return f"{name} from {figure(max(low, 0.0), 3)} to {figure(high, 3)} {per}, {ranges}"
