"""Animations of codebooks and channels that run in the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.line import mass_axis, source_line, sticks
from dashboard.figures.plane import grid_of, on_grid, plane_codewords, source_plane
from dashboard.figures.shared import codeword_title, plain
from dashboard.figures.theme import Palette
from dashboard.model.views import Floats, Placed, SourceView

_MILLISECONDS = 450
SLIDER_ROOM = 98
"""Pixels below the axis of an animation, which a chart beside it is lower by."""


def codebook_animation(
    view: SourceView,
    frames: Sequence[Placed],
    names: Sequence[str],
    *,
    colours: Palette,
    shown: int = -1,
) -> go.Figure:
    """Draw a source with its codebook in frames, with Play, Pause and a slider.

    ``shown`` is the frame at the start.
    """
    first = frames[shown]
    line = view.dim == 1
    more: dict[str, Any] = {}
    if line:
        drawing = source_line(view, None, colours=colours, revision=0)
        highest = 1.06 * float(max(one.masses.max() for one in frames))
        more["yaxis2"] = mass_axis(highest, colours)
    else:
        drawing = source_plane(view, None, colours=colours, revision=0, tool="select")
    return theme.extended(
        drawing,
        _moving(first, colours, line=line),
        frames=[_moving(one, colours, line=line) for one in frames],
        **more,
        **_controls(names, colours, shown),
    )


def _moving(codewords: Placed, colours: Palette, *, line: bool) -> list[dict[str, Any]]:
    return sticks(codewords, colours) if line else [plane_codewords(codewords, colours)]


def _controls(names: Sequence[str], colours: Palette, shown: int) -> dict[str, Any]:
    """Return Play, Pause and the slider, which stands at the frame that is shown first."""
    at_once = {"mode": "immediate", "transition": {"duration": 0}}
    play = {
        "fromcurrent": False,
        "mode": "immediate",
        "frame": {"duration": _MILLISECONDS, "redraw": True},
        "transition": {"duration": 0},
    }
    still = {**at_once, "frame": {"duration": 0, "redraw": True}}
    return {
        "dragmode": False,
        "margin": {**theme.MARGIN_TWO_AXES, "b": 48 + SLIDER_ROOM},
        "updatemenus": [
            {
                "type": "buttons",
                "direction": "left",
                "x": 0,
                "xanchor": "left",
                "y": 0,
                "yanchor": "top",
                "pad": {"t": 100, "r": 6},
                "showactive": False,
                "bgcolor": colours.ground,
                "bordercolor": colours.grid,
                "font": {"size": 13, "color": colours.text},
                "buttons": [
                    {"label": "▶", "method": "animate", "args": [None, play]},
                    {"label": "❚❚", "method": "animate", "args": [[None], still]},
                ],
            }
        ],
        "sliders": [
            {
                "active": shown % len(names),
                "x": 0,
                "len": 1,
                "y": 0,
                "yanchor": "top",
                "pad": {"t": 48},
                "bgcolor": colours.grid,
                "activebgcolor": colours.certified,
                "bordercolor": colours.grid,
                "tickcolor": colours.grid,
                "minorticklen": 0,
                "ticklen": 3,
                "font": {"size": 1, "color": "rgba(0,0,0,0)"},
                "currentvalue": {
                    "visible": True,
                    "xanchor": "left",
                    "offset": 6,
                    "font": {"size": 13, "color": colours.text},
                },
                "steps": [
                    {"label": name, "method": "animate", "args": [[str(k)], still]}
                    for k, name in enumerate(names)
                ],
            }
        ],
    }


def channel_animation(  # noqa: PLR0913  (the last ones are the look)
    axis: Floats,
    channels: Sequence[np.ndarray],
    books: Sequence[Floats],
    names: Sequence[str],
    *,
    label: str,
    colours: Palette,
    shown: int = -1,
) -> go.Figure:
    """Draw a channel P(Y = y | X = x) on a line in frames, with codewords ordered by value."""

    def trace(k: int) -> dict[str, Any]:
        order = np.argsort(books[k][:, 0])
        return {
            "type": "heatmap",
            "x": axis,
            "y": [f"{value:.3f}" for value in books[k][order, 0]],
            "z": channels[k][:, order].T,
            "zmin": 0,
            "zmax": 1,
            "colorscale": theme.ramp(colours.certified),
            "showscale": False,
            "hovertemplate": "x = %{x:.3f}<br>y = %{y}<br>P(Y = y | X = x) = %{z:.4f}"
            "<extra></extra>",
        }

    drawing = theme.figure(
        [trace(shown % len(channels))],
        colours,
        xaxis=theme.axis(label, colours, showgrid=False),
        yaxis=theme.axis(codeword_title([label]), colours, type="category", showgrid=False),
    )
    frames = [[trace(k)] for k in range(len(channels))]
    return theme.extended(drawing, frames=frames, **_controls(names, colours, shown))


def certainty_animation(
    view: SourceView,
    certainty: Sequence[NDArray[np.float32]],
    names: Sequence[str],
    *,
    colours: Palette,
    shown: int = -1,
) -> go.Figure:
    """Draw the largest P(Y = y | X = x) of each atom in frames, (n,) each."""
    grid = grid_of(view) if view.dim == 2 else None

    def trace(values: NDArray[np.float32]) -> dict[str, Any]:
        look = {"colorscale": theme.ramp(colours.certified), "showscale": False}
        if grid is not None:
            return {
                "type": "heatmap",
                "x": grid[0],
                "y": grid[1],
                "z": on_grid(view, grid, values),
                "zmin": 0,
                "zmax": 1,
                "hovertemplate": "x = (%{x:.3f}, %{y:.3f})<br>max P(y | x) ="
                " %{z:.4f}<extra></extra>",
                **look,
            }
        below = view.points[:, 1] if view.dim == 2 else np.zeros(view.n)
        return {
            "type": "scatter",
            "mode": "markers",
            "x": view.points[:, 0],
            "y": below,
            "customdata": values,
            "marker": {"color": values, "cmin": 0, "cmax": 1, "size": 6, **look},
            "hovertemplate": "x = %{x:.3f}<br>max P(y | x) = %{customdata:.4f}<extra></extra>",
        }

    down = {"scaleanchor": "x", "constrain": "domain"} if view.dim == 2 else {"visible": False}
    drawing = theme.figure(
        [trace(certainty[shown])],
        colours,
        xaxis=theme.axis(plain(view.labels[0]), colours, showgrid=False, constrain="domain"),
        yaxis=theme.axis(plain(view.labels[-1]), colours, showgrid=False, **down),
    )
    frames = [[trace(values)] for values in certainty]
    return theme.extended(drawing, frames=frames, **_controls(names, colours, shown))
