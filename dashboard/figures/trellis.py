"""The gap of trellis codes to the bound, against their number of states."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.theme import Palette
from dashboard.model.trellis import STATES, TrellisView


def gaps(view: TrellisView, scalar_bits: float | None, colours: Palette) -> go.Figure:
    """Draw the gap of each file; ``scalar_bits`` is that of the best scalar quantiser."""
    states = [one.states for one in view.rows]
    gap = np.array([view.gap_bits(one) for one in view.rows])
    data = [
        {
            "type": "scatter",
            "name": "trellis codes",
            "mode": "lines+markers",
            "x": states,
            "y": gap,
            "line": {"color": colours.codebook, "width": 2},
            "marker": {"size": 9},
            "hovertemplate": "%{x} states<br>%{y:.4f} bits above the bound<extra></extra>",
        }
    ]
    top = float(gap.max(initial=0.05))
    if scalar_bits is not None:
        top = max(top, scalar_bits)
        data.append(
            {
                "type": "scatter",
                "name": "best scalar quantiser",
                "mode": "lines",
                "x": [STATES[0] / 2, 2 * STATES[-1]],
                "y": [scalar_bits, scalar_bits],
                "line": {"color": colours.baseline, "width": 1.5, "dash": "dash"},
                "hovertemplate": "scalar: %{y:.4f} bits above the bound<extra></extra>",
            }
        )
    ticks = [4, 8, 16, 32, 64, 128, 256]
    axis = theme.axis(
        "states of the trellis",
        colours,
        type="log",
        range=[np.log10(STATES[0] / 2), np.log10(2 * STATES[-1])],
        tickvals=ticks,
        ticktext=[str(tick) for tick in ticks],
    )
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=axis,
        yaxis=theme.axis("bits per symbol above the bound", colours, range=[0, 1.15 * top]),
    )
