"""The report's experiments, run again beside its numbers."""

from __future__ import annotations

import streamlit as st

from dashboard import layout, reproduce_cards, startup

startup.require_frame()
st.title("Do the report’s numbers hold?")
layout.style()
one = reproduce_cards.chosen()
reproduce_cards.experiment(one)
reproduce_cards.details()
