"""Widgets that newer ones with the same key have replaced.

A chart in which marks can be selected is a widget, and its id holds the figure: each level of D
makes a new widget. Streamlit keeps what an earlier one does, with all that its function holds, for
as long as the window is open, which is about 2 MB a minute with twenty users.
"""

from __future__ import annotations

from collections import defaultdict

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState


def forget() -> None:
    """Forget the widgets of this session that have been replaced.

    For each key the last one stays: what the user did in it may be on its way to the server.
    """
    context = get_script_run_ctx()
    if context is None:
        return
    safe = context.session_state
    with safe._lock:
        _forget(safe._state)


def _forget(state: SessionState) -> None:
    mapper, metadata = state._key_id_mapper, state._new_widget_state.widget_metadata
    replaced = defaultdict(list)
    for identity, key in mapper.id_key_mapping.items():
        if mapper.get_id_from_key(key) != identity:
            replaced[key].append(identity)
    for identities in replaced.values():
        for identity in identities[:-1]:
            del mapper.id_key_mapping[identity]
            metadata.pop(identity, None)
