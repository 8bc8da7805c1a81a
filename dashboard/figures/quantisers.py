"""Quantisers in the rate–distortion plane, with the certified bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.theme import Palette
from dashboard.model.quantisers import Candidate, FamiliesView
from rdcore import LevelScale


def quantisers(
    view: FamiliesView,
    candidates: Sequence[Candidate],
    level: float,
    *,
    how: LevelScale,
    colours: Palette,
) -> go.Figure:
    """Draw each family, the candidates at D, and the bound; D on a logarithmic axis, or in dB.

    ``how`` is how levels are stated.
    """
    unit = how.text
    low, high = float(view.levels[0]), float(view.levels[-1])
    low, high = min(low, 0.8 * level), max(high, 1.25 * level)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": "R(D), free codebook",
            "mode": "lines",
            "x": how.stated(view.levels),
            "y": view.lower_bits,
            "line": {"color": colours.certified, "width": 2.5},
            "hovertemplate": f"D = %{{x:.4f}} {unit}<br>R ≥ %{{y:.5f}}"
            " bits<extra>certified</extra>",
        }
    ]
    for one in view.families:
        seen = (one.distortions >= low) & (one.distortions <= high)
        colour = getattr(colours, one.look)
        data.append(
            {
                "type": "scatter",
                "name": one.name,
                "mode": "lines" if one.line else "markers",
                "x": how.stated(one.distortions[seen]),
                "y": one.bits[seen],
                "line": {"color": colour, "width": 1.5},
                "marker": {"color": colour, "size": 7},
                "hovertemplate": f"D = %{{x:.4f}} {unit}<br>H(Y) = %{{y:.5f}}"
                f" bits<extra>{one.name}</extra>",
            }
        )
    own = [one for one in candidates if one.name.startswith("annealing")]
    data.append(
        {
            "type": "scatter",
            "name": "annealing",
            "mode": "markers",
            "x": [float(how.stated(one.distortions[0])) for one in own],
            "y": [one.bits for one in own],
            "text": [one.name for one in own],
            "marker": {
                "color": colours.closed,
                "symbol": "star",
                "size": 13,
                "line": {"color": colours.ground, "width": 1},
            },
            "hovertemplate": f"D = %{{x:.4f}} {unit}<br>H(Y) = %{{y:.5f}}"
            f" bits<extra>%{{text}}</extra>",
        }
    )
    shown = [
        one.bits[(one.distortions >= low) & (one.distortions <= high)] for one in view.families
    ]
    top = max([float(view.upper_bits.max()), *(float(b.max()) for b in shown if len(b))])
    data.append(
        {
            "type": "scatter",
            "name": "level D",
            "mode": "lines",
            "x": [float(how.stated(level))] * 2,
            "y": [0, 1.05 * top],
            "line": {"color": colours.muted, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
        }
    )
    return theme.figure(
        data,
        colours,
        xaxis=_axis(how, low, high, colours),
        yaxis=theme.axis("rate (bits per symbol)", colours, range=[0, 1.05 * top]),
    )


def _axis(how: LevelScale, low: float, high: float, colours: Palette) -> dict[str, Any]:
    left, right = sorted((float(how.stated(low)), float(how.stated(high))))
    title = f"D ({how.text})"
    if how.falls:
        return theme.axis(title, colours, range=[left, right + 0.2], nticks=8)
    return theme.log_axis(
        title, colours, left=float(np.log10(left)), right=float(np.log10(right)) + 0.02
    )
