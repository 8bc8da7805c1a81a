"""Widgets for the fields in ``model.fields``, with their bounds and start values."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from dashboard.formatting import as_markdown, short
from dashboard.model import wording
from dashboard.model.fields import FIELDS, Number, OneOf, Text, Value, Whole
from dashboard.ui import state
from rdcore import LevelScale


def number(name: str, label: str, *, start: float | None = None, **look: Any) -> float:
    """Draw a number field and return its value."""
    one = FIELDS[name]
    assert isinstance(one, Number)
    first = float(one.start or 0.0) if start is None else start
    found = st.number_input(label, value=first, key=state.widget(name, first), **look)
    _say_refused(name, label)
    return float(found)


def _say_refused(name: str, label: str, how: LevelScale | None = None) -> None:
    """Say below a field that it does not take the number that was typed, and what it takes.

    The browser's own bounds would leave the number there without a word.
    """
    wrong, kept = state.refused(name), state.value(name)
    if wrong is None:
        return
    low, high = state.bounds(name, how)
    takes = (
        f"{short(low)} to {short(high)}"
        if math.isfinite(low) and math.isfinite(high)
        else f"{short(low)} or more"
        if math.isfinite(low)
        else f"{short(high)} or less"
    )
    stays = ""
    if kept is not None:
        stays = f" It stays {short(kept if how is None else wording.shown(how, float(kept)))}."
    st.error(as_markdown(f"{label} takes {takes}, not {short(wrong)}.{stays}"))


def level(name: str, label: str, how: LevelScale, *, start: float, **look: Any) -> float:
    """Draw a number field for a level in the user's words, and return the level."""
    key = state.widget(name, start, how=how)
    st.number_input(label, value=wording.shown(how, start), key=key, **look)
    _say_refused(name, label, how)
    return float(state.value(name))


def level_or_none(name: str, label: str, how: LevelScale, **look: Any) -> float | None:
    """Draw a number field for a level that may stay empty, and return the level."""
    st.number_input(label, value=None, key=state.widget(name, how=how), **look)
    _say_refused(name, label, how)
    found: float | None = state.value(name)
    return found


def whole(
    name: str, label: str, *, start: int | None = None, high: int | None = None, **look: Any
) -> int:
    """Draw a field for a whole number and return its value."""
    one = FIELDS[name]
    assert isinstance(one, Whole)
    most = one.high if high is None else min(high, one.high)
    first = int(one.start or one.low) if start is None else min(start, most)
    key = state.widget(name, first, high=most)
    found = st.number_input(
        label, min_value=one.low, max_value=most, value=first, step=1, key=key, **look
    )
    return int(found)


def toggle(name: str, label: str, **look: Any) -> bool:
    """Draw a switch and return whether it is on."""
    return st.toggle(label, key=state.widget(name), **look)


def text(name: str, label: str, *, start: str | None = None, **look: Any) -> str:
    """Draw a line of text and return it."""
    one = FIELDS[name]
    assert isinstance(one, Text)
    key = state.widget(name, start)
    return st.text_input(label, max_chars=one.longest, key=key, **look) or ""


def paragraph(name: str, label: str, **look: Any) -> str:
    """Draw a text of several lines and return it."""
    one = FIELDS[name]
    assert isinstance(one, Text)
    return st.text_area(label, max_chars=one.longest, key=state.widget(name), **look) or ""


def segments(
    name: str,
    label: str,
    names: Mapping[Any, str],
    *,
    start: Value | None = None,
    **look: Any,
) -> Any:
    """Draw a row of options, value to label, and return the chosen value."""
    return st.segmented_control(
        label,
        list(names),
        required=True,
        format_func=lambda one: names[one],
        key=state.widget(name, start, options=names),
        **look,
    )


def select(
    name: str,
    label: str,
    names: Mapping[Any, str] | Collection[str],
    *,
    start: Value | None = None,
    where: Any = st,
    **look: Any,
) -> Any:
    """Draw a drop-down list, value to label, and return the chosen value."""
    labels = names if isinstance(names, Mapping) else {one: one for one in names}
    return where.selectbox(
        label,
        list(labels),
        format_func=lambda one: labels[one],
        key=state.widget(name, start, options=labels),
        **look,
    )


def options(name: str) -> tuple[Any, ...]:
    """Return the values of a choice."""
    one = FIELDS[name]
    assert isinstance(one, OneOf)
    return one.options
