"""Annealing: from the convex bound to an encoder with one codeword a symbol."""

from __future__ import annotations

import streamlit as st

from dashboard import anneal_cards, compute, controls, layout, startup, state
from dashboard.results import Trouble

startup.require_frame()
st.title("What does one codeword a symbol cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = compute.attempt(compute.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    wanted = anneal_cards.settings(spec)
    anneal_cards.annealing(wanted, view)
    anneal_cards.details()
