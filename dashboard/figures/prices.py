"""The price of each level along one of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.maps import COSTS
from dashboard.figures.marks import axis_title, operating_point
from dashboard.figures.shared import plain
from dashboard.figures.theme import Palette
from dashboard.formatting import NOTHING
from dashboard.model import wording
from dashboard.model.marks import Mark
from dashboard.model.views import CurveBand, Floats, Point, SourceView
from rdcore import LevelScale


def prices(  # noqa: PLR0913  (the last ones are the look)
    band: CurveBand,
    point: Point | None,
    *,
    colours: Palette,
    how: LevelScale,
    levels: Sequence[float],
    marks: Sequence[Mark],
    logarithmic: bool = False,
) -> go.Figure:
    """Draw the price of every level against the level that varies.

    ``how`` is how levels are stated; ``levels`` are D and those of the subsets, and ``marks``
    theirs.
    """
    values, unit = list(wording.prices(how, band, levels).T), how.text
    held = [_held(band, value) for value in band.prices_bits.T]
    across = how.stated(band.levels)
    shades = [colours.subsets[one.colour] if one.slot else colours.source for one in marks]
    data = [
        _line(
            band,
            across,
            np.where(seen, value, np.nan if logarithmic else 0.0),
            shade,
            names=(_name(one), one.price, marks[band.which].level),
            unit=unit,
        )
        for one, value, seen, shade in zip(marks, values, held, shades, strict=True)
    ]
    left, right = sorted((float(across[0]), float(across[-1])))
    if point is not None and band.levels[0] <= point.levels[band.which] <= band.levels[-1]:
        at = wording.spot(how, point, band.which)[0]
        data += [
            operating_point(at, wording.spot(how, point, k)[1], colours, ring=shade)
            for k, shade in enumerate(shades)
            if not (logarithmic and point.prices_bits[k] <= NOTHING)
        ]
    most = max(float(value.max()) for value in values)
    most = most if most > NOTHING else 1.0
    shown = [value[seen] for value, seen in zip(values, held, strict=True)]
    least = min([float(values.min()) for values in shown if len(values)], default=most)
    least = max(min(least, 0.1 * most), 1e-4 * most)
    title = axis_title(marks[band.which], unit)
    axes = _axes((left, right, least, most), colours, (title, unit), logarithmic, how.falls)
    return theme.figure(data, colours, hovermode="x", xaxis=axes[0], yaxis=axes[1])


def _name(one: Mark) -> str:
    return plain(f"price of {one.level}, {one.price}" + (f": {one.name}" if one.name else ""))


def _power(value: float) -> float:
    return float(np.log10(value))


def _axes(
    spans: tuple[float, float, float, float],
    colours: Palette,
    texts: tuple[str, str],
    logarithmic: bool,
    decibels: bool,
) -> tuple[dict[str, Any], dict[str, Any]]:
    left, right, least, most = spans
    names, margin = (texts[0], f"price (bits per {texts[1]})"), 0.02 * (right - left)
    across = theme.axis(names[0], colours, range=[left - margin, right + margin], nticks=8)
    up = theme.axis(names[1], colours, range=[0, 1.05 * most], nticks=7)
    if logarithmic:
        up = theme.log_axis(names[1], colours, left=_power(least) - 0.1, right=_power(most) + 0.1)
    if logarithmic and not decibels:
        across = theme.log_axis(
            names[0], colours, left=_power(left) - 0.03, right=_power(right) + 0.03
        )
    return across, up


def _held(band: CurveBand, values: Floats) -> NDArray[np.bool_]:
    return np.asarray(values * band.levels > COSTS)


def _line(
    band: CurveBand,
    across: Floats,
    values: Floats,
    colour: str,
    *,
    names: tuple[str, str, str],
    unit: str,
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": names[0],
        "mode": "lines",
        "x": across,
        "y": values,
        "customdata": np.column_stack([band.upper_bits, band.upper_bits - band.lower_bits]).astype(
            np.float32
        ),
        "line": {"color": colour, "width": 3},
        "hovertemplate": f"{names[2]} = %{{x:.4g}} {unit}<br>{names[1]} = %{{y:.4g}} bits/{unit}"
        "<br>R = %{customdata[0]:.4f} bits, gap ≤ %{customdata[1]:.1e} bits<extra></extra>",
    }


def symbol_prices(
    view: SourceView, point: Point, *, unit: str, marks: Sequence[Mark], colours: Palette
) -> go.Figure:
    """Draw the price of each symbol as a stem, for the levels that limit each symbol.

    On a line the stems stand at the atoms; in several dimensions at the places in the source.
    """
    data: list[dict[str, Any]] = []
    line = view.dim == 1
    for one, prices, inside in zip(
        marks[1:], point.symbol_prices_bits[1:], view.masks, strict=True
    ):
        if not len(prices):
            continue
        chosen = np.flatnonzero(inside)
        x = view.points[chosen, 0] if line else chosen.astype(float)
        y, gap = prices[chosen], np.full(len(chosen), np.nan)
        colour = colours.subsets[one.colour]
        names = [", ".join(f"{value:.4g}" for value in view.points[k]) for k in chosen]
        data += [
            {
                "type": "scatter",
                "name": _name(one),
                "mode": "lines",
                "x": np.column_stack([x, x, gap]).ravel(),
                "y": np.column_stack([0 * y, y, gap]).ravel(),
                "line": {"color": colour, "width": 2},
                "hoverinfo": "skip",
            },
            {
                "type": "scatter",
                "name": f"{one.price} at the symbols",
                "mode": "markers",
                "showlegend": False,
                "x": x,
                "y": y,
                "text": names,
                "marker": {"color": colour, "size": 7},
                "hovertemplate": f"x = %{{text}}<br>price = %{{y:.4g}} bits/{unit}<extra></extra>",
            },
        ]
    title = plain(view.labels[0]) if line else "symbol, by its place in the source"
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(title, colours),
        yaxis=theme.axis(f"price of the symbol (bits per {unit})", colours, rangemode="tozero"),
    )
