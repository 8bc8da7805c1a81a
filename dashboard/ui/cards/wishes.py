"""What the levels of the subsets cost: the rate with them, minus the rate without them."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.formatting import NOTHING, as_markdown, at_most, figure
from dashboard.model import wording
from dashboard.model.glossary import explain
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Rates, Trouble
from dashboard.ui import best, layout, queries, record, subsets
from dashboard.ui.metrics import COST, NONE, tile, tiles


def headline(
    place: st.delta_generator.DeltaGenerator | None,
    spec: ProblemSpec,
    point: Point | None,
    solved: best.Solved,
) -> None:
    """Draw, at the top of the page, the bits that all subsets together add to the rate.

    ``solved`` is as in ``card``.
    """
    if place is None or point is None:
        return
    marks = subsets.marks(spec.setting)
    label = f"Cost of {marks[1].symbol}" if len(marks) == 2 else "Cost of the subsets"
    more = explain("cost of a subset")
    with place:
        if solved is not None and not isinstance(solved, Rates):
            tile(label, NONE, "being solved", more=more)
            record.take_place(COST)
            return
        bits, gap = _rate(best.alone(spec), solved, -1)
        if np.isfinite(bits):
            below = f"gap ≤ {at_most(max(gap, point.gap_bits))} bits"
            more += f"\n\nHere the rate without is {figure(bits)} bits."
            tile(label, _extra(point, bits), below, unit="bits", more=more)
        else:
            tile(label, NONE, "not solved without", more=more)
        record.take_place(COST)


def card(spec: ProblemSpec, point: Point | None, solved: best.Solved) -> None:
    """Draw the bits that the level of each of several subsets adds to the rate.

    ``solved`` are the rates without each subset for the best codebook, or None for another.
    """
    marks, how = subsets.marks(spec.setting), queries.scale(spec.setting)
    if point is None or len(marks) <= 2:
        return
    with layout.card(
        "Cost of each subset",
        "The rate, minus the rate without the limit on that subset; the other levels stay.",
        height="content",
    ):
        if solved is not None and not isinstance(solved, Rates):
            st.caption("The rates without each subset are being solved.")
            return
        with tiles(len(marks) - 1, narrowest=220):
            for which, one in enumerate(marks[1:], 1):
                bits, gap = _rate(best.without(spec, which), solved, which - 1)
                said = f"{one.level} {'≥' if how.falls else '≤'}"
                level = wording.said(how, float(point.levels[which]))
                tile(
                    f"Cost of {as_markdown(one.title)}: {said} {level}",
                    _extra(point, bits) if np.isfinite(bits) else NONE,
                    f"gap ≤ {at_most(max(gap, point.gap_bits))}; {figure(bits)} bits without it",
                    unit="bits",
                    border=False,
                )
    if solved is not None and not np.isfinite(solved.bits).all():
        st.caption("A problem without one of the limits was not solved.")


def _extra(point: Point, bits: float) -> str:
    extra = point.rate_bits - bits
    return figure(extra if extra > NOTHING else 0.0)


def _rate(spec: ProblemSpec, solved: Rates | None, place: int) -> tuple[float, float]:
    """Return the rate of a problem with fewer subsets, and its gap, bits.

    ``place`` is its place among the rates that are ``solved`` already, if there are any.
    """
    if solved is not None:
        return float(solved.bits[place]), float(solved.gaps_bits[place])
    found = queries.attempt(queries.point, spec)
    if isinstance(found, Trouble):
        return float("nan"), 0.0
    return found.rate_bits, found.gap_bits
