"""Classification: what it costs to keep a label recognisable, and to look real."""

from __future__ import annotations

import streamlit as st

from dashboard import class_cards, layout, startup

startup.require_frame()
layout.style()
st.title("What does it cost to keep the label recognisable?")

chosen = class_cards.source()
if chosen is None:
    st.stop()
asked = class_cards.asked(*chosen)
if asked is None:
    st.stop()

with layout.result():
    class_cards.answer(*asked, chosen[1])
    class_cards.maps(*asked)
    class_cards.perception(*asked)
    class_cards.details()
