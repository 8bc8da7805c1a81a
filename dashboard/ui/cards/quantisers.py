"""The cards of the Quantisers page: chart, table, coded file, downloads."""

from __future__ import annotations

import inspect
from dataclasses import replace

import numpy as np
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.formatting import counted, decibels, figure, percent
from dashboard.model import wording
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.quantisers import Candidate, CodedView, FamiliesView, MetView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Trouble
from dashboard.tasks import meeting, quantise
from dashboard.tasks.meeting import LARGEST_FAMILY
from dashboard.ui import inputs, jobs, layout, queries, subsets
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import definitions, explained, tile, tiles

_FAMILIES, _KEY, _CODING = "families", "quantisers", "coding"
Found = jobs.Running | jobs.Done | Trouble
LIMITS = jobs.Limits(seconds=240.0, expected=3.0)
_SYMBOLS = {count: counted(count) for count in (10_000, 100_000, 1_000_000)}


def designs() -> str:
    """Return the text of the functions that make quantisers meet every level, for the script."""
    return inspect.getsource(meeting)


def families(key: str, spec: ProblemSpec, problem: rd.Problem) -> Found:
    """Return the quantisers of a source, which are the same for all levels, or their job."""
    plain = queries.attempt(quantise.alone, problem)
    if isinstance(plain, Trouble):
        return plain
    setting = replace(spec.setting.without_subsets(), codebook=CodebookSpec("best"))
    return jobs.run(
        key, setting, quantise.families, inputs=lambda: (plain,), limits=LIMITS, patience=0.3
    )


def meeting_levels(key: str, spec: ProblemSpec, problem: rd.Problem, known: FamiliesView) -> Found:
    """Return the quantisers that meet the levels, or their job."""
    return jobs.run(key, spec, quantise.meet, inputs=lambda: (problem, known), limits=LIMITS)


def plane(spec: ProblemSpec) -> MetView | None:
    """Draw quantisers over the bound, and compare those that meet the levels."""
    problem = queries.attempt(spec.problem)
    if isinstance(problem, Trouble):
        st.warning(problem.markdown)
        return None
    known = families(_FAMILIES, spec, problem)
    if isinstance(known, Trouble):
        st.warning(known.markdown)
        return None
    if not isinstance(known, jobs.Done):
        jobs.follow(_FAMILIES, known, what="Designing quantisers")
        return None
    found = meeting_levels(_KEY, spec, problem, known.result)
    met: MetView | None = found.result if isinstance(found, jobs.Done) else None
    left, right = layout.pair()
    with layout.card(
        "Rate and distortion of quantisers",
        "The blue line is a certified lower bound for every codebook.",
        inside=left,
    ):
        chart(
            figures.quantisers(
                known.result,
                met.candidates if met else (),
                spec.level,
                how=queries.scale(spec.setting),
                colours=colours(),
            ),
            "quantisers_chart",
            alt="Rate and distortion of the quantisers and the certified bound",
        )
    bound = f"{figure(met.bound_bits, 6)} bits" if met else "…"
    with layout.card(
        _title(spec),
        f"Certified lower bound for every channel at these levels: {bound}.",
        inside=right,
    ):
        if met is not None:
            _table(met, spec)
        elif not isinstance(found, jobs.Done):
            jobs.follow(_KEY, found, what="Meeting the levels")
    return met


def _title(spec: ProblemSpec) -> str:
    """Return what the quantisers have to meet."""
    how = queries.scale(spec.setting)
    level = f"{figure(float(how.stated(spec.level)), 4)} {how.text}"
    D = f"Quantisers with D {'≥' if how.falls else '≤'} {level}"
    return f"{D} and every level of a subset" if len(spec.levels) > 1 else D


def _table(shown: MetView, spec: ProblemSpec) -> None:
    rows, how, marks = [], queries.scale(spec.setting), subsets.marks(spec.setting)
    for one in sorted(shown.candidates, key=lambda one: (not one.met, one.bits)):
        gap = shown.gap_bits(one)
        row: dict[str, object] = {
            "quantiser": one.name,
            "H(Y) (bits)": figure(one.bits, 5),
            "gap (bits)": figure(gap, 3) if one.met else "—",
            "gap (dB)": figure(decibels(gap), 3) if one.met else "—",
            "levels": "met" if one.met else "missed",
        }
        for mark, reached in zip(marks, one.distortions, strict=True):
            row[f"{mark.level} ({how.text})"] = figure(float(how.stated(reached)), 4)
        row["m"] = str(one.m) if one.m else "—"
        rows.append(row)
    table(rows, "candidates")
    notes = [
        f"{one.name}: {LARGEST_FAMILY} codewords miss the levels; with {one.m} they are met."
        for one in shown.candidates
        if one.name == "Lloyd–Max" and one.m > LARGEST_FAMILY
    ]
    notes += [f"{name}: none was found that meets the levels." for name in shown.missing]
    if len(marks) > 1:
        notes.append(
            "These quantisers are designed at the prices of all levels; the lines and points of the"
            " chart for D alone."
        )
    if notes:
        st.caption(" ".join(notes))


