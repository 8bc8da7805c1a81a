"""The prices λ and λ′ along D."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.maps import COSTS
from dashboard.figures.marks import operating_point
from dashboard.figures.theme import Palette
from dashboard.formatting import NOTHING
from dashboard.model.views import CurveBand, Floats, Point


def prices(
    band: CurveBand,
    point: Point | None,
    *,
    colours: Palette,
    unit: str,
    logarithmic: bool = False,
) -> go.Figure:
    """Draw the price of D, and of D′ if there is a subset, against D."""
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
            operating_point(point.level, price, colours, ring=colour)
            for price, colour in marks
            if price is not None and not (logarithmic and price <= NOTHING)
        ]
    most = max(float(values.max()) for _, _, values, _ in lines)
    most = most if most > NOTHING else 1.0
    seen = [values[_held(band, values)] for _, _, values, _ in lines]
    least = min([float(values.min()) for values in seen if len(values)], default=most)
    least = max(min(least, 0.1 * most), 1e-4 * most)
    across, up = _axes((left, right, least, most), colours, unit, logarithmic)
    return theme.figure(data, colours, hovermode="x", xaxis=across, yaxis=up)


def _power(value: float) -> float:
    return float(np.log10(value))


def _axes(
    spans: tuple[float, float, float, float], colours: Palette, unit: str, logarithmic: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    left, right, least, most = spans
    names = f"average distortion D ({unit})", f"price (bits per {unit})"
    if logarithmic:
        return (
            theme.log_axis(names[0], colours, left=_power(left) - 0.03, right=_power(right) + 0.03),
            theme.log_axis(names[1], colours, left=_power(least) - 0.1, right=_power(most) + 0.1),
        )
    margin = 0.02 * (right - left)
    return (
        theme.axis(names[0], colours, range=[left - margin, right + margin], nticks=8),
        theme.axis(names[1], colours, range=[0, 1.05 * most], nticks=7),
    )


def _held(band: CurveBand, values: Floats) -> NDArray[np.bool_]:
    return np.asarray(values * band.levels > COSTS)


def _line(
    band: CurveBand,
    values: Floats,
    colour: str,
    *,
    names: tuple[str, str],
    unit: str,
    logarithmic: bool,
) -> dict[str, Any]:
    shown = np.where(_held(band, values), values, np.nan if logarithmic else 0.0)
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
        "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e} bits<extra></extra>",
    }
