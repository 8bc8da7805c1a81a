"""The colours, one per meaning, and the style of all figures."""

from __future__ import annotations

import base64
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from _plotly_utils.utils import (  # type: ignore[import-untyped]
    is_skipped_key,
    to_typed_array_spec,
)

from dashboard.formatting import short


@dataclass(frozen=True)
class Palette:
    """Colours by meaning, from the colour-blind-safe set of Okabe and Ito.

    Attributes
    ----------
    source : str
        The source and its pmf, grey-blue.
    subsets : tuple of str
        The subsets: orange, indigo, turquoise, rose, brown, purple. All six differ from each other
        and from the marks that are drawn on them, for the colour-blind too.
    codebook : str
        Codewords, vermilion.
    certified : str
        Certified rates and channels, blue.
    closed : str
        Closed forms and Shannon bounds, green, dashed.
    baseline : str
        Baselines for comparison, grey, dashed.
    text, muted, ground : str
        Text, axis text and the page's background.
    """

    source: str
    subsets: tuple[str, ...]
    codebook: str
    certified: str
    closed: str
    baseline: str
    text: str
    muted: str
    grid: str
    ground: str

    @property
    def subset(self) -> str:
        """The colour of the first subset."""
        return self.subsets[0]


LIGHT = Palette(
    source="#8796ab",
    subsets=("#e69f00", "#1e07b2", "#8ac6bd", "#9e1c56", "#621804", "#2e0a4a"),
    codebook="#d55e00",
    certified="#0072b2",
    closed="#00805a",
    baseline="#6f7782",
    text="#1f2733",
    muted="#5a6472",
    grid="#e6e9ee",
    ground="#ffffff",
)
DARK = Palette(
    source="#7c8da6",
    subsets=("#f2b134", "#394da3", "#c9faf9", "#833859", "#c34222", "#ad4be7"),
    codebook="#ff7a2f",
    certified="#5ab4ee",
    closed="#3fc797",
    baseline="#9aa3b0",
    text="#e6eaf0",
    muted="#a3adba",
    grid="#2a323d",
    ground="#12161c",
)

FONT = '"Source Sans", sans-serif'
MARGIN = {"l": 66, "r": 14, "t": 48, "b": 46}
"""Room for a legend of two rows, so that plots beside each other are of equal height."""

MARGIN_TWO_AXES = {**MARGIN, "r": 66}
CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "doubleClick": False,
    "modeBarButtons": [["toImage"]],
    "toImageButtonOptions": {"format": "svg", "filename": "rate-distortion"},
}


def palette(dark: bool) -> Palette:
    """Return the colours for the theme in use."""
    return DARK if dark else LIGHT


def faded(colour: str, opacity: float) -> str:
    """Return a hex colour as rgba with the opacity given."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity:g})"


def ramp(colour: str) -> list[list[float | str]]:
    """Return a colour scale from transparent to the colour, for any background."""
    return [[0.0, faded(colour, 0.0)], [0.5, faded(colour, 0.6)], [1.0, faded(colour, 1.0)]]


def axis(title: str, colours: Palette, **more: Any) -> dict[str, Any]:
    """Return an axis in the shared style; its title contains the unit."""
    return {
        "title": {"text": title, "font": {"size": 13, "color": colours.muted}},
        "automargin": False,
        "tickfont": {"size": 12, "color": colours.muted},
        "gridcolor": colours.grid,
        "linecolor": colours.grid,
        "zeroline": False,
        "showline": True,
        "ticks": "outside",
        "ticklen": 4,
        "tickcolor": colours.grid,
        "fixedrange": True,
        **more,
    }


def log_axis(title: str, colours: Palette, *, left: float, right: float) -> dict[str, Any]:
    """Return a logarithmic axis between two exponents of ten, with plain numbers as ticks."""
    steps = (1, 2, 5) if right - left < 2.2 else (1,)
    marks = [m * 10.0**e for e in range(math.floor(left), math.ceil(right) + 1) for m in steps]
    ticks = [mark for mark in marks if left <= math.log10(mark) <= right]
    return axis(
        title,
        colours,
        type="log",
        range=[left, right],
        tickvals=ticks,
        ticktext=[short(tick) for tick in ticks],
    )


class Drawing(go.Figure):  # type: ignore[misc]
    """A figure that plotly makes only when more than its text is asked for.

    Plotly copies and wraps every property of a figure before it writes it, which takes several
    times as long as to write it. Most figures are only written.
    """

    def __init__(self, given: dict[str, Any]) -> None:
        object.__setattr__(self, "_given", given)
        if VALIDATED:
            self._make()

    def _make(self) -> None:
        given = self._given
        object.__delattr__(self, "_given")
        super().__init__(given, _validate=VALIDATED)

    def __getattr__(self, name: str) -> Any:
        if "_given" not in vars(self):
            raise AttributeError(name)
        self._make()
        return getattr(self, name)

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as plotly.js reads it, with its arrays packed."""
        if "_given" not in vars(self):
            return dict(super().to_dict())
        if "_written" not in vars(self):
            # A figure that is kept is written in many runs.
            packed = {name: _packed(part) for name, part in self._given.items()}
            object.__setattr__(self, "_written", packed)
        return dict(self._written)

    def sized(self, height: int) -> go.Figure:
        """Return the figure with its height in pixels, and with the same data."""
        if "_given" not in vars(self):
            self.layout.height = height
            return self
        other = Drawing(_with_height(self._given, height))
        if "_given" in vars(other):
            object.__setattr__(other, "_written", _with_height(self.to_dict(), height))
        return other


