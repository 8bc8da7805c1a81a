"""A source on a line: its pmf, the subsets, and the codewords as vertical lines."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.marks import free_codebook
from dashboard.figures.shared import ALWAYS_SHOWN, plain
from dashboard.figures.theme import Palette
from dashboard.model.views import IN_USE, Floats, Placed, Point, SourceView

_MOST_BARS = 500
Points = NDArray[np.float64]


def source_line(
    view: SourceView,
    point: Point | None,
    best: Point | None = None,
    *,
    colours: Palette,
    revision: int,
) -> go.Figure:
    """Draw a source on a line: the pmf, the subsets in colour, the codewords as vertical lines.

    ``best`` is the solution for the free codebook; its codewords have open marks. ``revision``
    changes with each selection, which clears the selection from the chart.
    """
    x = view.points[:, 0]
    draw = _pmf_bars if view.n <= _MOST_BARS else _pmf_area
    data = [
        draw(name, x, parts, tops, colour)
        for name, parts, tops, colour in _layers(view, colours)
        if (parts > 0).any()
    ]
    top = 1.06 * float((view.pmf + _beneath(view)).max())
    layout: dict[str, Any] = {
        "xaxis": theme.axis(
            plain(view.labels[0]), colours, range=list(view.span()), showgrid=False
        ),
        "yaxis": theme.axis("probability P(X = x)", colours, range=[0, top], nticks=6),
        "barmode": "overlay",
        "dragmode": "select",
        "selectdirection": "h",
        "newselection": {
            "line": {"color": colours.subsets[view.brush], "width": 1.5, "dash": "solid"}
        },
        "meta": revision,
        "clickmode": "event",
        "margin": theme.MARGIN_TWO_AXES,
    }
    if point is not None:
        data += sticks(point, colours)
        highest = 1.06 * float(max(p.masses.max() for p in (point, best) if p is not None))
        if best is not None:
            data += _open_sticks(best, colours)
        layout["yaxis2"] = mass_axis(highest, colours)
    return theme.figure(data, colours, **layout)


def mass_axis(highest: float, colours: Palette) -> dict[str, Any]:
    """Return the right axis, for the probabilities of the codewords."""
    return theme.axis(
        "codeword probability P(Y = y)",
        colours,
        overlaying="y",
        side="right",
        range=[0, highest],
        showgrid=False,
        nticks=6,
        tickmode="auto",
    )


def _layers(view: SourceView, colours: Palette) -> list[tuple[str, Points, Points, str]]:
    """Return the name, the height and the top of the bars (n,), and the colour, of each layer.

    The bar of an atom in several subsets is divided evenly between their colours.
    """
    shared = np.maximum(np.sum(view.masks, axis=0), 1) if view.masks else np.ones(view.n)
    share = view.pmf / shared
    tops = _beneath(view)
    outside = np.where(view.outside, view.pmf, 0.0)
    found = [("source", outside, tops + view.pmf, colours.source)]
    for one, inside in view.subsets:
        tops = tops + np.where(inside, share, 0.0)
        colour = colours.subsets[one.colour]
        found.append((plain(one.legend), np.where(inside, share, 0.0), tops, colour))
    return [(name, height, top, colour) for name, height, top, colour in found]


def _beneath(view: SourceView) -> Floats:
    """Return the probability of earlier atoms with the same value, on which a bar stands, (n,)."""
    x = view.points[:, 0]
    order = np.argsort(x, kind="stable")
    running = np.concatenate([[0.0], np.cumsum(view.pmf[order])])[:-1]
    first = np.searchsorted(x[order], x[order], side="left")
    found = np.empty(view.n)
    found[order] = np.maximum(running - running[first], 0.0)
    return found


def _pmf_bars(name: str, x: Points, parts: Points, tops: Points, colour: str) -> dict[str, Any]:
    width = float(x.max() - x.min()) * min(0.12, 0.82 / max(len(x) - 1, 1)) or 0.5
    chosen = parts > 0
    bars = {
        "type": "bar",
        "name": name,
        "x": x[chosen],
        "y": parts[chosen],
        "width": width,
        "marker": {"color": colour, "line": {"width": 0}},
        "hovertemplate": "x = %{x:.4f}<br>P(X = x) = %{y:.4g}<extra>" + name + "</extra>",
        **ALWAYS_SHOWN,
    }
    base = tops - parts
    return bars | {"base": base[chosen]} if (base[chosen] > 0).any() else bars


def _pmf_area(name: str, x: Points, parts: Points, tops: Points, colour: str) -> dict[str, Any]:
    """Draw many atoms as one outline, which is 0 at the atoms that are not chosen and in gaps."""
    x, outline = _with_gaps(x, np.where(parts > 0, tops, 0.0))
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "x": x,
        "y": outline,
        "line": {"color": colour, "width": 1, "shape": "hvh"},
        "fill": "tozeroy",
        "fillcolor": theme.faded(colour, 0.7),
        "hovertemplate": "x = %{x:.4f}<br>P(X = x) = %{y:.4g}<extra>" + name + "</extra>",
    }


def _with_gaps(x: Points, tops: Points) -> tuple[Points, Points]:
    """Return the corners of an outline that is 0 where no atom is near.

    Its steps are halfway between neighbours. A gap of more than twice the mean distance gets two
    corners of height 0, so that an atom beside it is as wide as one among others.
    """
    width = float(x[-1] - x[0]) / (len(x) - 1)
    (gaps,) = np.nonzero(np.diff(x) > 2 * width)
    edges = np.stack([x[gaps] + width, x[gaps + 1] - width], axis=1).ravel()
    places = np.repeat(gaps + 1, 2)
    return np.insert(x, places, edges), np.insert(tops, places, 0.0)


def sticks(point: Placed, colours: Palette) -> list[dict[str, Any]]:
    """Draw the codewords in use as vertical lines, and the others on the axis."""
    used = point.masses > IN_USE
    drawn = _sticks(
        point,
        names=("codebook", "codewords"),
        line={"color": colours.codebook, "width": 2.5},
        marker={"color": colours.codebook, "size": 7},
        hover="y = %{x:.4f} unit<br>P(Y = y) = %{y:.4f}<extra>codeword</extra>",
    )
    unused = {
        "type": "scatter",
        "name": "codewords not in use",
        "mode": "markers",
        "showlegend": False,
        "x": point.codebook[~used, 0],
        "y": np.zeros(int((~used).sum()), np.float32),
        "marker": {
            "color": theme.faded(colours.codebook, 0.7),
            "symbol": "line-ns-open",
            "size": 7,
            "line": {"width": 1.2},
        },
        "cliponaxis": False,
        "hovertemplate": "y = %{x:.4f} unit<extra>codeword not in use</extra>",
        **ALWAYS_SHOWN,
    }
    return [*drawn, unused]


def _open_sticks(best: Point, colours: Palette) -> list[dict[str, Any]]:
    """Draw the codewords of the free codebook with open marks."""
    return _sticks(
        best,
        names=("free codebook", "free codewords"),
        line={"color": colours.codebook, "width": 1.2, "dash": "dot"},
        marker=free_codebook(colours, 9),
        hover="y = %{x:.5f} unit<br>P(Y = y) = %{y:.5f}<extra>free codebook</extra>",
    )


def _sticks(
    point: Placed,
    *,
    names: tuple[str, str],
    line: dict[str, Any],
    marker: dict[str, Any],
    hover: str,
) -> list[dict[str, Any]]:
    """Draw a line as high as its probability at each codeword in use, with a mark for hovering."""
    used = point.masses > IN_USE
    codewords, masses = point.codebook[used, 0], point.masses[used]
    gap = np.full(len(codewords), np.nan)
    return [
        {
            "type": "scatter",
            "name": names[0],
            "mode": "lines",
            "yaxis": "y2",
            "x": np.column_stack([codewords, codewords, gap]).ravel(),
            "y": np.column_stack([0 * masses, masses, gap]).ravel(),
            "line": line,
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "name": names[1],
            "mode": "markers",
            "yaxis": "y2",
            "showlegend": False,
            "x": codewords,
            "y": masses,
            "marker": marker,
            "hovertemplate": hover,
            **ALWAYS_SHOWN,
        },
    ]
