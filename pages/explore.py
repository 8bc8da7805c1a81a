"""Explore how many bits a fidelity costs."""

from __future__ import annotations

import streamlit as st

from dashboard.model.views import Trouble
from dashboard.ui import layout, queries, startup, state
from dashboard.ui.cards import audit, beyond, every_codebook, explore
from dashboard.ui.metrics import strip
from dashboard.ui.sidebar import controls

startup.require_frame()
st.title("How many bits does this fidelity cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = queries.attempt(queries.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

best = every_codebook.found(spec)
with layout.result():
    strip(point, spec.setting.unit)
    every_codebook.card(point, best, spec.setting.unit)
    left, right = st.columns(2, gap="small")
    with right:
        explore.curve(spec, queries.attempt(queries.curve, spec.setting), point, best)
    layout.send()
    with left:
        explore.source(view, point, best)
    left, right = st.columns(2, gap="small")
    with left:
        explore.channel(view, point)
    with right:
        explore.what_if(spec, point)
    beyond.card(spec, point)
    audit.card(spec, point)
    explore.details(point)
