"""A codebook that gets better, round by round, until no other is proved better."""

from __future__ import annotations

import streamlit as st

from dashboard import compute, controls, layout, refine_cards, startup, state
from dashboard.results import Trouble

startup.require_frame()
st.title("Which codewords are worth having?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = compute.attempt(compute.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    wanted = refine_cards.settings(spec)
    refine_cards.refinement(wanted, view)
    refine_cards.restarts(wanted)
    refine_cards.details()
