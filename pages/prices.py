"""What each bit buys: prices along the curve and over both levels."""

from __future__ import annotations

import streamlit as st

from dashboard.model.views import Trouble
from dashboard.ui import layout, queries, startup, state
from dashboard.ui.cards import audit, every_codebook, explore, prices, surface
from dashboard.ui.sidebar import controls

startup.require_frame()
with layout.headline("What does each bit buy?"):
    prices.report()

asked = controls.problem(state.source())
spec, point = layout.settle(asked)
view = queries.attempt(queries.view, spec.setting)
if isinstance(view, Trouble):
    st.error(view.markdown)
    st.stop()

best = every_codebook.found(spec)
with layout.result():
    prices.strip(spec, point)
    every_codebook.card(point, best, spec.setting.unit)
    left, right = st.columns(2, gap="small")
    with left:
        band = prices.curves(spec, point)
    with right:
        explore.curve(spec, band, point, best)
    layout.send()
    left, right = st.columns(2, gap="small")
    with left:
        explore.source(view, point, best)
    with right:
        prices.what_bits_buy(spec, point)
    if view.symbols:
        surface.maps(spec, point)
    else:
        prices.without_subset()
    audit.card(spec, point)
    prices.details()
