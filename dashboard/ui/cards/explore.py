"""The cards of the Explore page: source, curve, channel, what if, and certificate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.figures.report import Number
from dashboard.formatting import NOTHING, Written, alike, as_markdown, at_most, figure, written
from dashboard.model import wording
from dashboard.model.glossary import explain
from dashboard.model.marks import Mark
from dashboard.model.rates import Rates
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import (
    CurveBand,
    Point,
    Reference,
    SourceView,
    Trouble,
    WhatIf,
)
from dashboard.ui import best as best_codebook
from dashboard.ui import (
    handles,
    inputs,
    jobs,
    last,
    layout,
    queries,
    record,
    state,
    subsets,
    trades,
)
from dashboard.ui.cards import columns, free_codebook
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import codewords, definitions, tile, tiles
from dashboard.ui.sidebar import subset_controls
from rdcore import LevelScale

_CHANNEL_HEIGHT = 310
AXES = {"linear": "Linear D", "log": "Log D"}


class Answered:
    """The words beside the title that say which question the rate answers."""

    def begin(self) -> None:
        """Make their place."""
        self._place = st.container(width="content")

    def say(self, spec: ProblemSpec) -> None:
        """Write them."""
        self._place.caption(answered(spec), width="content")

    def vectors(self, spec: ProblemSpec) -> None:
        """Show a source of more than two columns in place of the page."""
        self.say(spec)
        columns.card(spec)


def answered(spec: ProblemSpec) -> str:
    """Return what the rate is per, what a symbol is, and whether rows follow each other."""
    source = spec.setting.source
    if not source.samples:
        return "bits per symbol, symbols independent"
    columns = len(source.labels)
    of = f" of {columns} columns" if columns > 1 else ""
    rows = "rows in order, blocks of 1" if source.ordered else "rows independent"
    return f"bits per symbol (a row{of}), {rows}"


def source(view: SourceView, point: Point | None, best: object = None, *, how: LevelScale) -> None:
    """Draw the source with its subsets and codebook, and the drawing tools.

    ``best`` is the solution for the free codebook, if it is requested and solved; ``how`` is how
    levels are stated.
    """
    other = best if isinstance(best, Point) else None
    several = len(view.marks) > 2
    title = "Source, subsets and codebook" if several else "Source, subset and codebook"
    with layout.card(title, _subset_sentence(view)):
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
        chart(
            drawing,
            state.CHART,
            alt=_described(view),
            on_select=lambda: subset_controls.draw(view),
            selection_mode=("box", "lasso") if view.dim == 2 else ("box",),
        )
        _rest(view, point, how)


def _rest(view: SourceView, point: Point | None, how: LevelScale) -> None:
    """Say the mean distortion outside the subsets, at which D is met."""
    if point is None or point.rest is None:
        return
    names = " and ".join(one.symbol for one in view.marks[1:]) if len(view.marks) < 4 else ""
    outside = f"Distortion outside {names or 'the subsets'}"
    value = figure(float(how.stated(point.rest)))
    record.add(Number(outside, value, how.text, ""))
    with layout.waiting("rest"):
        st.caption(f"{outside}: {value} {how.text}.")


def _described(view: SourceView) -> str:
    parts = [f"{int(inside.sum())} are in {one.legend}" for one, inside in view.subsets]
    if len(parts) == 1:
        parts = [f"{int(view.masks[0].sum())} are in the subset"]
    return f"Source with {view.n} atoms, of which {', '.join(parts) or '0 are in the subset'}"


def _subset_sentence(view: SourceView) -> str:
    """Say which atoms are in the subset that drawing changes."""
    drawn = subsets.look(subsets.chosen())
    said = [(one, inside) for one, inside in view.subsets if one.slot == drawn.slot]
    if not said:
        return f"Drag across the chart to select the subset {drawn.symbol}."
    one, inside = said[0]
    change = "it" if len(subsets.slots()) == 1 else drawn.symbol
    return (
        f"{as_markdown(one.title)}: {int(inside.sum())} of {view.n} atoms, probability"
        f" {figure(float(view.pmf[inside].sum()), 3)}. Drag across the chart to change {change}."
    )


def curve(spec: ProblemSpec, point: Point | None, best: object = None) -> CurveBand | Trouble:
    """Draw the certified curve along the chosen level with the operating point; return it.

    ``best`` is the solution for the free codebook, if it is requested and solved.
    """
    marks, which = subsets.marks(spec.setting), along(spec.setting)
    one = marks[which]
    with layout.card(
        "Rate–distortion function",
        curve_sentence(spec, one),
    ):
        with layout.toolbar("curve"):
            choose_along(spec.setting)
            axis = choose_axis(one, queries.scale(spec.setting))
        chosen = best_codebook.is_chosen(spec)
        band: CurveBand | Trouble
        path: dict[str, Any] | jobs.Running | Trouble | None
        alone = best_codebook.without_subsets(spec) if chosen and not which else None
        if chosen:
            found = best_codebook.curve(spec, which)
            if not isinstance(found, tuple):
                _until_solved(found, spec, point, axis, alone)
                return Trouble("The curve is not solved yet.")
            band, path = found
        else:
            band = queries.attempt(queries.curve, spec, which)
            path = free_codebook.path(spec, which, best)
        curve_chart(spec, band, point, best, axis=axis, alone=alone)
        if point is not None:
            followers = handles.explore(marks, queries.scale(spec.setting))
            handles.on_curve(spec, band, point, followers, path)
        return band


def _until_solved(
    found: jobs.Running | Trouble,
    spec: ProblemSpec,
    point: Point | None,
    axis: str,
    alone: Reference | None,
) -> None:
    """Draw the progress of Best's curve, and the last one of the same problem, faded."""
    before = last.curve(spec, along(spec.setting))
    if before is None or isinstance(found, Trouble):
        with st.container(key="curve_waits"):
            best_codebook.follow_curve(found)
        return
    old, band = before
    how, pairs = queries.scale(spec.setting), zip(old.levels, spec.levels, strict=True)
    names = subsets.marks(spec.setting)
    changed = [k for k, (one, other) in enumerate(pairs) if one != other and k != band.which]
    said = [
        [f"{names[k].level} = {wording.number(how, each.levels[k])}" for k in changed]
        for each in (old, spec)
    ]
    at = f"at {', '.join(said[0])}" if changed else ""
    curve_chart(spec, band, point, axis=axis, alone=alone, before=at)
    if changed:
        st.caption(f"Faded: the curve {at}; that at {', '.join(said[1])} is being solved.")
    with layout.aside():
        best_codebook.follow_curve(found)


