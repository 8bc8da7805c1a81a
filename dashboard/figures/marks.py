"""Marks with the same meaning in every figure: operating point, free codebook, level."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.figures.shared import ALWAYS_SHOWN, plain
from dashboard.figures.theme import Palette
from dashboard.model.marks import Mark


def operating_point(
    x: float, y: float, colours: Palette, *, ring: str | None = None, **more: Any
) -> dict[str, Any]:
    """Return the mark of the current levels; ``ring`` is the colour of its line.

    By default the mark does not receive hovering and clicks.
    """
    return {
        "type": "scatter",
        "name": "operating point",
        "mode": "markers",
        "showlegend": False,
        "x": np.array([x], np.float64),
        "y": np.array([y], np.float64),
        "marker": {
            "color": colours.ground,
            "size": 11,
            "line": {"color": ring or colours.text, "width": 2.5},
        },
        "hoverinfo": "skip",
        **ALWAYS_SHOWN,
        **more,
    }


def axis_title(one: Mark, unit: str) -> str:
    """Return the title of the axis of a level, with its unit."""
    if not one.slot:
        return f"average distortion {one.level} ({unit})"
    return plain(f"distortion {one.level} on {one.title} ({unit})")


def free_codebook(colours: Palette, size: float) -> dict[str, Any]:
    """Return the marker of the free codebook."""
    return {
        "symbol": "diamond",
        "color": colours.ground,
        "size": size,
        "line": {"color": colours.codebook, "width": 2},
    }


def level(
    name: str, value: float, span: tuple[float, float], colour: str, *, hover: str
) -> dict[str, Any]:
    """Return a dashed horizontal line; ``hover`` is its hover template."""
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "x": list(span),
        "y": [value, value],
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
        "hovertemplate": hover,
    }
