"""Several subsets in a real browser: drawing the second one, its colour, and narrow windows."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.figures import theme
from dashboard.formatting import figure
from dashboard.model import subset
from tests.browser.explore import Open

SIX = {
    "S": "|x|<1",
    **{f"S{k}": f"{k - 4}..{k - 3}" for k in range(2, 7)},
    **{f"Ds{k}": "0.3" for k in range(2, 7)},
    "name2": "a rather long name, yes",
    "draws": "2",
}


def rate_bits(*texts: str, levels: tuple[float, ...]) -> float:
    source = rd.sources.three_modes()
    held = [
        rd.subset(subset.mask(subset.parse(text, 1), source.atoms), level, measure="conditional")
        for text, level in zip(texts, levels, strict=True)
    ]
    problem = rd.Problem(
        source, rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6), *held]
    )
    return rd.solve(problem).rate_bits


def test_drawing_a_second_subset(explore: Open) -> None:
    page = explore()
    page.press("Add a subset")
    expect(page.field("S2")).to_have_value("")
    page.drag([(1.5, 0.01), (4, 0.02)], field="S2")
    text = page.field("S2").input_value()
    (op,) = subset.parse(text, 1)
    assert op.numbers == pytest.approx((1.5, 4), abs=0.13)
    page.type("Ds2", "0.02")
    page.expect_figure("Rate R", figure(rate_bits("+(-1,1)", text, levels=(0.05, 0.02))))
    atoms = rd.sources.three_modes().atoms
    drawn = page.trace("source", "S₂")["x"]
    assert np.allclose(drawn, atoms[subset.mask((op,), atoms)], atol=1e-6)
    assert len(page.trace("source", "S₁")["x"]) == 12
    expect(page.page).to_have_url(re.compile(r"S2=%2B"))

    page.page.locator(".st-key-draws").get_by_text("S₁", exact=True).click()
    page.settled()
    page.segment("mode", "Replace").drag([(-6, 0.01), (-4, 0.02)])
    first = page.field("S").input_value()
    page.expect_figure("Rate R", figure(rate_bits(first, text, levels=(0.05, 0.02))))
    page.press("Undo")
    expect(page.field("S")).to_have_value("+(-1,1)")
    page.page.go_back()
    expect(page.field("S")).to_have_value(first)
    page.reload()
    page.expect_figure("Rate R", figure(rate_bits(first, text, levels=(0.05, 0.02))))
    assert page.errors == []


@pytest.mark.parametrize("dark", [False, True])
def test_a_subset_has_one_colour_everywhere(explore: Open, dark: bool) -> None:
    page = explore({"S2": ">2", "Ds2": "0.02"}, dark=dark)
    colour = theme.palette(dark).subsets[1]
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    shade = f"rgb({red}, {green}, {blue})"
    dot = page.page.locator(".st-key-draws label p").nth(2)
    assert dot.inner_text() == "S₂"
    found = dot.evaluate("one => getComputedStyle(one, '::before').backgroundColor")
    assert found == shade
    tile = page.metric("Price of D′₂, λ′₂")
    assert tile.evaluate("one => getComputedStyle(one).borderLeftColor") == shade
    page.page.wait_for_function(
        """wanted => document.querySelector('.st-key-source_chart .js-plotly-plot')
            ?._fullData?.find(one => one.name === 'S₂')?.marker.color === wanted""",
        arg=colour,
    )


def test_six_subsets_fit(explore: Open) -> None:
    page = explore(SIX, width=1440, height=720)
    for width in (1440, 1280, 390):
        page.resized(width, 720)
        assert page.overflow() == [width, 0]
        assert page.clipped() == []
    assert page.errors == []


def test_a_drag_goes_on_where_a_result_draws_the_chart_anew(explore: Open) -> None:
    page = explore()
    before = page.field("S").input_value()
    start, middle, end = (page._pixel(x, 0.02) for x in (2.0, 3.0, 4.0))
    mouse, chart = page.page.mouse, page.page.locator(".st-key-source_chart .js-plotly-plot")
    mouse.move(*start)
    mouse.down()
    mouse.move(*middle, steps=5)
    old = chart.element_handle()
    page.type("D", "0.7")  # the codewords move, so the chart is another one
    page.page.wait_for_function("chart => !chart.isConnected", arg=old)
    mouse.move(*end, steps=5)
    mouse.up()
    expect(page.field("S")).to_have_value(f"{before} +[1.9,4.04]")
    expect(page.field("D")).to_have_value("0.7")
    assert page.errors == []
