"""The cards of the Quantisers page: the plane, the table, real bits, what to take away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.formatting import counted, figure
from dashboard.model.quantisers import Candidate, CodedView, QuantisersView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Trouble
from dashboard.tasks import quantise
from dashboard.ui import inputs, jobs, queries, state

_KEY, _CODING = "quantisers", "coding"
_HEIGHT = 440
_LIMITS = jobs.Limits(seconds=240.0)
_SYMBOLS = {count: counted(count) for count in (10_000, 100_000, 1_000_000)}


def plane(spec: ProblemSpec) -> QuantisersView | None:
    """Design and compare quantisers, and draw them over the bound."""
    problem = queries.attempt(spec.problem)
    if isinstance(problem, Trouble):
        st.warning(problem.markdown)
        return None
    found = jobs.run(
        _KEY, spec, quantise.compare, inputs=lambda: (problem,), limits=_LIMITS, patience=0.3
    )
    if not isinstance(found, jobs.Done):
        jobs.follow(_KEY, found, what="Designing quantisers")
        return None
    shown: QuantisersView = found.result
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### Bits against distortion")
        st.caption("Nothing is below the blue line, whatever its codebook: that is proved.")
        st.plotly_chart(
            figures.quantisers(
                shown,
                spec.level,
                unit=spec.setting.unit,
                colours=theme.palette(state.is_dark()),
            ),
            height=_HEIGHT,
            key="quantisers_chart",
            theme=None,
            config=theme.CONFIG,
            alt="Quantisers of every kind over the certified bound",
        )
    with right, st.container(border=True, height="stretch", gap="small"):
        st.markdown(f"##### The cheapest at D ≤ {figure(spec.level, 4)}")
        st.caption(
            f"No channel at these levels needs less than {figure(shown.bound_bits, 6)} bits:"
            " proved."
        )
        _table(shown, spec)
    return shown


def _table(shown: QuantisersView, spec: ProblemSpec) -> None:
    rows = []
    for one in sorted(shown.candidates, key=lambda one: (not one.met, one.bits)):
        over = figure(max(one.bits - shown.bound_bits, 0.0), 3) if one.met else "—"
        row: dict[str, object] = {
            "quantiser": one.name,
            "bits": figure(one.bits, 5),
            "over bound": over,
            "levels": "met" if one.met else "missed",
            "D": figure(one.distortions[0], 4),
        }
        if len(one.distortions) > 1:
            row["D′"] = figure(one.distortions[1], 4)
        row["m"] = str(one.m) if one.m else "—"
        rows.append(row)
    st.dataframe(pd.DataFrame(rows), hide_index=True, key="candidates")
    if len(spec.problem().fidelities) > 1:
        st.caption("All but annealing are designed for D alone; whether D′ is met is luck.")


def real_bits(shown: QuantisersView, spec: ProblemSpec) -> None:
    """Code a long sample by one of the quantisers, and offer all there is to take away."""
    able = {one.name: one for one in shown.candidates if one.m}
    with st.container(border=True, gap="small"):
        st.markdown("##### Real bits")
        st.caption("Symbols drawn from the source, quantised, coded to a file, decoded, compared.")
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            name = inputs.select(
                "coded_by", "Quantiser", able.keys(), start=list(able)[-1], width=280
            )
            symbols: int = inputs.segments("symbols", "Symbols", _SYMBOLS)
        problem, one = spec.problem(), able[name]
        key = (spec, name, symbols)
        found = jobs.run(
            _CODING,
            key,
            quantise.code,
            inputs=lambda: (problem, one, symbols, 0),
            patience=0.3,
        )
        if isinstance(found, jobs.Done):
            _coded(found.result, problem, one)
        else:
            jobs.follow(_CODING, found, what="Coding")


def _coded(done: CodedView, problem: rd.Problem, one: Candidate) -> None:
    bits = 8 * done.size_bytes / done.symbols
    excess = 100 * (bits / done.entropy_bits - 1) if done.entropy_bits > 0 else 0.0
    speed = done.symbols / max(done.encode_seconds, 1e-9) / 1e6
    back = done.symbols / max(done.decode_seconds, 1e-9) / 1e6
    with st.grid(4, min_column_width=150, gap="small"):
        size = f"{done.size_bytes:,}".replace(",", " ")
        _metric("The file", f"{size} :small[bytes]", f"{done.header_bytes} in its header")
        _metric(
            "Bits per symbol",
            figure(bits, 5),
            f"H(Y) {excess:+.2f} %".replace("-", "−"),
        )
        _metric(
            "Decoded",
            "all equal" if done.equal else "not equal",
            f"ideal {figure(done.ideal_bits, 5)} bits",
        )
        _metric("Speed", f"{speed:.0f} :small[million/s]", f"back {back:.0f} million/s")
    tool = quantise.quantiser(problem, one)
    with st.container(horizontal=True, gap="small", key="quantiser_downloads"):
        for label, name, mime, data in (
            ("The coded file", "sample.rdq", "application/octet-stream", done.blob.tobytes()),
            ("Quantiser as JSON", "quantiser.json", "application/json", rd.export.to_json(tool)),
            ("as NPZ", "quantiser.npz", "application/octet-stream", rd.export.to_npz(tool)),
            ("as a Python file", "quantiser.py", "text/x-python", rd.export.to_python(tool)),
        ):
            st.download_button(
                label,
                data,
                file_name=name,
                mime=mime,
                key=f"take_{name}",
                type="tertiary",
                icon=":material/download:",
            )
    st.caption("The Python file encodes and decodes these very files with NumPy alone.")


def _metric(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", border=True)


def details() -> None:
    """Unfold what the words mean."""
    with st.expander("Which quantisers these are"):
        st.markdown(
            "- **Lloyd–Max**: least distortion for a number of codewords; on a line the exact"
            " optimum by dynamic programming.\n"
            "- **Uniform, entropy-coded**: equal steps at the best offset; codewords are centroids"
            " of their cells.\n"
            "- **Entropy-coded**: least distortion at a price for each bit of H(Y). On a line the"
            " hull is exact: no deterministic encoders that take turns are below it. In the plane"
            " ECVQ ends at a local optimum.\n"
            "- **Annealing** holds D and D′, and ends at one encoder or at several that take"
            " turns.\n"
            "- **The bound** is R(D) over every codebook, which only long blocks reach; what lies"
            " between is what coding symbols one by one costs."
        )
