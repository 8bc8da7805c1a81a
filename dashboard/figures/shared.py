"""Elements used by several figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dashboard.figures.theme import Palette
from dashboard.formatting import short
from dashboard.model import wording
from rdcore import LevelScale
from rdcore.tables import units

ALWAYS_SHOWN = {
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def plain(label: str) -> str:
    """Return a label that may come from the user, without plotly markup."""
    return label.replace("&", "&amp;").replace("<", "&lt;").replace("$", "＄")


def colourbar(title: str, colours: Palette) -> dict[str, Any]:
    return {
        "title": {
            "text": title + "  ",
            "side": "top",
            "font": {"size": 12, "color": colours.muted},
        },
        "tickfont": {"size": 11, "color": colours.muted},
        "orientation": "h",
        "thickness": 8,
        "len": 0.42,
        "outlinewidth": 0,
        "nticks": 4,
        "x": 1,
        "xanchor": "right",
        "y": 1.0,
        "yanchor": "bottom",
        "ypad": 4,
    }


def colourbar_upright(title: str, colours: Palette) -> dict[str, Any]:
    return {
        "title": {"text": title, "side": "right", "font": {"size": 12, "color": colours.muted}},
        "tickfont": {"size": 11, "color": colours.muted},
        "thickness": 8,
        "len": 0.7,
        "outlinewidth": 0,
        "nticks": 5,
        "x": 1.01,
    }


def is_restated(how: LevelScale) -> bool:
    """Whether stated levels differ from those in the unit of the distortion."""
    return how.measure in wording.OTHERS


def stated_ticks(
    how: LevelScale, low: float, high: float, *, logarithmic: bool = False
) -> dict[str, Any]:
    """Return round ticks in the user's words for an axis of levels in the solver's unit."""
    ends = sorted((float(how.stated(max(low, 1e-300))), float(how.stated(high))))
    if how.falls or not logarithmic:
        ends[1] = min(ends[1], ends[0] + 60.0) if how.falls else ends[1]
        power = 10.0 ** math.floor(math.log10((ends[1] - ends[0]) / 5))
        step = next(m * power for m in (1, 2, 5, 10) if (ends[1] - ends[0]) / (m * power) <= 6.5)
        first, last = math.ceil(ends[0] / step - 1e-9), math.floor(ends[1] / step + 1e-9)
        marks = [k * step for k in range(first, last + 1)]
    else:
        powers = range(math.floor(math.log10(ends[0])), math.ceil(math.log10(ends[1])) + 1)
        steps = (1, 2, 5) if ends[1] / ends[0] < 200 else (1,)
        marks = [m * 10.0**e for e in powers for m in steps if ends[0] <= m * 10.0**e <= ends[1]]
    return {
        "tickmode": "array",
        "tickvals": [how.level(mark) for mark in marks],
        "ticktext": [short(mark) for mark in marks],
    }


def codeword_title(labels: Sequence[str]) -> str:
    """Return the title of an axis of codewords, with the unit in the labels of the source."""
    found = {units.parse(label)[1] for label in labels}
    unit = found.pop() if len(found) == 1 else ""
    return plain(f"codeword y ({unit or 'unit'})")
