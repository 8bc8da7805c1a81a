"""The rate over two levels as maps: rate, binding levels and the price of each level.

Each cell is a certified solution.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import cells, theme
from dashboard.figures.marks import operating_point
from dashboard.figures.shared import colourbar_upright, is_restated, plain, stated_ticks
from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model import marks as model_marks
from dashboard.model import wording
from dashboard.model.marks import Mark
from dashboard.model.views import Axis, Floats, SurfaceView
from rdcore import LevelScale

SurfaceMap = Literal["rate", "binding"] | int
_LEAST_DEPTH = 0.06
_CLEAR = (0.25, 0.1)
_SIDEWAYS = 0.4  # a label is wider than high
COSTS = 1e-5
"""A level counts as binding if its price times the level, in bits, is above this."""

_TWO = model_marks.plain((1,))


def surface_map(
    surface: SurfaceView,
    spot: tuple[float, float] | None,
    which: SurfaceMap,
    *,
    colours: Palette,
    how: LevelScale,
    marks: Sequence[Mark] = _TWO,
) -> go.Figure:
    """Draw one of the maps; a click on a cell selects a point of the trace "cells".

    ``spot`` has the current levels of x and y. ``which`` is the place of a price in
    ``SurfaceView.prices_bits``, or "rate" or "binding". ``marks`` are in the same order.
    ``how`` is how levels are stated. The cells lie at their levels in the unit of the distortion,
    and the ticks say these in the user's words, so that a click returns the levels themselves.
    """
    notes: list[dict[str, Any]] = []
    unit, costs = how.text, wording.surface_prices(how, surface)
    if which == "rate":
        data = _rate(surface, colours)
    elif which == "binding":
        data, notes = _binding(surface, spot, marks, colours)
    else:
        data = _price(surface, which, costs[which], marks[which], (colours, unit))
    first = len(costs) + 2
    prices = ", ".join(f"{one.price} = %{{customdata[{2 + k}]:.4g}}" for k, one in enumerate(marks))
    x, y = marks[:2]
    data.append(
        cells.solved(
            surface,
            f"{x.level} = %{{customdata[{first}]:.4g}},"
            f" {y.level} = %{{customdata[{first + 1}]:.4g}} {unit}"
            "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e} bits"
            f"<br>{prices} bits/{unit}<extra></extra>",
            costs,
            *np.meshgrid(how.stated(surface.x.levels), how.stated(surface.y.levels)),
        )
    )
    if spot is not None:
        data.append(operating_point(*spot, colours))
    return theme.figure(
        data,
        colours,
        hoverdistance=-1,
        clickmode="event+select",
        annotations=notes,
        margin=cells.MARGIN,
        xaxis=_axis(surface.x, colours, how),
        yaxis=_axis(surface.y, colours, how),
    )


def shade(one: Mark, colours: Palette) -> str:
    """Return the colour of a level: that of its subset, or of the source for D."""
    return colours.subsets[one.colour] if one.slot else colours.source


def _axis(one: Axis, colours: Palette, how: LevelScale) -> dict[str, Any]:
    """Return a logarithmic axis from the outer edge of the first cell to that of the last.

    In dB it rises to the right, or upwards, as the level falls.
    """
    logs = np.log10(one.levels)
    left = float(logs[0] - (logs[1] - logs[0]) / 2)
    right = float(logs[-1] + (logs[-1] - logs[-2]) / 2)
    title = f"{one.name} ({how.text})"
    axis = theme.log_axis(title, colours, left=left, right=right)
    if is_restated(how):
        axis |= stated_ticks(how, 10**left, 10**right, logarithmic=True)
        axis["range"] = [right, left] if how.falls else [left, right]
    return {**axis, "showgrid": False}


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
    surface: SurfaceView, which: int, values: Floats, one: Mark, look: tuple[Palette, str]
) -> list[dict[str, Any]]:
    """Draw a stated price on a logarithmic colour scale; cells with price 0 stay empty.

    ``look`` has the colours and the unit of the level.
    """
    held, (colours, unit) = binds(surface)[which], look
    if not held.any():
        return []
    shown = np.log10(np.where(held, values, np.nan))
    top = float(np.nanmax(shown))
    low = max(float(np.nanmin(shown)), top - 3)
    ticks = _decades(low, top)
    bar = colourbar_upright(f"{one.price} (bits/{unit})", colours)
    bar |= {"tickvals": ticks, "ticktext": [short(10**tick, 2) for tick in ticks]}
    heat = cells.heat(
        surface,
        shown,
        name=one.price,
        zmin=low - 0.15 * (top - low),
        zmax=top,
        colorscale=theme.ramp(shade(one, colours)),
        colorbar=bar,
    )
    return [heat]


def _decades(low: float, top: float) -> list[float]:
    marks = [np.log10(m) + e for e in range(-12, 12) for m in (1, 2, 5)]
    inside = [float(one) for one in marks if low <= one <= top]
    return inside[:: max(1, -(-len(inside) // 4))]


def _binding(
    surface: SurfaceView,
    spot: tuple[float, float] | None,
    marks: Sequence[Mark],
    colours: Palette,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Draw the regions where each level binds in overlapping colours."""
    held = binds(surface)
    solved = np.isfinite(surface.upper_bits)
    shown: Sequence[NDArray[np.bool_]]
    if len(marks) > 2:
        shown = _leading(surface, held)
        names = [f"{one.level} costs most" for one in marks]
    else:
        shown, names = list(held), [f"{one.level} binds" for one in marks]
    data = [
        cells.heat(
            surface,
            np.where(where, 1.0, np.nan),
            name=plain(name),
            zmin=0,
            zmax=1,
            colorscale=[[share, theme.faded(shade(one, colours), 0.55)] for share in (0, 1)],
            showscale=False,
            showlegend=True,
        )
        for one, where, name in zip(marks, shown, names, strict=True)
    ]
    place = _place(surface, spot)
    regions = _regions(held, solved, [one.level for one in marks])
    regions.sort(key=lambda one: -int(one[1].sum()))
    notes: list[dict[str, Any]] = []
    for text, region in regions:
        note = _label(surface, text, region, colours, place)
        if note and (len(marks) == 2 or _is_clear(surface, note, notes)):
            notes.append(note)
    return data, notes


