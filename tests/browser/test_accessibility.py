"""axe-core finds nothing serious on any page, in either theme."""

from __future__ import annotations

import importlib.resources
from typing import Any

import pytest

from tests.browser.explore import Open

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
PAGES = (
    "", "prices", "codebook", "annealing", "quantisers", "classification", "pictures", "learned",
    "reproduce", "guide", "guide?guide=certificate", "guide?lesson=water&teach=1&notes=1",
)  # fmt: skip


def serious(explore: Open, page: str, *, dark: bool) -> list[str]:
    """Return what axe calls serious or critical, with the first element of each."""
    shown = explore(page, dark=dark).page
    shown.evaluate(AXE)
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
