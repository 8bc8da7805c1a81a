"""The subset S: its text, what is held to D′, and drawing it on the source."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.formatting import as_markdown
from dashboard.model import subset
from dashboard.model.drawing import combined, drawn
from dashboard.model.specs import Measure, Setting, SourceSpec
from dashboard.model.views import Limits, Trouble
from dashboard.ui import inputs, layout, queries, state
from dashboard.ui.sidebar import levels

MEASURES: dict[Measure, str] = {
    "conditional": "Conditional mean",
    "joint": "Joint mass",
    "each": "Each symbol",
}
_MEANINGS: dict[Measure, str] = {
    "conditional": "E[ d | X ∈ S ] ≤ D′: the average over the subset itself.",
    "joint": "E[ d · 1(X ∈ S) ] ≤ D′: the subset’s share of D, as in the report.",
    "each": "E[ d | X = x ] ≤ D′ for every x in S, not only on average.",
}
_MODES = ("Add", "Subtract", "Replace")


def held(setting: Setting, *, text: str, level: float) -> Setting:
    """Draw the controls of the subset and return the setting with it.

    ``text`` and ``level`` are what the source starts from.
    """
    on = inputs.toggle(state.SUBSET_ON, "Hold a subset to its own level")
    if not on:
        return setting
    shown = inputs.text(
        state.SUBSET,
        "Subset S",
        start=text,
        placeholder="drag on the source, or type",
        help="Intervals such as “+[-1,1] -[-0.2,0.2]”; in the plane “+box(-1,1,0,2)”,"
        " “+disc(0,0,2)”, “+lasso(0 0, 1 0, 1 1)”; “+all” is every atom.",
    )
    state.show_subset(shown)
    setting = replace(setting, subset=_readable(setting.source, shown))
    measure: Measure = inputs.select(state.MEASURE, "What is held to D′", MEASURES)
    st.caption(_MEANINGS[measure])
    setting = replace(setting, measure=measure)
    bounds = queries.attempt(queries.limits, setting)
    if isinstance(bounds, Trouble) or bounds.subset_largest is None:
        bounds = Limits(0.0, 1.0, None, 4 * level)
    found = levels.level(
        f"D′, distortion on S ({setting.unit})",
        state.SUBSET_LEVEL,
        level,
        low=bounds.subset_smallest or 0.0,
        high=bounds.subset_largest or 1.0,
    )
    levels.beside(queries.too_small("D′", found, bounds), state.SUBSET_LEVEL)
    return replace(setting, subset_level=found)


def _readable(spec: SourceSpec, text: str) -> str:
    """Return the text if it can be read, else say why and return the last that could be."""
    built = queries.attempt(queries.source, spec)
    if isinstance(built, Trouble):
        return ""
    try:
        ops = subset.parse(text, built.dim)
    except subset.SubsetError as error:
        kept = state.last_subset(spec)
        st.error(as_markdown(f"{error} Until then S stays {kept or 'empty'}."))
        return kept
    if ops and not subset.mask(ops, built.atoms).any():
        st.warning("No atom of the source lies in S, so nothing is held to D′.")
    state.keep_subset(spec, text)
    return text


def drawing_tools(dim: int) -> str:
    """Draw the toolbar of the source chart and return the tool: "select" or "lasso"."""
    tool = "Box"
    with layout.toolbar("source"):
        st.segmented_control(
            "Drawing on the source will",
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
            help="Undo the last change of the subset",
            disabled=not state.can_undo_subset(),
            on_click=state.undo_subset,
        )
        st.button(
            "Clear",
            key="subset_clear",
            type="tertiary",
            help="Empty the subset",
            on_click=state.set_subset,
            args=("",),
        )
    return "lasso" if tool == "Lasso" else "select"


def draw(dim: int, span: float) -> None:
    """Take over what was dragged on the source chart; its ``on_select`` callback."""
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
