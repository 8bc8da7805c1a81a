"""Maps over two levels, each cell a certified solution: colours, contours, clicks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.figures.theme import Palette
from dashboard.model.views import Floats, SurfaceView

MARGIN = {"l": 70, "r": 82, "t": 30, "b": 48}
_CONTOURS = 8


def heat(surface: SurfaceView, values: Any, **more: Any) -> dict[str, Any]:
    """Return a heat map of values, (B, A)."""
    return {
        "type": "heatmap",
        "x": surface.x.levels,
        "y": surface.y.levels,
        "z": np.asarray(values, np.float64),
        "hoverinfo": "skip",
        **more,
    }


def contours(
    surface: SurfaceView, values: Floats, highest: float, *, name: str, colours: Palette
) -> dict[str, Any]:
    """Return contours of equal values up to the highest, a round step apart."""
    step = round_step(highest / _CONTOURS)
    return {
        **heat(surface, values),
        "type": "contour",
        "name": name,
        "autocontour": False,
        "contours": {
            "coloring": "none",
            "start": step,
            "end": highest,
            "size": step,
            "showlabels": True,
            "labelfont": {"size": 11, "color": colours.text},
        },
        "line": {"color": colours.text, "width": 1},
        "showlegend": False,
    }


def round_step(step: float) -> float:
    """Return the nearest of 1, 2, 2.5 and 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(step))
    return float(min((m * power for m in (1, 2, 2.5, 5, 10)), key=lambda one: abs(one - step)))


def solved(
    surface: SurfaceView, hover: str, prices: Sequence[Floats], *more: Floats
) -> dict[str, Any]:
    """Return invisible points over the solved cells, which receive hovering and clicks.

    ``hover`` may show customdata: R and its gap, the prices, and then ``more``, (B, A) each.
    """
    rows, columns = np.nonzero(np.isfinite(surface.upper_bits))
    numbers = [
        surface.upper_bits,
        surface.upper_bits - surface.lower_bits,
        *prices,
        *more,
    ]
    hidden = {"marker": {"opacity": 0}}
    return {
        "type": "scatter",
        "name": "cells",
        "mode": "markers",
        "x": surface.x.levels[columns],
        "y": surface.y.levels[rows],
        "customdata": np.column_stack([one[rows, columns] for one in numbers]),
        "marker": {"size": 14, "opacity": 0},
        "selected": hidden,
        "unselected": hidden,
        "showlegend": False,
        "hovertemplate": hover,
    }
