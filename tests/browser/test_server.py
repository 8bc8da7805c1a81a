"""Pages, documentation and headers as a browser gets them from the server."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dashboard import server as site
from tests.browser.explore import Open
from tests.browser.server import ROOT

PAGES = sorted(path.stem.removesuffix("explore") for path in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_loads_nothing_that_the_policy_refuses(explore: Open, address: str) -> None:
    page = explore(wait=False)
    page.page.goto(f"{page.url}/{address}")
    page.settled()
    assert page.refused == []
    assert page.errors == []


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