def _leading(surface: SurfaceView, held: Sequence[NDArray[np.bool_]]) -> list[NDArray[np.bool_]]:
    """Return where each level has the largest price times level."""
    costs = np.stack(
        [
            np.nan_to_num(price * level)
            for price, level in zip(surface.prices_bits, _levels(surface), strict=True)
        ]
    )
    first = costs.argmax(axis=0)
    return [where & (first == k) for k, where in enumerate(held)]


def _is_clear(surface: SurfaceView, note: dict[str, Any], others: Sequence[dict[str, Any]]) -> bool:
    """Whether a label is far from all others."""
    wide, high = (float(np.ptp(np.log10(one.levels))) for one in (surface.x, surface.y))
    return all(
        abs(note["x"] - one["x"]) > 0.45 * wide or abs(note["y"] - one["y"]) > 0.12 * high
        for one in others
    )


def _regions(
    held: Sequence[NDArray[np.bool_]], solved: NDArray[np.bool_], names: Sequence[str]
) -> list[tuple[str, NDArray[np.bool_]]]:
    """Return each set of levels that bind together, with its name and its cells."""
    count, found = len(held), []
    for size in range(count, -1, -1):
        for some in combinations(range(count), size):
            region = solved.copy()
            for k in range(count):
                region &= held[k] if k in some else ~held[k]
            if size == count:
                text = "both bind" if count == 2 else "all bind"
            elif size:
                text = ", ".join(names[k] for k in some)
                text = f"only {text} binds" if size == 1 else text
            else:
                text = "rate 0"
            found.append((text, region))
    return found


def binds(surface: SurfaceView) -> tuple[NDArray[np.bool_], ...]:
    """Return where each level binds, (B, A): where doubling it saves bits."""
    return tuple(
        np.nan_to_num(price * level) > COSTS
        for price, level in zip(surface.prices_bits, _levels(surface), strict=True)
    )


def _levels(surface: SurfaceView) -> tuple[Floats | float, ...]:
    return (surface.x.levels, surface.y.levels[:, None], *surface.other_levels)


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


def _place(surface: SurfaceView, spot: tuple[float, float] | None) -> tuple[float, float] | None:
    """Return the operating point as fractions of the width and height of the chart."""
    if spot is None:
        return None
    across, up = (
        (np.searchsorted(one.levels, level) + 0.5) / len(one.levels)
        for one, level in zip((surface.x, surface.y), spot, strict=True)
    )
    return float(across), float(up)
