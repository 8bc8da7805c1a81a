"""Handles on charts: a level is dragged, and the charts of the page follow with a proof per frame.

The component in ``components/drag`` draws over the charts of the page between levels that are
already solved, and evaluates the certificate of each frame. On release the level is committed and
solved exactly.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from dashboard.figures import theme
from dashboard.formatting import at_most, figure
from dashboard.model import following, wording
from dashboard.model.marks import Mark
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import CurveBand, Floats, Point, SurfaceView, Trouble
from dashboard.ui import best as best_codebook
from dashboard.ui import jobs, last, queries, state, subsets
from dashboard.ui.charts import colours
from dashboard.ui.memory import remember
from rdcore import LevelScale

_HOME = Path(__file__).parent / "components" / "drag"
_MODULES = (
    "words", "scale", "problem", "proof", "newton", "supremum", "moving", "frames", "figures",
    "overlay", "drawing", "sliders", "main",
)  # fmt: skip
_IMPORT = re.compile(r"^import \{([^}]*)\} from \"\./(\w+)\.js\";$", re.MULTILINE)
_EXPORT = re.compile(r"^export (?:function|const|class) (\w+)", re.MULTILINE)
_EXPORT_WORD = re.compile(r"^export ", re.MULTILINE)
_HINT = "Drag the point or use its arrow keys; every frame is proved."
_BOTH = "Drag the point or use its arrow keys; every frame is proved, with the free codebook too."
_WAIT = "Drag the point or use its arrow keys. The free codebook will follow in a moment."
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
        The kind of each chart by its key: "curve", "prices", "source",
        "channel" or "map".
    tiles : tuple of Tile
    waits : tuple of str
        The keys of charts that do not follow.
    slides : bool
        Whether the charts follow the sliders of the levels, too.
    """

    handle: str
    charts: dict[str, str]
    tiles: tuple[Tile, ...]
    waits: tuple[str, ...] = ()
    slides: bool = True


def explore(marks: Sequence[Mark], how: LevelScale) -> Followers:
    """Return what follows on the Explore page."""
    charts = {"curve_chart": "curve", "source_chart": "source", "channel_chart": "channel"}
    return Followers("curve_chart", charts, _tiles(marks, how))


def prices(marks: Sequence[Mark], how: LevelScale) -> Followers:
    """Return what follows on the Prices page."""
    charts = {"curve_chart": "curve", "prices_chart": "prices", "source_chart": "source"}
    return Followers("curve_chart", charts, _tiles(marks, how))


def _tiles(marks: Sequence[Mark], how: LevelScale) -> tuple[Tile, ...]:
    """Return the tiles of rates, which a frame bounds, and of prices, which it comes close to.

    The entropy and the number of codewords of a frame may be far from those of the optimum: tiles
    of these wait, dimmed.
    """
    per = wording.price_unit(how)
    held = [
        Tile(f"Price of {one.level}, {one.price}", "price", per, which)
        for which, one in enumerate(marks)
    ]
    return (
        Tile("Rate R", "rate", "bits"),
        *held,
        Tile("Rate, free codebook", "bestRate", "bits"),
        Tile("Extra rate, this codebook", "extra", "bits"),
        Tile("Price of D, free codebook", "bestPrice", per),
    )


def script() -> str:
    """Return the modules of the component as one module, each in a scope of its own."""
    return "\n".join(map(_module, _MODULES)) + "\nexport default $main.begin;\n"


def _module(name: str) -> str:
    text = (_HOME / f"{name}.js").read_text(encoding="utf-8")
    text = _IMPORT.sub(r"const {\1} = $\2;", text)
    names = ", ".join(_EXPORT.findall(text))
    return f"const ${name} = (() => {{\n{_EXPORT_WORD.sub('', text)}\nreturn {{ {names} }};\n}})();"


@functools.cache
def _component(name: str) -> ComponentRenderer:
    """Return a component, registered once.

    "drag" changes in every run of the page. What does not change, the script ("drag_code") and the
    solved levels ("drag_path"), comes by elements of its own, which Streamlit sends once.
    """
    text = script() if name == "drag_code" else (_HOME / f"{name}.js").read_text(encoding="utf-8")
    style = (_HOME / "style.css").read_text(encoding="utf-8") if name == "drag" else None
    return st.components.v2.component(name, js=text, css=style, isolate_styles=False)


def _text(data: dict[str, Any]) -> bytes:
    """Return what a component gets as text; Streamlit looks for data frames in a dictionary.

    That takes pandas, which takes a third of a second to import and is of no use on the first page.
    """
    return json.dumps(data).encode()


def _kept(key: str, paths: dict[str, dict[str, Any] | None]) -> dict[str, str | None]:
    """Send the script and the solved levels, and return the name of each path."""
    found = {kind: _packed(path) for kind, path in paths.items() if path}
    with st.container(key=f"{key}_store", gap=None):
        _component("drag_code")(key=f"{key}_code", data={}, height=0)
        for kind, (_, text) in found.items():
            _component("drag_path")(key=f"{key}_{kind}", data=text, height=0)
    return {kind: found[kind][0] if kind in found else None for kind in paths}


