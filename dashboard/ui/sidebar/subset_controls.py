"""The subset S: its text, its measure and level D′, and drawing it on the source."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.model import subset
from dashboard.model.drawing import combined, drawn
from dashboard.model.specs import Measure, Setting, SourceSpec
from dashboard.model.views import LevelRange, Trouble
from dashboard.ui import inputs, layout, queries, state
from dashboard.ui.metrics import explained
from dashboard.ui.sidebar import levels

MEASURES: dict[Measure, str] = {
    "conditional": "Conditional mean",
    "joint": "Joint mass",
    "each": "Each symbol",
}
_MEANINGS: dict[Measure, str] = {
    "conditional": "E[ d | X ∈ S ] ≤ D′: the mean over the symbols in S.",
    "joint": "E[ d · 1(X ∈ S) ] ≤ D′: the part of D from S, as in Nasser (2025).",
    "each": "E[ d | X = x ] ≤ D′ for every x in S.",
}
_MODES = ("Add", "Subtract", "Replace")


def held(setting: Setting, *, text: str, level: float) -> Setting:
    """Draw the controls of the subset and return the setting with it.

    ``text`` and ``level`` are the start values of the source.
    """
    on = inputs.toggle(
        state.SUBSET_ON, "Limit the distortion of a subset", help=explained("subset")
    )
    if not on:
        return setting
    shown = inputs.text(
        state.SUBSET,
        "Subset S",
        start=text,
        placeholder="draw on the source chart, or type",
        help="On a line: intervals such as “+[-1,1] -[-0.2,0.2]”. In the plane: “+box(-1,1,0,2)”,"
        " “+disc(0,0,2)” or “+lasso(0 0, 1 0, 1 1)”. “+all” selects every atom.",
    )
    state.show_subset(shown)
    setting = replace(setting, subset=_readable(setting.source, shown))
    measure: Measure = inputs.select(
        state.MEASURE,
        "Measure of D′",
        MEASURES,
        help=explained("conditional mean", "joint mass", "each symbol"),
    )
    st.caption(_MEANINGS[measure])
    setting = replace(setting, measure=measure)
    bounds = queries.attempt(queries.level_range, setting)
    if isinstance(bounds, Trouble) or bounds.subset_largest is None:
        bounds = LevelRange(0.0, 1.0, None, 4 * level)
    found = levels.level(
        f"D′, distortion on S ({setting.unit})",
        state.SUBSET_LEVEL,
        level,
        low=bounds.subset_smallest or 0.0,
        high=bounds.subset_largest or 1.0,
        more=explained("subset distortion", "minimum level"),
    )
    levels.beside(queries.too_small("D′", found, bounds), state.SUBSET_LEVEL)
    return replace(setting, subset_level=found)


def _readable(spec: SourceSpec, text: str) -> str:
    """Return the text if it is valid; otherwise show the error and return the last valid text."""
    built = queries.attempt(queries.source, spec)
    if isinstance(built, Trouble):
        return ""
    try:
        ops = subset.parse(text, built.dim)
    except subset.SubsetError as error:
        kept = state.last_subset(spec)
        st.error(as_markdown(f"{error} S stays {kept or 'empty'} in the meantime."))
        return kept
    if ops and not subset.mask(ops, built.atoms).any():
        st.warning("No atom of the source is in S, so D′ has no effect.")
    state.keep_subset(spec, text)
    return text


def drawing_tools(dim: int) -> str:
    """Draw the toolbar of the source chart and return the drawing tool: "select" or "lasso"."""
    tool = "Box"
    with layout.toolbar("source"):
        st.segmented_control(
            "Effect of drawing on the source",
            list(_MODES),
            default="Add",
            required=True,
            key=state.MODE,
            label_visibility="collapsed",
        )
        if dim == 2:
            tool = st.segmented_control(
                "Drawing tool",
                ["Box", "Lasso"],
                default="Box",
                required=True,
                key=state.TOOL,
                label_visibility="collapsed",
            )
        st.button(
            "Undo",
            key="subset_undo",
            type="tertiary",
            help="Undo the last change of the subset.",
            disabled=not state.can_undo_subset(),
            on_click=state.undo_subset,
        )
        st.button(
            "Clear",
            key="subset_clear",
            type="tertiary",
            help="Remove all atoms from the subset.",
            on_click=state.set_subset,
            args=("",),
        )
    return "lasso" if tool == "Lasso" else "select"


def draw(dim: int, span: float) -> None:
    """Apply the selection drawn on the source chart; its ``on_select`` callback."""
    event = state.read(state.CHART, None)
    if event is None:
        return
    mode = state.read(state.MODE, "Add")
    new = drawn(event.selection, "-" if mode == "Subtract" else "+", dim=dim, span=span)
    if not new:
        return
    try:
        ops = subset.parse(state.value(state.SUBSET) or "", dim)
    except subset.SubsetError:
        ops = ()
    state.set_subset(subset.text_of(combined(ops, new, mode)))
    state.put({state.SUBSET_ON: True})
