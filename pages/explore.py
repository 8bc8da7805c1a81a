"""Explore how many bits a fidelity costs."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    audit_card,
    beyond_card,
    cards,
    compute,
    controls,
    every_card,
    layout,
    startup,
    state,
)
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

best = every_card.found(spec)
with layout.result():
    strip(point, spec.setting.unit)
    every_card.card(point, best, spec.setting.unit)
    left, right = st.columns(2, gap="small")
    with right:
        cards.curve(spec, compute.attempt(compute.curve, spec.setting), point, best)
    layout.send()
    with left:
        cards.source(view, point, best)
    left, right = st.columns(2, gap="small")
    with left:
        cards.channel(view, point)
    with right:
        cards.what_if(spec, point)
    beyond_card.card(spec, point)
    audit_card.card(spec, point)
    cards.details(point)
