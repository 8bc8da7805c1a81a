"""axe-core finds nothing serious on any page, in either theme."""

from __future__ import annotations

import importlib.resources
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.explore import Open

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
PAGES = (
    "", "prices", "codebook", "annealing", "quantisers", "classification", "pictures", "learned",
    "reproduce", "guide", "guide?guide=certificate", "guide?lesson=water&teach=1&notes=1",
)  # fmt: skip


def serious(explore: Open, page: str, *, dark: bool) -> list[str]:
    """Return what axe calls serious or critical, with the first element of each.

    A chart that is still being drawn may overflow its frame for a moment, so what is found counts
    only if it stays.
    """
    opened = explore(page, dark=dark)
    opened.page.evaluate(AXE)
    found = _violations(opened.page)
    for _ in range(3):
        if not found:
            break
        opened.finished().page.wait_for_timeout(1000)
        found = [one for one in _violations(opened.page) if one in found]
    return found


def _violations(shown: Page) -> list[str]:
    found: dict[str, Any] = shown.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']}: {one['nodes'][0]['target']} {one['nodes'][0]['failureSummary']}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical") or one["id"] == "heading-order"
    ]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_no_serious_finding(explore: Open, page: str) -> None:
    assert serious(explore, page, dark=False) == []


@pytest.mark.parametrize("page", ["", "pictures", "learned", "guide"])
def test_the_dark_theme_has_no_serious_finding(explore: Open, page: str) -> None:
    assert serious(explore, page, dark=True) == []
