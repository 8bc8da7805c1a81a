"""What the page has drawn in this run, for its report."""

from __future__ import annotations

from dashboard.figures.report import Chart, Heading, Part
from dashboard.ui import state

_PARTS, _TITLE = "_parts", "_title"


def begin(title: str = "") -> None:
    """Start the record of a page with this title."""
    state.write(_PARTS, {})
    state.write(_TITLE, title)


def add(part: Part, key: str = "") -> None:
    """Record a part; a part with the same key, as a redrawn chart has, is replaced."""
    parts = state.read(_PARTS, {})
    state.write(_PARTS, {**parts, key or f"part {len(parts)}": part})


def hold(key: str) -> None:
    """Keep a place for a part that is drawn later."""
    parts = state.read(_PARTS, {})
    state.write(_PARTS, {**parts, key: None})


def take_place(key: str) -> None:
    """Move the part that was drawn last to the place that was kept for it."""
    parts = dict(state.read(_PARTS, {}))
    _, last = parts.popitem()
    state.write(_PARTS, {**parts, key: last})


def shown() -> tuple[str, tuple[Part, ...]]:
    """Return the title of the page and its parts in the order in which they were drawn."""
    parts = state.read(_PARTS, {}).values()
    return state.read(_TITLE, ""), tuple(part for part in parts if part is not None)


def charts() -> dict[str, str]:
    """Return the title of the card of each chart, by the chart's key."""
    found: dict[str, str] = {}
    title = ""
    for key, part in state.read(_PARTS, {}).items():
        if isinstance(part, Heading):
            title = part.title
        elif isinstance(part, Chart):
            found[key] = title or part.alt
    return found
