"""The prices λ and λ′ along D."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import theme
from dashboard.numbers import NOTHING
from dashboard.results import CurveBand, Floats, Point
from dashboard.theme import Palette


def prices(
    band: CurveBand,
    point: Point | None,
    *,
    colours: Palette,
    unit: str,
    logarithmic: bool = False,
) -> go.Figure:
    """Draw the price of D, and of D′ where a subset is held, against D."""
    lines = [("price of D, λ", "λ", band.price_bits, colours.source)]
    if band.subset_price_bits is not None:
        lines.append(("price of D′, λ′", "λ′", band.subset_price_bits, colours.subset))
    data = [
        _line(band, values, colour, names=(name, symbol), unit=unit, logarithmic=logarithmic)
        for name, symbol, values, colour in lines
    ]
    left, right = float(band.levels[0]), float(band.levels[-1])
    if point is not None and left <= point.level <= right:
        marks = [(point.price_bits, colours.source), (point.subset_price_bits, colours.subset)]
        data += [
            _spot(point.level, price, colour, colours)
            for price, colour in marks
            if price is not None and not (logarithmic and price <= NOTHING)
        ]
    highest = max(float(values.max()) for _, _, values, _ in lines)
    across, up = _axes(left, right, highest, colours, unit, logarithmic)
    return theme.figure(data, colours, hovermode="x", xaxis=across, yaxis=up)


def _axes(
    left: float, right: float, highest: float, colours: Palette, unit: str, logarithmic: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    names = f"average distortion D ({unit})", f"price (bits per {unit})"
    if logarithmic:
        span = [float(np.log10(left)) - 0.03, float(np.log10(right)) + 0.03]
        return (
            theme.axis(names[0], colours, type="log", range=span, dtick="D2"),
            theme.axis(names[1], colours, type="log", dtick="D2"),
        )
    room = 0.02 * (right - left)
    return (
        theme.axis(names[0], colours, range=[left - room, right + room], nticks=8),
        theme.axis(names[1], colours, range=[0, 1.05 * highest], nticks=7),
    )


def _line(
    band: CurveBand,
    values: Floats,
    colour: str,
    *,
    names: tuple[str, str],
    unit: str,
    logarithmic: bool,
) -> dict[str, Any]:
    shown = np.where(values > NOTHING, values, np.nan if logarithmic else 0.0)
    return {
        "type": "scatter",
        "name": names[0],
        "mode": "lines",
        "x": band.levels.astype(np.float32),
        "y": shown.astype(np.float32),
        "customdata": np.column_stack([band.upper_bits, band.upper_bits - band.lower_bits]).astype(
            np.float32
        ),
        "line": {"color": colour, "width": 3},
        "hovertemplate": f"D = %{{x:.4g}} {unit}<br>{names[1]} = %{{y:.4g}} bits/{unit}"
        "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e}<extra></extra>",
    }


def _spot(level: float, price: float, colour: str, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "operating point",
        "mode": "markers",
        "showlegend": False,
        "x": np.array([level], np.float32),
        "y": np.array([price], np.float32),
        "marker": {"color": colours.ground, "size": 11, "line": {"color": colour, "width": 3}},
        "hoverinfo": "skip",
    }