class _Payload:
    """Solved levels, compared by identity: those that are kept are the same object every time."""

    def __init__(self, path: dict[str, Any]) -> None:
        self.path = path

    def __hash__(self) -> int:
        return id(self.path)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Payload) and self.path is other.path


def _packed(path: dict[str, Any]) -> tuple[str, bytes]:
    """Return the name and the text of solved levels; stages are new objects in each run."""
    return following.packed(path) if "stages" in path else _kept_text(_Payload(path))


@remember(32)
def _for_every(payload: _Payload) -> dict[str, Any]:
    return following.for_every(payload.path)


@remember(32)
def _kept_text(payload: _Payload) -> tuple[str, bytes]:
    return following.packed(payload.path)


def on_curve(
    spec: ProblemSpec,
    band: CurveBand | Trouble,
    point: Point,
    followers: Followers,
    best: dict[str, Any] | jobs.Running | Trouble | None = None,
) -> None:
    """Draw the handle on the curve; on release its level is set.

    ``best`` is the path for the free codebook, or its job.
    """
    if isinstance(band, Trouble):
        return
    free = best if isinstance(best, dict) else None
    path: dict[str, Any] | Trouble | None = free
    if best_codebook.is_chosen(spec):
        free = None
    else:
        path = queries.attempt(queries.path, spec, band.which)
    if path is None or isinstance(path, Trouble):
        return
    hint = _WAIT if isinstance(best, jobs.Running) else _BOTH if free else _HINT
    how = queries.scale(spec.setting)
    handle = _Handle((band.which,), (_steps(band.levels, how),), path, free, hint, how)
    one = subsets.marks(spec.setting)[band.which]
    _mount("drag", spec, point, followers, handle, f"{one.level} on the rate–distortion curve")


def on_map(
    spec: ProblemSpec, surface: SurfaceView, which: tuple[int, int], point: Point, charts: list[str]
) -> None:
    """Draw the handle on the first of the maps over two levels; on release both are set."""
    if not surface.solved:
        return
    marks = subsets.marks(spec.setting)
    shown = dict.fromkeys(charts, "map") | {"source_chart": "source"}
    tiles = _tiles(marks, queries.scale(spec.setting))
    followers = Followers(charts[0], shown, tiles, ("curve_chart", "prices_chart"), False)
    how = LevelScale("mse", spec.setting.unit)  # the maps have axes in the unit of the solver
    steps = (_steps(surface.x.levels, how), _steps(surface.y.levels, how))
    label = f"{surface.x.name} and {surface.y.name} on the map of rates"
    solved = surface.solved
    if best_codebook.is_chosen(spec):
        solved = _for_every(_Payload(solved))
    _mount("drag_map", spec, point, followers, _Handle(which, steps, solved), label)


def stage(field: str, count: int) -> int:
    """Return the place of the stage to show, which is the last one unless another was chosen."""
    chosen = state.value(field)
    return count - 1 if chosen is None else min(int(chosen), count - 1)


def reached(setting: Setting, distortions: Floats) -> str:
    """Say what the channel of a stage reaches of each level."""
    how = queries.scale(setting)
    parts = [
        f"{one.level} = {wording.number(how, float(level))}"
        for one, level in zip(subsets.marks(setting), distortions, strict=True)
    ]
    return f"{', '.join(parts)} {how.text} reached"


def on_stages(  # noqa: PLR0913  (the last ones are the chart)
    key: str,
    stages: Sequence[following.Stage],
    shown: int,
    field: str,
    *,
    charts: dict[str, str],
    label: str,
    waits: tuple[str, ...] = (),
    logarithmic: bool = False,
    falls: bool = False,
) -> None:
    """Draw the handle on the stages of a method; on release the field has the place of its stage.

    ``charts`` are those that follow, as in ``Followers``, the one with the handle first; ``waits``
    are those that do not.
    """
    palette, one = colours(), stages[shown]
    path = following.staged(stages, logarithmic=logarithmic)
    plain = _formula(None)
    data = {
        **_kept(key, {"own": path, "best": None}),
        "handle": next(iter(charts)),
        "charts": [{"key": name, "kind": kind} for name, kind in charts.items()],
        "tiles": [],
        "waits": list(waits),
        "controls": [],
        "slides": False,
        "values": [one.at],
        "awaited": None,
        "steps": [sorted(each.at for each in stages)],
        "rate": one.upper_bits,
        "look": {**_palette(palette), "which": 0, "ring": palette.codebook},
        "how": plain,
        "axis": plain,
        "falls": falls,
        "label": label,
        "said": "; ".join(one.said),
        "hint": f"Drag the point or use its arrow keys. {'; '.join(one.said)}.",
        "wait": "",
        "rows": 2,
    }
    places = tuple(each.at for each in stages)
    commit = functools.partial(_commit_stage, key, field, places)
    _component("drag")(key=key, data=_text(data), on_levels_change=commit)


