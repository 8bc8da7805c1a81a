"""The frame of the app: page set-up, the source picker that all pages share, navigation."""

from __future__ import annotations

import streamlit as st

from dashboard.ui import jobs, navigation, startup, state
from dashboard.ui.sidebar import picker

st.set_page_config(
    page_title="Rate and distortion",
    page_icon="assets/icon.png",
    layout="wide",
    initial_sidebar_state=330,
)
startup.settle_down()

page = st.navigation(navigation.pages(), position="top")
picker.source()
state.set_frame()
page.run()
jobs.tidy()
