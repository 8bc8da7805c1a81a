"""What the levels of the subsets cost: the rate with them, minus the rate without them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st

from dashboard.formatting import NOTHING, as_markdown, figure
from dashboard.model import wording
from dashboard.model.glossary import explain
from dashboard.model.rates import Rates
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Floats, Point, Trouble
from dashboard.ui import best, differences, layout, queries, record, subsets
from dashboard.ui.metrics import COST, NONE, explained, sureness, tile, tiles

_UNSOLVED = "not solved without"


@dataclass(frozen=True, eq=False)
class _Without:
    """The rate without a subset: its bits, its gap, and what each atom changes in it."""

    bits: float
    gap_bits: float = 0.0
    influence_bits: Floats | None = None


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
        alone = best.alone(spec)
        other = _rate(alone, solved, -1)
        if np.isfinite(other.bits):
            gap, error = _surety(spec, point, alone, other)
            more = explained("cost of a subset", *(["standard error"] if error is not None else []))
            more += f"\n\nHere the rate without is {figure(other.bits)} bits."
            tile(label, _extra(point, other.bits), sureness(gap, error), unit="bits", more=more)
        else:
            tile(label, NONE, _UNSOLVED, more=more)
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
                fewer = best.without(spec, which)
                other = _rate(fewer, solved, which - 1)
                known = np.isfinite(other.bits)
                below = _UNSOLVED
                if known:
                    surety = sureness(*_surety(spec, point, fewer, other))
                    below = f"{surety}, {figure(other.bits)} bits without it"
                said = f"{one.level} {'≥' if how.falls else '≤'}"
                level = wording.said(how, float(point.levels[which]))
                tile(
                    f"Cost of {as_markdown(one.title)}: {said} {level}",
                    _extra(point, other.bits) if known else NONE,
                    below,
                    unit="bits",
                    border=False,
                )
    if solved is not None and not np.isfinite(solved.bits).all():
        st.caption("A problem without one of the limits was not solved.")


def _extra(point: Point, bits: float) -> str:
    extra = point.rate_bits - bits
    return figure(extra if extra > NOTHING else 0.0)


def _surety(
    spec: ProblemSpec, point: Point, fewer: ProblemSpec, other: _Without
) -> tuple[float, float | None]:
    """Return the gap of a cost, and its standard error if the rates have one."""
    error = differences.error(spec, point.influence_bits, fewer, other.influence_bits)
    return max(point.gap_bits, other.gap_bits), error


def _rate(spec: ProblemSpec, solved: Rates | None, place: int) -> _Without:
    """Return the rate of a problem with fewer subsets, NaN if it is not solved.

    ``place`` is its place among the rates that are ``solved`` already, if there are any.
    """
    if solved is not None:
        one = solved.part(slice(place, place + 1 or None))
        influences = one.influences_bits
        return _Without(
            float(one.bits[0]),
            float(one.gaps_bits[0]),
            None if influences is None else influences[0],
        )
    found = queries.attempt(queries.point, spec)
    if isinstance(found, Trouble):
        return _Without(float("nan"))
    return _Without(found.rate_bits, found.gap_bits, found.influence_bits)
