"""The channel P(Y=j | X=x) as a map."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.shared import codeword_title, colourbar, plain
from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model.views import IN_USE, Floats, Point, SourceView

_MOST_ROWS = 400


def channel(view: SourceView, point: Point, *, colours: Palette) -> go.Figure:
    """Draw P(Y=j | X=x) as a map, codewords in use against atoms."""
    used = np.flatnonzero(point.masses > IN_USE)
    if view.dim == 1:
        used = used[np.argsort(point.codebook[used, 0], kind="stable")]
    order = _atom_order(view, point, used)
    z = point.channel[np.ix_(order, used)].T
    names = [_codeword_name(point.codebook[j]) for j in used]
    flat = view.dim == 1
    x = view.points[order, 0] if flat else np.arange(len(order))
    where = "x = %{x:.3f}" if flat else "atom %{x}"
    heat = {
        "type": "heatmap",
        "name": "channel",
        "x": x,
        "y": np.arange(len(used)),
        "_y": point.codebook[used, 0] if view.dim == 1 else names,
        "z": z,
        "zmin": 0,
        "zmax": 1,
        "colorscale": theme.ramp(colours.certified),
        "customdata": np.repeat(np.array(names)[:, None], len(order), axis=1),
        "hovertemplate": where
        + "<br>y = %{customdata}<br>P(Y = y | X = x) = %{z:.4f}<extra></extra>",
        "colorbar": colourbar("P(Y = y | X = x)", colours),
    }
    most = 12 if flat else 8
    ticks = np.unique(np.linspace(0, len(used) - 1, min(len(used), most)).round().astype(int))
    title = plain(view.labels[0]) if flat else "atoms, ordered by most probable codeword"
    span = list(view.span()) if flat else [-0.5, len(order) - 0.5]
    return theme.figure(
        [heat],
        colours,
        margin=theme.MARGIN_TWO_AXES if flat else {**theme.MARGIN, "l": 104},
        xaxis=theme.axis(title, colours, range=span, showgrid=False),
        yaxis=theme.axis(
            codeword_title(view.labels),
            colours,
            range=[-0.5, len(used) - 0.5],
            showgrid=False,
            tickvals=ticks.tolist(),
            ticktext=[names[i] for i in ticks],
        ),
    )


def _atom_order(view: SourceView, point: Point, used: NDArray[np.intp]) -> NDArray[np.intp]:
    if view.dim == 1:
        order = np.argsort(view.points[:, 0], kind="stable")
    else:
        most_probable = point.channel[:, used].argmax(axis=1)
        order = np.lexsort((-point.channel[:, used].max(axis=1), most_probable))
    if len(order) > _MOST_ROWS:
        order = order[np.linspace(0, len(order) - 1, _MOST_ROWS).round().astype(int)]
    return order


def _codeword_name(codeword: Floats) -> str:
    return (
        short(float(codeword[0]), 3)
        if len(codeword) == 1
        else ("(" + ", ".join(short(float(value), 3) for value in codeword) + ")")
    )
