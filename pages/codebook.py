"""A codebook that gets better, round by round, until no other is proved better."""

from __future__ import annotations

import streamlit as st

from dashboard.model.views import Trouble
from dashboard.ui import layout, queries, startup, state
from dashboard.ui.cards import codebook
from dashboard.ui.sidebar import controls

startup.require_frame()
st.title("Which codewords are worth having?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = queries.attempt(queries.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    wanted = codebook.settings(spec)
    codebook.refinement(wanted, view)
    codebook.restarts(wanted)
    codebook.details()
