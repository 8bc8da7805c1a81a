"""Learned: neural codecs and energies, live, judged by what is exact."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import layout, startup
from dashboard.ui.cards import codecs, learned

startup.require_frame()
layout.style()
st.title("How close do learned systems come?")

part = learned.part()
with layout.result():
    if part == "constrained":
        codecs.constrained()
    elif part == "energy":
        learned.energy()
    elif part == "universal":
        codecs.universal()
