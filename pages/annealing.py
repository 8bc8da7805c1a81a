"""Annealing: from the convex bound to an encoder with one codeword a symbol."""

from __future__ import annotations

import streamlit as st

from dashboard.model.views import Trouble
from dashboard.ui import layout, queries, startup, state
from dashboard.ui.cards import annealing
from dashboard.ui.sidebar import controls

startup.require_frame()
st.title("What does one codeword a symbol cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = queries.attempt(queries.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    wanted = annealing.settings(spec)
    annealing.annealing(wanted, view)
    annealing.details()
