"""The cards of the Explore page: source, curve, channel, what if, and what is certified."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, alike, figure, short
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Reference, SourceView, Trouble, WhatIf
from dashboard.ui import inputs, layout, queries, state, trades
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import tile, tiles
from dashboard.ui.sidebar import subset_controls

_CHANNEL_HEIGHT = 310
_AXES = {"linear": "Linear D", "log": "Log D"}


def source(view: SourceView, point: Point | None, best: object = None) -> None:
    """Draw the source with its subset and codebook, and the tools to draw on it.

    ``best`` is the solution over every codebook if it is wanted and there.
    """
    other = best if isinstance(best, Point) else None
    with layout.card("Source, subset, codebook", _subset_sentence(view)):
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
            alt=f"Source with {view.n} atoms, {view.symbols} of them in the subset",
            on_select=lambda: subset_controls.draw(view.dim, high - low),
            selection_mode=("box", "lasso") if view.dim == 2 else ("box",),
        )


def _subset_sentence(view: SourceView) -> str:
    if not view.symbols:
        return "Drag across the source to draw the subset S that matters more."
    return (
        f"S has {view.symbols} of {view.n} symbols and probability {figure(view.mass, 3)};"
        " drag across the source to change it."
    )


def curve(
    spec: ProblemSpec, band: CurveBand | Trouble, point: Point | None, best: object = None
) -> None:
    """Draw the certified curve with the operating point, and the one over every codebook."""
    with layout.card(
        "Rate against distortion",
        "No code with this codebook does better; the slope is the price of D.",
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
            extra = (*extra, Reference("every codebook", "every", level, rate))
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
    with layout.card("Channel", "How likely each codeword in use stands for each atom."):
        if point is not None:
            chart(
                figures.channel(view, point, colours=colours()),
                "channel_chart",
                alt=f"Channel from {view.n} atoms to {point.in_use} codewords in use",
                height=_CHANNEL_HEIGHT,
            )


def what_if(spec: ProblemSpec, point: Point | None) -> None:
    """Show what a tenth less of D, and of D′, costs: foretold by the price, and solved."""
    with layout.card(
        "What if the levels were 10 % tighter?",
        "R is convex, so its tangent, the price, foretells the least that it can cost.",
    ):
        if point is None:
            return
        names: tuple[trades.Name, ...] = ("D",) if point.subset_level is None else ("D", "D′")
        for name in names:
            _what_if(queries.attempt(trades.what_if, spec, name=name), name, spec)


def _what_if(found: WhatIf | Trouble, name: str, spec: ProblemSpec) -> None:
    unit = spec.setting.unit
    if isinstance(found, Trouble):
        st.markdown(f"**{name}** cannot be tightened by 10 %: {found.markdown}")
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
    foretold, solved, more = alike(values)
    with tiles(3, narrowest=135):
        _change("Foretold", foretold, "at least")
        _change("Solved", solved, f"gap ≤ {figure(found.gap_bits, 2)} bits")
        _change("Difference", more, "from curvature")


def _change(label: str, value: str, below: str) -> None:
    shown = value if value[0] in "0−" and float(value.replace("−", "-")) <= 0 else f"+{value}"
    tile(label, shown, below, unit="bits", border=False)


def details(point: Point | None) -> None:
    """Unfold what was proved and what the words mean."""
    with st.expander("What is certified, and what the words mean"):
        if point is not None:
            st.markdown(
                f"R lies between {figure(point.rate_bits - point.gap_bits, 13)} and"
                f" {figure(point.rate_bits, 13)} bits per symbol. Scope: {point.scope}."
                f" {point.status.capitalize()}; {point.iterations} iterations,"
                f" {1e3 * point.seconds:.1f} ms."
            )
        st.markdown(
            "- **R(D)** is the least mutual information I(X;Y) in bits per symbol over all"
            " channels from the source to this codebook that meet the levels.\n"
            "- **Band**: R is convex, so between the solved levels it lies above every tangent and"
            " below each chord; the band is all that is left.\n"
            "- **Gap**: a channel that meets the levels bounds R from above, the dual from below;"
            " both are computed from the problem alone.\n"
            "- **Price** λ: lowering a level by a little δ costs λ·δ bits. A level that is slack"
            " has price 0.\n"
            "- **Shannon lower bound**: holds for every codebook, not only this one."
        )
