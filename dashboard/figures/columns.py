"""Rows of several columns along their two leading principal axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.shared import ALWAYS_SHOWN, plain
from dashboard.figures.theme import Palette
from dashboard.model.columns import ColumnsView
from dashboard.model.marks import Mark


def principal_axes(
    view: ColumnsView, marks: Sequence[Mark], unit: str, *, colours: Palette
) -> go.Figure:
    """Draw atoms, subsets and the codewords in use; ``marks`` are those of the subsets."""
    outside = np.asarray(~view.inside.any(axis=0), dtype=bool)
    layers = [("source", outside, colours.source)]
    layers += [
        (plain(one.legend), inside, colours.subsets[one.colour])
        for one, inside in zip(marks, view.inside, strict=True)
    ]
    data = [_dots(view, name, chosen, colour) for name, chosen, colour in layers if chosen.any()]
    share = np.sqrt(view.masses / view.masses.max())
    data.append(
        {
            "type": "scatter",
            "name": "codewords",
            "mode": "markers",
            "x": view.codewords[:, 0],
            "y": view.codewords[:, 1],
            "customdata": view.masses,
            "marker": {
                "color": colours.codebook,
                "opacity": 1,
                "size": (4 + 9 * share).astype(np.float32),
                "line": {"color": colours.ground, "width": 1},
            },
            "hovertemplate": "(%{x:.3f}, %{y:.3f})<br>P(Y = y) = %{customdata:.4f}"
            "<extra>codeword</extra>",
            **ALWAYS_SHOWN,
        }
    )
    titles = [
        f"principal axis {k + 1}, {100 * part:.0f} % of the variance ({plain(unit)})"
        for k, part in enumerate(view.explained)
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(titles[0], colours, showgrid=False),
        yaxis=theme.axis(titles[1], colours, showgrid=False),
        margin=theme.MARGIN_TWO_AXES,
    )


def _dots(view: ColumnsView, name: str, chosen: np.ndarray, colour: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "mode": "markers",
        "x": view.points[chosen, 0],
        "y": view.points[chosen, 1],
        "marker": {"color": colour, "size": 4, "opacity": 0.6, "line": {"width": 0}},
        "hovertemplate": "(%{x:.3f}, %{y:.3f})<extra>" + name + "</extra>",
        **ALWAYS_SHOWN,
    }