def _with_height(given: dict[str, Any], height: int) -> dict[str, Any]:
    return {**given, "layout": {**given["layout"], "height": height}}


# There are about 150 names of properties; plotly looks for four words in each.
_is_skipped = functools.lru_cache(4096)(is_skipped_key)


def _packed(part: Any) -> Any:
    """Return a part of a figure with its arrays as plotly.js reads them, as plotly does."""
    if isinstance(part, dict):
        return {
            name: value if _is_skipped(name) else _packed(value) for name, value in part.items()
        }
    if isinstance(part, np.ndarray):
        if 0 < part.size <= _FEW and part.dtype.kind in "fiu":
            return _listed(part)
        short = _SHORT.get(part.dtype.char) if part.size else None
        if short is None:
            return to_typed_array_spec(part)
        packed = {"dtype": short, "bdata": base64.b64encode(part.tobytes()).decode()}
        return packed if part.ndim == 1 else {**packed, "shape": str(part.shape)[1:-1]}
    if isinstance(part, list | tuple) and any(isinstance(one, dict | np.ndarray) for one in part):
        return [_packed(one) for one in part]
    return part


def _listed(part: np.ndarray[Any, Any]) -> list[Any]:
    """Return an array as lists; a float that is not finite is None."""
    if part.ndim > 1:
        return [_listed(row) for row in part]
    values = part.tolist()
    if part.dtype.kind == "f":
        values = [one if math.isfinite(one) else None for one in values]
    if part.dtype == np.float32:  # nine digits say which one it is
        values = [one if one is None else float(f"{one:.9g}") for one in values]
    return list(values)


_FEW = 4096
"""The size up to which arrays are written as lists: plotly.js compares these, so that a figure that
it is given again costs little. Larger ones are shorter and sooner read as bytes."""

# The types of arrays that most figures have, by numpy's code for them, as plotly.js calls them.
_SHORT = {"d": "f8", "f": "f4"}

VALIDATED = False
"""Whether plotly checks every property of a figure, which takes most of the time to make it.

The tests of the figures set it.
"""


