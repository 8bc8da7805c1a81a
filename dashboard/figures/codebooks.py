"""Codebooks on their source, with E[X]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import numpy as np
import plotly.graph_objects as go

from dashboard.figures import theme
from dashboard.figures.line import mass_axis, source_line, sticks
from dashboard.figures.plane import plane_codewords, source_plane
from dashboard.figures.theme import Palette
from dashboard.model.marks import plain
from dashboard.model.views import IN_USE, Floats, Placed, SourceView


class NamedBook(Placed, Protocol):
    """A codebook with a name; ``role`` is "ours" or "other"."""

    @property
    def name(self) -> str: ...
    @property
    def role(self) -> Literal["ours", "other"]: ...


class OnSource(Protocol):
    """Codebooks on a source: atoms (n, d), their pmf, the subset and E[X]."""

    @property
    def points(self) -> Floats: ...
    @property
    def pmf(self) -> Floats: ...
    @property
    def inside(self) -> Floats: ...
    @property
    def mean(self) -> Floats: ...
    @property
    def books(self) -> Sequence[NamedBook]: ...


def codebooks(shown: OnSource, *, colours: Palette) -> go.Figure:
    """Draw codebooks on their source: ours in colour, others with open squares, and E[X]."""
    masks = (shown.inside.astype(bool),) if shown.inside.any() else ()
    labels = ("x (unit)",) if shown.points.shape[1] == 1 else ("x₁ (unit)", "x₂ (unit)")
    view = SourceView(
        shown.points, shown.pmf, masks, labels, plain(tuple(range(1, 1 + len(masks))))
    )
    if view.dim == 1:
        return _on_line(shown, view, colours)
    drawing = source_plane(view, None, colours=colours, revision=0, tool="select")
    traces = [
        plane_codewords(one, colours) | {"name": one.name}
        if one.role == "ours"
        else _squares(one, colours)
        for one in shown.books
    ]
    traces.append(_mean(shown.mean[:1], shown.mean[1:], colours))
    return theme.extended(drawing, traces, dragmode=False)


def _on_line(shown: OnSource, view: SourceView, colours: Palette) -> go.Figure:
    drawing = source_line(view, None, colours=colours, revision=0)
    masses = [float(one.masses.max()) for one in shown.books]
    more: dict[str, Any] = {"yaxis2": mass_axis(1.06 * max(masses), colours)} if masses else {}
    traces: list[dict[str, Any]] = []
    for one in shown.books:
        stick, head, unused = sticks(one, colours)
        if one.role == "ours":
            traces += [stick | {"name": one.name}, head, unused]
        else:
            dashed = {"color": colours.text, "width": 1.2, "dash": "dash"}
            square = {"color": colours.text, "size": 9, "symbol": "square-open"}
            hover = head["hovertemplate"].replace("codeword<", f"{one.name}<")
            traces += [
                stick | {"name": one.name, "line": dashed},
                head | {"marker": square, "hovertemplate": hover},
            ]
    traces.append(_mean(shown.mean, np.zeros(1), colours))
    return theme.extended(drawing, traces, dragmode=False, **more)


def _squares(one: NamedBook, colours: Palette) -> dict[str, Any]:
    used = one.masses > IN_USE
    return {
        "type": "scatter",
        "name": one.name,
        "mode": "markers",
        "x": one.codebook[used, 0],
        "y": one.codebook[used, 1],
        "marker": {
            "symbol": "square-open",
            "size": 13,
            "color": colours.text,
            "line": {"width": 2},
        },
        "hovertemplate": "y = (%{x:.3f}, %{y:.3f})<extra>" + one.name + "</extra>",
    }


def _mean(x: Floats, y: Floats, colours: Palette) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": "E[X]",
        "mode": "markers",
        "x": x,
        "y": y,
        "marker": {
            "symbol": "x",
            "size": 10,
            "color": colours.text,
            "line": {"color": colours.ground, "width": 1},
        },
        "cliponaxis": False,
        "hovertemplate": "E[X]: %{x:.4f}<extra></extra>"
        if len(y) == 1 and not y.any()
        else "E[X]: (%{x:.4f}, %{y:.4f})<extra></extra>",
    }