def curve_sentence(spec: ProblemSpec, one: Mark) -> str:
    """Say what the curve is a bound for."""
    codebook = "any" if best_codebook.is_chosen(spec) else "this"
    slope = "slope" if queries.scale(spec.setting).falls else "−slope"
    return (
        f"No code with {codebook} codebook has a lower rate; {slope} is the price of {one.level}."
    )


def choose_axis(one: Mark, how: LevelScale) -> str:
    """Offer the scale of the axis of a level; a level in dB needs no other."""
    if how.falls:
        st.caption("More dB is less distortion.", width="content")
        return "linear"
    names = {key: text.replace("D", one.level) for key, text in AXES.items()}
    axis: str = inputs.segments("axis", "Scale of D", names, label_visibility="collapsed")
    return axis


def along(setting: Setting) -> int:
    """Return the place of the level along which curves are drawn."""
    return subsets.place(setting, int(state.value(state.ALONG)))


def choose_along(setting: Setting) -> None:
    """Offer the level along which curves are drawn, where there are several subsets."""
    levels = subsets.level_names(setting, state.ALONG)
    if len(levels) < 3 and not state.value(state.ALONG):
        return
    names = {slot: f"Along {text}" for slot, text in levels.items()}
    inputs.select(
        state.ALONG, "Level along the curve", names, label_visibility="collapsed", width=170
    )


def curve_chart(  # noqa: PLR0913  (the last ones are the look and what is beside the curve)
    spec: ProblemSpec,
    band: CurveBand | Trouble,
    point: Point | None,
    best: object = None,
    *,
    axis: str,
    alone: Reference | None = None,
    before: str = "",
) -> None:
    """Draw a certified curve with reference curves and the rate for the free codebook.

    ``alone`` is the rate of the best codebook without the subsets, if it is solved; ``before`` are
    the levels of a curve that is not yet that of the point.
    """
    if isinstance(band, Trouble):
        st.warning(band.markdown)
        return
    setting = spec.setting
    one = subsets.marks(setting)[band.which]
    known = () if band.which else queries.attempt(queries.known, setting)
    extra = () if isinstance(known, Trouble) else known
    if alone is not None:
        extra = (alone, *extra)
    if isinstance(best, Point):
        level, rate = best.levels[band.which : band.which + 1], np.array([best.rate_bits])
        extra = (*extra, Reference("free codebook", "free", level, rate))
    chart(
        figures.curve(
            band,
            point,
            colours=colours(),
            how=queries.scale(setting),
            extra=extra,
            logarithmic=axis == "log",
            along=one,
            before=before,
        ),
        "curve_chart",
        alt=f"Certified rate in bits per symbol against {_against(one)}",
    )


