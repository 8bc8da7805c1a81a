"""The documentation as a browser gets it from the server of the app."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from dashboard import server as site
from tests.browser.explore import Open


def test_the_documentation_opens_from_the_sidebar_and_asks_nobody_else(explore: Open) -> None:
    page = explore()
    if not site.documented():
        expect(page.page.get_by_text("The documentation is not built")).to_be_visible()
        return
    with page.page.context.expect_page() as opened:
        page.page.get_by_role("link", name="Documentation").click()
    docs = opened.value
    asked: list[str] = []
    docs.on("request", lambda request: asked.append(request.url))
    docs.get_by_role("link", name="Method", exact=True).first.click()
    docs.get_by_role("link", name="Foundations", exact=True).first.click()
    expect(docs.locator("math").first).to_be_visible()
    expect(docs.locator("#equation-1")).to_contain_text("(1)")
    docs.goto(f"{page.url}/docs/search.html?q=certificate")
    expect(docs.locator("#search-results li").first).to_be_visible()
    docs.goto(f"{page.url}/docs/api/rdcore.solvers.html")
    expect(docs.get_by_text(re.compile("Solve a rate–distortion problem")).first).to_be_visible()
    assert [url for url in asked if not url.startswith(page.url)] == []
