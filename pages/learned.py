"""Learned: neural codecs and energies, live, judged by what is exact."""

from __future__ import annotations

import streamlit as st

from dashboard import codec_cards, layout, learned_cards, startup

startup.require_frame()
layout.style()
st.title("How close do learned systems come?")

part = learned_cards.part()
with layout.result():
    if part == "constrained":
        codec_cards.constrained()
    elif part == "energy":
        learned_cards.energy()
    elif part == "universal":
        codec_cards.universal()
