"""The cards of the Explore page: source, curve, channel, what if, and certificate."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, alike, at_most, figure, short
from dashboard.model.glossary import explain
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Reference, SourceView, Trouble, WhatIf
from dashboard.ui import inputs, layout, queries, state, trades
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import definitions, tile, tiles
from dashboard.ui.sidebar import subset_controls

_CHANNEL_HEIGHT = 310
_AXES = {"linear": "Linear D", "log": "Log D"}


def source(view: SourceView, point: Point | None, best: object = None) -> None:
    """Draw the source with its subset and codebook, and the drawing tools.

    ``best`` is the solution for the free codebook, if it is requested and solved.
    """
    other = best if isinstance(best, Point) else None
    with layout.card("Source, subset and codebook", _subset_sentence(view)):
        tool = subset_controls.drawing_tools(view.dim)
        palette, revision = colours(), state.revision()
        drawing = (
            figures.source_line(view, point, other, colours=palette, revision=revision)
            if view.dim == 1
            else figures.source_plane(
                view,
                point,
                other,
                colours=palette,
                revision=revision,
                tool="lasso" if tool == "lasso" else "select",
            )
        )
        low, high = view.span()
        chart(
            drawing,
            state.CHART,
            alt=f"Source with {view.n} atoms, of which {view.symbols} are in the subset",
            on_select=lambda: subset_controls.draw(view.dim, high - low),
            selection_mode=("box", "lasso") if view.dim == 2 else ("box",),
        )


def _subset_sentence(view: SourceView) -> str:
    if not view.symbols:
        return "Drag across the chart to select the subset S."
    return (
        f"S: {view.symbols} of {view.n} atoms, probability {figure(view.mass, 3)}."
        " Drag across the chart to change it."
    )


def curve(
    spec: ProblemSpec, band: CurveBand | Trouble, point: Point | None, best: object = None
) -> None:
    """Draw the certified curve with the operating point and the rate for the free codebook."""
    with layout.card(
        "Rate–distortion function",
        "No code with this codebook has a lower rate. The negative slope is the price of D.",
    ):
        with layout.toolbar("curve"):
            axis = inputs.segments("axis", "Scale of D", _AXES, label_visibility="collapsed")
        if isinstance(band, Trouble):
            st.warning(band.markdown)
            return
        setting = spec.setting
        known = queries.attempt(queries.known, setting)
        extra = () if isinstance(known, Trouble) else known
        if isinstance(best, Point):
            level, rate = np.array([best.level]), np.array([best.rate_bits])
            extra = (*extra, Reference("free codebook", "free", level, rate))
        chart(
            figures.curve(
                band,
                point,
                colours=colours(),
                unit=setting.unit,
                extra=extra,
                logarithmic=axis == "log",
            ),
            "curve_chart",
            alt="Certified rate in bits per symbol against average distortion D",
        )


def channel(view: SourceView, point: Point | None) -> None:
    """Draw the channel as a map."""
    with layout.card("Channel", "Probability of each codeword in use, given the atom."):
        if point is not None:
            chart(
                figures.channel(view, point, colours=colours()),
                "channel_chart",
                alt=f"Channel from {view.n} atoms to {point.in_use} codewords in use",
                height=_CHANNEL_HEIGHT,
            )


def what_if(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the increase in rate for 10 % less D or D′: predicted by the price, and solved."""
    with layout.card(
        "Levels lowered by 10 %",
        "R is convex, so the increase is at least the one predicted by the price.",
    ):
        if point is None:
            return
        names: tuple[trades.Name, ...] = ("D",) if point.subset_level is None else ("D", "D′")
        for name in names:
            _what_if(queries.attempt(trades.what_if, spec, name=name), name, spec)


def _what_if(found: WhatIf | Trouble, name: str, spec: ProblemSpec) -> None:
    unit = spec.setting.unit
    if isinstance(found, Trouble):
        st.markdown(f"**{name}** cannot be lowered by 10 %: {found.markdown}")
        return
    st.markdown(f"**{name}** from {short(found.before)} to {short(found.after)} {unit}")
    values = [
        value if abs(value) > NOTHING else 0.0
        for value in (
            found.predicted_bits,
            found.solved_bits,
            found.solved_bits - found.predicted_bits,
        )
    ]
    predicted, solved, difference = alike(values)
    with tiles(3, narrowest=135):
        _change("Predicted", predicted, "lower bound", explain("tangent"))
        _change("Solved", solved, f"gap ≤ {at_most(found.gap_bits)} bits")
        _change("Difference", difference, "due to curvature")


def _change(label: str, value: str, below: str, more: str | None = None) -> None:
    shown = value if value[0] in "0−" and float(value.replace("−", "-")) <= 0 else f"+{value}"
    tile(label, shown, below, unit="bits", more=more, border=False)


def details(point: Point | None) -> None:
    """Draw the certificate and the explanations."""
    with st.expander("Certificate and terms"):
        if point is not None:
            st.markdown(
                f"R lies between {figure(point.rate_bits - point.gap_bits, 13)} and"
                f" {figure(point.rate_bits, 13)} bits per symbol. Scope: {point.scope}."
                f" Solver: {point.status}, {point.iterations} iterations,"
                f" {1e3 * point.seconds:.1f} ms."
            )
        st.markdown(
            definitions(
                "curve",
                "certificate",
                "scope",
                "gap",
                "band",
                "price",
                "slack",
                "Shannon lower bound",
            )
            + " It holds for every codebook."
        )
