"""Real quantisers and real bits beside the bound."""

from __future__ import annotations

import streamlit as st

from dashboard import controls, layout, quantise_cards, startup, state

startup.require_frame()
st.title("What do real quantisers cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
with layout.result():
    shown = quantise_cards.plane(spec)
    if shown is not None:
        quantise_cards.real_bits(shown, spec)
    quantise_cards.details()
