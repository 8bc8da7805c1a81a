"""The cards of the Annealing page: the schedule, the end, the play, the traces, the comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure, short
from dashboard.model import exports
from dashboard.model.annealing import AnnealingView, AnnealSpec, EncoderView, Shape, StageView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import SourceView, Trouble
from dashboard.tasks import anneal
from dashboard.ui import inputs, jobs, layout, queries
from dashboard.ui.charts import TALL, chart, colours
from dashboard.ui.metrics import NONE, tile, tiles

_KEY = "annealing"
_LIMITS = jobs.Limits(seconds=300.0)
_SHAPES: dict[Shape, str] = {"geometric": "Geometric", "linear": "Linear"}


def settings(problem: ProblemSpec) -> AnnealSpec:
    """Draw what an annealing can be asked for, and return it."""
    with layout.toolbar(_KEY):
        shape: Shape = inputs.segments(
            "falls", "How the temperature falls", _SHAPES, label_visibility="collapsed"
        )
        move = inputs.toggle(
            "moves",
            "Codewords move",
            help="Each goes to its priced centroid at every stage; light ones vanish, close ones"
            " merge. If not, codewords of the chosen codebook can only be left unused.",
        )
        search = inputs.toggle(
            "search",
            "Search beside the path",
            help="Below τ = 1 the problem is not convex: look for better deterministic encoders,"
            " and leave the path where one is found.",
        )
        with layout.settings("Schedule"):
            start = inputs.number("hot", "First τ", format="%g")
            stop = inputs.number("cold", "Last τ", format="%g")
            stages = inputs.whole("stages", "Stages")
    return AnnealSpec(problem, shape, start, stop, stages, move, search)


def annealing(spec: AnnealSpec, view: SourceView) -> None:
    """Run the annealing and draw it, or how far it has come."""
    problem = queries.attempt(spec.problem.problem)
    options = queries.attempt(spec.options)
    for trouble in (problem, options):
        if isinstance(trouble, Trouble):
            st.warning(trouble.markdown)
            return
    found = jobs.run(
        _KEY,
        spec,
        anneal.anneal,
        inputs=lambda: (problem, options),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if isinstance(found, jobs.Done):
        _draw(found.result, spec, view)
    else:
        jobs.follow(_KEY, found, what="Annealing", draw=_so_far)


def _so_far(shown: AnnealingView) -> None:
    _strip(shown)
    chart(_traces(shown), "stages_so_far", alt="Bits along the stages so far", height=300)


def _strip(shown: AnnealingView) -> None:
    with tiles(4):
        tile("Best channel, proved", figure(shown.bound_bits), "no less is possible", unit="bits")
        for label, found in (
            ("One encoder", shown.encoder),
            ("Encoders that take turns", shown.mixture),
            ("Argmax rounding", shown.rounded),
        ):
            if found is None:
                tile(label, NONE, "none found so far")
            else:
                tile(label, figure(found.entropy_bits), _said(found), unit="bits")


def _said(found: EncoderView) -> str:
    turns = f"{found.turns} encoders" if found.turns > 1 else f"{found.words} codewords"
    return f"{turns}, D {figure(found.distortions[0])}"


def _draw(shown: AnnealingView, spec: AnnealSpec, view: SourceView) -> None:
    _strip(shown)
    names = [f"τ = {short(float(f'{one.tau:.3g}'))}" for one in shown.stages]
    left, right = layout.pair()
    with layout.card("The codewords as it cools", "Play it, or pull the slider.", inside=left):
        drawing = figures.playing(view, shown.stages, names, colours=colours())
        alt = f"Codebook in {len(names)} stages"
        chart(drawing, "cooling_chart", alt=alt, height=TALL)
    with layout.card(
        "From the bound to one codeword a symbol",
        "H(Y|X) is the randomness in the encoder; annealing takes it away.",
        inside=right,
    ):
        chart(_traces(shown), "stages_chart", alt="Bits along the stages", height=TALL)
    left, right = layout.pair()
    with left:
        _hardening(shown.stages, names, view)
    with right:
        _compared(shown, spec)


def _traces(shown: AnnealingView) -> go.Figure:
    def along(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in shown.stages])

    levels = {"no channel is below": (shown.bound_bits, "certified")}
    return figures.bits_along(
        along("tau"),
        {
            "H(Y)": (along("entropy_bits"), "codebook"),
            "I(X;Y)": (along("rate_bits"), "certified"),
            "H(Y|X)": (along("noise_bits"), "subset"),
        },
        levels,
        title="temperature τ",
        colours=colours(),
        falling=True,
    )


def _hardening(stages: Sequence[StageView], names: list[str], view: SourceView) -> None:
    with layout.card("The channel hardens"):
        channels = [one.channel for one in stages if one.channel is not None]
        if len(channels) < len(stages):
            st.caption("How sure each x is of its codeword: blue is 1, one codeword and no other.")
            drawing = figures.sureness_playing(
                view, [one.sure for one in stages], names, colours=colours()
            )
        else:
            st.caption("P(Y = y | X = x): blue is 1. In the end each x has one y.")
            drawing = figures.channel_playing(
                view.points[:, 0],
                channels,
                [one.codebook for one in stages],
                names,
                label=view.labels[0],
                colours=colours(),
            )
        chart(drawing, "hardening_chart", alt="The channel by stages", height=TALL)


def _compared(shown: AnnealingView, spec: AnnealSpec) -> None:
    setting = spec.problem.setting
    held = "D′" if len(shown.end.distortions) > 1 else ""
    with layout.card(
        "What determinism costs", "Bits above the certified bound on every channel at these levels."
    ):
        rows = []
        for name, found in (
            ("taking turns", shown.mixture),
            ("one encoder", shown.encoder),
            ("argmax rounding", shown.rounded),
        ):
            if found is not None:
                rows.append(_row(name, found, shown.bound_bits, spec, held))
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="encoders")
        if np.isfinite(shown.exact_bits):
            st.caption(
                "By dynamic programming the best that take turns need"
                f" {figure(shown.exact_bits, 6)} bits: no deterministic encoders do better at"
                " this D."
            )
        jumps = [one.tau for one in shown.stages if one.jumped]
        if jumps:
            at = ", ".join(short(float(f"{tau:.2g}")) for tau in jumps[:4])
            st.caption(f"The path was left for a better one at τ = {at}.")
        layout.downloads("annealing", exports.stages_table(shown.stages), setting)


def _row(
    name: str, found: EncoderView, bound: float, spec: AnnealSpec, held: str
) -> dict[str, str]:
    asked = [spec.problem.level, spec.problem.setting.subset_level]
    row = {
        "": name,
        "bits": figure(found.entropy_bits, 6),
        "over bound": figure(max(found.entropy_bits - bound, 0.0), 3),
        "D": figure(found.distortions[0], 5),
    }
    if held:
        row[held] = figure(found.distortions[1], 5)
    met = all(a <= b * (1 + 1e-6) for a, b in zip(found.distortions, asked, strict=False))
    row["levels"] = "met" if met else "missed"
    return row


def details() -> None:
    """Unfold what the words mean."""
    with st.expander("What annealing does, and what the words mean"):
        st.markdown(
            "- **Temperature τ**: at each stage H(Y) − τ H(Y|X) is as small as the path finds it"
            " with every level held. τ = 1 is the convex program, whose optimum is proved; at"
            " τ → 0 only H(Y) is left, what an index costs by itself.\n"
            "- **One encoder** gives each symbol one codeword and meets every level by itself."
            " **Encoders that take turns** do so on average, as encoder and decoder agree"
            " beforehand; they reach the lower convex hull of single ones.\n"
            "- **Argmax rounding** gives each symbol its likeliest codeword in the convex optimum;"
            " whether the levels are still met is luck.\n"
            "- Nothing proves that the encoders found are the best; on a line they mostly are. The"
            " bound is proved for every channel."
        )
