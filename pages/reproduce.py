"""The report's experiments, run again beside its numbers."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import layout, startup
from dashboard.ui.cards import reproduce

startup.require_frame()
st.title("Do the report’s numbers hold?")
layout.style()
one = reproduce.chosen()
reproduce.experiment(one)
reproduce.details()
