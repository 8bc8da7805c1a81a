"""The cards of the Annealing page: schedule, results, animation, traces, comparison."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure, short
from dashboard.model import exports
from dashboard.model.annealing import AnnealingView, AnnealSpec, EncoderView, Shape, StageView
from dashboard.model.following import Stage
from dashboard.model.glossary import explain
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import SourceView, Trouble
from dashboard.tasks import anneal
from dashboard.ui import handles, inputs, jobs, layout, queries, subsets
from dashboard.ui.charts import TALL, chart, colours, table
from dashboard.ui.metrics import NONE, explained, tile, tiles
from rdcore import LevelScale

_KEY, _SHOWN = "annealing", "stage_shown"
_LIMITS = jobs.Limits(seconds=300.0, expected=4.0)
_ROUNDING = (
    "Each atom is assigned to its most probable codeword in the convex optimum. The levels may be"
    " violated."
)
_SHAPES: dict[Shape, str] = {"geometric": "Geometric", "linear": "Linear"}


def settings(problem: ProblemSpec) -> AnnealSpec:
    """Draw the settings of the annealing and return its spec."""
    with layout.toolbar(_KEY):
        shape: Shape = inputs.segments(
            "falls", "Schedule of the temperature", _SHAPES, label_visibility="collapsed"
        )
        move = inputs.toggle(
            "moves",
            "Move codewords",
            help="At every stage each codeword moves to its priced centroid, and light or close"
            " codewords are merged. If off, the codewords of the chosen codebook stay fixed.\n\n"
            + explained("priced centroid", "merging"),
        )
        search = inputs.toggle(
            "search",
            "Search for better encoders",
            help="Below τ = 1 the problem is not convex. The search looks for better deterministic"
            " encoders and continues from the best one.",
        )
        with layout.settings("Schedule"):
            start = inputs.number("hot", "First τ", format="%g", help=explain("temperature"))
            stop = inputs.number("cold", "Last τ", format="%g")
            stages = inputs.whole("stages", "Stages")
    return AnnealSpec(problem, shape, start, stop, stages, move, search)


def annealing(spec: AnnealSpec, view: SourceView) -> None:
    """Run the annealing and draw its result or its progress."""
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
    jobs.show(
        _KEY,
        found,
        lambda done: _draw(done, spec, view),
        what="Annealing",
        so_far=lambda shown: _so_far(shown, queries.scale(spec.problem.setting)),
    )


def _so_far(shown: AnnealingView, how: LevelScale) -> None:
    _strip(shown, how)
    chart(
        _traces(shown),
        "stages_so_far",
        alt="H(Y), I(X;Y) and H(Y|X) at the stages so far",
        height=300,
    )


def _strip(shown: AnnealingView, how: LevelScale) -> None:
    with tiles(4):
        tile(
            "Certified lower bound",
            figure(shown.bound_bits),
            "for every channel",
            unit="bits",
            more=explained("lower bound", "certificate"),
        )
        for label, found, more in (
            ("One encoder", shown.encoder, explain("deterministic encoder")),
            ("Time sharing", shown.mixture, explain("time sharing")),
            (
                "Rounding",
                shown.rounded,
                _ROUNDING,
            ),
        ):
            if found is None:
                tile(label, NONE, "none found yet", more=more)
            else:
                tile(label, figure(found.entropy_bits), _said(found, how), unit="bits", more=more)


def _said(found: EncoderView, how: LevelScale) -> str:
    return f"D = {figure(float(how.stated(found.distortions[0])))} {how.text}"


def _draw(shown: AnnealingView, spec: AnnealSpec, view: SourceView) -> None:
    _strip(shown, queries.scale(spec.problem.setting))
    names = [_named(one) for one in shown.stages]
    at = handles.stage(_SHOWN, len(names))
    left, right = layout.pair()
    with layout.card(
        "Codebook by temperature",
        "Press play, or drag the point on the curve of H(Y).",
        inside=left,
    ):
        drawing = figures.codebook_animation(view, shown.stages, names, colours=colours(), shown=at)
        alt = f"Animation of the codebook in {len(names)} stages"
        chart(drawing, "cooling_chart", alt=alt, height=TALL)
    with layout.card(
        "From the bound to a deterministic encoder",
        "Annealing reduces the encoder randomness H(Y|X) to 0.",
        inside=right,
    ):
        chart(
            _traces(shown, at),
            "stages_chart",
            alt="H(Y), I(X;Y) and H(Y|X) against the temperature",
            height=TALL - figures.SLIDER_ROOM,
        )
        _handle(shown, spec, at)
    left, right = layout.pair()
    with left:
        _hardening(shown.stages, names, view, at)
    with right:
        _compared(shown, spec)


def _named(one: StageView) -> str:
    return f"τ = {short(float(f'{one.tau:.3g}'))}"


def _handle(shown: AnnealingView, spec: AnnealSpec, at: int) -> None:
    """Draw the handle on H(Y), which is dragged from one temperature to another."""
    stages = [
        Stage(
            one.tau,
            one.entropy_bits,
            shown.bound_bits,
            one,
            (
                _named(one),
                handles.reached(spec.problem.setting, one.distortions),
                f"H(Y) = {figure(one.entropy_bits)}, I(X;Y) = {figure(one.rate_bits)} bits",
                f"certified bound for every channel {figure(shown.bound_bits)} bits",
            ),
        )
        for one in shown.stages
    ]
    handles.on_stages(
        "drag_stages",
        stages,
        at,
        _SHOWN,
        charts={"stages_chart": "stage", "cooling_chart": "source"},
        label="Temperature of the codebook and of the channel shown",
        waits=("hardening_chart",),
        logarithmic=True,
        falls=True,
    )


def _traces(shown: AnnealingView, at: int | None = None) -> go.Figure:
    def along(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in shown.stages])

    levels = {"certified lower bound": (shown.bound_bits, "certified")}
    return figures.bits_along(
        along("tau"),
        {
            "H(Y)": (along("entropy_bits"), "codebook"),
            "I(X;Y)": (along("rate_bits"), "certified"),
            "H(Y|X)": (along("randomness_bits"), "text"),
        },
        levels,
        title="temperature τ",
        colours=colours(),
        falling=True,
        shown=at,
    )


def _hardening(stages: Sequence[StageView], names: list[str], view: SourceView, at: int) -> None:
    with layout.card("Channel by temperature"):
        channels = [one.channel for one in stages if one.channel is not None]
        if len(channels) < len(stages):
            st.caption(
                "How certainty each x is of its codeword: blue is 1, one codeword and no other."
            )
            drawing = figures.certainty_animation(
                view, [one.certainty for one in stages], names, colours=colours(), shown=at
            )
        else:
            st.caption("P(Y = y | X = x): dark blue is 1. At the end each x has one y.")
            drawing = figures.channel_animation(
                view.points[:, 0],
                channels,
                [one.codebook for one in stages],
                names,
                label=view.labels[0],
                colours=colours(),
                shown=at,
            )
        chart(drawing, "hardening_chart", alt="Animation of the channel", height=TALL)


def _compared(shown: AnnealingView, spec: AnnealSpec) -> None:
    setting = spec.problem.setting
    with layout.card(
        "Cost of determinism", "Output entropy above the certified bound at these levels."
    ):
        rows = []
        for name, found in (
            ("time sharing", shown.mixture),
            ("one encoder", shown.encoder),
            ("rounding", shown.rounded),
        ):
            if found is not None:
                rows.append(_row(name, found, shown.bound_bits, spec))
        table(rows, "encoders", upright=True)
        if np.isfinite(shown.exact_bits):
            st.caption(
                "The exact minimum with time sharing, by dynamic programming, is"
                f" {figure(shown.exact_bits, 6)} bits at this D."
            )
        jumps = [one.tau for one in shown.stages if one.jumped]
        if jumps:
            at = ", ".join(short(float(f"{tau:.2g}")) for tau in jumps[:4])
            st.caption(f"The search improved the path at τ = {at}.")
        layout.downloads(
            "annealing",
            exports.stages_table(shown.stages, queries.scale(setting), subsets.marks(setting)),
            setting,
        )


def _row(name: str, found: EncoderView, bound: float, spec: AnnealSpec) -> dict[str, str]:
    asked, how = spec.problem.levels, queries.scale(spec.problem.setting)
    met = all(a <= b * (1 + 1e-6) for a, b in zip(found.distortions, asked, strict=True))
    row = {
        "": name,
        "H(Y) (bits)": figure(found.entropy_bits, 6),
        "above bound (bits)": figure(max(found.entropy_bits - bound, 0.0), 3),
        "levels": "met" if met else "missed",
    }
    marks = subsets.marks(spec.problem.setting)
    for one, reached in zip(marks, found.distortions, strict=True):
        row[f"{one.level} ({how.text})"] = figure(float(how.stated(reached)), 5)
    row["encoders"], row["m"] = str(found.encoders), str(found.codewords)
    return row


def details() -> None:
    """Draw the explanations."""
    with st.expander("Method and terms"):
        st.markdown(
            "- **Temperature τ**: each stage minimises H(Y) − τ H(Y|X) subject to all levels. τ = 1"
            " is the convex program, whose optimum is proved; for τ → 0 only H(Y) remains.\n"
            "- **One encoder** assigns each symbol to one codeword and meets every level itself."
            " **Time sharing** meets the levels on average over several encoders, in an order known"
            " to encoder and decoder. It reaches the lower convex hull of single encoders.\n"
            "- **Rounding** assigns each symbol to its most probable codeword in the convex"
            " optimum."
            " The result may violate the levels.\n"
            "- The bound is proved for every channel. The encoders found are not proved optimal."
        )
