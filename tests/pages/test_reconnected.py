"""Windows that a new server takes over: what the user did last counts, and nothing else changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from tests.pages.app import PATIENCE, SCRIPT, opened, shown


def taken_over(window: AppTest) -> AppTest:
    """Return a new session that is told what a window of another server would send."""
    app = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    for name, texts in window.query_params.items():
        app.query_params[name] = texts
    if window._page_hash:
        app._page_hash = window._page_hash
    return app._run(window._tree.get_widget_states())


def of(elements: Any, key: str) -> Any:
    return next(one for one in elements if one.key == key)


@pytest.mark.parametrize(
    ("change", "name", "text"),
    [
        (lambda app: of(app.number_input, "D").set_value(0.3), "D", "0.3"),
        (lambda app: of(app.number_input, "Ds").set_value(0.02), "Ds", "0.02"),
        (lambda app: of(app.select_slider, "D_slider").set_value(0.2), "D", "0.2"),
        (lambda app: of(app.text_input, "S").set_value("x > 1"), "S", "x > 1"),
    ],
)
def test_what_the_user_did_last_is_applied(
    change: Callable[[AppTest], object], name: str, text: str
) -> None:
    window = opened(D="0.5", S="|x|<1", Ds="0.01")
    before = shown(window, "Rate R")
    change(window)
    app = taken_over(window)
    assert not app.exception
    wanted = {"D": "0.5", "S": "|x|<1", "Ds": "0.01"} | {name: text}
    assert {key: app.query_params[key] for key in wanted} == wanted
    assert shown(app, "Rate R") not in (before, "")
    assert shown(app.run(), "Rate R") == shown(opened(**wanted), "Rate R")


def test_nothing_changes_in_a_window_that_asks_again() -> None:
    window = opened("prices", D="0.5", source="gaussian", m="32")
    app = taken_over(window)
    assert not app.exception
    assert app.query_params == window.query_params
    assert shown(app, "Price of D, λ") == shown(window, "Price of D, λ") != ""


def test_a_window_that_missed_a_run_hears_in_the_next_what_it_set() -> None:
    """Streamlit drops what a window has not yet received of a run when the next one starts."""
    app = opened(D="0.3", S="|x|<1", Ds="0.02")
    for run in (lambda: app._run(WidgetStates()), app.run):
        fields = [of(app.number_input, "D"), of(app.number_input, "Ds"), of(app.text_input, "S")]
        assert [one.proto.set_value for one in fields] == [True] * 3
        assert [one.value for one in fields] == [0.3, 0.02, "|x|<1"]
        run()
    # The window has answered with all of them, so it may be in the middle of changing one.
    assert not any(one.proto.set_value for one in (*app.number_input, *app.text_input))
    assert {name: app.query_params[name] for name in ("D", "S", "Ds")} == {
        "D": "0.3",
        "S": "|x|<1",
        "Ds": "0.02",
    }


def test_a_button_pressed_first_acts() -> None:
    window = opened(D="0.5", S="|x|<1", Ds="0.01", source="gaussian")
    next(one for one in window.button if one.label.startswith("Reset")).click()
    app = taken_over(window)
    assert not app.exception
    assert app.query_params == window.run().query_params
    assert "S" not in app.query_params
