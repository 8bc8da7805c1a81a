"""What each bit buys: prices along the curve and over both levels."""

from __future__ import annotations

import streamlit as st

from dashboard import (
    audit_card,
    cards,
    compute,
    controls,
    every_card,
    layout,
    price_cards,
    startup,
    state,
    surface_cards,
)
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

best = every_card.found(spec)
with layout.result():
    price_cards.strip(spec, point)
    every_card.card(point, best, spec.setting.unit)
    left, right = st.columns(2, gap="small")
    with left:
        band = price_cards.curves(spec, point)
    with right:
        cards.curve(spec, band, point, best)
    layout.send()
    left, right = st.columns(2, gap="small")
    with left:
        cards.source(view, point, best)
    with right:
        price_cards.what_bits_buy(spec, point)
    if view.symbols:
        surface_cards.maps(spec, point)
    else:
        price_cards.without_subset()
    audit_card.card(spec, point)
    price_cards.details()
