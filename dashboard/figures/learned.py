"""Figures of the learned systems: training history, rate and distortion, densities, images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.marks import level
from dashboard.figures.theme import Palette
from dashboard.model.codecs import UniversalView
from dashboard.model.learning import EnergyView, History
from dashboard.model.views import Floats

_SIDE, _GAP = 8, 1


def along(
    histories: Mapping[str, History],
    metric: str,
    *,
    title: str,
    goal: tuple[float, str] | None = None,
    log: bool = False,
    colours: Palette,
) -> go.Figure:
    """Draw a metric of some training runs against the updates, with its target."""
    shades = [colours.certified, colours.codebook, colours.closed, *colours.subsets, colours.text]
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": history.steps,
            "y": history.values[metric],
            "line": {"color": shades[k % len(shades)], "width": 2},
            "hovertemplate": "update %{x}: %{y:.4g}<extra>" + name + "</extra>",
        }
        for k, (name, history) in enumerate(histories.items())
        if metric in history.values
    ]
    last = max((float(history.steps.max(initial=1)) for history in histories.values()), default=1.0)
    if goal is not None:
        value, name = goal
        hover = "%{y:.4g}<extra>" + name + "</extra>"
        data.append(level(name, value, (0.0, last), colours.baseline, hover=hover))
    upright = theme.axis(title, colours)
    if log:
        upright |= {"type": "log", "dtick": 1, "exponentformat": "power"}
    return theme.figure(data, colours, xaxis=theme.axis("updates", colours), yaxis=upright)


@dataclass(frozen=True, eq=False)
class Group:
    """Points of one kind: positions, (N,), name of their colour, half-spreads, and remarks.

    Each of ``joins`` is a thin line through points of this or another kind that belong together.
    """

    name: str
    x: Floats
    y: Floats
    look: str
    spread: tuple[Floats, Floats] | None = None
    remarks: Sequence[str] = ()
    joins: Sequence[tuple[Floats, Floats]] = ()


def points(
    groups: Sequence[Group],
    *,
    across: str,
    up: str,
    colours: Palette,
    line: tuple[str, Floats, Floats] | None = None,
    logs: tuple[bool, bool] = (False, False),
) -> go.Figure:
    """Draw groups of points with a certified line; ``logs`` selects logarithmic axes."""
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": x,
            "y": y,
            "line": {"color": colours.baseline, "width": 1, "dash": "dot"},
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for one in groups
        for x, y in one.joins
    ]
    if line is not None:
        name, x, y = line
        data.append(
            {
                "type": "scatter",
                "mode": "lines",
                "name": name,
                "x": x,
                "y": y,
                "line": {"color": colours.certified, "width": 2.5},
                "hovertemplate": "%{x:.4g}: %{y:.4f}<extra>" + name + "</extra>",
            }
        )
    for one in groups:
        colour = getattr(colours, one.look)
        remarks = one.remarks or [""] * len(one.x)
        trace: dict[str, Any] = {
            "type": "scatter",
            "mode": "markers",
            "name": one.name,
            "x": one.x,
            "y": one.y,
            "marker": {"color": colour, "size": 9},
            "hovertemplate": "%{text}%{x:.4g}: %{y:.4g}<extra>" + one.name + "</extra>",
            "text": [f"{remark}<br>" if remark else "" for remark in remarks],
        }
        if one.spread is not None:
            for axis, half in zip(("error_x", "error_y"), one.spread, strict=True):
                array = half.astype(np.float32)
                trace[axis] = {"array": array, "thickness": 1, "width": 3, "color": colour}
        data.append(trace)
    ends = [(one.x, one.y) for one in groups] + ([line[1:]] if line is not None else [])
    axes = []
    for k, title in enumerate((across, up)):
        if logs[k]:
            values = np.log10(np.concatenate([end[k] for end in ends]))
            left, right = float(values.min()) - 0.08, float(values.max()) + 0.08
            axes.append(theme.log_axis(title, colours, left=left, right=right))
        else:
            axes.append(theme.axis(title, colours))
    return theme.figure(data, colours, xaxis=axes[0], yaxis=axes[1])


def densities(shown: EnergyView, *, discrete: bool, colours: Palette) -> go.Figure:
    """Draw the learned density of the reproduction, and the optimal reproductions."""
    data: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "learned density",
            "x": shown.grid,
            "y": shown.density,
            "line": {"color": colours.codebook, "width": 2.5},
            "fill": "tozeroy",
            "fillcolor": theme.faded(colours.codebook, 0.15),
            "hovertemplate": "%{x:.3g}: %{y:.3g}<extra>learned</extra>",
        }
    ]
    if discrete:
        data.append(
            {
                "type": "bar",
                "name": "optimal reproductions, certified",
                "x": shown.codewords,
                "y": shown.masses,
                "width": 0.012 * float(np.ptp(shown.grid)),
                "marker": {"color": colours.certified},
                "yaxis": "y2",
                "hovertemplate": "%{x:.4g}: %{y:.1%}<extra>optimal</extra>",
            }
        )
    more: dict[str, Any] = {}
    if discrete:
        more["yaxis2"] = {
            **theme.axis("probability", colours, rangemode="tozero"),
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
        }
    return theme.figure(
        data,
        colours,
        margin=theme.MARGIN_TWO_AXES if discrete else theme.MARGIN,
        xaxis=theme.axis("reproduction (unit)", colours),
        yaxis=theme.axis("density (1/unit)", colours, rangemode="tozero"),
        **more,
    )


def decoded_digits(
    shown: UniversalView, count: int, group: int = 0, *, colours: Palette
) -> go.Figure:
    """Draw originals in the first row, and below the images of each trade-off of a group."""
    rows = [shown.originals[:count], *(made[:count] for made in shown.reconstructions[group])]
    pitch = _SIDE + _GAP
    wall = np.full((len(rows) * pitch, count * pitch), np.nan)
    for i, row in enumerate(rows):
        for k, digit in enumerate(row):
            top, left = i * pitch, k * pitch
            wall[top : top + _SIDE, left : left + _SIDE] = digit.reshape(_SIDE, _SIDE)
    names = ["original", *(name.replace(", ", "<br>") for name in shown.names)]
    data = [
        {
            "type": "heatmap",
            "z": wall,
            "zmin": 0,
            "zmax": 1,
            "colorscale": theme.ramp(colours.text),
            "showscale": False,
            "hoverinfo": "skip",
        }
    ]
    across = {**theme.axis("", colours), "visible": False, "constrain": "domain"}
    up = {
        **theme.axis("", colours),
        "autorange": "reversed",
        "scaleanchor": "x",
        "constrain": "domain",
        "tickvals": [i * pitch + (_SIDE - 1) / 2 for i in range(len(rows))],
        "ticktext": names,
        "showgrid": False,
        "zeroline": False,
    }
    return theme.figure(
        data, colours, margin={"l": 90, "r": 8, "t": 8, "b": 8}, xaxis=across, yaxis=up
    )
