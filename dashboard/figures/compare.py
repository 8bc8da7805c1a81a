"""Several scenarios in one figure, each in its colour: curves, prices and codewords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.marks import operating_point
from dashboard.figures.shared import plain
from dashboard.figures.theme import Palette
from dashboard.model import wording
from dashboard.model.views import IN_USE, CurveBand, Floats, Point
from rdcore import LevelScale

_LEAST_PRICE = 1e-3


@dataclass(frozen=True, eq=False)
class Compared:
    """A scenario to draw: its name, its place among all of them, its point and its curve.

    ``how`` is how its levels are stated.
    """

    name: str
    place: int
    point: Point
    band: CurveBand
    how: LevelScale


def shades(colours: Palette) -> tuple[str, ...]:
    """Return the colours of the scenarios, in the order of their places."""
    return colours.certified, colours.codebook, colours.closed, colours.subsets[3]


def curves(scenarios: Sequence[Compared], colours: Palette) -> go.Figure:
    """Draw the certified curves with their operating points; all levels have one unit."""
    data: list[dict[str, Any]] = []
    for one in scenarios:
        shade = shades(colours)[one.place]
        data += _line(one, one.band.upper_bits, shade, "bits")
        level, rate = wording.spot(one.how, one.point, 0)[0], one.point.rate_bits
        data.append(operating_point(level, rate, colours, ring=shade))
    top = 1.05 * max(float(one.band.upper_bits[0]) for one in scenarios)
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=_across(scenarios, colours),
        yaxis=theme.axis("rate R (bits per symbol)", colours, range=[0, top]),
    )


def prices(scenarios: Sequence[Compared], colours: Palette) -> go.Figure:
    """Draw the prices of D along D; all levels have one unit."""
    data: list[dict[str, Any]] = []
    unit = scenarios[0].how.text
    stated = [one.how.price(one.band.slopes_bits, one.band.levels) for one in scenarios]
    highest = max(float(price.max()) for price in stated)
    for one, price in zip(scenarios, stated, strict=True):
        drawn = np.maximum(price, _LEAST_PRICE * highest / 10)
        data += _line(one, drawn, shades(colours)[one.place], f"bits/{unit}")
    top = float(np.log10(1.2 * highest))
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=_across(scenarios, colours),
        yaxis=theme.log_axis(
            f"price of D, λ (bits/{unit})", colours, left=top + np.log10(_LEAST_PRICE), right=top
        ),
    )


def _across(scenarios: Sequence[Compared], colours: Palette) -> dict[str, Any]:
    ends = [one.how.stated(one.band.levels[[0, -1]]) for one in scenarios]
    left, right = float(np.min(ends)), float(np.max(ends))
    how = scenarios[0].how
    span = [left, right + 0.02 * (right - left)] if how.falls else [0, 1.02 * right]
    return theme.axis(f"average distortion D ({how.text})", colours, range=span)


def codewords(scenarios: Sequence[Compared], colours: Palette, label: str) -> go.Figure:
    """Draw the codewords in use on a line, with their probabilities."""
    data: list[dict[str, Any]] = []
    for one in scenarios:
        used = one.point.masses > IN_USE
        at, masses = one.point.codebook[used, 0], one.point.masses[used]
        none = np.full(len(at), np.nan)
        data.append(
            {
                "type": "scatter",
                "name": plain(one.name),
                "mode": "lines+markers",
                "x": np.stack([at, at, none], axis=1).ravel(),
                "y": np.stack([0 * at, masses, none], axis=1).ravel(),
                "line": {"color": shades(colours)[one.place], "width": 2},
                "marker": {"size": np.tile([0, 8, 0], len(at))},
                "opacity": 0.8,
                "hovertemplate": "y = %{x:.4g}<br>P(Y = y) = %{y:.3g}",
            }
        )
    top = 1.06 * max(float(one.point.masses.max()) for one in scenarios)
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=theme.axis(plain(label), colours, showgrid=False),
        yaxis=theme.axis("codeword probability P(Y = y)", colours, range=[0, top]),
    )


def _line(one: Compared, values: Floats, shade: str, unit: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "name": plain(one.name),
            "mode": "lines",
            "x": one.how.stated(one.band.levels),
            "y": values,
            "line": {"color": shade, "width": 2.5},
            "hovertemplate": f"D = %{{x:.4g}}<br>%{{y:.4g}} {unit}",
        }
    ]
