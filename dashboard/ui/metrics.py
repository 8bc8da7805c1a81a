"""Metric tiles, and the row of five tiles at the top of a page."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import NOTHING, at_most, figure, short
from dashboard.model.glossary import explain
from dashboard.model.views import Point

NONE = "—"
"""The text of a tile without a number."""


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
    st.metric(
        label,
        f"{value} :small[{unit}]" if unit else value,
        below,
        delta_color="off",
        delta_arrow="off",
        help=more,
        border=border,
    )


def strip(point: Point | None, unit: str) -> None:
    """Draw five tiles: the rate with its gap, both prices, H(Y) and the codewords in use."""
    with tiles(5):
        figures_of(point, unit)
        if point is None:
            for label in ("Output entropy", "Codewords"):
                tile(label, NONE)
            return
        tile(
            "Output entropy H(Y)",
            _no_noise(point.entropy_bits),
            f"{figure(point.entropy_bits - point.rate_bits, 3)} bits above R",
            unit="bits",
            more=explain("output entropy"),
        )
        tile(
            "Codewords in use",
            str(point.in_use),
            "probability > 10⁻⁶",
            unit=f"of {len(point.masses)}",
            more=explain("codewords in use"),
        )


def figures_of(point: Point | None, unit: str) -> None:
    """Draw three tiles: the rate with its gap and both prices."""
    if point is None:
        for label in ("Rate R", "Price of D", "Price of D′"):
            tile(label, NONE)
        return
    tile(
        "Rate R",
        _no_noise(point.rate_bits),
        f"gap ≤ {at_most(point.gap_bits)} bits",
        unit="bits",
        more=explained("rate", "gap"),
    )
    tile(
        "Price of D, λ",
        _no_noise(point.price_bits),
        _tightness(point.level, point.reached, point.price_bits, "D"),
        unit=f"bits/{unit}",
        more=explained("price of D", "binding", "slack"),
    )
    if point.subset_level is None or point.subset_price_bits is None:
        tile("Price of D′, λ′", NONE, "no subset", more="Draw a subset to see its price.")
    else:
        tile(
            "Price of D′, λ′",
            _no_noise(point.subset_price_bits),
            _tightness(
                point.subset_level, point.subset_reached or 0.0, point.subset_price_bits, "D′"
            ),
            unit=f"bits/{unit}",
            more=explained("price of D′", "binding", "slack"),
        )


def explained(*terms: str) -> str:
    """Return the definitions of some terms, one paragraph each, as a help text."""
    return "\n\n".join(explain(term) for term in terms)


def definitions(*terms: str) -> str:
    """Return the definitions of some terms as a Markdown list."""
    lines = (explain(term).partition(": ") for term in terms)
    return "\n".join(f"- **{name}**: {meaning}" for name, _, meaning in lines)


def _no_noise(value: float) -> str:
    return figure(value if abs(value) > NOTHING else 0.0)


def _tightness(level: float, reached: float, price: float, name: str) -> str:
    if price > NOTHING:
        return f"binding at {name} = {short(level)}"
    return f"slack: {name} = {short(reached)} reached"
