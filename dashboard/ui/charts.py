"""Figures on the page, in the colours of the user's theme."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import plotly.graph_objects as go
import streamlit as st

from dashboard.figures import theme
from dashboard.figures.report import Chart, Rows
from dashboard.formatting import as_markdown
from dashboard.ui import record, state
from dashboard.ui.memory import remember

if TYPE_CHECKING:
    import pyarrow as pa

CHART_HEIGHT = 390
TALL = CHART_HEIGHT + 25
"""The height of a chart with a slider below it, in pixels."""

_LONGEST = 20
"""The most rows of a table that is drawn in full."""

SelectionMode = Literal["points", "box", "lasso"]


def colours() -> theme.Palette:
    """Return the palette of the user's theme."""
    return theme.palette(state.is_dark())


def chart(
    figure: go.Figure,
    key: str,
    *,
    alt: str,
    height: int = CHART_HEIGHT,
    on_select: Callable[[], None] | None = None,
    selection_mode: SelectionMode | Iterable[SelectionMode] = "points",
) -> None:
    """Draw a figure; ``on_select`` is called when the user selects marks in it.

    The figure has its height, too: without it Streamlit draws it as high as plotly.js does by
    itself, and then again.
    """
    record.add(Chart(figure, alt, height), key)
    st.plotly_chart(
        figure.sized(height),
        height=height,
        key=key,
        theme=None,
        on_select=on_select or "ignore",
        selection_mode=selection_mode,
        config=theme.CONFIG,
        alt=alt,
    )


@remember(96)
def kept(draw: Callable[..., go.Figure], *given: Hashable) -> go.Figure:
    """Return the figure that a function draws, which is kept for all runs and windows.

    The function does not depend on anything else; nobody changes the figure.
    """
    return draw(*given)


def table(
    rows: Sequence[Mapping[str, object]],
    key: str,
    *,
    height: int | None = None,
    upright: bool = False,
) -> None:
    """Draw a table of rows, each with its cells by the titles of their columns.

    The words of a short table wrap, so that it fits its card. A long one, or one with a height,
    scrolls and can be sorted. An upright table has each row as a column, below its first cell.
    """
    titles = tuple(dict.fromkeys(title for row in rows for title in row))
    cells = tuple(tuple(_cell(row.get(title, "")) for title in titles) for row in rows)
    record.add(Rows(titles, cells), key)
    if height is None and len(rows) <= _LONGEST:
        drawn = [titles, *cells]
        if upright:
            drawn = list(zip(*drawn, strict=True))
        heads, *lines = (tuple(map(as_markdown, line)) for line in drawn)
        st.table(_arrow(heads, tuple(zip(*lines, strict=True))), hide_index=True)
        return
    values = tuple(tuple(row.get(title) for row in rows) for title in titles)
    frame = _arrow(titles, values)
    st.dataframe(frame, hide_index=True, height=height or "auto", key=key)


@remember(128)
def _arrow(titles: tuple[str, ...], columns: tuple[tuple[object, ...], ...]) -> pa.Table:
    """Return a table as Streamlit sends it; it makes one of a data frame in some milliseconds."""
    import pyarrow as pa

    return pa.table(list(map(_column, columns)), names=list(titles))


def forget() -> None:
    """Forget the tables and figures that are kept, which may be of deleted data."""
    _arrow.clear()
    kept.clear()


def _column(values: tuple[object, ...]) -> pa.Array:
    """Return the cells of a column; those of several types as text."""
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.array([None if value is None else _cell(value) for value in values])


def _cell(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def clickable(
    figure: go.Figure,
    key: str,
    *,
    alt: str,
    on_click: Callable[[float, float], None],
    height: int = CHART_HEIGHT,
    unfinished: bool = False,
) -> None:
    """Draw a map; once all cells are solved, ``on_click`` gets x and y of a clicked cell."""
    if unfinished:
        chart(figure, f"{key}_so_far", alt=alt, height=height)
        return
    chart(figure, key, alt=alt, height=height, on_select=lambda: _clicked(key, on_click))


def _clicked(key: str, on_click: Callable[[float, float], None]) -> None:
    event = state.read(key, None)
    points = event.selection.points if event is not None else ()
    if points:
        on_click(float(points[0]["x"]), float(points[0]["y"]))
