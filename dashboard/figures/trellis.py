"""The gap of trellis codes to the bound, against their number of states."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.theme import Palette
from dashboard.model.trellis import STATES, TrellisView


def gaps(view: TrellisView, scalar_bits: float | None, colours: Palette) -> go.Figure:
    """Draw the gap of each file; ``scalar_bits`` is that of the best scalar quantiser, 1 state."""
    states = [one.states for one in view.rows]
    gap = [view.gap_bits(one) for one in view.rows]
    if scalar_bits is not None:
        states, gap = [1, *states], [scalar_bits, *gap]
    names = ["scalar quantiser" if one == 1 else f"{one} states" for one in states]
    data = [
        {
            "type": "scatter",
            "name": "bits above the bound",
            "mode": "lines+markers",
            "x": states,
            "y": np.array(gap),
            "text": names,
            "line": {"color": colours.codebook, "width": 2},
            "marker": {
                "size": 9,
                "color": [colours.baseline if one == 1 else colours.codebook for one in states],
            },
            "hovertemplate": "%{text}<br>%{y:.4f} bits above the bound<extra></extra>",
        }
    ]
    top = max([0.05, *gap])
    ticks = [1, *STATES]
    axis = theme.axis(
        "states of the trellis",
        colours,
        type="log",
        range=[np.log10(0.7), np.log10(1.5 * STATES[-1])],
        tickvals=ticks,
        ticktext=["1 (scalar)", *map(str, STATES)],
    )
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=axis,
        yaxis=theme.axis("bits per symbol above the bound", colours, range=[0, 1.15 * top]),
    )
