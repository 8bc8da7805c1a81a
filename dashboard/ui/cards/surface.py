"""The maps over two levels, solved by a job; a click sets both."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import figures
from dashboard.figures.maps import SurfaceMap, binds
from dashboard.figures.theme import Palette
from dashboard.formatting import as_markdown, figure
from dashboard.model import exports, wording
from dashboard.model.marks import Mark
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import Point, SurfaceView, Trouble
from dashboard.tasks import surface
from dashboard.ui import best, handles, inputs, jobs, layout, queries, state, subsets
from dashboard.ui.charts import clickable, colours, kept
from rdcore import LevelScale

_HEIGHT = 320
_KEY = "surface"
_LIMITS = jobs.Limits(expected=3.0)


def maps(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the maps over two of the levels, or the cells solved so far."""
    setting, marks = spec.setting, subsets.marks(spec.setting)
    which = _axes_chosen(setting)
    free = spec.at(which[0], 1.0).at(which[1], 1.0)
    axes = queries.attempt(queries.surface_axes, setting.without_levels(), *which)
    if isinstance(axes, Trouble):
        st.warning(axes.markdown)
        return
    bounds = queries.level_range(setting)
    for k in range(len(marks)):
        trouble = queries.too_small(k, free, bounds, marks[k].long_level)
        if trouble is not None and k not in which:
            st.warning(trouble.markdown)
            return
    found = jobs.run(
        _KEY,
        (free, which),
        surface.surface,
        inputs=lambda: (free.problem(), *axes, which),
        limits=_LIMITS,
    )
    order = (*which, *(k for k in range(len(marks)) if k not in which))
    shown = [marks[k] for k in order]
    x, y = shown[:2]
    st.markdown(f"## Over {x.level} and {y.level}")
    if best.is_chosen(spec):
        st.caption(
            "With the codewords of the best codebook at the current levels. While the point is"
            " dragged, its bounds are for the best codebook at its own levels."
        )
    with layout.toolbar(_KEY):
        if len(marks) > 2:
            _choose_axes(setting, which)
        st.caption(
            f"Click a cell, or drag the point, to set {x.level} and {y.level} on every page.",
            width="content",
        )
        if isinstance(found, jobs.Done):
            named = _named(found.result, shown)
            layout.downloads(
                _KEY, exports.surface_table(named, queries.scale(setting), shown[2:]), setting
            )
    spot = (float(point.levels[which[0]]), float(point.levels[which[1]])) if point else None
    fields = tuple(subsets.level_field(setting, k) for k in which)
    drawn = _Drawn(tuple(shown), spot, (fields[0], fields[1]), queries.scale(setting))
    charts = [f"{key}_map_chart" for key, _, _ in _texts(shown).values()]
    if point is not None and isinstance(found, jobs.Done):
        handles.on_map(spec, _named(found.result, shown), which, point, charts)
    jobs.show(
        _KEY,
        found,
        lambda done: _draw(done, drawn),
        what=f"Solving for each {x.level} and {y.level}",
        so_far=lambda so_far: _draw(so_far, drawn, unfinished=True),
    )


@dataclass(frozen=True)
class _Drawn:
    """How a surface is drawn: the marks of its prices, the current levels, and their fields.

    ``how`` is how levels are stated.
    """

    marks: tuple[Mark, ...]
    spot: tuple[float, float] | None
    fields: tuple[str, str]
    how: LevelScale

    def go(self, x: float, y: float) -> None:
        """Set both levels to the cell that was clicked."""
        state.put(dict(zip(self.fields, (x, y), strict=True)))


def _axes_chosen(setting: Setting) -> tuple[int, int]:
    """Return the places of the levels along x and y, which differ."""
    across, up = (state.value(name) for name in (state.ACROSS, state.UP))
    x = subsets.place(setting, across) if across else 0
    y = subsets.place(setting, up) if up is not None else 1
    if x == y:
        y = 1 if x == 0 else 0
    return x, y


