"""What the app keeps for a session beside its widgets, by keys that begin with "_".

A page asks for these values five hundred times in a run. Streamlit's state takes a lock each time,
looks among the widgets, and first asks whether the run was stopped, which took an eighth of a
run's time. Here they are in one dictionary, which is taken from Streamlit once in each thread.
"""

from __future__ import annotations

from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

_PLACE = "_kept"


def own() -> dict[str, Any]:
    """Return the dictionary of this session."""
    context = get_script_run_ctx(suppress_warning=True)
    found: dict[str, Any] | None = None if context is None else vars(context).get(_PLACE)
    if found is None:
        found = st.session_state.setdefault(_PLACE, {})
        if context is not None:
            # A context belongs to one session, for as long as its thread runs.
            vars(context)[_PLACE] = found
    return found
