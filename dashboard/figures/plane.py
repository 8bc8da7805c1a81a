"""A source in the plane: its pmf as a map, the subsets, and the codewords as dots."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.shared import ALWAYS_SHOWN, colourbar_upright, plain
from dashboard.figures.theme import Palette
from dashboard.model.views import IN_USE, Floats, Placed, Point, SourceView

Tool = Literal["select", "lasso"]


def source_plane(
    view: SourceView,
    point: Point | None,
    best: Point | None = None,
    *,
    colours: Palette,
    revision: int,
    tool: Tool,
) -> go.Figure:
    """Draw a source in the plane: the pmf, the subsets, and the codewords sized by probability."""
    grid = grid_of(view)
    data = _plane_map(view, grid, colours) if grid else _plane_dots(view, colours)
    if point is not None:
        data.append(plane_codewords(point, colours))
    if best is not None:
        data.append(_plane_best(best, colours))
    layout = {
        "xaxis": theme.axis(
            plain(view.labels[0]),
            colours,
            range=list(view.span(0)),
            showgrid=False,
            constrain="domain",
        ),
        "yaxis": theme.axis(
            plain(view.labels[1]),
            colours,
            range=list(view.span(1)),
            showgrid=False,
            scaleanchor="x",
            constrain="domain",
        ),
        "dragmode": tool,
        "newselection": {
            "line": {"color": colours.subsets[view.brush], "width": 1.5, "dash": "solid"}
        },
        "meta": revision,
        "clickmode": "event",
        "margin": theme.MARGIN_TWO_AXES,
    }
    return theme.figure(data, colours, **layout)


def grid_of(view: SourceView) -> tuple[Floats, Floats] | None:
    """Return the two axes if the atoms fill a grid, in row-major order, else None."""
    first, second = np.unique(view.points[:, 0]), np.unique(view.points[:, 1])
    if len(first) * len(second) != view.n:
        return None
    return first, second


def on_grid(view: SourceView, grid: tuple[Floats, Floats], values: Any) -> Floats:
    rows = np.searchsorted(grid[1], view.points[:, 1])
    columns = np.searchsorted(grid[0], view.points[:, 0])
    out = np.full((len(grid[1]), len(grid[0])), np.nan)
    out[rows, columns] = values
    return out


def _plane_map(
    view: SourceView, grid: tuple[Floats, Floats], colours: Palette
) -> list[dict[str, Any]]:
    axes = {"x": grid[0], "y": grid[1]}
    pmf = on_grid(view, grid, view.pmf)
    data: list[dict[str, Any]] = [
        {
            "type": "heatmap",
            "name": "source",
            **axes,
            "z": pmf,
            "zmin": 0,
            "colorscale": theme.ramp(colours.source),
            "colorbar": colourbar_upright("P(X = x)", colours),
            "hovertemplate": "x = (%{x:.3f}, %{y:.3f})<br>P(X = x) = %{z:.3g}<extra></extra>",
        }
    ]
    for one, inside in view.subsets:
        colour = theme.faded(colours.subsets[one.colour], 0.6)
        data.append(
            {
                "type": "heatmap",
                "name": plain(one.legend),
                **axes,
                "z": on_grid(view, grid, np.where(inside, 1.0, np.nan)),
                "zmin": 0,
                "zmax": 1,
                "colorscale": [[share, colour] for share in (0, 1)],
                "showscale": False,
                "showlegend": True,
                "hoverinfo": "skip",
            }
        )
    return data


def _plane_dots(view: SourceView, colours: Palette) -> list[dict[str, Any]]:
    share = np.sqrt(view.pmf / view.pmf.max())
    sizes = (3 + 11 * share).astype(np.float32)
    layers = [("source", view.outside, colours.source)]
    layers += [(plain(m.legend), inside, colours.subsets[m.colour]) for m, inside in view.subsets]
    data, drawn = [], np.zeros(view.n, dtype=int)
    for name, chosen, colour in layers:
        if not chosen.any():
            continue
        # An atom in several subsets is a dot with rings.
        size = sizes[chosen] * (1 - 0.3 * np.minimum(drawn[chosen], 2))
        drawn = drawn + chosen
        data.append(
            {
                "type": "scatter",
                "name": name,
                "mode": "markers",
                "x": view.points[chosen, 0],
                "y": view.points[chosen, 1],
                "customdata": view.pmf[chosen],
                "marker": {
                    "color": colour,
                    "opacity": 1,
                    "size": size.astype(np.float32),
                    "line": {"width": 0},
                },
                "hovertemplate": "x = (%{x:.3f}, %{y:.3f})<br>P(X = x) = %{customdata:.3g}"
                "<extra>" + name + "</extra>",
                **ALWAYS_SHOWN,
            }
        )
    return data


def plane_codewords(point: Placed, colours: Palette) -> dict[str, Any]:
    """Return the codewords in use as dots, sized by probability."""
    return _sized(
        point,
        "codebook",
        smallest=5,
        marker={
            "color": colours.codebook,
            "opacity": 1,
            "line": {"color": colours.ground, "width": 1.5},
        },
        hover="y = (%{x:.3f}, %{y:.3f})<br>P(Y = y) = %{customdata:.4f}<extra>codeword</extra>",
    )


def _plane_best(best: Point, colours: Palette) -> dict[str, Any]:
    return _sized(
        best,
        "free codebook",
        smallest=7,
        marker={"symbol": "diamond-open", "color": colours.codebook, "line": {"width": 2}},
        hover="y = (%{x:.4f}, %{y:.4f})<br>P(Y = y) = %{customdata:.5f}"
        "<extra>free codebook</extra>",
    )


def _sized(
    point: Placed, name: str, *, smallest: float, marker: dict[str, Any], hover: str
) -> dict[str, Any]:
    used = point.masses > IN_USE
    share = np.sqrt(point.masses[used] / point.masses.max())
    return {
        "type": "scatter",
        "name": name,
        "mode": "markers",
        "x": point.codebook[used, 0],
        "y": point.codebook[used, 1],
        "customdata": point.masses[used],
        "marker": {**marker, "size": (smallest + 15 * share).astype(np.float32)},
        "hovertemplate": hover,
        **ALWAYS_SHOWN,
    }
