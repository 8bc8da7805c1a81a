"""Explore how many bits a fidelity costs."""

from __future__ import annotations

import streamlit as st

from dashboard import cards, compute, controls, layout, startup, state
from dashboard.results import Trouble
from dashboard.strip import strip

startup.require_frame()
st.title("How many bits does this fidelity cost?")

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = compute.attempt(compute.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    strip(point, spec.setting.unit)
    left, right = st.columns(2, gap="small")
    with right:
        cards.curve(spec, compute.attempt(compute.curve, spec.setting), point)
    layout.send()
    with left:
        cards.source(view, point)
    left, right = st.columns(2, gap="small")
    with left:
        cards.channel(view, point)
    with right:
        cards.what_if(spec, point)
    cards.details(point)
