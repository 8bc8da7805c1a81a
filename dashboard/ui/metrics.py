"""Numbers on tiles, and the strip of five that pages open with."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import NOTHING, figure, short
from dashboard.model.views import IN_USE, Point

NONE = "—"
"""What stands where there is no number."""


def tiles(count: int, *, narrowest: int = 150) -> st.delta_generator.DeltaGenerator:
    """Return a row for so many tiles, which breaks where one would be narrower, in pixels."""
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
    """Draw a number with its unit, a line below it, and what is said on hovering.

    Inside a card, which has a border of its own, it needs none.
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
    """Draw the five figures: rate with its gap, both prices, H(Y), codewords in use."""
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
            more="Bits per symbol if the codewords of this channel were entropy-coded one at a"
            " time.",
        )
        tile(
            "Codewords in use",
            str(point.in_use),
            "mass above 10⁻⁶",
            unit=f"of {len(point.masses)}",
            more=f"A codeword is in use if its mass is above {IN_USE:g}.",
        )


def figures_of(point: Point | None, unit: str) -> None:
    """Draw the three figures that several pages open with: rate with its gap, both prices."""
    if point is None:
        for label in ("Rate R", "Price of D", "Price of D′"):
            tile(label, NONE)
        return
    tile(
        "Rate R",
        _no_noise(point.rate_bits),
        f"gap ≤ {figure(point.gap_bits, 2)} bits",
        unit="bits",
        more="Bits per symbol of a channel that meets the levels; none can do with fewer by more"
        " than the gap.",
    )
    tile(
        "Price of D, λ",
        _no_noise(point.price_bits),
        _tightness(point.level, point.reached, point.price_bits, "D"),
        unit=f"bits/{unit}",
        more="What R rises by for each unit that D is lowered: the slope of the curve.",
    )
    if point.subset_level is None or point.subset_price_bits is None:
        tile("Price of D′, λ′", NONE, "no subset is held", more="Draw a subset to see its price.")
    else:
        tile(
            "Price of D′, λ′",
            _no_noise(point.subset_price_bits),
            _tightness(
                point.subset_level, point.subset_reached or 0.0, point.subset_price_bits, "D′"
            ),
            unit=f"bits/{unit}",
            more="What R rises by for each unit that D′ is lowered.",
        )


def _no_noise(value: float) -> str:
    return figure(value if abs(value) > NOTHING else 0.0)


def _tightness(level: float, reached: float, price: float, name: str) -> str:
    if price > NOTHING:
        return f"binding at {name} = {short(level)}"
    return f"slack: {short(reached)} is reached"
