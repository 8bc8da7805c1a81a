"""A level as a slider and a number field, and the message beside it if it is infeasible."""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st

from dashboard.formatting import short
from dashboard.model import wording
from dashboard.model.views import Trouble
from dashboard.ui import inputs, state
from dashboard.ui.metrics import explained
from rdcore import LevelScale


def word(able: Collection[str]) -> str:
    """Draw the choice of the words in which levels of squared error are stated."""
    chosen: str = inputs.select(
        state.STATED,
        "Levels as",
        {name: text for name, text in wording.WORDS.items() if name in able},
        help="How D and D′ are typed, drawn, listed and exported on every page.\n\n"
        + explained(
            "RMS error",
            "signal-to-noise ratio",
            "peak signal-to-noise ratio",
            "share of the variance",
        ),
    )
    return chosen


def level(  # noqa: PLR0913  (the last ones are the range and the help)
    label: str,
    key: str,
    first: float,
    how: LevelScale,
    *,
    low: float,
    high: float,
    more: str | None = None,
) -> float:
    """Draw a level as a slider and a number field in the user's words, and return the level."""
    label = f"{label} ({how.text})"
    value = inputs.level(
        key, label, how, start=first, step=wording.step(how, high), format="%.6g", help=more
    )
    notches = wording.notches(how, low, high, wording.shown(how, value))
    st.select_slider(
        f"{label}, slider",
        notches,
        key=state.slider(key, value, how, notches[0]),
        format_func=short,
        label_visibility="collapsed",
    )
    return value


def beside(trouble: Trouble | None, key: str, name: str, how: LevelScale) -> None:
    """Show why a level is infeasible, with a remedy; ``name`` is its symbol."""
    if trouble is None:
        return
    st.error(trouble.markdown)
    remedy_button(trouble, key, name, how)


def remedy_button(
    trouble: Trouble, key: str, name: str, how: LevelScale, *, place: str = "beside"
) -> None:
    """Offer to set a level to the smallest feasible round value."""
    if trouble.remedy is not None:
        st.button(
            f"Set {name} to {wording.number(how, trouble.remedy)}",
            key=f"{key}_remedy_{place}",
            on_click=state.put,
            args=({key: trouble.remedy},),
        )
