"""Pictures with their regions, maps over them, the model's curve, and the sizes of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.shared import colourbar_upright
from dashboard.figures.theme import Palette
from dashboard.model.pictures import Shape, psnr
from dashboard.model.views import Floats

Tool = Literal["select", "lasso"]
# A selection is sent only if it contains marks; these lie between the pixels.
_MARKS = 48
_SLOTS = (0, 2, 3)


def region_colour(k: int, colours: Palette) -> str:
    """Return the colour of the region of a number, 1 to 3."""
    return colours.subsets[_SLOTS[k - 1]]


def drawable(
    image: tuple[str, int, int],
    regions: Mapping[int, Shape],
    *,
    tool: Tool,
    brush: int,
    revision: int,
    colours: Palette,
) -> go.Figure:
    """Draw a picture, a data address with width and height, with regions by their number."""
    source, width, height = image
    x, y = np.meshgrid(np.linspace(0, width, _MARKS), np.linspace(0, height, _MARKS))
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "markers",
            "x": x.ravel(),
            "y": y.ravel(),
            "marker": {"size": 3, "opacity": 0},
            "selected": {"marker": {"opacity": 0}},
            "unselected": {"marker": {"opacity": 0}},
            "hoverinfo": "none",
            "showlegend": False,
        }
    ]
    for k, shape in regions.items():
        xs, ys = shape.outline()
        for colour, line in (("#000000", 4.5), (region_colour(k, colours), 2.5)):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "name": f"region {k}",
                    "x": xs,
                    "y": ys,
                    "line": {"color": colour, "width": line},
                    "hoverinfo": "skip",
                    "showlegend": False,
                }
            )
    picture = {
        "source": source, "xref": "x", "yref": "y", "x": 0, "y": 0, "sizex": width, "sizey": height,
        "sizing": "stretch", "layer": "below",
    }  # fmt: skip
    return theme.figure(
        data,
        colours,
        xaxis=_blank([0, width]),
        yaxis={**_blank([height, 0]), "scaleanchor": "x", "title": {"text": ""}},
        images=[picture],
        annotations=[_number(k, shape, colours) for k, shape in regions.items()],
        dragmode=tool,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        newselection={"line": {"color": region_colour(brush, colours), "width": 2}},
        meta=revision,
    )


def _number(k: int, shape: Shape, colours: Palette) -> dict[str, Any]:
    """Return the number of a region at its upper left corner."""
    xs, ys = shape.outline()
    return {
        "x": min(xs), "y": min(ys), "text": f"{k}", "showarrow": False,
        "xanchor": "left", "yanchor": "top",
        "font": {"size": 14, "color": region_colour(k, colours)}, "bgcolor": "rgba(0,0,0,0.75)",
        "borderpad": 3,
    }  # fmt: skip


def _blank(ends: list[int]) -> dict[str, Any]:
    return {
        "range": ends,
        "visible": False,
        "fixedrange": True,
        "constrain": "domain",
    }


def over_picture(values: Floats, title: str, *, step: int, colours: Palette) -> go.Figure:
    """Draw values of squares of ``step`` pixels as a map, the first row above."""
    rows, columns = values.shape
    data = [
        {
            "type": "heatmap",
            "x": (np.arange(columns) * step + step / 2),
            "y": (np.arange(rows) * step + step / 2),
            "z": values,
            "zmin": 0,
            "colorscale": theme.ramp(colours.certified),
            "colorbar": colourbar_upright(title, colours),
            "hovertemplate": "x = %{x:.0f}, y = %{y:.0f}<br>%{z:.3g} " + title + "<extra></extra>",
        }
    ]
    return theme.figure(
        data,
        colours,
        xaxis=_blank([0, columns * step]),
        yaxis={**_blank([rows * step, 0]), "scaleanchor": "x", "title": {"text": ""}},
        margin={"l": 0, "r": 70, "t": 4, "b": 4},
    )


def along_level(
    band: tuple[Floats, Floats, Floats],
    point: tuple[float, float] | None,
    file: tuple[float, float] | None,
    *,
    title: str,
    decibels: bool,
    colours: Palette,
) -> go.Figure:
    """Draw the bounds on the model's bytes over one level, the chosen point, and our file.

    ``band`` has levels and lower and upper bounds in kB; a point is a level and kB.
    """
    levels, lower, upper = band
    place = np.vectorize(psnr) if decibels else np.asarray
    known = np.isfinite(upper)
    edge = {"color": colours.certified, "width": 1.5}
    data: list[dict[str, Any]] = [
        {
            "type": "scatter", "mode": "lines", "name": "upper bound of the model",
            "x": place(levels[known]), "y": upper[known], "line": edge, "showlegend": False,
            "hovertemplate": "at most %{y:.3g} kB<extra></extra>",
        },
        {
            "type": "scatter", "mode": "lines", "name": "bounds of the model",
            "x": place(levels[known]), "y": lower[known], "line": edge, "fill": "tonexty",
            "fillcolor": theme.faded(colours.certified, 0.25),
            "hovertemplate": "at least %{y:.3g} kB<extra></extra>",
        },
    ]  # fmt: skip
    for name, one, colour, symbol in (
        ("model at the levels", point, colours.certified, "circle"),
        ("coded file", file, colours.codebook, "diamond"),
    ):
        if one is not None:
            data.append(
                {
                    "type": "scatter", "mode": "markers", "name": name,
                    "x": [float(place(one[0]))], "y": [one[1]],
                    "marker": {"size": 11, "color": colour, "symbol": symbol},
                    "hovertemplate": name + "<br>%{y:.4g} kB<extra></extra>",
                }
            )  # fmt: skip
    ends = [*levels, *(one[0] for one in (point, file) if one is not None)]
    low, high = float(np.log10(min(ends))) - 0.05, float(np.log10(max(ends))) + 0.05
    axis = (
        theme.axis(title, colours)
        if decibels
        else theme.log_axis(title, colours, left=low, right=high)
    )
    top = max([float(upper[known].max(initial=1.0)), *([file[1]] if file else [])])
    return theme.figure(
        data,
        colours,
        xaxis=axis,
        yaxis=theme.axis("kB", colours, range=[0, 1.05 * top]),
    )


def sizes(names: Sequence[str], kilobytes: Sequence[float], *, colours: Palette) -> go.Figure:
    """Draw the sizes of files as bars; the first is ours."""
    order = range(len(names))
    data = [
        {
            "type": "bar",
            "orientation": "h",
            "x": list(kilobytes),
            "y": list(names),
            "text": [f"{one:.1f} kB" for one in kilobytes],
            "textposition": "outside",
            "cliponaxis": False,
            "textfont": {"size": 14, "color": colours.text},
            "marker": {"color": [colours.baseline if k else colours.codebook for k in order]},
            "hovertemplate": "%{y}: %{x:.2f} kB<extra></extra>",
        }
    ]
    most = max(kilobytes, default=1.0)
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis("size of the file (kB)", colours, range=[0, 1.22 * most]),
        yaxis={
            **theme.axis("", colours, autorange="reversed", showgrid=False, ticks=""),
            "tickfont": {"size": 14, "color": colours.text},
        },
        bargap=0.35,
        margin={"l": 92, "r": 10, "t": 6, "b": 44},
    )
