"""Classification: the rate with a label constraint, and with a perception constraint."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import layout, page
from dashboard.ui.cards import classification

page.begin("What does it cost to preserve a label?")

chosen = classification.source()
if chosen is None:
    st.stop()
asked = classification.asked(*chosen)
if asked is None:
    st.stop()

with layout.result():
    classification.answer(*asked, chosen[1])
    classification.maps(*asked)
    classification.perception(*asked)
    classification.details()
