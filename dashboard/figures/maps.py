"""R(D, D′) as maps: rate, binding levels and both prices. Each cell is a certified solution."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import cells, theme
from dashboard.figures.marks import operating_point
from dashboard.figures.shared import colourbar_upright
from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model.views import Axis, Floats, Point, SurfaceView

SurfaceMap = Literal["rate", "binding", "price", "subset_price"]
_LEAST_DEPTH = 0.06
_CLEAR = (0.25, 0.1)
_SIDEWAYS = 0.4  # a label is wider than high
COSTS = 1e-5
"""A level counts as binding if its price times the level, in bits, is above this."""


def surface_map(
    surface: SurfaceView,
    point: Point | None,
    which: SurfaceMap,
    *,
    colours: Palette,
) -> go.Figure:
    """Draw one of the four maps; a click on a cell selects a point of the trace "cells"."""
    notes: list[dict[str, Any]] = []
    unit = surface.x.unit
    if which == "rate":
        data = _rate(surface, colours)
    elif which == "binding":
        data, notes = _binding(surface, point, colours)
    else:
        values = surface.x_prices_bits if which == "price" else surface.y_prices_bits
        colour = colours.source if which == "price" else colours.subset
        symbol = "λ" if which == "price" else "λ′"
        data = _price(surface, values, colour, symbol, unit, colours)
    data.append(
        cells.solved(
            surface,
            f"D = %{{x:.4g}}, D′ = %{{y:.4g}} {unit}"
            "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e} bits"
            f"<br>λ = %{{customdata[2]:.4g}}, λ′ = %{{customdata[3]:.4g}} bits/{unit}"
            "<extra></extra>",
        )
    )
    if point is not None and point.subset_level is not None:
        data.append(operating_point(point.level, point.subset_level, colours))
    return theme.figure(
        data,
        colours,
        hoverdistance=-1,
        clickmode="event+select",
        annotations=notes,
        margin=cells.MARGIN,
        xaxis=_axis(surface.x, colours),
        yaxis=_axis(surface.y, colours),
    )


def _axis(one: Axis, colours: Palette) -> dict[str, Any]:
    """Return a logarithmic axis from the outer edge of the first cell to that of the last."""
    logs = np.log10(one.levels)
    left = float(logs[0] - (logs[1] - logs[0]) / 2)
    right = float(logs[-1] + (logs[-1] - logs[-2]) / 2)
    return {**theme.log_axis(one.title, colours, left=left, right=right), "showgrid": False}


def _rate(surface: SurfaceView, colours: Palette) -> list[dict[str, Any]]:
    rates = surface.upper_bits
    highest = float(np.nanmax(rates, initial=1e-3))
    heat = cells.heat(
        surface,
        rates,
        name="rate",
        zmin=0,
        zmax=highest,
        colorscale=theme.ramp(colours.certified),
        colorbar=colourbar_upright("R (bits)", colours),
    )
    return [heat, cells.contours(surface, rates, highest, name="equal rates", colours=colours)]


def _price(
    surface: SurfaceView, values: Floats, colour: str, symbol: str, unit: str, colours: Palette
) -> list[dict[str, Any]]:
    """Draw a price on a logarithmic colour scale; cells with price 0 stay empty."""
    held = binds(surface)[0 if symbol == "λ" else 1]
    if not held.any():
        return []
    shown = np.log10(np.where(held, values, np.nan))
    top = float(np.nanmax(shown))
    low = max(float(np.nanmin(shown)), top - 3)
    ticks = _decades(low, top)
    bar = colourbar_upright(f"{symbol} (bits/{unit})", colours)
    bar |= {"tickvals": ticks, "ticktext": [short(10**tick, 2) for tick in ticks]}
    heat = cells.heat(
        surface,
        shown,
        name=symbol,
        zmin=low - 0.15 * (top - low),
        zmax=top,
        colorscale=theme.ramp(colour),
        colorbar=bar,
    )
    return [heat]


def _decades(low: float, top: float) -> list[float]:
    marks = [np.log10(m) + e for e in range(-12, 12) for m in (1, 2, 5)]
    inside = [float(one) for one in marks if low <= one <= top]
    return inside[:: max(1, -(-len(inside) // 4))]


def _binding(
    surface: SurfaceView, point: Point | None, colours: Palette
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw the region where D binds and the region where D′ binds in overlapping colours."""
    first, second = binds(surface)
    solved = np.isfinite(surface.upper_bits)
    data = [
        cells.heat(
            surface,
            np.where(held, 1.0, np.nan),
            name=name,
            zmin=0,
            zmax=1,
            colorscale=[[share, theme.faded(colour, 0.55)] for share in (0, 1)],
            showscale=False,
            showlegend=True,
        )
        for name, held, colour in (
            ("D binds", first, colours.source),
            ("D′ binds", second, colours.subset),
        )
    ]
    regions = (
        ("both bind", first & second),
        ("only D binds", first & ~second),
        ("only D′ binds", ~first & second),
        ("rate 0", solved & ~first & ~second),
    )
    spot = _place(surface, point)
    notes = [_label(surface, text, region, colours, spot) for text, region in regions]
    return data, [note for note in notes if note]


def binds(surface: SurfaceView) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where D and where D′ binds, (B, A) each: where doubling the level saves bits."""
    return (
        np.nan_to_num(surface.x_prices_bits * surface.x.levels) > COSTS,
        np.nan_to_num(surface.y_prices_bits * surface.y.levels[:, None]) > COSTS,
    )


def _label(
    surface: SurfaceView,
    text: str,
    region: NDArray[np.bool_],
    colours: Palette,
    spot: tuple[float, float] | None,
) -> dict[str, Any]:
    """Return the label of a region, at its innermost cell away from the operating point."""
    if not region.any():
        return {}
    x, y = (
        (np.arange(len(levels)) + 0.5) / len(levels)
        for levels in (surface.x.levels, surface.y.levels)
    )
    across, up = np.meshgrid(x, y)
    inside = np.column_stack([across[region], up[region]])
    outside = np.column_stack([across[~region], up[~region]])
    walls = np.column_stack([across[region], 1 - across[region]]).min(axis=1)
    depth = np.minimum(walls, np.minimum(up[region], 1 - up[region]))
    if len(outside):
        apart = np.hypot(*(inside[:, None, :] - outside[None, :, :]).transpose(2, 0, 1))
        depth = np.minimum(depth, apart.min(axis=1))
    if depth.max() < _LEAST_DEPTH:
        return {}
    depth = np.minimum(depth, _SIDEWAYS * walls)
    if spot is not None:
        clear = (abs(inside[:, 0] - spot[0]) > _CLEAR[0]) | (
            abs(inside[:, 1] - spot[1]) > _CLEAR[1]
        )
        depth = np.where(clear, depth, 0.0)
    row, column = np.argwhere(region)[int(depth.argmax())]
    return {
        "x": float(
            np.log10(surface.x.levels[column])
        ),  # annotations on a logarithmic axis take the exponent
        "y": float(np.log10(surface.y.levels[row])),
        "text": text,
        "showarrow": False,
        "font": {"size": 12.5, "color": colours.text},
    }


def _place(surface: SurfaceView, point: Point | None) -> tuple[float, float] | None:
    """Return the operating point as fractions of the width and height of the chart."""
    if point is None or point.subset_level is None:
        return None
    shares = [
        (np.searchsorted(levels, level) + 0.5) / len(levels)
        for levels, level in (
            (surface.x.levels, point.level),
            (surface.y.levels, point.subset_level),
        )
    ]
    return float(shares[0]), float(shares[1])
