"""R along a level as a certified band, with the operating point and reference curves."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.marks import axis_title, free_codebook, operating_point
from dashboard.figures.theme import Palette
from dashboard.model import wording
from dashboard.model.marks import AVERAGE, Mark
from dashboard.model.views import CurveBand, Point, Reference
from rdcore import LevelScale


def curve(  # noqa: PLR0913  (the last ones are the look)
    band: CurveBand | None,
    point: Point | None,
    *,
    colours: Palette,
    how: LevelScale,
    extra: tuple[Reference, ...] = (),
    logarithmic: bool = False,
    along: Mark = AVERAGE,
    before: str = "",
) -> go.Figure:
    """Draw R along one level as a certified band with the operating point and reference curves.

    ``how`` is how the level is stated; in dB it rises to the right, and R with it. The band of
    other levels than those of the point is faded, and ``before`` says which.
    """
    title, unit = axis_title(along, how.text), how.text
    if band is None:
        return theme.figure([], colours, **_curve_axes(0.0, 1.0, 1.0, colours, title, False))
    ends = [float(band.levels[0]), float(band.levels[-1])]
    if point is not None and band.which:
        ends[1] = max(ends[1], float(point.levels[band.which]))
    left, right = sorted(float(how.stated(level)) for level in ends)
    top = 1.05 * float(band.upper_bits[0])
    data = [_reference(known, colours, top, how) for known in extra if known.kind != "free"]
    data += _band(band, colours, how, along, before)
    if point is not None:
        level, price = wording.spot(how, point, band.which)
        spot = operating_point(
            level,
            point.rate_bits,
            colours,
            hoverinfo="all",
            customdata=np.array([[point.gap_bits, price]]),
            ring=colours.subsets[along.colour] if along.slot else None,
            hovertemplate=f"{_hover(unit, along)}<extra>operating point</extra>",
        )
        data += [
            _tangent((level, point.rate_bits, price), (left, right), colours, how, logarithmic),
            spot,
        ]
    data += [_free(found, colours, how) for found in extra if found.kind == "free"]
    axes = _curve_axes(left if how.falls else 0.0, right, top, colours, title, False)
    if logarithmic and left > 0 and not how.falls:
        axes = _curve_axes(left, right, top, colours, title, True)
    return theme.figure(data, colours, hovermode="closest", **axes)


def _band(
    band: CurveBand, colours: Palette, how: LevelScale, along: Mark, before: str
) -> list[dict[str, Any]]:
    levels, unit = how.stated(band.levels), how.text
    colour = theme.faded(colours.certified, 0.35) if before else colours.certified
    bends, lower = band.tangents()
    prices = how.price(band.slopes_bits, band.levels)
    shown = np.column_stack([band.upper_bits - band.lower_bits, prices])
    return [
        {
            "type": "scatter",
            "name": "lower bound",
            "mode": "lines",
            "x": how.stated(bends),
            "y": lower,
            "line": {"color": colour, "width": 1},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        {
            "type": "scatter",
            "name": f"R({along.level}) {before}" if before else f"R({along.level}), certified",
            "mode": "lines",
            "x": levels,
            "y": band.upper_bits,
            "customdata": shown,
            "fill": "tonexty",
            "fillcolor": theme.faded(colours.certified, 0.1 if before else 0.3),
            "line": {"color": colour, "width": 2.5},
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
    spot: tuple[float, float, float],
    span: tuple[float, float],
    colours: Palette,
    how: LevelScale,
    logarithmic: bool,
) -> dict[str, Any]:
    """Draw the tangent at a stated level, a rate and a price."""
    level, rate, price = spot
    if how.falls:
        levels, price = level + 0.09 * (span[1] - span[0]) * np.array([-1.0, 1.0]), -price
    elif logarithmic:
        levels = level * np.geomspace(0.55, 1.6, 16)  # lines are curved on this axis
    else:
        levels = np.maximum(level + 0.09 * span[1] * np.array([-1.0, 1.0]), 0.0)
    return {
        "type": "scatter",
        "name": "slope = price",
        "mode": "lines",
        "x": levels,
        "y": (rate - price * (levels - level)),
        "line": {"color": colours.text, "width": 1.2},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _free(found: Reference, colours: Palette, how: LevelScale) -> dict[str, Any]:
    """Return the mark of the rate for the free codebook, in the style of its codewords."""
    return {
        "type": "scatter",
        "name": found.name,
        "mode": "markers",
        "x": how.stated(found.levels),
        "y": found.rates_bits,
        "marker": free_codebook(colours, 10),
        "hovertemplate": f"D = %{{x:.4f}} {how.text}<br>R = %{{y:.4f}} bits"
        f"<extra>{found.name}</extra>",
    }


def _reference(known: Reference, colours: Palette, top: float, how: LevelScale) -> dict[str, Any]:
    levels = how.stated(known.levels)
    shown = (known.rates_bits <= 1.5 * top) & np.isfinite(levels)
    closed = known.kind == "closed"
    return {
        "type": "scatter",
        "name": known.name,
        "mode": "lines",
        "legendrank": 1010,
        "x": levels[shown],
        "y": known.rates_bits[shown],
        "line": {
            "color": colours.closed if closed else colours.baseline,
            "width": 1.6,
            "dash": "dot" if "bound" in known.name else "dash",
        },
        "hovertemplate": f"D = %{{x:.4f}} {how.text}<br>R = %{{y:.4f}} bits"
        f"<extra>{known.name}</extra>",
    }


def _curve_axes(
    left: float, right: float, top: float, colours: Palette, title: str, logarithmic: bool
) -> dict[str, Any]:
    if logarithmic:
        span = [float(np.log10(left)) - 0.03, float(np.log10(right)) + 0.03]
        across = theme.log_axis(title, colours, left=span[0], right=span[1])
    else:
        across = theme.axis(title, colours, range=[left, right + 0.03 * (right - left)], nticks=8)
    return {
        "xaxis": across,
        "yaxis": theme.axis("rate R (bits per symbol)", colours, range=[0, top], nticks=7),
    }