def _choose_axes(setting: Setting, which: tuple[int, int]) -> None:
    marks = subsets.marks(setting)
    for name, label, place in ((state.ACROSS, "Across", 0), (state.UP, "Up", 1)):
        other = marks[which[1 - place]].slot
        levels = subsets.level_names(setting, name)
        names = {slot: text for slot, text in levels.items() if slot != other}
        usual = next((one.slot for one in marks[place:] if one.slot in names), marks[0].slot)
        inputs.select(name, label, names, start=usual, width=150)


def _named(found: SurfaceView, marks: Sequence[Mark]) -> SurfaceView:
    x, y = (
        replace(axis, name=one.level)
        for axis, one in zip((found.x, found.y), marks[:2], strict=True)
    )
    return replace(found, x=x, y=y)


def _texts(marks: Sequence[Mark]) -> dict[SurfaceMap, tuple[str, str, str]]:
    """Return the key, the title and the caption of each map."""
    x, y = marks[:2]
    found: dict[SurfaceMap, tuple[str, str, str]] = {
        "rate": ("rate", f"Rate R({x.level}, {y.level})", "Contours join equal rates."),
        "binding": (
            "binding",
            "Binding levels",
            "A slack level costs no rate."
            if len(marks) == 2
            else "Text: the levels that bind. Colour: the one with the largest price × level.",
        ),
    }
    keys = {0: "price", 1: "subset_price"}
    for place, one in enumerate(marks):
        name = f": {as_markdown(one.name)}" if one.name else ""
        title = f"Price of {one.level}, {one.price}{name}"
        caption = f"Empty where {one.level} is slack."
        found[place] = (keys.get(place, f"price_{place}"), title, caption)
    return found


def _draw(found: SurfaceView, drawn: _Drawn, *, unfinished: bool = False) -> None:
    draw = _map if unfinished else functools.partial(kept, _map)
    with st.grid(2, min_column_width=340, gap="small"):
        for which, (key, title, sentence) in _texts(drawn.marks).items():
            with layout.card(title, sentence, height="content", compact=True):
                clickable(
                    draw(found, drawn.marks, drawn.spot, which, colours(), drawn.how),
                    f"{key}_map_chart",
                    alt=_described(_named(found, drawn.marks), which, drawn),
                    on_click=drawn.go,
                    height=_HEIGHT,
                    unfinished=unfinished,
                )


def _map(
    found: SurfaceView,
    marks: Sequence[Mark],
    spot: tuple[float, float] | None,
    which: SurfaceMap,
    palette: Palette,
    how: LevelScale,
) -> go.Figure:
    surface = _named(found, marks)
    return figures.surface_map(surface, spot, which, colours=palette, how=how, marks=marks)


def _described(surface: SurfaceView, which: SurfaceMap, drawn: _Drawn) -> str:
    marks, how = drawn.marks, drawn.how
    spans = (
        f"{one.name} from {wording.number(how, float(one.levels[0]))}"
        f" to {wording.said(how, float(one.levels[-1]))}"
        for one in (surface.x, surface.y)
    )
    ranges = "for " + " and ".join(spans)
    if which == "binding":
        held = binds(surface)
        if len(held) > 2:
            each = ", ".join(
                f"{one.level} in {100 * where.mean():.0f} %"
                for one, where in zip(marks, held, strict=True)
            )
            return f"Which levels bind: {each} of the cells, {ranges}"
        first, second = held
        shares = [(first & second).mean(), (first & ~second).mean(), (second & ~first).mean()]
        both, one, other = (f"{100 * share:.0f} %" for share in shares)
        x, y = (mark.level for mark in marks)
        return (
            f"Both levels bind in {both} of the cells, only {x} in {one}, only {y} in {other},"
            f" {ranges}"
        )
    prices = wording.surface_prices(how, surface)
    values = surface.upper_bits if which == "rate" else prices[int(which)]
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    name = _texts(marks)[which][1]
    per = "bits" if which == "rate" else f"bits per {how.text}"
    return f"{name} from {figure(max(low, 0.0), 3)} to {figure(high, 3)} {per}, {ranges}"
