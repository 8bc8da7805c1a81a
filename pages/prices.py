"""What each bit buys: prices along the curve and over both levels."""

from __future__ import annotations

import streamlit as st

from dashboard import cards, compute, controls, layout, price_cards, startup, state, surface_cards
from dashboard.results import Trouble

startup.require_frame()
with layout.headline("What does each bit buy?"):
    price_cards.report()

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = compute.attempt(compute.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

with layout.result():
    price_cards.strip(spec, point)
    left, right = st.columns(2, gap="small")
    with right:
        price_cards.curves(spec, point)
    layout.send()
    with left:
        cards.source(view, point)
    price_cards.what_bits_buy(spec, point)
    if view.symbols:
        surface_cards.maps(spec, point)
    else:
        price_cards.without_subset()
    price_cards.details()
