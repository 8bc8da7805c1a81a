"""The sidebar's widgets, from which the spec of the problem is built."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard.formatting import rounded_up
from dashboard.model.codebooks import MOST_ATOMS_AS_CODEWORDS, CodebookKind, CodebookSpec
from dashboard.model.glossary import explain
from dashboard.model.presets import Distortion
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec
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
    "off_by": "Off by more",
    "relative": "Relative",
    "angle": "Angle",
}
_MOST_FOR_HAMMING = 200
_SIZES: dict[Distortion, tuple[str, str, str]] = {
    "off_by": (
        "off",
        "Tolerance ε",
        "Errors |x − y| up to ε do not count; D is the probability of larger ones.",
    ),
    "relative": ("floor", "Smallest size", "Errors of values closer to 0 are compared with this."),
    "angle": ("turn", "Full turn", "The value at which the circle closes, such as 360° or 24 h."),
}
_TURNS = {"h": 24.0, "rad": 6.283185307179586, "min": 60.0}


def problem(spec: SourceSpec) -> ProblemSpec:
    """Draw the controls of a problem in the sidebar and return its spec."""
    first = start(spec)
    # What is set most often stands first, but a codebook depends on the distortion below it.
    above, middle, below = (st.sidebar.container(key=key) for key in (None, "fidelity", None))
    setting = _of_columns(spec, above) if spec.vectors else _chosen(spec, first, above, below)
    with below:
        _words(setting)
        _every(setting)
    with middle:
        st.subheader("Fidelity")
        given = "level" if spec.vectors else budget.goal(setting)
        level = _average(setting, first) if given == "level" else first.level
        setting = subset_controls.held(setting, first, level)
    with below:
        st.button(
            "Reset",
            icon=":material/restart_alt:",
            help="Reset to the start settings of this source.",
            on_click=state.restart,
            width="stretch",
        )
    return ProblemSpec(setting, level)


def _chosen(
    spec: SourceSpec, first: Start, above: DeltaGenerator, below: DeltaGenerator
) -> Setting:
    """Draw the codebook above and the distortion below."""
    with below:
        st.subheader("Distortion and comparison")
        distortion = _distortion(spec, first.distortion)
        size = _size(spec, distortion)
    with above:
        return Setting(spec, _codebook(spec, distortion, size), distortion, size=size)


def _of_columns(spec: SourceSpec, above: DeltaGenerator) -> Setting:
    """Draw the number of candidates for a source of more than two columns."""
    with above:
        inputs.whole(
            "candidates",
            "Candidates for codewords",
            help="Centres of k-means of several sizes. The proved rate is over these candidates;"
            " more of them lower it, and take longer.",
        )
        st.caption("Squared error, summed over the columns with their weights.")
    return Setting(spec, CodebookSpec("best"))


def _distortion(spec: SourceSpec, first: Distortion) -> Distortion:
    if spec.matrix:
        st.caption("The file has the distortion of each symbol and codeword.")
        return "matrix"
    built = queries.attempt(queries.source, spec)
    small = not isinstance(built, Trouble) and built.n <= _MOST_FOR_HAMMING
    line = not isinstance(built, Trouble) and built.dim == 1
    offered = {"hamming": small, "off_by": line, "relative": line, "angle": line and spec.samples}
    names = {name: label for name, label in DISTORTIONS.items() if offered.get(name, True)}
    chosen: Distortion = inputs.segments(
        state.DISTORTION,
        "Distortion d(x, y)",
        names,
        start=first,
        width="stretch",
        help=explained("distortion")
        + " Squared error |x − y|², absolute error |x − y|, or Hamming: 1 if x ≠ y, else 0. Off by"
        " more: 1 if |x − y| is above a tolerance, else 0. Relative: |x − y| / |x|. Angle: squared"
        " error the shorter way round.",
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


def _size(spec: SourceSpec, distortion: Distortion) -> float:
    """Draw the number that a distortion needs, and return it; 1 if it needs none."""
    if distortion not in _SIZES:
        return 1.0
    built = queries.attempt(queries.source, spec)
    spread = 1.0 if isinstance(built, Trouble) else float(np.sqrt(built.variance)) or 1.0
    name, label, more = _SIZES[distortion]
    starts = {"off_by": spread / 2, "relative": spread / 10, "angle": _TURNS.get(spec.unit, 360.0)}
    start_size = starts[distortion] if distortion == "angle" else rounded_up(starts[distortion], 1)
    chosen = inputs.number(
        name, f"{label} ({spec.unit})", start=start_size, format="%.6g", help=more
    )
    return chosen if chosen > 0 else start_size


def _codebook(spec: SourceSpec, distortion: Distortion, size: float) -> CodebookSpec:
    if distortion in ("hamming", "matrix"):
        what = "columns of the matrix" if distortion == "matrix" else "atoms"
        st.caption(f"The codewords are the {what}.")
        return CodebookSpec()
    kind: CodebookKind = inputs.segments(
        state.CODEBOOK,
        "Codebook",
        _codebooks(spec, distortion),
        width="stretch",
        help=_meant(_preset(spec)) + explained("codebook", "codeword", "free codebook"),
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
        trouble = queries.attempt(
            queries.level_range, Setting(spec, spec_typed, distortion, size=size)
        )
        if isinstance(trouble, Trouble):
            st.error(trouble.markdown)
        return spec_typed
    return CodebookSpec()


def _codebooks(spec: SourceSpec, distortion: Distortion) -> dict[CodebookKind, str]:
    """Return the codebooks to choose from; Best where a solver has it."""
    flat = len(spec.labels) == 1
    able = Setting(spec, distortion=distortion).free and (flat or distortion == "squared_error")
    names = CODEBOOKS | {"preset": _preset(spec)}
    return {kind: label for kind, label in names.items() if kind != "best" or able}


def _preset(spec: SourceSpec) -> str:
    """Return the name of the codebook that a source has without a choice."""
    built = queries.attempt(queries.source, spec)
    few = not isinstance(built, Trouble) and built.n <= MOST_ATOMS_AS_CODEWORDS
    return "Atoms" if few else Setting(spec).codebook_words


def _meant(name: str) -> str:
    """Say what the codebooks to choose from are; ``name`` is that of the second one."""
    meant = {
        CODEBOOKS["preset"]: "the codewords that were chosen for this source",
        "Atoms": "a codeword at each atom",
    }
    return (
        "Best is the free codebook, with the smallest rate of all."
        f" {name}: {meant.get(name, 'equally spaced codewords over the range of the source')}."
        " Steps: equally spaced ones, as many as you set.\n\n"
    )


def _every(setting: Setting) -> None:
    """Offer the comparison with the best codebook."""
    if not setting.free or setting.codebook.kind == "best":
        return
    inputs.toggle(
        state.FREE,
        "Compare with the best codebook",
        help=explain("free codebook") + " The result includes a certificate and the codewords.",
    )


def wants_free_codebook(setting: Setting) -> bool:
    """Return whether the page shows the comparison with the free codebook."""
    return bool(state.value(state.FREE)) and setting.free and setting.codebook.kind != "best"


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