def _against(one: Mark) -> str:
    return f"distortion {one.level} on {one.title}" if one.slot else "average distortion D"


def channel(view: SourceView, point: Point | None) -> None:
    """Draw the channel as a map."""
    with layout.card("Channel", "Probability of each codeword in use, given the atom."):
        if point is not None:
            if len(view.marks) > 1:
                # Without a subset it is among the figures at the top.
                codewords(point, border=False)
            chart(
                figures.channel(view, point, colours=colours()),
                "channel_chart",
                alt=f"Channel from {view.n} atoms to {point.in_use} codewords in use",
                height=_CHANNEL_HEIGHT,
            )


def what_if(spec: ProblemSpec, point: Point | None, solved: best_codebook.Solved = None) -> None:
    """Draw the increase in rate for 10 % less of each level: predicted by the price, and solved.

    ``solved`` are the rates at the tighter levels for the best codebook, or None for another.
    """
    how = queries.scale(spec.setting)
    where = " in the mean square" if how.measure in ("rms", "snr", "psnr") else ""
    with layout.card(
        "Levels raised by 1 dB" if how.falls else "Levels lowered by 10 %",
        f"R is convex{where}, so the increase is at least the one predicted by the price.",
    ):
        if point is None:
            return
        marks = subsets.marks(spec.setting)
        if solved is not None and not isinstance(solved, Rates):
            best_codebook.follow_rates(solved)
            return
        found = [_changed(spec, point, which, solved) for which in range(len(marks))]
        with layout.waiting("what_if"):
            if len(marks) > 2:
                _what_ifs(found, marks, how)
                return
            for one, change in zip(marks, found, strict=True):
                _what_if(change, one, spec)


def _changed(spec: ProblemSpec, point: Point, which: int, solved: Rates | None) -> WhatIf | Trouble:
    """Return the increase in rate for a tighter level."""
    if solved is None:
        return queries.attempt(trades.what_if, spec, which=which)
    before, after = spec.levels[which], trades.tightened(spec, which)
    if not np.isfinite(solved.bits[which]):
        return Trouble("This level cannot be met together with the others.")
    return WhatIf(
        before=before,
        after=after,
        predicted_bits=float(point.prices_bits[which]) * (before - after),
        solved_bits=float(solved.bits[which]) - point.rate_bits,
        gap_bits=max(point.gap_bits, float(solved.gaps_bits[which])),
    )


def _what_ifs(found: Sequence[WhatIf | Trouble], marks: Sequence[Mark], how: LevelScale) -> None:
    """Draw the changes of many levels as a table."""
    rows = []
    for one, change in zip(marks, found, strict=True):
        row, unit = {"level": one.legend_level}, how.text
        if isinstance(change, Trouble):
            row |= {f"from → to ({unit})": "beyond its limit" if how.falls else "below its minimum"}
        else:
            values = (
                change.predicted_bits,
                change.solved_bits,
                change.solved_bits - change.predicted_bits,
            )
            texts = alike([value if abs(value) > NOTHING else 0.0 for value in values])
            row |= {
                f"from → to ({unit})": f"{wording.number(how, change.before)} →"
                f" {wording.number(how, change.after)}",
                "predicted (bits)": texts[0] if values[0] > NOTHING else "0",
                "solved (bits)": texts[1],
                "difference (bits)": texts[2],
            }
        rows.append(row)
    table(rows, "what_ifs")
    gap = max((one.gap_bits for one in found if isinstance(one, WhatIf)), default=0.0)
    st.caption(
        "The predicted increase is a lower bound; the difference is due to curvature. Gaps ≤"
        f" {figure(gap, 2)} bits."
    )


def _what_if(found: WhatIf | Trouble, one: Mark, spec: ProblemSpec) -> None:
    how, name = queries.scale(spec.setting), as_markdown(one.long_level)
    if isinstance(found, Trouble):
        change = "raised by 1 dB" if how.falls else "lowered by 10 %"
        layout.line(f"**{name}** cannot be {change}: {found.markdown}")
        return
    layout.line(
        f"**{name}** from {wording.number(how, found.before)} to {wording.said(how, found.after)}"
    )
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
    shown: str = value
    if not (value[0] in "0−" and float(value.replace("−", "-")) <= 0):
        shown = written(f"+{value}", value.value) if isinstance(value, Written) else f"+{value}"
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
                f"From the channel: I_emp = H(Y) − H(Y|X) = {figure(point.entropy_bits, 10)} −"
                f" {figure(point.randomness_bits, 10)} = {figure(point.empirical_bits, 10)} bits"
                f" per symbol; the optimum I_opt is {figure(point.rate_bits, 10)} bits."
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
