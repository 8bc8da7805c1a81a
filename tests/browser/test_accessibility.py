"""Every page as it opens: nothing serious for axe-core, no error, and no wider than a phone."""

from __future__ import annotations

import importlib.resources
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.explore import Explore, Open
from tests.browser.server import ROOT

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
ADDRESSES = sorted(path.stem.removesuffix("explore") for path in (ROOT / "pages").glob("*.py"))
PAGES = (*ADDRESSES, "guide?guide=certificate", "guide?lesson=water&teach=1&notes=1")
EMPTY = "compare"
"""The page without a chart, as long as nothing is pinned."""
DARK = ("", "pictures", "learned", "guide")
"""The pages that are looked at in the dark theme too, before they are as narrow as a phone."""
JOBS = ("codebook", "annealing", "quantisers", "reproduce")
"""The pages whose jobs are awaited, so that their results are looked at as well."""


def serious(opened: Explore) -> list[str]:
    """Return what axe calls serious or critical, with the first element of each.

    A chart that is still being drawn may overflow its frame for a moment, so what is found counts
    only if it stays.
    """
    opened.page.evaluate(AXE)
    found = _violations(opened.page)
    for _ in range(3):
        if not found:
            break
        opened.finished().page.wait_for_timeout(1000)
        found = [one for one in _violations(opened.page) if one in found]
    return found


def in_the_dark(opened: Explore) -> None:
    """Have the user's system change to its dark theme, and wait until the page has done so."""
    app = opened.page.locator(".stApp")
    expect(app).to_have_css("color-scheme", "light")
    opened.page.emulate_media(color_scheme="dark")
    expect(app).to_have_css("color-scheme", "dark")
    opened.finished()


def _violations(shown: Page) -> list[str]:
    found: dict[str, Any] = shown.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical") or one["id"] == "heading-order"
    ]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_serious_finding_and_is_no_wider_than_a_phone(
    explore: Open, address: str
) -> None:
    page = explore(address, wait=address != EMPTY).settled()
    if address in JOBS:
        page.finished()
    assert serious(page) == []
    if address in DARK:
        in_the_dark(page)
        assert serious(page) == []
    page.resized(390, 844)
    assert page.overflow() == [390, 0]
    assert page.clipped() == []
    assert page.errors == []
