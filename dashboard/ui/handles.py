"""Handles on charts: a level is dragged, and the charts of the page follow with a proof per frame.

The component in ``components/drag`` draws over the charts of the page between levels that are
already solved, and evaluates the certificate of each frame. On release the level is committed and
solved exactly.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.formatting import at_most, figure, scale
from dashboard.model.marks import Mark
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Trouble
from dashboard.ui import queries, state, subsets
from dashboard.ui.charts import colours

_HOME = Path(__file__).parent / "components" / "drag"
_MODULES = (
    "words", "problem", "proof", "newton", "supremum", "frames", "figures", "overlay", "drawing",
    "main",
)  # fmt: skip
_IMPORT = re.compile(r"^import \{([^}]*)\} from \"\./(\w+)\.js\";$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?:function|const|class) (\w+)", re.MULTILINE)
_EXPORT_WORD = re.compile(r"^export ", re.MULTILINE)
_KEY = "drag"
_MOST_TICKS = {1: 12, 2: 8}


@dataclass(frozen=True)
class Tile:
    """A figure of the page that follows: the start of its label, what it shows, and its unit."""

    label: str
    kind: str
    unit: str = ""
    which: int = 0


@dataclass(frozen=True)
class Followers:
    """What follows on a page: charts by their keys, and tiles.

    Attributes
    ----------
    handle : str
        The chart that has the handle.
    charts : dict
        The kind of each chart by its key: "curve", "prices", "source" or "channel".
    tiles : tuple of Tile
    """

    handle: str
    charts: dict[str, str]
    tiles: tuple[Tile, ...] = field(default=())


def explore(point: Point, marks: Sequence[Mark], unit: str) -> Followers:
    """Return what follows on the Explore page."""
    charts = {"curve_chart": "curve", "source_chart": "source", "channel_chart": "channel"}
    count = f"of {len(point.masses)}"
    more = (Tile("Output entropy", "entropy", "bits"), Tile("Codewords in use", "used", count))
    return Followers("curve_chart", charts, (*_tiles(marks, unit), *more))


def prices(marks: Sequence[Mark], unit: str) -> Followers:
    """Return what follows on the Prices page."""
    charts = {"curve_chart": "curve", "prices_chart": "prices", "source_chart": "source"}
    return Followers("curve_chart", charts, _tiles(marks, unit))


def _tiles(marks: Sequence[Mark], unit: str) -> tuple[Tile, ...]:
    per = f"bits/{unit}"
    held = [
        Tile(f"Price of {one.level}, {one.price}", "price", per, which)
        for which, one in enumerate(marks)
    ]
    return (
        Tile("Rate R", "rate", "bits"),
        *held,
        Tile("Rate, free codebook", "bestRate", "bits"),
        Tile("Extra rate, this codebook", "extra", "bits"),
        Tile("Codewords, free codebook", "bestUsed"),
        Tile("Price of D, free codebook", "bestPrice", per),
    )


def script() -> str:
    """Return the modules of the component as one module, each in a scope of its own."""
    return "\n".join(map(_module, _MODULES)) + "\nexport default $main.mount;\n"


def _module(name: str) -> str:
    text = (_HOME / f"{name}.js").read_text(encoding="utf-8")
    text = _IMPORT.sub(r"const {\1} = $\2;", text)
    names = ", ".join(_EXPORT.findall(text))
    return f"const ${name} = (() => {{\n{_EXPORT_WORD.sub('', text)}\nreturn {{ {names} }};\n}})();"


@functools.cache
def _component() -> ComponentRenderer:
    """Return the component, registered once."""
    style = (_HOME / "style.css").read_text(encoding="utf-8")
    return st.components.v2.component("drag", js=script(), css=style, isolate_styles=False)


def follow(
    spec: ProblemSpec,
    band: CurveBand | Trouble,
    point: Point,
    followers: Followers,
    best: dict[str, Any] | None = None,
) -> None:
    """Draw the handle on the curve; on release its level is set.

    ``best`` is the path for the free codebook, if it is solved.
    """
    if isinstance(band, Trouble):
        return
    path = queries.attempt(queries.path, spec, band.which)
    if isinstance(path, Trouble):
        return
    field_of_level = subsets.level_field(spec.setting, band.which)
    marks = subsets.marks(spec.setting)
    data = {
        "own": path,
        "best": best,
        "handle": followers.handle,
        "field": field_of_level,
        "charts": [{"key": key, "kind": kind} for key, kind in followers.charts.items()],
        "tiles": [vars(one) for one in followers.tiles],
        "level": float(point.levels[band.which]),
        "rate": point.rate_bits,
        "look": _look(band, marks, 2 if len(spec.setting.source.labels) > 1 else 1),
        **_texts(band, point, marks, spec.setting.unit),
        "steps": _steps(band),
    }
    _component()(
        key=_KEY,
        data=data,
        on_level_change=functools.partial(_commit, field_of_level),
    )


def _commit(name: str) -> None:
    """Set the level on which the handle was released."""
    event = state.read(_KEY, None)
    level = event.get("level") if event is not None else None
    if isinstance(level, int | float) and np.isfinite(level):
        state.put({name: float(level)})


def _texts(band: CurveBand, point: Point, marks: tuple[Mark, ...], unit: str) -> dict[str, Any]:
    """Return the texts of the component; levels are written by ``symbol`` and ``unit`` alone."""
    one = marks[band.which]
    return {
        "symbol": one.level,
        "unit": unit,
        "marks": [{"symbol": mark.level} for mark in marks],
        "label": f"{one.level} on the rate–distortion curve",
        "said": f"R {figure(point.rate_bits)} bits, gap ≤ {at_most(point.gap_bits)} bits",
        "hint": "Drag the point, or use its arrow keys: the bounds of every frame are proved.",
        "large": "bounds from the solved levels: this source is too large to follow codewords",
    }


def _look(band: CurveBand, marks: tuple[Mark, ...], dim: int) -> dict[str, Any]:
    palette, one = colours(), marks[band.which]
    certified = [int(palette.certified[i : i + 2], 16) for i in (1, 3, 5)]
    return {
        "which": band.which,
        "right": float(band.levels[-1]),
        "text": palette.text,
        "muted": palette.muted,
        "ground": palette.ground,
        "codebook": palette.codebook,
        "certifiedRgb": certified,
        "ring": palette.subsets[one.colour] if one.slot else palette.text,
        "shades": [palette.subsets[m.colour] if m.slot else palette.source for m in marks],
        "mostTicks": _MOST_TICKS[dim],
    }


def _steps(band: CurveBand) -> list[float]:
    """Return the levels at which the arrow keys stop."""
    low, high = float(band.levels[0]), float(band.levels[-1])
    return [one for one in scale(max(low, 1e-3 * high), high) if low <= one <= high]
