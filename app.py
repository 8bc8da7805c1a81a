"""Entry point of the app: page configuration, then one run of the frame."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import frame

st.set_page_config(
    page_title="rdcore dashboard",
    page_icon="assets/icon.png",
    layout="wide",
    initial_sidebar_state=330,
)
frame.run()
