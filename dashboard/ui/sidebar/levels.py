"""A level as a slider and a number field together, and what to say when it cannot be met."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import rounded_up, scale, short
from dashboard.model.views import Trouble
from dashboard.ui import inputs, state


def level(label: str, key: str, first: float, *, low: float, high: float) -> float:
    """Draw a level as a slider and a number field together; the field has the exact value."""
    value = inputs.number(key, label, start=first, step=_step(high), format="%.6g")
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


def beside(trouble: Trouble | None, key: str) -> None:
    if trouble is None:
        return
    st.error(trouble.markdown)
    remedy_button(trouble, key)


def remedy_button(trouble: Trouble, key: str, *, place: str = "beside") -> None:
    """Offer to set a level to the smallest round value that can be met."""
    if trouble.remedy is not None:
        st.button(
            f"Set {trouble.control} to {short(trouble.remedy)}",
            key=f"{key}_remedy_{place}",
            on_click=state.put,
            args=({key: trouble.remedy},),
        )
