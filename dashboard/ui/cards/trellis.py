"""The card of trellis codes on the Quantisers page."""

from __future__ import annotations

import streamlit as st

from dashboard.figures import trellis as figures
from dashboard.formatting import counted, decibels, figure, short
from dashboard.model.glossary import explain
from dashboard.model.quantisers import MetView
from dashboard.model.specs import ProblemSpec
from dashboard.model.trellis import TrellisView
from dashboard.model.views import Trouble
from dashboard.tasks import trellis
from dashboard.ui import inputs, jobs, layout, queries, state, subsets
from dashboard.ui.charts import chart, colours, table

_KEY = "trellis"
_LIMITS = jobs.Limits(seconds=300.0)
_HEIGHT = 300


def card(spec: ProblemSpec, compared: MetView | None) -> None:
    """Offer trellis codes, design them as a job, and draw their gap to the bound."""
    with layout.card(
        "Codes with memory",
        "A trellis code chooses codewords by a path over all symbols. Every level is met on the"
        " symbols of the file.",
        height="content",
    ):
        wanted = inputs.toggle(
            _KEY,
            "Design trellis codes (about half a minute)",
            help=explain("trellis code"),
        )
        problem = queries.attempt(spec.problem)
        if not wanted or isinstance(problem, Trouble):
            return
        found = jobs.run(
            _KEY, spec, trellis.design, inputs=lambda: (problem,), limits=_LIMITS, patience=0.3
        )
        scalar = _scalar(compared)
        jobs.show(
            _KEY,
            found,
            lambda done: _draw(done, spec, scalar),
            what="Designing trellis codes",
            so_far=lambda shown: _draw(shown, spec, scalar, unfinished=True),
        )


def _scalar(compared: MetView | None) -> float | None:
    """Return the gap of the cheapest scalar quantiser that meets every level."""
    able = [one.bits for one in compared.candidates if one.met] if compared else []
    return max(min(able) - compared.bound_bits, 0.0) if compared and able else None


def _draw(
    shown: TrellisView, spec: ProblemSpec, scalar: float | None, *, unfinished: bool = False
) -> None:
    left, right = st.columns(2, gap="small")
    with left:
        st.markdown("**How far from the bound?**")
        chart(
            figures.gaps(shown, scalar, colours()),
            "trellis_so_far" if unfinished else "trellis_chart",
            alt="Bits per symbol above the certified bound against the number of states",
            height=_HEIGHT,
        )
    with right:
        st.caption(
            f"Certified lower bound: {figure(shown.bound_bits, 6)} bits."
            f" Each file codes {counted(shown.rows[0].symbols, 'random symbol')} and is decoded."
        )
        table(_rows(shown, spec), f"trellis_{'so_far' if unfinished else 'rows'}")
    if not unfinished:
        _downloads(shown)


def _downloads(shown: TrellisView) -> None:
    """Offer one of the codes in three formats, and its file."""
    names = {one.states: f"{one.states} states" for one in shown.rows}
    wanted = inputs.segments("trellis_states", "Code to download", names)
    one = next(row for row in shown.rows if row.states == wanted)
    octets = "application/octet-stream"
    with st.container(horizontal=True, gap="small", key="trellis_downloads"):
        for label, data, name, mime in (
            ("Coded file", one.blob, "trellis.rdq", octets),
            ("Code as JSON", one.as_json, "trellis.json", "application/json"),
            ("Code as NPZ", one.as_npz, "trellis.npz", octets),
            ("Code as Python", one.as_python, "trellis.py", "text/x-python"),
        ):
            if len(data):
                layout.download(label, data.tobytes(), name, key=f"take_{name}", mime=mime)
    if len(one.as_python):
        st.caption("The Python file encodes and decodes these files and needs only NumPy.")
    else:
        st.caption("The file is decoded by `rd.coding`; the other formats have no such distortion.")


def reach(spec: ProblemSpec) -> None:
    """Draw a line with a link: what a trellis code reaches, if it has been designed."""
    if spec.setting.distortion not in ("squared_error", "absolute"):
        return
    shown: TrellisView | None = jobs.cached(spec, trellis.design)
    if shown is not None and shown.rows:
        one = shown.rows[-1]
        said = (
            f"A trellis code with {one.states} states reached {figure(one.bits, 5)} bits per symbol"
            f" in a file, {figure(shown.gap_bits(one), 3)} bits above the bound."
        )
    else:
        said = "Codes with memory come closer to the bound than codes that code each symbol alone."
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="to_trellis"):
        st.markdown(said, width="content")
        st.page_link(
            "pages/quantisers.py",
            label="Codes with memory",
            icon=":material/stairs:",
            query_params={**state.link(), _KEY: "true"},
        )


def _rows(shown: TrellisView, spec: ProblemSpec) -> list[dict[str, str]]:
    how, rows = queries.scale(spec.setting), []
    for one in shown.rows:
        gap = shown.gap_bits(one)
        row = {
            "states": str(one.states),
            "file (bits/symbol)": figure(one.bits, 5),
            "gap (bits)": figure(gap, 3),
            "gap (dB)": figure(decibels(gap), 3),
            "levels": "met" if one.met else "missed",
        }
        for mark, reached in zip(subsets.marks(spec.setting), one.distortions, strict=True):
            row[f"{mark.level} ({how.text})"] = short(float(how.stated(reached)), 4)
        row["codewords"] = str(one.codewords)
        rows.append(row)
    return rows