def _commit_stage(key: str, field: str, places: tuple[float, ...]) -> None:
    """Set the stage at which a handle was released."""
    event = state.read(key, None)
    levels = event.get("levels") if event is not None else None
    if isinstance(levels, list | tuple) and len(levels) == 1 and levels[0] in places:
        state.put({field: places.index(levels[0])})


@dataclass(frozen=True)
class _Handle:
    """The levels that a handle sets, their steps for keys, and the solutions around it."""

    which: tuple[int, ...]
    steps: tuple[list[float], ...]
    solved: dict[str, Any]
    best: dict[str, Any] | None = None
    hint: str = _HINT
    axis: LevelScale | None = None


def _mount(
    key: str,
    spec: ProblemSpec,
    point: Point,
    followers: Followers,
    handle: _Handle,
    label: str,
) -> None:
    setting, marks = spec.setting, subsets.marks(spec.setting)
    how = queries.scale(setting)
    fields = [subsets.level_field(setting, which) for which in handle.which]
    levels = ", ".join(
        f"{one.level} = {wording.number(how, float(level))}"
        for one, level in zip(marks, point.levels, strict=True)
    )
    rate = f"R {figure(point.rate_bits)} bits, gap ≤ {at_most(point.gap_bits)} bits"
    data = {
        **_kept(key, {"own": handle.solved, "best": handle.best}),
        "handle": followers.handle,
        "charts": [{"key": name, "kind": kind} for name, kind in followers.charts.items()],
        "tiles": [vars(one) for one in followers.tiles],
        "waits": list(followers.waits),
        "controls": _controls(setting, how),
        "slides": followers.slides,
        "values": [float(point.levels[which]) for which in handle.which],
        "awaited": _awaited(spec),
        "steps": handle.steps,
        "rate": point.rate_bits,
        "look": _look(handle.which, marks, len(setting.source.labels)),
        "unit": how.text,
        "how": _formula(how),
        "axis": _formula(handle.axis),
        "marks": [{"symbol": one.level} for one in marks],
        "label": label,
        "said": f"{levels} {how.text}; {rate}",
        "hint": handle.hint,
        "wait": _WAIT,
        "rows": 2 if handle.best or handle.hint == _WAIT or len(marks) > 2 else 1,
        "large": f"bounds from the solved levels: {_unfollowed(setting)}",
    }
    commit = functools.partial(_commit, key, fields)
    _component("drag")(key=key, data=_text(data), on_levels_change=commit)


def _awaited(spec: ProblemSpec) -> list[float] | None:
    """Return the levels that are being solved for, if the page shows others of the same problem."""
    wanted = last.awaited()
    if wanted is None or wanted.without_levels() != spec.without_levels():
        return None
    return [float(one) for one in wanted.levels]


def _controls(setting: Setting, how: LevelScale) -> list[dict[str, str]]:
    """Return the keys of the number field and of the slider of each level."""
    fields = [subsets.level_field(setting, k) for k in range(1 + len(setting.subsets))]
    return [
        {"field": state.key_of(name, "", how), "slider": state.key_of(name, state.SLIDER, how)}
        for name in fields
    ]


def _unfollowed(setting: Setting) -> str:
    """Return why codewords do not follow a handle, if they do not."""
    if isinstance(setting.measure, str):
        return "this source is too large to follow codewords"
    return "codewords do not follow with this distortion"


def _commit(key: str, fields: list[str]) -> None:
    """Set the levels on which a handle was released."""
    event = state.read(key, None)
    levels = event.get("levels") if event is not None else None
    if not isinstance(levels, list | tuple) or len(levels) != len(fields):
        return
    if all(isinstance(one, int | float) and np.isfinite(one) and one > 0 for one in levels):
        state.put({name: float(one) for name, one in zip(fields, levels, strict=True)})


def _look(which: tuple[int, ...], marks: tuple[Mark, ...], dim: int) -> dict[str, Any]:
    palette, one = colours(), marks[which[0]]
    return {
        **_palette(palette),
        "which": which[0],
        "over": which,
        "ring": palette.subsets[one.colour] if one.slot else palette.text,
        "shades": [palette.subsets[m.colour] if m.slot else palette.source for m in marks],
        "mostTicks": _MOST_TICKS[dim],
    }


def _palette(palette: theme.Palette) -> dict[str, Any]:
    return {
        "text": palette.text,
        "muted": palette.muted,
        "ground": palette.ground,
        "codebook": palette.codebook,
        "certifiedRgb": [int(palette.certified[i : i + 2], 16) for i in (1, 3, 5)],
    }


def _formula(how: LevelScale | None) -> dict[str, Any]:
    """Return how the component says levels, as figures or along an axis."""
    if how is None:
        return {"measure": "mse", "whole": 1.0}
    return {"measure": how.measure, "whole": how.peak**2 if how.measure == "psnr" else how.variance}


def _steps(levels: Floats, how: LevelScale) -> list[float]:
    """Return the levels at which the arrow keys stop: round numbers as they are said."""
    low, high = float(levels[0]), float(levels[-1])
    said = wording.notches(how, max(low, 1e-3 * high), high, float(how.stated(high)))
    return sorted(
        level for level in (wording.typed(how, one) for one in said) if low <= level <= high
    )
