"""R along a level as a certified band, with the operating point and reference curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.marks import axis_title, free_codebook, operating_point
from dashboard.figures.theme import Palette
from dashboard.model.marks import AVERAGE, Mark
from dashboard.model.views import CurveBand, Point, Reference


def curve(  # noqa: PLR0913  (the last ones are the look)
    band: CurveBand | None,
    point: Point | None,
    *,
    colours: Palette,
    unit: str,
    extra: tuple[Reference, ...] = (),
    logarithmic: bool = False,
    along: Mark = AVERAGE,
) -> go.Figure:
    """Draw R along one level as a certified band with the operating point and reference curves."""
    title = axis_title(along, unit)
    if band is None:
        return theme.figure([], colours, **_curve_axes(1.0, 1.0, 0.0, colours, title, False))
    right = float(band.levels[-1])
    if point is not None and band.which:
        right = max(right, float(point.levels[band.which]))
    top = 1.05 * float(band.upper_bits[0])
    data = [_reference(known, colours, top, unit) for known in extra if known.kind != "free"]
    data += _band(band, colours, unit, along)
    if point is not None:
        level, price = float(point.levels[band.which]), float(point.prices_bits[band.which])
        spot = operating_point(
            level,
            point.rate_bits,
            colours,
            showlegend=True,
            hoverinfo="all",
            customdata=np.array([[point.gap_bits, price]]),
            ring=colours.subsets[along.colour] if along.slot else None,
            hovertemplate=f"{_hover(unit, along)}<extra>operating point</extra>",
        )
        data += [
            _tangent((level, point.rate_bits, price), right, colours, logarithmic),
            spot,
        ]
    data += [_free(found, colours, unit) for found in extra if found.kind == "free"]
    axes = _curve_axes(right, top, float(band.levels[0]), colours, title, logarithmic)
    return theme.figure(data, colours, hovermode="closest", **axes)


def _band(band: CurveBand, colours: Palette, unit: str, along: Mark) -> list[dict[str, Any]]:
    levels = band.levels.astype(np.float32)
    bends, lower = band.tangents()
    shown = np.column_stack([band.upper_bits - band.lower_bits, band.slopes_bits])
    return [
        {
            "type": "scatter",
            "name": "lower bound",
            "mode": "lines",
            "x": bends.astype(np.float32),
            "y": lower.astype(np.float32),
            "line": {"color": colours.certified, "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "type": "scatter",
            "name": f"R({along.level}), certified",
            "mode": "lines",
            "x": levels,
            "y": band.upper_bits.astype(np.float32),
            "customdata": shown.astype(np.float32),
            "fill": "tonexty",
            "fillcolor": theme.faded(colours.certified, 0.3),
            "line": {"color": colours.certified, "width": 2.5},
            "hovertemplate": f"{_hover(unit, along)}<extra></extra>",
        },
    ]


def _hover(unit: str, along: Mark) -> str:
    return (
        f"{along.level} = %{{x:.4f}} {unit}<br>R = %{{y:.4f}} bits"
        "<br>gap ≤ %{customdata[0]:.1e} bits"
        f"<br>{along.price} = %{{customdata[1]:.4f}} bits/{unit}"
    )


def _tangent(
    spot: tuple[float, float, float], right: float, colours: Palette, logarithmic: bool
) -> dict[str, Any]:
    """Draw the tangent at a level, a rate and a price."""
    level, rate, price = spot
    if logarithmic:
        levels = level * np.geomspace(0.55, 1.6, 16)  # lines are curved on this axis
    else:
        levels = np.maximum(level + 0.09 * right * np.array([-1.0, 1.0]), 0.0)
    return {
        "type": "scatter",
        "name": "slope = price",
        "mode": "lines",
        "x": levels.astype(np.float32),
        "y": (rate - price * (levels - level)).astype(np.float32),
        "line": {"color": colours.text, "width": 1.2},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _free(found: Reference, colours: Palette, unit: str) -> dict[str, Any]:
    """Return the mark of the rate for the free codebook, in the style of its codewords."""
    return {
        "type": "scatter",
        "name": found.name,
        "mode": "markers",
        "x": found.levels.astype(np.float32),
        "y": found.rates_bits.astype(np.float32),
        "marker": free_codebook(colours, 10),
        "hovertemplate": f"D = %{{x:.4f}} {unit}<br>R = %{{y:.4f}} bits<extra>{found.name}</extra>",
    }


def _reference(known: Reference, colours: Palette, top: float, unit: str) -> dict[str, Any]:
    shown = known.rates_bits <= 1.5 * top
    closed = known.kind == "closed"
    return {
        "type": "scatter",
        "name": known.name,
        "mode": "lines",
        "legendrank": 1010,
        "x": known.levels[shown].astype(np.float32),
        "y": known.rates_bits[shown].astype(np.float32),
        "line": {
            "color": colours.closed if closed else colours.baseline,
            "width": 1.6,
            "dash": "dot" if "bound" in known.name else "dash",
        },
        "hovertemplate": f"D = %{{x:.4f}} {unit}<br>R = %{{y:.4f}} bits<extra>{known.name}</extra>",
    }


def _curve_axes(
    right: float, top: float, left: float, colours: Palette, title: str, logarithmic: bool
) -> dict[str, Any]:
    if logarithmic and left > 0:
        span = [float(np.log10(left)) - 0.03, float(np.log10(right)) + 0.03]
        across = theme.log_axis(title, colours, left=span[0], right=span[1])
    else:
        across = theme.axis(title, colours, range=[0, 1.03 * right], nticks=8)
    return {
        "xaxis": across,
        "yaxis": theme.axis("rate R (bits per symbol)", colours, range=[0, top], nticks=7),
    }
