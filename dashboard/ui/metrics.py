"""Metric tiles, and the row of tiles at the top of a page."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboard.figures.report import Number
from dashboard.formatting import NOTHING, Written, as_plain, at_most, figure
from dashboard.model import wording
from dashboard.model.glossary import explain
from dashboard.model.marks import Mark
from dashboard.model.views import Point
from dashboard.ui import record
from rdcore import LevelScale

COST = "cost"
"""The key of the tile of what the subsets cost, which is drawn after the charts."""
NONE = "—"
"""The text of a tile without a number."""

_MOST_TILES = 5


def tiles(count: int, *, narrowest: int = 150) -> st.delta_generator.DeltaGenerator:
    """Return a row of tiles that wraps where a tile would be narrower than this, in pixels."""
    return st.grid(count, min_column_width=narrowest, gap="small")


def tile(
    label: str,
    value: str,
    below: str | None = None,
    *,
    unit: str = "",
    more: str | None = None,
    border: bool = True,
) -> None:
    """Draw a number with its unit, a line below it, and a tooltip.

    A tile inside a card has no border of its own.
    """
    written = value if isinstance(value, Written) else as_plain(value)
    record.add(Number(as_plain(label), written, as_plain(unit), as_plain(below or "")))
    st.metric(
        label,
        f"{value} :small[{unit}]" if unit else value,
        below,
        delta_color="off",
        delta_arrow="off",
        help=more,
        border=border,
    )


def strip(
    point: Point | None, how: LevelScale, marks: Sequence[Mark]
) -> st.delta_generator.DeltaGenerator | None:
    """Draw the rate with its gap, the price of each level and H(Y).

    With a subset, return the place of the tile of its cost, which the caller draws when that is
    solved; without one, a tile has the number of codewords in use.
    """
    with row(3 + max(len(marks), 2)):
        figures_of(point, how, marks)
        if point is None:
            for label in ("Output entropy", "Codewords"):
                tile(label, NONE)
            return None
        place = None
        if len(marks) > 1:
            record.hold(COST)
            place = st.container(key=f"waits_{COST}")
        tile(
            "Output entropy H(Y)",
            _no_noise(point.entropy_bits),
            f"{_no_noise(point.entropy_bits - point.rate_bits, 3)} bits above R",
            unit="bits",
            more=explain("output entropy"),
        )
        if place is None:
            codewords(point)
        return place


def codewords(point: Point, *, border: bool = True) -> None:
    """Draw the number of codewords in use."""
    tile(
        "Codewords in use",
        str(point.in_use),
        "probability > 10⁻⁶",
        unit=f"of {len(point.masses)}",
        more=explain("codewords in use"),
        border=border,
    )


def row(count: int) -> st.delta_generator.DeltaGenerator:
    """Return a row for this many tiles, or rows of about the same length."""
    rows = -(-count // _MOST_TILES)
    return tiles(-(-count // rows), narrowest=150 if rows == 1 else 178)


def figures_of(point: Point | None, how: LevelScale, marks: Sequence[Mark]) -> None:
    """Draw the tiles of the rate with its gap and of the price of each level.

    ``how`` is how levels are stated; ``marks`` are those of D and of the subsets.
    """
    if point is None:
        for label in ("Rate R", "Price of D", "Price of D′"):
            tile(label, NONE)
        return
    tile(
        "Rate R",
        _no_noise(point.rate_bits),
        sureness(point.gap_bits, point.error_bits),
        unit="bits",
        more=explained("rate", "gap", *(["standard error"] if point.error_bits else [])),
    )
    for which, one in enumerate(marks):
        price = float(point.prices_bits[which])
        stated = wording.spot(how, point, which)[1]
        with coloured(one, "price"):
            tile(
                f"Price of {one.level}, {one.price}",
                _no_noise(stated if price > NOTHING else 0.0),
                _tightness(point, which, one.level, how, short_text=len(marks) > 2),
                unit=wording.price_unit(how),
                more=explained("price of D′" if one.slot else "price of D", "binding", "slack"),
            )
    if len(marks) == 1:
        tile("Price of D′, λ′", NONE, "no subset", more="Draw a subset to see its price.")


def sureness(gap_bits: float, error_bits: float | None) -> str:
    """Return the proved gap, after the standard error of a rate or cost from samples."""
    if error_bits is None:
        return f"gap ≤ {at_most(gap_bits)} bits"
    error = figure(error_bits if error_bits > NOTHING else 0.0, 2)
    return f"± {error}; gap ≤ {at_most(gap_bits, 1)}"


def coloured(one: Mark, what: str) -> st.delta_generator.DeltaGenerator:
    """Return a place for a tile about a level, in the colour of its subset if it has a number."""
    return st.container(key=f"{what}_tile_of_{one.slot}")


def explained(*terms: str) -> str:
    """Return the definitions of some terms, one paragraph each, as a help text."""
    return "\n\n".join(explain(term) for term in terms)


def definitions(*terms: str) -> str:
    """Return the definitions of some terms as a Markdown list."""
    lines = (explain(term).partition(": ") for term in terms)
    return "\n".join(f"- **{name}**: {meaning}" for name, _, meaning in lines)


def _no_noise(value: float, digits: int = 4) -> Written:
    return figure(value if abs(value) > NOTHING else 0.0, digits)


def _tightness(point: Point, which: int, name: str, how: LevelScale, *, short_text: bool) -> str:
    if float(point.prices_bits[which]) > NOTHING:
        return f"binding at {name} = {wording.number(how, float(point.levels[which]))}"
    reached = wording.number(how, float(point.reached[which]))
    return f"slack: {reached} reached" if short_text else f"slack: {name} = {reached} reached"
