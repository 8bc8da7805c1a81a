"""What the level of each subset costs: the rate with it, minus the rate without it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from dashboard.formatting import NOTHING, as_markdown, at_most, figure, percent
from dashboard.model import wording
from dashboard.model.marks import Mark
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Rates, Trouble
from dashboard.ui import best, layout, queries, subsets
from dashboard.ui.metrics import NONE, tile, tiles
from rdcore import LevelScale


def card(spec: ProblemSpec, point: Point | None, solved: best.Solved) -> None:
    """Draw the bits that each subset's level adds to the rate.

    ``solved`` are the rates without each subset for the best codebook, or None for another.
    """
    marks, how = subsets.marks(spec.setting), queries.scale(spec.setting)
    if point is None or len(marks) == 1:
        return
    with layout.card(
        "Cost of each subset",
        "The rate, minus the rate without the limit on that subset; the other levels stay.",
        height="content",
    ):
        if solved is not None and not isinstance(solved, Rates):
            st.caption("The rates without each subset are being solved.")
            return
        with tiles(len(marks) - 1 + bool(point.rest), narrowest=220):
            for which, one in enumerate(marks[1:], 1):
                bits, gap = _without(spec, which, solved)
                extra = point.rate_bits - bits
                said = f"{one.level} {'≥' if how.falls else '≤'}"
                level = wording.said(how, float(point.levels[which]))
                tile(
                    f"Cost of {as_markdown(one.title)}: {said} {level}",
                    figure(extra if extra > NOTHING else 0.0) if np.isfinite(extra) else NONE,
                    f"± {at_most(max(gap, point.gap_bits))} bits; {figure(bits)} bits without it",
                    unit="bits",
                    border=False,
                )
            if point.rest:
                _rest(point, marks, how)
    if solved is not None and not np.isfinite(solved.bits).all():
        st.caption("A problem without one of the limits was not solved.")


def _rest(point: Point, marks: Sequence[Mark], how: LevelScale) -> None:
    """Draw the mean distortion of the atoms that are in no subset."""
    mass, mean = point.rest
    names = marks[1].symbol if len(marks) == 2 else "the subsets"
    tile(
        f"Mean distortion outside {as_markdown(names)}",
        figure(float(how.stated(mean))),
        f"{percent(mass).lstrip('+')} of the probability",
        unit=how.text,
        more="What the channel of this rate leaves on the atoms that no subset limits. D is the"
        " mean over all atoms.",
        border=False,
    )


def _without(spec: ProblemSpec, which: int, solved: Rates | None) -> tuple[float, float]:
    """Return the rate without a subset, and its gap, bits."""
    if solved is not None:
        return float(solved.bits[which - 1]), float(solved.gaps_bits[which - 1])
    found = queries.attempt(queries.point, best.without(spec, which))
    if isinstance(found, Trouble):
        return float("nan"), 0.0
    return found.rate_bits, found.gap_bits