def coded_file(shown: MetView, spec: ProblemSpec) -> None:
    """Code a long sample with one of the quantisers, and offer the downloads."""
    able = {one.name: one for one in shown.candidates if one.m}
    with layout.card(
        "Coded file",
        "Random symbols of the source are quantised, coded to a file, decoded and compared.",
        height="content",
    ):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            name = inputs.select(
                "coded_by", "Quantiser", able.keys(), start=list(able)[-1], width=280
            )
            symbols: int = inputs.segments("symbols", "Number of symbols", _SYMBOLS)
        problem, one = spec.problem(), able[name]
        key = (spec, name, symbols)
        found = jobs.run(
            _CODING,
            key,
            quantise.code,
            inputs=lambda: (problem, one, symbols, 0),
            limits=jobs.QUICK,
            patience=0.3,
        )

        def draw(done: CodedView) -> None:
            _coded(done, problem, one)
            _checked(done, spec, one)

        jobs.show(_CODING, found, draw, what="Coding")


def _coded(done: CodedView, problem: rd.Problem, one: Candidate) -> None:
    bits = 8 * done.size_bytes / done.symbols
    excess = bits / done.entropy_bits - 1 if done.entropy_bits > 0 else 0.0
    speed = done.symbols / max(done.encode_seconds, 1e-9) / 1e6
    back = done.symbols / max(done.decode_seconds, 1e-9) / 1e6
    with tiles(4):
        tile(
            "File size",
            counted(done.size_bytes),
            f"header {done.header_bytes} bytes",
            unit="bytes",
            border=False,
        )
        tile(
            "Coded rate",
            figure(bits, 5),
            f"H(Y) {percent(excess, 2)}",
            unit="bits",
            more=explained("coded rate", "output entropy"),
            border=False,
        )
        tile(
            "Decoded symbols",
            "all equal" if done.equal else "not equal",
            f"ideal rate {figure(done.ideal_bits, 5)} bits",
            more="The ideal rate is −log₂ of the probability of this sample, per symbol.",
            border=False,
        )
        tile(
            "Encoding speed",
            f"{speed:.0f}",
            f"decode {back:.0f} million/s",
            unit="million symbols/s",
            border=False,
        )
    tool = quantise.quantiser(problem, one)
    with st.container(horizontal=True, gap="small", key="quantiser_downloads"):
        for label, name, mime, data in (
            ("Coded file", "sample.rdq", "application/octet-stream", done.blob.tobytes()),
            ("Quantiser as JSON", "quantiser.json", "application/json", rd.export.to_json(tool)),
            (
                "Quantiser as NPZ",
                "quantiser.npz",
                "application/octet-stream",
                rd.export.to_npz(tool),
            ),
            ("Quantiser as Python", "quantiser.py", "text/x-python", rd.export.to_python(tool)),
        ):
            layout.download(label, data, name, key=f"take_{name}", mime=mime)
    st.caption("The Python file encodes and decodes these files and needs only NumPy.")


def _checked(done: CodedView, spec: ProblemSpec, one: Candidate) -> None:
    """Draw what the quantiser and the decoded sample have of each level."""
    how = queries.scale(spec.setting)
    unit, rows = how.text, []
    for mark, level, exact, seen in zip(
        subsets.marks(spec.setting), spec.levels, one.distortions, done.distortions, strict=True
    ):
        rows.append(
            {
                "level": mark.long_level,
                f"allowed ({unit})": wording.number(how, level),
                f"quantiser ({unit})": figure(float(how.stated(exact)), 4),
                f"this sample ({unit})": "no symbol"
                if np.isnan(seen)
                else figure(float(how.stated(seen)), 4),
                "quantiser meets it": "yes" if exact <= level * (1 + 1e-6) else "no",
            }
        )
    table(rows, "checked")
    st.caption("A sample varies around the values of its quantiser.")


def details() -> None:
    """Draw the explanations."""
    with st.expander("Quantisers"):
        st.markdown(
            definitions("lloyd–max")
            + " On a line it is the exact optimum, by dynamic programming.\n"
            + definitions("uniform quantiser", "ECSQ", "ECVQ", "hull")
            + " On a line the hull is exact.\n"
            "- **Prices**: with levels of subsets, each kind is designed at the prices of the"
            " certified solution, which are then moved until every level is met.\n"
            "- **Annealing**: one encoder, or several with time sharing, that meet both D and D′.\n"
            "- **Bound**: R(D) for the free codebook, which only codes over long blocks"
            " approach. The"
            " distance to the bound is the cost of coding one symbol at a time."
        )
