"""Real quantisers and real bits beside the bound."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import layout, startup, state
from dashboard.ui.cards import quantisers
from dashboard.ui.sidebar import controls

startup.require_frame()
st.title("What do real quantisers cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
with layout.result():
    shown = quantisers.plane(spec)
    if shown is not None:
        quantisers.real_bits(shown, spec)
    quantisers.details()
