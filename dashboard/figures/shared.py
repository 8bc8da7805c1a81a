"""Elements used by several figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.figures.theme import Palette
from rdcore.tables import units

ALWAYS_SHOWN = {
    "selected": {"marker": {"opacity": 1}},
    "unselected": {"marker": {"opacity": 1}},
}


def plain(label: str) -> str:
    """Return a label that may come from the user, without plotly markup."""
    return label.replace("<", "‹").replace("$", "＄")


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


def codeword_title(labels: Sequence[str]) -> str:
    """Return the title of an axis of codewords, with the unit in the labels of the source."""
    found = {units.parse(label)[1] for label in labels}
    unit = found.pop() if len(found) == 1 else ""
    return plain(f"codeword y ({unit or 'unit'})")
