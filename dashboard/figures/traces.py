"""Quantities by round of a refinement or by stage of an annealing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.marks import level, operating_point
from dashboard.figures.shared import plain
from dashboard.figures.theme import Palette
from dashboard.model.marks import Mark
from dashboard.model.views import Floats

SHOWN = "shown"
"""The name of the mark of the round or the stage that the other charts show."""


def bits_along(  # noqa: PLR0913  (the last ones are the look)
    x: Floats,
    series: dict[str, tuple[Floats, str]],
    levels: dict[str, tuple[float, str]],
    *,
    title: str,
    colours: Palette,
    falling: bool = False,
    shown: int | None = None,
) -> go.Figure:
    """Draw series in bits against the round or a decreasing temperature, with horizontal levels.

    ``series`` and ``levels`` map each name to its values and the name of its colour. ``shown`` is
    the place on the first series that is marked.
    """
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": name,
            "mode": "lines+markers",
            "x": x,
            "y": values,
            "line": {"color": getattr(colours, colour), "width": 2},
            "marker": {"size": 5},
            "hovertemplate": "%{y:.5f} bits<extra>" + name + "</extra>",
        }
        for name, (values, colour) in series.items()
    ]
    for name, (value, colour) in levels.items():
        data.append(
            level(
                name,
                value,
                (float(x.min()), float(x.max())),
                getattr(colours, colour),
                hover="%{y:.5f} bits<extra>" + name + "</extra>",
            )
        )
    if shown is not None:
        first, colour = next(iter(series.values()))
        spot, ring = (float(x[shown]), float(first[shown])), getattr(colours, colour)
        data.append(operating_point(*spot, colours, name=SHOWN, ring=ring))
    across = theme.axis(title, colours)
    if falling and len(x) > 1:
        low, high = np.log10(x.min()), np.log10(x.max())
        across = theme.log_axis(title, colours, left=low, right=high)
        across["range"] = [high + 0.05, low - 0.05]
    return theme.figure(
        data,
        colours,
        xaxis=across,
        yaxis=theme.axis("bits per symbol", colours, rangemode="tozero"),
    )


def distortions_along(
    reached: Floats, levels: Floats, marks: Sequence[Mark], *, unit: str, colours: Palette
) -> go.Figure:
    """Draw the distortion of each level by round (k, F), and the levels (F,) as dashed lines."""
    rounds = np.arange(len(reached))
    data: list[dict[str, Any]] = []
    for values, asked, one in zip(reached.T, levels, marks, strict=True):
        colour = colours.subsets[one.colour] if one.slot else colours.source
        name = plain(f"distortion on {one.legend}" if one.slot else "average distortion")
        line = {
            "type": "scatter",
            "name": name,
            "mode": "lines+markers",
            "x": rounds,
            "y": values,
            "line": {"color": colour, "width": 2},
            "marker": {"size": 5},
            "hovertemplate": f"round %{{x}}: %{{y:.5g}} {unit}<extra>{name}</extra>",
        }
        title = plain(f"level {one.legend_level}")
        hover = f"%{{y:.5g}} {unit}<extra>{title}</extra>"
        span = float(rounds[0]), float(rounds[-1])
        data += [line, level(title, float(asked), span, colour, hover=hover)]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis("round", colours),
        yaxis=theme.axis(f"distortion ({unit})", colours, rangemode="tozero"),
    )


class Drawable(Protocol):
    """A named line or set of points, with the name of its colour."""

    @property
    def name(self) -> str: ...
    @property
    def x(self) -> Floats: ...
    @property
    def y(self) -> Floats: ...
    @property
    def look(self) -> str: ...
    @property
    def dots(self) -> bool: ...


def series(lines: Sequence[Drawable], across: str, up: str, colours: Palette) -> go.Figure:
    """Draw named lines and points over one axis."""
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": one.name,
            "mode": "markers" if one.dots else "lines",
            "x": one.x,
            "y": one.y,
            "line": {
                "color": getattr(colours, one.look),
                "width": 2,
                "dash": "dash" if one.look in ("closed", "baseline") else "solid",
            },
            "marker": {"color": getattr(colours, one.look), "size": 6},
            "hovertemplate": "%{x:.4g}: %{y:.5f}<extra>" + one.name + "</extra>",
        }
        for one in lines
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(across, colours),
        yaxis=theme.axis(up, colours, rangemode="tozero"),
    )


def paths(
    books: list[Floats],
    masses: list[Floats],
    parents: list[Floats],
    *,
    label: str,
    colours: Palette,
) -> go.Figure:
    """Draw the position of each codeword by round; merged codewords have joining paths."""
    across: list[float | None] = []
    along: list[float | None] = []
    for k, (book, to) in enumerate(zip(books[:-1], parents[:-1], strict=True)):
        for j, value in enumerate(book[:, 0]):
            across += [k, k + 1, None]
            along += [float(value), float(books[k + 1][int(to[j]), 0]), None]
    rounds = np.concatenate([np.full(len(book), k) for k, book in enumerate(books)])
    values = np.concatenate([book[:, 0] for book in books])
    mass = np.concatenate(masses)
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": "moves and merges",
            "mode": "lines",
            "x": across,
            "y": along,
            "line": {"color": theme.faded(colours.codebook, 0.5), "width": 1.2},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "name": "codewords, sized by probability",
            "mode": "markers",
            "x": rounds,
            "y": values,
            "customdata": mass,
            "marker": {
                "color": colours.codebook,
                "size": (3 + 13 * np.sqrt(mass / mass.max())).astype(np.float32),
                "line": {"width": 0},
            },
            "hovertemplate": "round %{x}<br>y = %{y:.4f} unit<br>P(Y = y) = %{customdata:.4f}"
            "<extra></extra>",
        },
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis("round", colours),
        yaxis=theme.axis(label, colours),
    )


def ends(
    series: dict[str, tuple[Floats, str]], best: float | None, *, colours: Palette
) -> go.Figure:
    """Draw the final rates of restarts, sorted, each method in its colour."""
    data: list[dict[str, Any]] = []
    for name, (values, colour) in series.items():
        reached = np.sort(values[np.isfinite(values)])
        data.append(
            {
                "type": "scatter",
                "name": name,
                "mode": "markers",
                "x": np.arange(1, len(reached) + 1),
                "y": reached,
                "marker": {"color": getattr(colours, colour), "size": 7},
                "hovertemplate": "%{y:.6f} bits<extra>" + name + "</extra>",
            }
        )
    if best is not None:
        longest = max((len(values) for values, _ in series.values()), default=1)
        data.append(
            level(
                "bound, any codebook",
                best,
                (1, longest),
                colours.certified,
                hover="%{y:.6f} bits<extra>certified</extra>",
            )
        )
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis("starts, sorted by final rate", colours),
        yaxis=theme.axis("final rate (bits per symbol)", colours),
    )


def counts_along(counts: Floats, *, colours: Palette, what: str = "round") -> go.Figure:
    """Draw the number of codewords of each round or stage."""
    data: list[dict[str, Any]] = [
        {
            "type": "bar",
            "x": np.arange(len(counts)),
            "y": counts,
            "marker": {"color": colours.codebook, "line": {"width": 0}},
            "hovertemplate": what + " %{x}: %{y} codewords<extra></extra>",
        }
    ]
    return theme.figure(
        data,
        colours,
        xaxis=theme.axis(what, colours),
        yaxis=theme.axis("number of codewords m", colours, rangemode="tozero"),
    )
