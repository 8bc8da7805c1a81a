"""The sidebar's widgets, from which the spec of the problem is built."""

from __future__ import annotations

import streamlit as st

from dashboard.model.glossary import explain
from dashboard.model.presets import Distortion
from dashboard.model.specs import (
    CodebookKind,
    CodebookSpec,
    ProblemSpec,
    Setting,
    SourceSpec,
)
from dashboard.model.views import LevelRange, Trouble
from dashboard.ui import budget, inputs, queries, state
from dashboard.ui.metrics import explained
from dashboard.ui.sidebar import levels, subset_controls
from dashboard.ui.starts import Start, between, start

CODEBOOKS: dict[CodebookKind, str] = {
    "best": "Best",
    "preset": "Preset",
    "grid": "Steps",
    "typed": "Typed",
}
DISTORTIONS: dict[Distortion, str] = {
    "squared_error": "Squared",
    "absolute": "Absolute",
    "hamming": "Hamming",
}
_MOST_FOR_HAMMING = 200


def problem(spec: SourceSpec) -> ProblemSpec:
    """Draw the controls of a problem in the sidebar and return its spec."""
    first = start(spec)
    with st.sidebar:
        st.subheader("Codebook and distortion")
        distortion = _distortion(spec, first.distortion)
        setting = Setting(spec, _codebook(spec, distortion), distortion)
        _words(setting)
        _every(setting)
        st.subheader("Fidelity")
        level = _average(setting, first) if budget.goal(setting) == "level" else first.level
        setting = subset_controls.held(setting, first, level)
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            help="Reset to the start settings of this source.",
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
        help=explained("distortion")
        + " Squared error |x − y|², absolute error |x − y|, or Hamming: 1 if x ≠ y, else 0.",
    )
    return chosen


def _words(setting: Setting) -> None:
    """Offer the words in which levels of squared error are stated."""
    if setting.distortion != "squared_error":
        return
    if levels.word(queries.words(setting)) == "psnr":
        inputs.number(
            state.PEAK,
            f"Range for PSNR ({setting.source.unit})",
            start=queries.span(setting),
            format="%.6g",
            help="The largest minus the smallest possible value, such as 255 for 8-bit samples. At"
            " first, that of the data.",
        )


def _codebook(spec: SourceSpec, distortion: Distortion) -> CodebookSpec:
    if distortion == "hamming":
        st.caption("The codewords are the atoms.")
        return CodebookSpec()
    kind: CodebookKind = inputs.segments(
        state.CODEBOOK,
        "Codebook",
        _codebooks(spec, distortion),
        width="stretch",
        help="Best is the free codebook, with the smallest rate of all. Steps are equally spaced"
        " codewords.\n\n" + explained("codebook", "codeword", "free codebook"),
    )
    if kind == "best":
        return CodebookSpec("best")
    if kind == "grid":
        return CodebookSpec("grid", count=inputs.whole(state.CODEWORDS, "Number of codewords m"))
    if kind == "typed":
        typed = inputs.text(
            state.TYPED,
            f"Codewords ({spec.unit})",
            help="Numbers such as “-5, -1, 2.5”; for a source in the plane pairs such as “-4"
            " -4, 4 4”.",
        )
        spec_typed = CodebookSpec("typed", typed=typed)
        trouble = queries.attempt(queries.level_range, Setting(spec, spec_typed, distortion))
        if isinstance(trouble, Trouble):
            st.error(trouble.markdown)
        return spec_typed
    return CodebookSpec()


def _codebooks(spec: SourceSpec, distortion: Distortion) -> dict[CodebookKind, str]:
    """Return the codebooks to choose from; in the plane Best needs squared error."""
    found = queries.attempt(queries.source, spec)
    flat = isinstance(found, Trouble) or found.dim == 1
    able = flat or distortion == "squared_error"
    return {kind: label for kind, label in CODEBOOKS.items() if kind != "best" or able}


def _every(setting: Setting) -> None:
    """Offer the comparison with the best codebook."""
    if setting.distortion == "hamming" or setting.codebook.kind == "best":
        return
    inputs.toggle(
        state.FREE,
        "Compare with the best codebook",
        help=explain("free codebook") + " The result includes a certificate and the codewords.",
    )


def wants_free_codebook(setting: Setting) -> bool:
    """Return whether the page shows the comparison with the free codebook."""
    chosen = setting.distortion == "hamming" or setting.codebook.kind == "best"
    return bool(state.value(state.FREE)) and not chosen


def _average(setting: Setting, first: Start) -> float:
    bounds = queries.attempt(queries.level_range, setting)
    start_level = first.level
    if isinstance(bounds, Trouble):
        bounds = LevelRange((0.0,), (start_level,))
    elif setting.distortion != first.distortion:
        start_level = between(bounds.smallest, bounds.largest)
    how = queries.scale(setting)
    level = levels.level(
        "D, average distortion",
        state.LEVEL,
        start_level,
        how,
        low=bounds.smallest,
        high=bounds.largest,
        more=explained("average distortion", "minimum level"),
    )
    trouble = queries.too_small(0, ProblemSpec(setting, level), bounds)
    levels.beside(trouble, state.LEVEL, "D", how)
    return level
