"""The cards of the Quantisers page: the plane, the table, real bits, what to take away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.formatting import counted, figure, percent
from dashboard.model.quantisers import Candidate, CodedView, QuantisersView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Trouble
from dashboard.tasks import quantise
from dashboard.ui import inputs, jobs, layout, queries
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import tile, tiles

_KEY, _CODING = "quantisers", "coding"
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
    left, right = layout.pair()
    with layout.card(
        "Bits against distortion",
        "Nothing is below the blue line, whatever its codebook: that is proved.",
        inside=left,
    ):
        chart(
            figures.quantisers(
                shown,
                spec.level,
                unit=spec.setting.unit,
                colours=colours(),
            ),
            "quantisers_chart",
            alt="Quantisers of every kind over the certified bound",
        )
    with layout.card(
        f"The cheapest at D ≤ {figure(spec.level, 4)}",
        f"No channel at these levels needs less than {figure(shown.bound_bits, 6)} bits: proved.",
        inside=right,
    ):
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
    with layout.card(
        "Real bits",
        "Symbols drawn from the source, quantised, coded to a file, decoded, compared.",
        height="content",
    ):
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
    excess = bits / done.entropy_bits - 1 if done.entropy_bits > 0 else 0.0
    speed = done.symbols / max(done.encode_seconds, 1e-9) / 1e6
    back = done.symbols / max(done.decode_seconds, 1e-9) / 1e6
    with tiles(4):
        tile(
            "The file",
            counted(done.size_bytes),
            f"{done.header_bytes} in its header",
            unit="bytes",
            border=False,
        )
        tile("Bits per symbol", figure(bits, 5), f"H(Y) {percent(excess, 2)}", border=False)
        tile(
            "Decoded",
            "all equal" if done.equal else "not equal",
            f"ideal {figure(done.ideal_bits, 5)} bits",
            border=False,
        )
        tile("Speed", f"{speed:.0f}", f"back {back:.0f} million/s", unit="million/s", border=False)
    tool = quantise.quantiser(problem, one)
    with st.container(horizontal=True, gap="small", key="quantiser_downloads"):
        for label, name, mime, data in (
            ("The coded file", "sample.rdq", "application/octet-stream", done.blob.tobytes()),
            ("Quantiser as JSON", "quantiser.json", "application/json", rd.export.to_json(tool)),
            ("as NPZ", "quantiser.npz", "application/octet-stream", rd.export.to_npz(tool)),
            ("as a Python file", "quantiser.py", "text/x-python", rd.export.to_python(tool)),
        ):
            layout.download(label, data, name, key=f"take_{name}", mime=mime)
    st.caption("The Python file encodes and decodes these very files with NumPy alone.")


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
