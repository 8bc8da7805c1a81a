"""Layout and colours as the browser has them, narrow and wide, light and dark."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from dashboard.figures import theme
from tests.browser.explore import Explore, Open

CARDS = ("source", "curve", "channel")


def boxes(page: Explore) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = page.page.evaluate(
        """names => Object.fromEntries(names.map(name => {
            const { x, y, width, height } = document
                .querySelector(`.st-key-${name}_chart`).getBoundingClientRect();
            return [name, { x, y: y + window.scrollY, width, height }];
        }))""",
        list(CARDS),
    )
    return found


SEEN = """() => Object.fromEntries(
    Object.entries({
        source: '.st-key-source_chart .nsewdrag', curve: '.st-key-curve_chart .nsewdrag',
        source_title: '.st-key-source_chart .xtitle', curve_title: '.st-key-curve_chart .xtitle',
        hint: '.st-key-drag .rd-line', tiles: '.st-key-result [data-testid="stMetric"]',
        picker: '.st-key-source', codebook: '.st-key-codebook', D: '.st-key-D',
        subset: '.st-key-S', Ds: '.st-key-Ds', slider: '.st-key-Ds_slider',
    }).map(([name, place]) => {
        const found = [...document.querySelectorAll(place)].slice(0, 5);  // five tiles in the row
        const all = found.map(one => one.getBoundingClientRect());
        const least = side => Math.min(...all.map(one => one[side]));
        return [name, [least('top'), Math.max(...all.map(one => one.bottom)), least('left')]];
    })
)"""


def test_a_small_screen_shows_source_curve_and_figures_at_once(explore: Open) -> None:
    page = explore(width=1280, height=720)
    page.page.locator(".st-key-drag .rd-handle").wait_for()
    found: dict[str, list[float]] = page.page.evaluate(SEEN)
    assert found["tiles"][1] - found["tiles"][0] < 100  # one row
    for name, (top, bottom, _) in found.items():
        assert top >= 0, name
        assert bottom <= 720, name
    assert found["source"][:2] == pytest.approx(found["curve"][:2], abs=1)
    assert found["source"][1] - found["source"][0] > 280
    assert found["source"][2] < found["curve"][2]
    assert page.clipped() == []
    assert page.overflow() == [1280, 0]


def test_a_new_level_does_not_send_the_solved_levels_again(explore: Open) -> None:
    page = explore()
    sent: list[int] = []
    page.page.on(
        "websocket", lambda one: one.on("framereceived", lambda text: sent.append(len(text)))
    )
    page.reload()
    page.page.locator(".st-key-drag .rd-handle").wait_for()
    assert max(sent) > 50_000  # the script, or the path along D
    sent.clear()
    page.type("D", "0.7")
    page.expect_figure("Price of D, λ", "0.6")
    assert sum(sent) > 5000
    assert max(sent) < 40_000
    assert page.errors == []


def test_narrow_everything_stacks_and_nothing_overflows(explore: Open) -> None:
    page = explore(width=390, height=844)
    found = boxes(page)
    assert found["source"]["y"] < found["curve"]["y"] < found["channel"]["y"]
    for box in found.values():
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    assert page.overflow() == [390, 0]
    assert page.clipped() == []
    # With the settings open, D is the first number, and the rate is seen while it changes.
    page.page.get_by_test_id("stExpandSidebarButton").click()
    sheet = page.page.get_by_test_id("stSidebar")
    expect(sheet).to_have_attribute("data-collapsed", "false")
    page.settled()
    place, field = sheet.bounding_box(), page.field("D").bounding_box()
    rate = page.metric("Rate R").bounding_box()
    assert place is not None
    assert field is not None
    assert rate is not None
    assert rate["y"] >= 0
    assert rate["y"] + rate["height"] <= place["y"] < field["y"]
    assert field["y"] + field["height"] <= 844
    page.type("D", "0.36").expect_figure("Rate R", "2.102")
    assert page.overflow() == [390, 0]


def test_a_table_fits_its_card(explore: Open) -> None:
    page = explore("annealing?stages=2&search=false", width=1280, height=720).finished()
    table = page.page.locator('[data-testid="stTable"] > div').first
    table.wait_for()
    for width in (1280, 390):
        page.page.set_viewport_size({"width": width, "height": 844})
        content, room = table.evaluate("one => [one.scrollWidth, one.clientWidth]")
        assert content <= room, width
    assert page.errors == []


LINE = """() => document.querySelector('.st-key-curve_chart .js-plotly-plot')
    ?._fullData?.find(one => one.name === 'R(D), certified')?.line.color"""


def test_figures_follow_the_theme_of_the_system_while_the_page_is_open(explore: Open) -> None:
    page = explore()
    for dark in (False, True, False):
        page.page.emulate_media(color_scheme="dark" if dark else "light")
        colours = theme.palette(dark)
        page.page.wait_for_function(f"wanted => ({LINE})() === wanted", arg=colours.certified)
        found: dict[str, Any] = page.page.evaluate(
            """() => {
                const plot = document.querySelector('.st-key-curve_chart .js-plotly-plot');
                const style = one => getComputedStyle(document.querySelector(one));
                return {
                    ticks: plot._fullLayout.xaxis.tickfont.color,
                    page: style('.stApp').backgroundColor,
                    figures: style('[data-testid="stMetricValue"]').fontVariantNumeric,
                    axis: style('.st-key-curve_chart .xtick text').fontVariantNumeric,
                };
            }"""
        )
        assert found["ticks"] == colours.muted
        red, green, blue = (int(colours.ground[i : i + 2], 16) for i in (1, 3, 5))
        assert found["page"] == f"rgb({red}, {green}, {blue})"
        assert found["figures"] == found["axis"] == "tabular-nums"
    assert page.errors == []
