"""A connection that is lost comes back, with all that was set."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explore import Open

# Keeps the page's connections where a test can end them.
_KEPT = """
window.rdSockets = [];
window.WebSocket = class extends WebSocket {
    constructor(...given) {
        super(...given);
        window.rdSockets.push(this);
    }
};
"""


def test_a_dropped_connection_comes_back_with_its_state(explore: Open) -> None:
    page = explore({"D": "0.3"}, script=_KEPT)
    page.type("Ds", "0.17")
    page.page.wait_for_url("**Ds=0.17**")
    shown = page.text_of("Rate R")
    before = page.page.evaluate("window.rdSockets.length")
    page.page.evaluate("window.rdSockets.at(-1).close()")
    page.page.wait_for_function(
        "before => window.rdSockets.length > before && window.rdSockets.at(-1).readyState === 1",
        arg=before,
    )
    page.settled()
    page.expect_figure("Rate R", shown.split()[0])
    page.type("D", "0.4")
    page.page.wait_for_url("**D=0.4**")
    expect(page.metric("Rate R").get_by_test_id("stMetricValue")).not_to_have_text(shown)
    assert "Ds=0.17" in page.page.url
    assert page.field("Ds").input_value() == "0.17"
    assert page.errors == []
