"""Widgets to specs. Every choice is a widget bound to the URL, so a link restores it."""

from __future__ import annotations

import streamlit as st

from dashboard.model.presets import Distortion
from dashboard.model.specs import (
    MAX_CODEWORDS,
    PRESET_CODEWORDS,
    CodebookKind,
    CodebookSpec,
    ProblemSpec,
    Setting,
    SourceSpec,
)
from dashboard.model.views import Limits, Trouble
from dashboard.ui import queries, state
from dashboard.ui.sidebar import levels, subset_controls
from dashboard.ui.starts import between, start

CODEBOOKS: dict[CodebookKind, str] = {"preset": "Preset", "grid": "Equal steps", "typed": "Typed"}
DISTORTIONS: dict[Distortion, str] = {
    "squared_error": "Squared",
    "absolute": "Absolute",
    "hamming": "Hamming",
}
_MOST_FOR_HAMMING = 200


def restart(spec: SourceSpec) -> None:
    """Set every control but the source to where the source starts."""
    first = start(spec)
    state.write(state.LEVEL, first.level)
    state.write(state.SUBSET_LEVEL, first.subset_level)
    state.write(state.SUBSET, first.subset)
    state.write(state.SUBSET_ON, True)
    state.write(state.MEASURE, "conditional")
    state.write(state.DISTORTION, first.distortion)
    state.write(state.CODEBOOK, "preset")
    state.forget_undo()
    state.redraw()


def problem(spec: SourceSpec) -> ProblemSpec:
    """Draw the controls of a problem in the sidebar and return what they say."""
    first = start(spec)
    with st.sidebar:
        st.subheader("Codebook and distortion")
        distortion = _distortion(spec, first.distortion)
        setting = Setting(spec, _codebook(spec, distortion), distortion)
        _every(distortion)
        st.subheader("Fidelity")
        level = _average(setting, first.level)
        setting = subset_controls.held(setting, text=first.subset, level=first.subset_level)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            help="Back to where this source starts.",
            on_click=restart,
            args=(spec,),
            width="stretch",
        )
    return ProblemSpec(setting, level)


def _distortion(spec: SourceSpec, first: Distortion) -> Distortion:
    built = queries.attempt(queries.source, spec)
    small = not isinstance(built, Trouble) and built.n <= _MOST_FOR_HAMMING
    options = [name for name in DISTORTIONS if name != "hamming" or small]
    chosen = st.segmented_control(
        "Distortion d(x, y)",
        options,
        default=first,
        required=True,
        format_func=lambda name: DISTORTIONS[name],
        key=state.DISTORTION,
        bind=state.BIND,
        on_change=_remeasured,
        args=(spec,),
        width="stretch",
        help="Squared error |x − y|², absolute error |x − y|, or whether x and y differ.",
    )
    return chosen if chosen in options else first


def _remeasured(spec: SourceSpec) -> None:
    """Set D and D′ anew when the distortion changes, for its unit changes with it."""
    first = start(spec)
    distortion = state.read(state.DISTORTION, first.distortion)
    setting = Setting(
        spec, distortion=distortion, subset=state.read(state.SUBSET, first.subset), subset_level=1.0
    )
    bounds = queries.attempt(queries.limits, setting)
    if distortion == first.distortion or isinstance(bounds, Trouble):
        level, subset_level = first.level, first.subset_level
    else:
        level = between(bounds.smallest, bounds.largest)
        subset_level = between(bounds.subset_smallest or 0.0, bounds.subset_largest or level)
    state.write(state.LEVEL, level)
    state.write(state.SUBSET_LEVEL, subset_level)


def _codebook(spec: SourceSpec, distortion: Distortion) -> CodebookSpec:
    if distortion == "hamming":
        st.caption("The codewords are the atoms themselves.")
        return CodebookSpec()
    kind = st.segmented_control(
        "Codebook",
        list(CODEBOOKS),
        default="preset",
        required=True,
        format_func=lambda name: CODEBOOKS[name],
        key=state.CODEBOOK,
        bind=state.BIND,
        width="stretch",
        help="The codewords y that X may be reproduced as.",
    )
    if kind == "grid":
        count = st.number_input(
            "Number of codewords m",
            min_value=1,
            max_value=MAX_CODEWORDS,
            value=PRESET_CODEWORDS[1],
            key=state.WORDS,
            bind=state.BIND,
        )
        return CodebookSpec("grid", count=int(count or 1))
    if kind == "typed":
        typed = st.text_input(
            "Codewords (unit)",
            "-5, -1, 2.5",
            max_chars=4000,
            key=state.TYPED,
            bind=state.BIND,
            help="Numbers; for a source in the plane pairs such as “-4 -4, 4 4”.",
        )
        spec_typed = CodebookSpec("typed", typed=typed or "")
        trouble = queries.attempt(queries.limits, Setting(spec, spec_typed, distortion))
        if isinstance(trouble, Trouble):
            st.error(trouble.markdown)
        return spec_typed
    return CodebookSpec()


def _every(distortion: Distortion) -> None:
    """Offer every codebook beside the chosen one."""
    if distortion == "hamming":
        return
    st.toggle(
        "Beside every codebook",
        key=state.EVERY,
        bind=state.BIND,
        help="Solve as well with all points of the space as codewords: the least rate that any"
        " codebook allows, with its proof, and the few codewords it takes.",
    )


def wants_every(setting: Setting) -> bool:
    """Return whether the page is to show every codebook beside the chosen one."""
    return bool(state.read(state.EVERY, False)) and setting.distortion != "hamming"


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
