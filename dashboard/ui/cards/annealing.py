"""The cards of the Annealing page: the schedule, the end, the play, the traces, the comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.figures import theme
from dashboard.formatting import figure, short
from dashboard.model import exports
from dashboard.model.annealing import AnnealingView, AnnealSpec, EncoderView, Shape, StageView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import SourceView, Trouble
from dashboard.tasks import anneal
from dashboard.ui import inputs, jobs, layout, queries, state
from dashboard.ui.cards.explore import CHART_HEIGHT

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
        with st.popover("Schedule", icon=":material/tune:"):
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
    _chart(_traces(shown), "stages_so_far", "Bits along the stages so far", 300)


def _strip(shown: AnnealingView) -> None:
    with st.grid(4, min_column_width=150, gap="small"):
        _metric(
            "Best channel, proved",
            f"{figure(shown.bound_bits)} :small[bits]",
            "no less is possible",
        )
        for label, found in (
            ("One encoder", shown.encoder),
            ("Encoders that take turns", shown.mixture),
            ("Argmax rounding", shown.rounded),
        ):
            if found is None:
                _metric(label, "—", "none found so far")
            else:
                _metric(label, f"{figure(found.entropy_bits)} :small[bits]", _said(found))


def _said(found: EncoderView) -> str:
    turns = f"{found.turns} encoders" if found.turns > 1 else f"{found.words} codewords"
    return f"{turns}, D {figure(found.distortions[0])}"


def _draw(shown: AnnealingView, spec: AnnealSpec, view: SourceView) -> None:
    _strip(shown)
    colours = theme.palette(state.is_dark())
    names = [f"τ = {short(float(f'{one.tau:.3g}'))}" for one in shown.stages]
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### The codewords as it cools")
        st.caption("Play it, or pull the slider.")
        drawing = figures.playing(view, shown.stages, names, colours=colours)
        _chart(drawing, "cooling_chart", f"Codebook in {len(names)} stages", CHART_HEIGHT + 60)
    with right, st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### From the bound to one codeword a symbol")
        st.caption("H(Y|X) is the randomness in the encoder; annealing takes it away.")
        _chart(_traces(shown), "stages_chart", "Bits along the stages", CHART_HEIGHT + 60)
    left, right = st.columns(2, gap="small")
    with left:
        _hardening(shown.stages, names, view, colours)
    with right:
        _compared(shown, spec)


def _traces(shown: AnnealingView) -> object:
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
        colours=theme.palette(state.is_dark()),
        falling=True,
    )


def _hardening(
    stages: Sequence[StageView], names: list[str], view: SourceView, colours: theme.Palette
) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### The channel hardens")
        channels = [one.channel for one in stages if one.channel is not None]
        if len(channels) < len(stages):
            st.caption("How sure each x is of its codeword: blue is 1, one codeword and no other.")
            drawing = figures.sureness_playing(
                view, [one.sure for one in stages], names, colours=colours
            )
        else:
            st.caption("P(Y = y | X = x): blue is 1. In the end each x has one y.")
            drawing = figures.channel_playing(
                view.points[:, 0],
                channels,
                [one.codebook for one in stages],
                names,
                label=view.labels[0],
                colours=colours,
            )
        _chart(drawing, "hardening_chart", "The channel by stages", CHART_HEIGHT + 60)


def _compared(shown: AnnealingView, spec: AnnealSpec) -> None:
    setting = spec.problem.setting
    held = "D′" if len(shown.end.distortions) > 1 else ""
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### What determinism costs")
        st.caption("Bits above the certified bound on every channel at these levels.")
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


def _chart(drawing: object, key: str, alt: str, height: int) -> None:
    st.plotly_chart(drawing, height=height, key=key, theme=None, config=theme.CONFIG, alt=alt)


def _metric(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", border=True)


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
