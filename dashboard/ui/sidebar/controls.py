"""Widgets to specs. Every choice is a widget bound to the URL, so a link restores it."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from dashboard.model.presets import Distortion
from dashboard.model.specs import (
    CodebookKind,
    CodebookSpec,
    ProblemSpec,
    Setting,
    SourceSpec,
)
from dashboard.model.views import Limits, Trouble
from dashboard.ui import inputs, queries, state
from dashboard.ui.sidebar import levels, subset_controls
from dashboard.ui.starts import Start, between, start

CODEBOOKS: dict[CodebookKind, str] = {"preset": "Preset", "grid": "Equal steps", "typed": "Typed"}
DISTORTIONS: dict[Distortion, str] = {
    "squared_error": "Squared",
    "absolute": "Absolute",
    "hamming": "Hamming",
}
_MOST_FOR_HAMMING = 200


def problem(spec: SourceSpec) -> ProblemSpec:
    """Draw the controls of a problem in the sidebar and return what they say."""
    first = start(spec)
    with st.sidebar:
        st.subheader("Codebook and distortion")
        distortion = _distortion(spec, first.distortion)
        setting = Setting(spec, _codebook(spec, distortion), distortion)
        _every(distortion)
        st.subheader("Fidelity")
        level_start, subset_start = _starts(setting, first)
        level = _average(setting, level_start)
        setting = subset_controls.held(setting, text=first.subset, level=subset_start)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            help="Back to where this source starts.",
            on_click=state.restart,
            width="stretch",
        )
    return ProblemSpec(setting, level)


def _distortion(spec: SourceSpec, first: Distortion) -> Distortion:
    built = queries.attempt(queries.source, spec)
    small = not isinstance(built, Trouble) and built.n <= _MOST_FOR_HAMMING
    names = {name: label for name, label in DISTORTIONS.items() if name != "hamming" or small}
    chosen: Distortion = inputs.segments(
        state.DISTORTION,
        "Distortion d(x, y)",
        names,
        start=first,
        width="stretch",
        help="Squared error |x − y|², absolute error |x − y|, or whether x and y differ.",
    )
    return chosen


def _starts(setting: Setting, first: Start) -> tuple[float, float]:
    """Return where D and D′ start: with the source's own distortion, or well inside their range."""
    if setting.distortion == first.distortion:
        return first.level, first.subset_level
    text = state.value(state.SUBSET)
    held = replace(setting, subset=first.subset if text is None else text, subset_level=1.0)
    bounds = queries.attempt(queries.limits, held)
    if isinstance(bounds, Trouble):
        return first.level, first.subset_level
    level = between(bounds.smallest, bounds.largest)
    return level, between(bounds.subset_smallest or 0.0, bounds.subset_largest or level)


def _codebook(spec: SourceSpec, distortion: Distortion) -> CodebookSpec:
    if distortion == "hamming":
        st.caption("The codewords are the atoms themselves.")
        return CodebookSpec()
    kind: CodebookKind = inputs.segments(
        state.CODEBOOK,
        "Codebook",
        CODEBOOKS,
        width="stretch",
        help="The codewords y that X may be reproduced as.",
    )
    if kind == "grid":
        return CodebookSpec("grid", count=inputs.whole(state.WORDS, "Number of codewords m"))
    if kind == "typed":
        typed = inputs.text(
            state.TYPED,
            "Codewords (unit)",
            help="Numbers; for a source in the plane pairs such as “-4 -4, 4 4”.",
        )
        spec_typed = CodebookSpec("typed", typed=typed)
        trouble = queries.attempt(queries.limits, Setting(spec, spec_typed, distortion))
        if isinstance(trouble, Trouble):
            st.error(trouble.markdown)
        return spec_typed
    return CodebookSpec()


def _every(distortion: Distortion) -> None:
    """Offer every codebook beside the chosen one."""
    if distortion == "hamming":
        return
    inputs.toggle(
        state.EVERY,
        "Beside every codebook",
        help="Solve as well with all points of the space as codewords: the least rate that any"
        " codebook allows, with its proof, and the few codewords it takes.",
    )


def wants_every(setting: Setting) -> bool:
    """Return whether the page is to show every codebook beside the chosen one."""
    return bool(state.value(state.EVERY)) and setting.distortion != "hamming"


def _average(setting: Setting, first: float) -> float:
    bounds = queries.attempt(queries.limits, setting)
    if isinstance(bounds, Trouble):
        bounds = Limits(0.0, first)
    level = levels.level(
        f"D, average distortion ({setting.unit})",
        state.LEVEL,
        first,
        low=bounds.smallest,
        high=bounds.largest,
    )
    levels.beside(queries.too_small("D", level, bounds), state.LEVEL)
    return level
