"""The page Prices in a real browser: a published figure, the maps, a click that goes there."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.figures import theme
from dashboard.formatting import figure
from tests.browser.explore import Open

FROM = """([name, x]) => {
    const plot = document.querySelector('.st-key-prices_chart .js-plotly-plot');
    return Math.abs(plot?._fullData?.find(one => one.name === name)?.x[0] / x - 1) < 1e-6;
}"""
MARKED = """([chart, x, y]) => {
    const plot = document.querySelector(`.st-key-${chart}_chart .js-plotly-plot`);
    const mark = plot?._fullData?.find(one => one.name === 'operating point');
    return mark && Math.abs(mark.x[0] / x - 1) < 1e-6 && Math.abs(mark.y[0] / y - 1) < 1e-6;
}"""
MAPS = ("rate_map", "binding_map", "price_map", "subset_price_map")


def held(D: float, Ds: float, inside: float = 1.0) -> rd.Solution:
    """Solve the source that the app opens with."""
    source = rd.sources.three_modes()
    mask = (source.atoms > -inside) & (source.atoms < 1)
    codewords = rd.sources.codebook("three_modes")
    fidelities = [rd.average(D), rd.subset(mask, Ds, measure="conditional")]
    return rd.solve(rd.Problem(source, codewords, fidelities=fidelities))


def test_the_published_figure(explore: Open) -> None:
    page = explore("prices")
    page.page.get_by_role("button", name="figure 3").click()
    page.settled()
    expect(page.field("from")).to_have_count(0)  # in a popover that is closed
    expect(page.page).to_have_url(re.compile(r"from=0\.5&to=3(&|$)"))
    source = rd.sources.gaussian()
    problem = rd.Problem(
        source,
        rd.sources.codebook("gaussian"),
        fidelities=[rd.average(0.6), rd.subset(np.abs(source.atoms) < 0.1, 0.015, measure="joint")],
    )
    solution = rd.solve(problem)
    for label, price in zip(
        ("Price of D, λ", "Price of D′, λ′"), solution.prices_bits, strict=True
    ):
        page.expect_figure(label, figure(price))
    for name, k in (("price of D, λ", 0), ("price of D′, λ′", 1)):
        page.page.wait_for_function(FROM, arg=[name, 0.5])
        drawn = page.trace("prices", name)
        assert (drawn["x"][0], drawn["x"][-1]) == pytest.approx((0.5, 3.0))
        for at in (len(drawn["x"]) // 3, 2 * len(drawn["x"]) // 3):
            there = rd.solve(problem.with_levels([drawn["x"][at], 0.015]))
            assert drawn["y"][at] == pytest.approx(there.prices_bits[k], rel=1e-3, abs=1e-4)
    page.reload()
    page.expect_figure("Price of D′, λ′", figure(solution.prices_bits[1]))
    assert page.trace("prices", "price of D, λ")["x"][-1] == pytest.approx(3.0)
    assert page.errors == []


def test_a_click_on_a_map_goes_there(explore: Open) -> None:
    page = explore("prices").finished()
    for name in MAPS:
        page.chart(name).wait_for()
    for chart, D, Ds in (("rate_map", 0.2, 0.02), ("subset_price_map", 2.0, 0.1)):
        before = page.field("D").input_value()
        page.click(chart, D, Ds)
        expect(page.field("D")).not_to_have_value(before)
        there = [float(page.field(key).input_value()) for key in ("D", "Ds")]
        assert there == pytest.approx([D, Ds], rel=0.2)
        page.expect_figure("Rate R", figure(held(there[0], there[1]).rate_bits))
        # The surface is the same one: nothing is solved again.
        expect(page.progress).to_have_count(0)
        page.page.wait_for_function(MARKED, arg=[chart, *there])
    page.go_to("Explore")
    assert [float(page.field(key).input_value()) for key in ("D", "Ds")] == there
    page.expect_figure("Rate R", figure(held(there[0], there[1]).rate_bits))
    assert page.errors == []


def test_the_newest_subset_has_the_maps(explore: Open) -> None:
    page = explore("prices")
    for text in ("+(-2,1)", "+(-2.5,1)", "+(-3,1)"):
        page.field("S").fill(text)
        page.field("S").press("Enter")
        expect(page.progress).to_contain_text("Solving for each D")
    page.chart("rate_map").wait_for()
    page.finished()
    rates = page.page.evaluate(
        """() => {
            const plot = document.querySelector('.st-key-rate_map_chart .js-plotly-plot');
            const { x, y, customdata } = plot._fullData.find(one => one.name === 'cells');
            const k = Math.floor(x.length / 4);
            return [x[k], y[k], customdata[k][0]];
        }"""
    )
    D, Ds, rate = rates
    assert rate == pytest.approx(held(D, Ds, inside=3).rate_bits, abs=1e-6)
    assert abs(rate - held(D, Ds, inside=2.5).rate_bits) > 1e-3


def test_the_levels_follow_the_change_of_the_rate(explore: Open) -> None:
    page = explore("prices").type("bits", "0.25")
    level = float(page.text_of("D for 0.25 bits more").split()[0])
    now, then = held(0.6, 0.05), held(level, 0.05)
    assert then.rate_bits - now.rate_bits == pytest.approx(0.25, abs=1e-3)
    expect(page.page).to_have_url(re.compile("bits=0.25"))


def test_narrow_everything_stacks_in_the_dark(explore: Open) -> None:
    page = explore("prices?every=true", width=390, height=844, dark=True).finished()
    tops = []
    for name in ("prices", "curve", "source", *MAPS):
        page.chart(name).wait_for()
        box = page.page.locator(f".st-key-{name}_chart").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        tops.append(box["y"])
    assert tops == sorted(tops)
    assert page.overflow() == [390, 0]
    assert page.clipped() == []
    colours = theme.palette(dark=True)
    shown = page.page.evaluate(
        """() => {
            const plot = document.querySelector('.st-key-prices_chart .js-plotly-plot');
            return plot._fullData.slice(0, 2).map(one => one.line.color);
        }"""
    )
    assert shown == [colours.source, colours.subset]
