"""Several scenarios in one figure, each in its colour: curves, prices and codewords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.maps import COSTS
from dashboard.figures.marks import operating_point
from dashboard.figures.shared import plain
from dashboard.figures.theme import Palette
from dashboard.model import wording
from dashboard.model.views import IN_USE, CurveBand, Floats, Point
from rdcore import LevelScale

_LEAST_PRICE = 1e-6
"""The smallest price on the axis, relative to the largest."""
_MARGIN = 0.08


@dataclass(frozen=True, eq=False)
class Compared:
    """A scenario to draw: its name, its place among all of them, its point and its curve.

    ``band`` is None while the curve is not solved; ``how`` is how its levels are stated.
    """

    name: str
    place: int
    point: Point
    band: CurveBand | None
    how: LevelScale


def shades(colours: Palette) -> tuple[str, ...]:
    """Return the colours of the scenarios, in the order of their places."""
    return colours.certified, colours.codebook, colours.closed, colours.subsets[3]


def curves(scenarios: Sequence[Compared], colours: Palette) -> go.Figure:
    """Draw the certified curves with their operating points; all levels have one unit."""
    data: list[dict[str, Any]] = []
    tops = [0.01]
    for one in scenarios:
        shade = shades(colours)[one.place]
        level, rate = wording.spot(one.how, one.point, 0)[0], one.point.rate_bits
        tops.append(rate)
        if one.band is None:
            data.append(_alone(one, level, rate, colours))
            continue
        data += _line(one, one.band, one.band.upper_bits, shade, "bits")
        data.append(operating_point(level, rate, colours, ring=shade))
        tops.append(float(one.band.upper_bits[0]))
    top = 1.05 * max(tops)
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=_across(scenarios, colours),
        yaxis=theme.axis("rate R (bits per symbol)", colours, range=[0, top]),
    )


def prices(scenarios: Sequence[Compared], colours: Palette) -> go.Figure:
    """Draw the prices of D along D; all levels have one unit.

    A price of 0 is not on the axis, so that a curve ends where D no longer counts.
    """
    data: list[dict[str, Any]] = []
    unit = scenarios[0].how.text
    stated = [_prices(one) for one in scenarios]
    positive = np.concatenate([price[price > 0] for price in stated])
    highest = float(positive.max()) if len(positive) else 1.0
    least = max(float(positive.min()), _LEAST_PRICE * highest) if len(positive) else 0.1
    for one, price in zip(scenarios, stated, strict=True):
        if one.band is None:
            data.append(_alone(one, wording.spot(one.how, one.point, 0)[0], price[0], colours))
        else:
            drawn = np.where(price > 0, price, np.nan)
            data += _line(one, one.band, drawn, shades(colours)[one.place], f"bits/{unit}")
    return theme.figure(
        data,
        colours,
        hovermode="closest",
        xaxis=_across(scenarios, colours),
        yaxis=theme.log_axis(
            f"price of D, λ (bits/{unit})",
            colours,
            left=float(np.log10(least)) - _MARGIN,
            right=float(np.log10(highest)) + _MARGIN,
        ),
    )


def _prices(one: Compared) -> Floats:
    """Return the prices of D along the curve, or that of the point alone; 0 where it is slack."""
    if one.band is None:
        return np.array([wording.spot(one.how, one.point, 0)[1]])
    slopes = one.band.slopes_bits
    stated = np.asarray(one.how.price(slopes, one.band.levels))
    return np.where(slopes * one.band.levels > COSTS, stated, 0.0)


def _alone(one: Compared, x: float, y: float, colours: Palette) -> dict[str, Any]:
    """Return the point of a scenario whose curve is not solved yet, with its name."""
    shade = shades(colours)[one.place]
    return operating_point(x, y, colours, ring=shade, name=plain(one.name), showlegend=True)


def _across(scenarios: Sequence[Compared], colours: Palette) -> dict[str, Any]:
    levels = [one.point.levels[:1] if one.band is None else one.band.levels for one in scenarios]
    ends = np.concatenate(
        [one.how.stated(some[[0, -1]]) for one, some in zip(scenarios, levels, strict=True)]
    )
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


def _line(
    one: Compared, band: CurveBand, values: Floats, shade: str, unit: str
) -> list[dict[str, Any]]:
    return [
        {
            "type": "scatter",
            "name": plain(one.name),
            "mode": "lines",
            "x": one.how.stated(band.levels),
            "y": values,
            "line": {"color": shade, "width": 2.5},
            "hovertemplate": f"D = %{{x:.4g}}<br>%{{y:.4g}} {unit}",
        }
    ]
