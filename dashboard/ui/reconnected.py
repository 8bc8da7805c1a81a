"""Widgets that a window brings to a new session.

When a server is restarted or replaced, its windows stay open and connect to the new one, which
knows nothing of them. The first thing that it hears from a window is what the user did last, with
the values of all widgets on the screen; the URL is still the one from before. A session knows what
a button does once it has drawn it, so a button that was pressed then acts after the first run.
"""

from __future__ import annotations

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id


def brought() -> dict[str, str]:
    """Return the ids of the widgets whose values the browser sent with this run, by their keys."""
    context = get_script_run_ctx()
    if context is None:
        return {}
    sent = (one.id for one in context.session_state.get_widget_states())
    return {key: one for one in sent if (key := user_key_from_element_id(one)) is not None}


def drawn(identity: str) -> bool:
    """Whether this run has drawn the widget with an id."""
    context = get_script_run_ctx()
    return context is not None and identity in context.shared.widget_ids_this_run


def press() -> bool:
    """Do what the pressed buttons do, for those that this run has drawn; whether there were any."""
    context = get_script_run_ctx()
    if context is None:
        return False
    sent = context.session_state.get_widget_states()
    pressed = [one.id for one in sent if one.trigger_value and drawn(one.id)]
    for one in pressed:
        context.session_state._state._new_widget_state.call_callback(one)
    return bool(pressed)
