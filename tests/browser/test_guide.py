"""The Guide in a browser: keys move a class on, and a lesson fits a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from dashboard.model.lessons import lessons
from tests.browser.explore import Explore, Open


def place(page: Explore) -> str:
    return page.page.locator(".st-key-class_bar p").first.inner_text()


def press(page: Explore, key: str, shown: str) -> None:
    page.page.keyboard.press(key)
    expect(page.page.locator(".st-key-class_bar p").first).to_have_text(shown)
    page.settled()


def test_keys_move_a_class_on_and_back(explore: Open) -> None:
    page = explore("guide?lesson=rate&teach=1&step=2")
    assert place(page) == "Lesson 1 of 12 · step 3 of 4"
    press(page, "PageDown", "Lesson 1 of 12 · step 4 of 4")
    press(page, "ArrowRight", "Lesson 2 of 12 · step 1 of 4")
    press(page, "ArrowLeft", "Lesson 1 of 12 · step 4 of 4")
    press(page, "PageUp", "Lesson 1 of 12 · step 3 of 4")
    assert "step=2" in page.page.url
    page.page.keyboard.press("Escape")
    expect(page.page.locator(".st-key-class_bar")).to_have_count(0)
    assert not page.errors


def test_a_slider_keeps_its_arrow_keys_but_not_the_page_keys(explore: Open) -> None:
    page = explore("guide?lesson=water&teach=1")
    slider = page.page.locator(".st-key-at input").first
    slider.focus()
    slider.press("ArrowRight")
    page.page.wait_for_url("**at=3.25**")
    page.settled()
    assert place(page) == "Lesson 2 of 12 · step 1 of 4"
    slider.focus()
    press(page, "PageDown", "Lesson 2 of 12 · step 2 of 4")
    assert "at=3.25" in page.page.url


def test_a_lesson_is_dragged_revealed_and_opened_on_its_page(explore: Open) -> None:
    page = explore("guide?lesson=rate")
    slider = page.page.locator(".st-key-at input").first
    slider.focus()
    for _ in range(4):
        slider.press("ArrowLeft")
    page.page.wait_for_url("**at=0.11**")
    page.expect_figure("Rate R", "0.5001")
    page.page.get_by_text("Reveal", exact=True).click()
    expect(page.page.get_by_text("half a bit per flip is enough")).to_be_visible()
    page.page.get_by_role("link", name=lessons()["rate"].open).click()
    page.page.wait_for_url("**D=0.11**")
    page.expect_figure("Rate R", "0.5001")


def test_the_link_for_the_class_opens_the_same_step_on_a_phone(explore: Open) -> None:
    teacher = explore("guide?lesson=water&teach=1&notes=1&at=5&step=1")
    expect(teacher.page.get_by_text("Speaker’s notes")).to_be_visible()
    teacher.press("Links")
    link = teacher.page.get_by_test_id("stCode").first.inner_text().strip()
    phone = explore(f"guide{link.partition('/guide')[2]}", width=390, height=844)
    assert phone.page.locator(".st-key-at input").first.get_attribute("aria-valuetext") == "5"
    expect(phone.page.get_by_text("The level is now", exact=False)).to_be_visible()
    expect(phone.page.get_by_text("Speaker’s notes")).to_have_count(0)
    assert phone.overflow() == [390, 0]
    assert phone.clipped(("Label", "Value", "Delta")) == []


@pytest.mark.parametrize("name", ["water", "subset"])
def test_slider_and_figure_are_seen_together_on_a_small_screen(explore: Open, name: str) -> None:
    page = explore(f"guide?lesson={name}", width=1280, height=720)
    chart = page.page.locator(".st-key-lesson_chart .js-plotly-plot")
    expect(chart).to_be_visible()
    box, slider = chart.bounding_box(), page.page.locator(".st-key-at").bounding_box()
    assert box is not None
    assert slider is not None
    assert slider["y"] > 0
    assert box["y"] + box["height"] <= 740


def test_the_next_lesson_starts_folded(explore: Open) -> None:
    page = explore("guide?lesson=rate")
    for label in ("Reveal", "Answer"):
        page.page.get_by_text(label, exact=True).click()
    expect(page.page.locator("details[open]")).to_have_count(2)
    page.press("Next")
    expect(page.page.get_by_role("link", name=lessons()["water"].open)).to_be_visible()
    expect(page.page.locator("details")).to_have_count(2)
    expect(page.page.locator("details[open]")).to_have_count(0)
