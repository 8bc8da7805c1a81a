"""Rate, distortion and classification: maps over D and C, what each reproduction tells, R(D, P)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import cells, theme
from dashboard.figures.marks import level, operating_point
from dashboard.figures.shared import colourbar_upright, plain
from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model.classification import ClassesView, PerceptionView
from dashboard.model.views import Floats, SurfaceView

Which = Literal["rate", "penalty"]
_MOST_WORDS = 24
_SIDE = 8
_RESOLVED = 5e-3
_GAP = 1


def penalty_bits(surface: SurfaceView) -> Floats:
    """Return R(D, C) less the dearer of R(D, ∞) and R(∞, C), (B, A): lower bounds, bits."""
    alone, told = surface.upper_bits[-1:, :], surface.upper_bits[:, -1:]
    return np.asarray(np.maximum(surface.lower_bits - np.maximum(alone, told), 0.0))


def classes_map(
    surface: SurfaceView,
    spot: tuple[float, float],
    which: Which,
    *,
    unit: str,
    colours: Palette,
) -> go.Figure:
    """Draw R(D, C), or what one encoder costs for both; a click selects a cell."""
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
        f"D = %{{x:.4g}} {unit}, C = %{{y:.4g}} bits"
        "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e}"
        f"<br>a {unit} of D is worth %{{customdata[2]:.4g}} bits, a bit of C"
        " %{customdata[3]:.4g}<br>one encoder for both: +%{customdata[4]:.3f} bits<extra></extra>"
    )
    data += [
        cells.solved(surface, hover, penalty_bits(surface)),
        operating_point(*spot, colours),
    ]
    return theme.figure(
        data,
        colours,
        hoverdistance=-1,
        clickmode="event+select",
        margin=cells.MARGIN,
        xaxis={**theme.axis(f"D ({unit})", colours), "showgrid": False, **_range(surface.levels)},
        yaxis={
            **theme.axis("C, H(S|X̂) at most (bits)", colours),
            "showgrid": False,
            **_range(surface.subset_levels),
        },
    )


def _range(levels: Floats) -> dict[str, Any]:
    first, last = (levels[1] - levels[0]) / 2, (levels[-1] - levels[-2]) / 2
    return {"range": [float(levels[0] - first), float(levels[-1] + last)]}


def _edges(surface: SurfaceView, colours: Palette) -> list[dict[str, Any]]:
    """Draw where each level stops to bind: where doubling it would save less than is resolved."""
    worth = (
        surface.price_bits * surface.levels,
        surface.subset_price_bits * surface.subset_levels[:, None],
    )
    drawn = []
    for name, held, colour in zip(
        ("D binds left of this", "C binds below this"),
        (np.nan_to_num(value) > _RESOLVED for value in worth),
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


def laws(shown: ClassesView, names: Sequence[str], *, colours: Palette) -> go.Figure:
    """Draw P(S = s | reproduction), a row a reproduction, the likeliest on top."""
    count = min(len(shown.masses), _MOST_WORDS)
    rows = [
        f"{_written(word)}{100 * mass:.1f} %"
        for word, mass in zip(shown.words[:count], shown.masses[:count], strict=True)
    ]
    data = [
        {
            "type": "heatmap",
            "x": [plain(name) for name in names],
            "y": list(range(count)),
            "z": shown.laws[:count].astype(np.float32),
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
    upright = theme.axis("reproduction · how often", colours)
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


def _written(word: Floats) -> str:
    return f"{', '.join(short(float(v), 3) for v in word)} · " if len(word) <= 2 else ""


def tiles(
    shown: ClassesView, names: Sequence[str], *, colours: Palette, across: int = 8
) -> go.Figure:
    """Draw reproductions that are pictures, each with its likeliest label and how often it is."""
    count = min(len(shown.masses), 4 * across)
    down = -(-count // across)
    pitch = _SIDE + _GAP + 3
    wall = np.full((down * pitch, across * (_SIDE + _GAP)), np.nan)
    notes = []
    for k in range(count):
        top, left = (k // across) * pitch, (k % across) * (_SIDE + _GAP)
        wall[top : top + _SIDE, left : left + _SIDE] = shown.words[k].reshape(_SIDE, _SIDE)
        best = int(shown.laws[k].argmax())
        notes.append(
            {
                "x": left + (_SIDE - 1) / 2,
                "y": top + _SIDE + 0.9,
                "text": f"{plain(names[best])}: {100 * shown.laws[k][best]:.0f} %",
                "showarrow": False,
                "font": {"size": 11, "color": colours.text},
            }
        )
    data = [
        {
            "type": "heatmap",
            "z": wall.astype(np.float32),
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
    """Draw R(D, P) over P between its bounds."""
    known = np.isfinite(shown.upper_bits)
    across = shown.levels[known].astype(np.float32)
    line: dict[str, Any] = {"type": "scatter", "mode": "lines", "x": across}
    data = [
        line
        | {
            "name": "certified lower bound",
            "y": shown.lower_bits[known].astype(np.float32),
            "line": {"color": colours.certified, "width": 0},
            "hoverinfo": "skip",
            "showlegend": False,
        },
        line
        | {
            "name": "R(D, P), certified",
            "mode": "lines+markers",
            "y": shown.upper_bits[known].astype(np.float32),
            "fill": "tonexty",
            "fillcolor": theme.faded(colours.certified, 0.25),
            "line": {"color": colours.certified, "width": 2.5},
            "marker": {"size": 5},
            "hovertemplate": "P = %{x:.4g}: %{y:.5f} bits<extra></extra>",
        },
        level(
            "R(D), whatever the law",
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
