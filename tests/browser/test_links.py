"""The walk: open a link, visit every page, go Back to the start, Forward again, reload."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit

from playwright.sync_api import Page, expect

from dashboard.model.state import State
from dashboard.ui.state import OF_GUIDE
from tests.browser.explore import Explore

Open = Callable[..., Explore]

PAGES = {
    "Explore": "",
    "Prices": "prices",
    "Codebook": "codebook",
    "Annealing": "annealing",
    "Quantisers": "quantisers",
    "Classification": "classification",
    "Pictures": "pictures",
    "Learned": "learned",
    "Reproduce": "reproduce",
    "Guide": "guide",
}


def chosen(page: Page) -> State:
    """Return the state that the address holds; nothing of it may be refused."""
    state, notes = State.from_query(dict(parse_qsl(urlsplit(page.url).query, True)))
    assert not notes
    return state


def arrived(walker: Explore, path: str) -> None:
    """Wait until a page is drawn at its address."""
    expect(walker.page).to_have_url(re.compile(rf"://[^/]+/{path}(\?|$)"))
    title = next(title for title, one in PAGES.items() if one == path)
    here = walker.page.locator(".st-key-pages_row").get_by_role("link", name=title, exact=True)
    expect(here).to_have_attribute("aria-current", "page")
    expect(walker.page.get_by_role("heading", level=1)).to_be_visible()
    walker.settled()


def shows(walker: Explore, state: State) -> None:
    """Check what the address and the sidebar of a page hold."""
    assert chosen(walker.page) == state
    for name in ("D", "Ds", "S", "m"):
        field = walker.page.locator(f'[data-testid="stSidebar"] .st-key-{name} input')
        if name in state.values and field.count():
            expect(field.first).to_have_value(str(state.query()[name]))


def test_the_walk(explore: Open, link: tuple[str, dict[str, str]]) -> None:
    first, query = link
    state, notes = State.from_query(query)
    assert not notes
    walker = explore(f"{first}?{urlencode(query)}", wait=False)
    arrived(walker, first)
    shows(walker, state)
    away = state.changed(dict.fromkeys(OF_GUIDE))  # a lesson ends when another page is opened
    visited = [first]
    for title, path in PAGES.items():
        if path == visited[-1]:
            continue
        walker.page.locator(".st-key-pages_row").get_by_role("link", name=title).click()
        arrived(walker, path)
        shows(walker, away)
        visited.append(path)
    for place in reversed(range(len(visited) - 1)):
        walker.page.go_back()
        arrived(walker, visited[place])
        assert chosen(walker.page) == (away if place else state)
    shows(walker, state)
    for path in visited[1:]:
        walker.page.go_forward()
        arrived(walker, path)
        assert chosen(walker.page) == away
    walker.page.reload()
    arrived(walker, visited[-1])
    shows(walker, away)
    assert walker.errors == []


def test_each_committed_change_makes_one_entry(explore: Open) -> None:
    walker = explore("?D=0.3")
    before = walker.page.evaluate("history.length")
    for level in ("0.5", "0.7", "0.9"):
        walker.type("D", level)
        expect(walker.page).to_have_url(re.compile(rf"\?D={level}$"))
    walker.slide("D", 1)
    expect(walker.page).not_to_have_url(re.compile(r"\?D=0.9$"))
    walker.segment("axis", "Log D")
    expect(walker.page).to_have_url(re.compile("axis=log"))
    assert walker.page.evaluate("history.length") - before == 5
    for level in ("0.9", "0.7", "0.5", "0.3"):
        while not walker.page.url.endswith(f"?D={level}"):
            walker.page.go_back()
        expect(walker.field("D")).to_have_value(level)
        walker.settled()
    walker.page.go_forward()
    expect(walker.field("D")).to_have_value("0.5")


def test_quick_changes_are_all_kept(explore: Open) -> None:
    walker = explore("?D=0.3")
    plus = walker.page.locator(".st-key-D button").last
    start = float(walker.field("D").input_value())
    for _ in range(12):
        plus.click()
        walker.page.wait_for_timeout(60)
    walker.settled()
    shown = walker.field("D").input_value()
    step = (float(shown) - start) / 12
    assert step > 0
    expect(walker.page).to_have_url(re.compile(rf"\?D={re.escape(shown)}$"))


def test_a_new_tab_opens_what_the_first_shows_and_they_do_not_meet(explore: Open) -> None:
    walker = explore("?D=0.3&rounds=7")
    link = walker.page.locator(".st-key-pages_row").get_by_role("link", name="Codebook")
    with walker.page.context.expect_page() as opened:
        link.click(button="middle")
    other = Explore(opened.value, walker.url)
    arrived(other, "codebook")
    assert chosen(other.page) == State().changed({"D": 0.3, "rounds": 7})
    other.type("D", "2")
    expect(other.page).to_have_url(re.compile("D=2"))
    assert "D=0.3" in walker.page.url
    expect(walker.field("D")).to_have_value("0.3")
    walker.reload()
    expect(walker.field("D")).to_have_value("0.3")


def test_what_cannot_be_used_of_a_link_is_said_in_one_sentence(explore: Open, path: str) -> None:
    """A few pages here; ``tests/pages`` has all of them."""
    hostile = {"D": "inf", "m": "1e400", "rounds": "inf", "stages": "1e400", "foo": "1"}
    walker = explore(f"{path}?{urlencode(hostile)}", wait=False)
    arrived(walker, path)
    said = walker.page.get_by_test_id("stAlert").filter(has_text="Parts of the link")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("D = “inf” was ignored (a finite number is accepted)")
    assert walker.errors == []