def figure(data: list[dict[str, Any]], colours: Palette, **layout: Any) -> go.Figure:
    """Return a figure in the shared style."""
    base: dict[str, Any] = {
        # Plotly's default template has 7 kB, and any but a name counts as another one when it comes
        # again.
        "template": "none",
        "hovermode": "closest",
        "margin": MARGIN,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.text},
        "legend": {
            "orientation": "h",
            "xref": "container",
            "yref": "container",
            "x": 0,
            "y": 1,
            "xanchor": "left",
            "yanchor": "top",
            "traceorder": "normal",
            "font": {"size": 12, "color": colours.text},
            "bgcolor": "rgba(0,0,0,0)",
            "itemclick": False,
            "itemdoubleclick": False,
        },
        "hoverlabel": {
            "bgcolor": colours.ground,
            "bordercolor": colours.muted,
            "font": {"family": FONT, "size": 13, "color": colours.text},
            "align": "left",
        },
        "dragmode": False,
        # Streamlit draws each figure a second time, with the same data in other arrays; it draws a
        # figure with other data as another chart.
        "datarevision": 0,
        "autosize": True,
        "modebar": {
            "bgcolor": "rgba(0,0,0,0)",
            "color": colours.muted,
            "activecolor": colours.text,
        },
    }
    for name, value in layout.items():
        if name.startswith("yaxis"):
            value["title"]["standoff"] = 8
    return _drawn(data, {**base, **layout}, [])


def extended(
    drawing: go.Figure,
    traces: Sequence[dict[str, Any]] = (),
    *,
    frames: Sequence[Sequence[dict[str, Any]]] = (),
    **layout: Any,
) -> go.Figure:
    """Return a figure of this style with more traces, parts of its layout replaced, and frames.

    Each frame has the last traces as they are then, and is named by its number. Only what differs
    from the figure is written. Plotly's own methods make the whole figure, which takes many times
    as long.
    """
    data = [*drawing._exact, *traces]
    moving = []
    for k, frame in enumerate(frames):
        places = range(len(data) - len(frame), len(data))
        changed = [_changed(trace, data[place]) for trace, place in zip(frame, places, strict=True)]
        moving.append({"name": str(k), "data": changed, "traces": list(places)})
    return _drawn(data, {**drawing._style, **layout}, moving)


def _drawn(
    data: list[dict[str, Any]], layout: dict[str, Any], frames: list[dict[str, Any]]
) -> go.Figure:
    given: dict[str, Any] = {"data": [_single(trace) for trace in data], "layout": layout}
    drawing = Drawing({**given, "frames": frames} if frames else given)
    drawing._exact, drawing._style = data, layout
    return drawing


def _changed(trace: dict[str, Any], first: dict[str, Any]) -> dict[str, Any]:
    """Return what a trace has to say in a frame: its data, and what differs from the first one."""
    return {
        name: value
        for name, value in _single(trace).items()
        if name in ("type", "name") or not _is_same(value, first.get(name))
    }


def _is_same(one: Any, other: Any) -> bool:
    """Whether two properties are the same; arrays never are."""
    if isinstance(one, np.ndarray):
        return False
    if isinstance(one, dict):
        same = isinstance(other, dict) and one.keys() == other.keys()
        return same and all(_is_same(value, other[name]) for name, value in one.items())
    return bool(one == other)


def _single(trace: dict[str, Any]) -> dict[str, Any]:
    """Return a trace with its coordinates in single precision, which the browser gets sooner.

    What begins with "_" is for the numbers of the page: "_y" is what the places y stand for.
    """
    return {
        name: value.astype(np.float32)
        if isinstance(value, np.ndarray) and value.dtype == np.float64
        else value
        for name, value in trace.items()
        if not name.startswith("_")
    }


def traces(drawing: go.Figure) -> list[dict[str, Any]]:
    """Return the traces of a figure with coordinates in full precision, if it is in this style."""
    exact: list[dict[str, Any]] = getattr(drawing, "_exact", [])
    later = drawing.to_plotly_json().get("data", [])[len(exact) :]
    return [*exact, *later]


def enlarged(drawing: go.Figure, factor: float) -> go.Figure:
    """Enlarge all text of a figure and its margins, for a screen seen from far, and return it."""
    layout = drawing.layout.to_plotly_json()
    _enlarge(layout, factor)
    layout["margin"] = {side: factor * size for side, size in layout["margin"].items()}
    drawing.layout = layout
    for trace in drawing.select_traces({"type": "heatmap"}):
        bar = trace.colorbar.to_plotly_json()
        _enlarge(bar, factor)
        trace.colorbar = bar
    return drawing


def _enlarge(tree: dict[str, Any], factor: float) -> None:
    for name, value in tree.items():
        if not isinstance(value, dict):
            continue
        if name in ("font", "tickfont") and "size" in value:
            value["size"] = factor * value["size"]
        _enlarge(value, factor)
