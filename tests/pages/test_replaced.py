"""Widgets that newer ones have replaced are forgotten."""

from __future__ import annotations

from streamlit.runtime.state import SessionState

from dashboard.ui import state
from tests.pages.app import opened


def test_a_session_keeps_two_widgets_of_a_chart() -> None:
    app = opened()
    session: SessionState = app.session_state._state._state
    keys = session._key_id_mapper.id_key_mapping
    seen = []
    for level in (0.3, 0.4, 0.5, 0.7):
        app.number_input(key="D").set_value(level).run()
        assert not app.exception
        drawn = [one for one, key in keys.items() if key == state.CHART]
        seen.append(session._key_id_mapper.get_id_from_key(state.CHART))
        assert seen[-1] in drawn
        known = {one for one in session._new_widget_state.widget_metadata if state.CHART in one}
        assert known == set(drawn)
        assert len(drawn) == 2
    # Each level is a widget of its own, and the one before is still known.
    assert len(set(seen)) == 4
    assert set(drawn) == set(seen[-2:])
    # An earlier figure is drawn again, by the widget that it had.
    app.number_input(key="D").set_value(0.5).run()
    assert session._key_id_mapper.get_id_from_key(state.CHART) == seen[2]
    assert seen[2] in session._new_widget_state.widget_metadata
