"""A connection that is lost comes back, with all that was set."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, WebSocketRoute, expect

from tests.browser.explore import Explore


def test_a_dropped_connection_comes_back_with_its_state(browser: Browser, server: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    sockets: list[tuple[WebSocketRoute, WebSocketRoute]] = []

    def opened(socket: WebSocketRoute) -> None:
        sockets.append((socket, socket.connect_to_server()))

    inner = context.new_page()
    inner.route_web_socket(re.compile("/_stcore/stream"), opened)
    page = Explore(inner, server).open({"D": "0.3"})
    page.type("Ds", "0.17")
    shown = page.text_of("Rate R")
    assert len(sockets) == 1
    for end in sockets[0]:
        end.close(code=1001, reason="the network is gone")
    expect(page.page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-connection-state", "CONNECTED"
    )
    page.settled()
    page.expect_figure("Rate R", shown.split()[0])
    assert page.field("D").input_value() == "0.3"
    page.type("D", "0.4")
    page.page.wait_for_url("**D=0.4**")
    expect(page.metric("Rate R").get_by_test_id("stMetricValue")).not_to_have_text(shown)
    assert len(sockets) == 2
    assert "Ds=0.17" in page.page.url
    assert page.errors == []
    context.close()
