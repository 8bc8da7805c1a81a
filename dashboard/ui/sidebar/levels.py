"""A level as a slider and a number field, and the message beside it if it is infeasible."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import rounded_up, scale, short
from dashboard.model.views import Trouble
from dashboard.ui import inputs, state


def level(
    label: str, key: str, first: float, *, low: float, high: float, more: str | None = None
) -> float:
    """Draw a level as a slider and a number field; the field holds the exact value."""
    value = inputs.number(key, label, start=first, step=_step(high), format="%.6g", help=more)
    options = sorted({*scale(max(low * 1.0001, high * 1e-3), high), value})
    st.select_slider(
        f"{label}, slider",
        options,
        key=state.slider(key, value),
        format_func=short,
        label_visibility="collapsed",
    )
    return value


def _step(high: float) -> float:
    return max(rounded_up(high / 200, 1), 1e-6)


def beside(trouble: Trouble | None, key: str, name: str) -> None:
    """Show why a level is infeasible, with a remedy; ``name`` is its symbol."""
    if trouble is None:
        return
    st.error(trouble.markdown)
    remedy_button(trouble, key, name)


def remedy_button(trouble: Trouble, key: str, name: str, *, place: str = "beside") -> None:
    """Offer to set a level to the smallest feasible round value."""
    if trouble.remedy is not None:
        st.button(
            f"Set {name} to {short(trouble.remedy)}",
            key=f"{key}_remedy_{place}",
            on_click=state.put,
            args=({key: trouble.remedy},),
        )
