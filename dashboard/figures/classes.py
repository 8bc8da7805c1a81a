"""Classification and perception: maps over D and C, label distributions, R(D, P)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import cells, theme
from dashboard.figures.marks import level, operating_point
from dashboard.figures.shared import colourbar_upright, is_restated, plain, stated_ticks
from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model.classification import ClassesView, PerceptionView
from dashboard.model.views import Axis, Floats, SurfaceView
from rdcore import LevelScale

ClassMap = Literal["rate", "penalty"]
_MOST_CODEWORDS = 24
_SIDE = 8
_RESOLVED = 5e-3
_GAP = 1


def penalty_bits(surface: SurfaceView) -> Floats:
    """Return R(D, C) minus the larger of R(D, ∞) and R(∞, C), (B, A): lower bounds in bits."""
    distortion, label = surface.upper_bits[-1:, :], surface.upper_bits[:, -1:]
    return np.asarray(np.maximum(surface.lower_bits - np.maximum(distortion, label), 0.0))


def classes_map(
    surface: SurfaceView,
    levels: tuple[float, float],
    which: ClassMap,
    *,
    colours: Palette,
    how: LevelScale,
) -> go.Figure:
    """Draw R(D, C) or the universality penalty; a click selects a cell.

    ``how`` is how D is stated. The cells lie at D in the unit of the distortion.
    """
    unit = how.text
    price = how.price(surface.x_prices_bits, np.broadcast_to(surface.x.levels, surface.shape))
    values = surface.upper_bits if which == "rate" else penalty_bits(surface)
    highest = max(float(np.nanmax(values, initial=0.0)), 1e-3)
    colour = colours.certified if which == "rate" else colours.codebook
    heat = cells.heat(surface, values) | {
        "name": which,
        "zmin": 0,
        "zmax": highest,
        "colorscale": theme.ramp(colour),
        "colorbar": colourbar_upright("bits", colours),
    }
    data = [heat, cells.contours(surface, values, highest, name="equal", colours=colours)]
    if which == "rate":
        data += _edges(surface, colours)
    hover = (
        f"D = %{{customdata[5]:.4g}} {unit}, C = %{{y:.4g}} bits"
        "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e} bits"
        f"<br>price of D = %{{customdata[2]:.4g}} bits/{unit}"
        "<br>price of C = %{customdata[3]:.4g} bits/bit"
        "<br>penalty ≥ %{customdata[4]:.3f} bits<extra></extra>"
    )
    data += [
        cells.solved(
            surface,
            hover,
            (price, surface.y_prices_bits),
            penalty_bits(surface),
            np.broadcast_to(how.stated(surface.x.levels), surface.shape),
        ),
        operating_point(*levels, colours),
    ]
    return theme.figure(
        data,
        colours,
        hoverdistance=-1,
        clickmode="event+select",
        margin=cells.MARGIN,
        xaxis=_axis(surface.x, colours, how),
        yaxis=_axis(surface.y, colours),
    )


def _axis(one: Axis, colours: Palette, how: LevelScale | None = None) -> dict[str, Any]:
    levels = one.levels
    first, last = (levels[1] - levels[0]) / 2, (levels[-1] - levels[-2]) / 2
    ends = [float(levels[0] - first), float(levels[-1] + last)]
    title = f"{one.name} ({how.text})" if how else one.title
    axis = theme.axis(title, colours, showgrid=False, range=ends)
    if how is None or not is_restated(how):
        return axis
    # More dB is less distortion, and lies to the right.
    span = ends[::-1] if how.falls else ends
    return axis | stated_ticks(how, max(ends[0], 0.02 * ends[1]), ends[1]) | {"range": span}


def _edges(surface: SurfaceView, colours: Palette) -> list[dict[str, Any]]:
    """Draw where each level stops binding: where doubling it saves less than is resolved."""
    savings = (
        surface.x_prices_bits * surface.x.levels,
        surface.y_prices_bits * surface.y.levels[:, None],
    )
    drawn = []
    for name, held, colour in zip(
        ("D binds to the left", "C binds below"),
        (np.nan_to_num(value) > _RESOLVED for value in savings),
        (colours.source, colours.subset),
        strict=True,
    ):
        if held.any() and not held.all():
            drawn.append(
                cells.heat(surface, held.astype(np.float64))
                | {
                    "type": "contour",
                    "name": name,
                    "autocontour": False,
                    "contours": {"coloring": "none", "start": 0.5, "end": 0.5, "size": 1},
                    "line": {"color": colour, "width": 3},
                    "showlegend": True,
                }
            )
    return drawn


def posteriors(shown: ClassesView, names: Sequence[str], *, colours: Palette) -> go.Figure:
    """Draw P(S = s | reproduction), one row per reproduction, the most probable on top."""
    count = min(len(shown.masses), _MOST_CODEWORDS)
    rows = [
        f"{_written(codeword)}{100 * mass:.1f} %"
        for codeword, mass in zip(shown.codewords[:count], shown.masses[:count], strict=True)
    ]
    data = [
        {
            "type": "heatmap",
            "x": [plain(name) for name in names],
            "y": list(range(count)),
            "z": shown.posteriors[:count],
            "customdata": [[row] * len(names) for row in rows],
            "zmin": 0,
            "zmax": 1,
            "colorscale": theme.ramp(colours.certified),
            "colorbar": colourbar_upright("P(S | x̂)", colours),
            "hovertemplate": "%{customdata}<br>S = %{x}: %{z:.3f}<extra></extra>",
            "xgap": 1,
            "ygap": 1,
        }
    ]
    upright = theme.axis("reproduction · probability", colours)
    upright |= {
        "tickvals": list(range(count)),
        "ticktext": rows,
        "autorange": "reversed",
        "showgrid": False,
    }
    across = {**theme.axis("label S", colours), "type": "category", "showgrid": False}
    return theme.figure(
        data, colours, margin={**cells.MARGIN, "l": 150}, xaxis=across, yaxis=upright
    )


def _written(codeword: Floats) -> str:
    return f"{', '.join(short(float(v), 3) for v in codeword)} · " if len(codeword) <= 2 else ""


def tiles(
    shown: ClassesView, names: Sequence[str], *, colours: Palette, across: int = 8
) -> go.Figure:
    """Draw reproductions that are pictures, each with its most probable label and probability."""
    count = min(len(shown.masses), 4 * across)
    down = -(-count // across)
    pitch = _SIDE + _GAP + 3
    wall = np.full((down * pitch, across * (_SIDE + _GAP)), np.nan)
    notes = []
    for k in range(count):
        top, left = (k // across) * pitch, (k % across) * (_SIDE + _GAP)
        wall[top : top + _SIDE, left : left + _SIDE] = shown.codewords[k].reshape(_SIDE, _SIDE)
        best = int(shown.posteriors[k].argmax())
        notes.append(
            {
                "x": left + (_SIDE - 1) / 2,
                "y": top + _SIDE + 0.9,
                "text": f"{plain(names[best])}: {100 * shown.posteriors[k][best]:.0f} %",
                "showarrow": False,
                "font": {"size": 11, "color": colours.text},
            }
        )
    data = [
        {
            "type": "heatmap",
            "z": wall,
            "colorscale": theme.ramp(colours.text),
            "showscale": False,
            "hoverinfo": "skip",
        }
    ]
    bare: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False}
    return theme.figure(
        data,
        colours,
        annotations=notes,
        margin={"l": 8, "r": 8, "t": 8, "b": 8},
        xaxis={**bare, "title": {"text": ""}, "constrain": "domain"},
        yaxis={
            **bare,
            "title": {"text": ""},
            "autorange": "reversed",
            "scaleanchor": "x",
            "constrain": "domain",
        },
    )


def perception(shown: PerceptionView, measure: str, *, colours: Palette) -> go.Figure:
    """Draw the certified R(D, P) against P."""
    known = np.isfinite(shown.upper_bits)
    across = shown.levels[known]
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": across}
    data = [
        line
        | {
            "name": "certified lower bound",
            "y": shown.lower_bits[known],
            "line": {"color": colours.certified, "width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        line
        | {
            "name": "R(D, P), certified",
            "mode": "lines+markers",
            "y": shown.upper_bits[known],
            "fill": "tonexty",
            "fillcolor": theme.faded(colours.certified, 0.25),
            "line": {"color": colours.certified, "width": 2.5},
            "marker": {"size": 5},
            "customdata": (shown.upper_bits - shown.lower_bits)[known],
            "hovertemplate": "P = %{x:.4g}<br>R = %{y:.5f} bits<br>gap ≤ %{customdata:.1e} bits"
            "<extra></extra>",
        },
        level(
            "R(D), no perception constraint",
            shown.free_bits,
            (0.0, float(shown.levels[-1])),
            colours.baseline,
            hover="%{y:.5f} bits<extra></extra>",
        ),
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(measure, colours, rangemode="tozero"),
        yaxis=theme.axis("rate (bits per symbol)", colours),
    )
