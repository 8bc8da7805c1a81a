"""The strip of five figures: rate with its gap, both prices, H(Y), codewords in use."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import NOTHING, figure, short
from dashboard.model.views import IN_USE, Point


def strip(point: Point | None, unit: str) -> None:
    """Draw the five figures: rate with its gap, both prices, H(Y), codewords in use."""
    with st.grid(5, min_column_width=150, gap="small"):
        figures_of(point, unit)
        if point is None:
            for label in ("Output entropy", "Codewords"):
                st.metric(label, "—", border=True)
            return
        _figure(
            "Output entropy H(Y)",
            _with_unit(point.entropy_bits, "bits"),
            f"{figure(point.entropy_bits - point.rate_bits, 3)} bits above R",
            "Bits per symbol if the codewords of this channel were entropy-coded one at a time.",
        )
        _figure(
            "Codewords in use",
            f"{point.in_use} :small[of {len(point.masses)}]",
            "mass above 10⁻⁶",
            f"A codeword is in use if its mass is above {IN_USE:g}.",
        )


def figures_of(point: Point | None, unit: str) -> None:
    """Draw the three figures that several pages open with: rate with its gap, both prices."""
    if point is None:
        for label in ("Rate R", "Price of D", "Price of D′"):
            st.metric(label, "—", border=True)
        return
    _figure(
        "Rate R",
        _with_unit(point.rate_bits, "bits"),
        f"gap ≤ {figure(point.gap_bits, 2)} bits",
        "Bits per symbol of a channel that meets the levels; none can do with fewer by more"
        " than the gap.",
    )
    _figure(
        "Price of D, λ",
        _with_unit(point.price_bits, f"bits/{unit}"),
        _tightness(point.level, point.reached, point.price_bits, "D"),
        "What R rises by for each unit that D is lowered: the slope of the curve.",
    )
    if point.subset_level is None or point.subset_price_bits is None:
        _figure("Price of D′, λ′", "—", "no subset is held", "Draw a subset to see its price.")
    else:
        _figure(
            "Price of D′, λ′",
            _with_unit(point.subset_price_bits, f"bits/{unit}"),
            _tightness(
                point.subset_level, point.subset_reached or 0.0, point.subset_price_bits, "D′"
            ),
            "What R rises by for each unit that D′ is lowered.",
        )


def _figure(label: str, value: str, below: str, more: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", help=more, border=True)


def _with_unit(value: float, unit: str) -> str:
    value = value if abs(value) > NOTHING else 0.0
    return f"{figure(value)} :small[{unit}]"


def _tightness(level: float, reached: float, price: float, name: str) -> str:
    if price > NOTHING:
        return f"binding at {name} = {short(level)}"
    return f"slack: {short(reached)} is reached"
