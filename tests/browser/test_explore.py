"""What only a real browser can show: drawing, sliding, reloading."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model import subset
from tests.browser.explore import Explore, Open


def rate_bits(name: str, *, D: float, text: str, Ds: float, measure: str = "conditional") -> float:
    """Return what rdcore gives for the settings on the page."""
    source = getattr(rd.sources, name)()
    inside = subset.mask(subset.parse(text, source.dim), source.atoms)
    fidelities = [rd.average(D)]
    if inside.any():
        fidelities.append(rd.subset(inside, Ds, measure=measure))
    problem = rd.Problem(source, rd.sources.codebook(name), fidelities=fidelities)
    return rd.solve(problem).rate_bits


def test_dragging_a_box_draws_the_subset(explore: Open) -> None:
    page = explore()
    page.segment("mode", "Replace")
    page.drag([(-4, 0.01), (-2.5, 0.02)])
    text = page.field("S").input_value()
    (op,) = subset.parse(text, 1)
    atoms = rd.sources.three_modes().atoms
    assert op.numbers == pytest.approx((-4, -2.5), abs=0.13)
    step = atoms[1] - atoms[0]
    for end in op.numbers:  # close to the middle between two atoms
        assert np.abs(atoms - end).min() >= 0.25 * step
    expected = rate_bits("three_modes", D=0.6, text=text, Ds=0.05)
    page.expect_figure("Rate R", figure(expected))
    inside = subset.mask((op,), rd.sources.three_modes().atoms)
    drawn = page.trace("source", "subset S")["x"]
    assert np.allclose(drawn, rd.sources.three_modes().atoms[inside], atol=1e-6)

    page.segment("mode", "Subtract").drag([(-2.4, 0.01), (-3, 0.02)])
    ops = subset.parse(page.field("S").input_value(), 1)
    assert [one.sign for one in ops] == ["+", "-"]
    assert ops[1].numbers == pytest.approx((-3, -2.4), abs=0.13)
    expected = rate_bits("three_modes", D=0.6, text=subset.text_of(ops), Ds=0.05)
    page.expect_figure("Rate R", figure(expected))

    page.press("Undo")
    expect(page.field("S")).to_have_value(text)
    page.press("Clear")
    expect(page.field("S")).to_have_value("")
    page.expect_figure("Rate R", figure(rate_bits("three_modes", D=0.6, text="", Ds=0.05)))


def test_drawing_the_same_twice_leaves_a_clean_chart(explore: Open) -> None:
    page = explore()
    for _ in range(2):
        page.drag([(-1.5, 0.01), (0, 0.02)])
    expect(page.page.locator(".st-key-source_chart .selectionlayer path")).to_have_count(0)
    assert len(subset.parse(page.field("S").input_value(), 1)) == 3


def test_a_lasso_draws_the_subset_in_the_plane(explore: Open) -> None:
    page = explore({"source": "Four clusters"})
    page.segment("mode", "Replace").segment("tool", "Lasso")
    page.drag([(1, 1), (7, 1.5), (6.5, 7), (1.5, 6.5), (1, 1.2)])
    text = page.field("S").input_value()
    (op,) = subset.parse(text, 2)
    assert op.kind == "lasso"
    expected = rate_bits("four_clusters", D=8, text=text, Ds=2.5)
    assert expected > rate_bits("four_clusters", D=8, text="", Ds=2.5) + 1e-3
    page.expect_figure("Rate R", figure(expected))

    page.segment("mode", "Add").segment("tool", "Box")
    page.drag([(-6, -6), (-3, -2)])
    ops = subset.parse(page.field("S").input_value(), 2)
    assert [one.kind for one in ops] == ["lasso", "box"]
    expected = rate_bits("four_clusters", D=8, text=subset.text_of(ops), Ds=2.5)
    page.expect_figure("Rate R", figure(expected))


def test_the_page_opens_with_a_story_and_moving_D_changes_the_rate(explore: Open) -> None:
    page = explore()
    page.expect_figure("Rate R", figure(rate_bits("three_modes", D=0.6, text="+(-1,1)", Ds=0.05)))
    assert 0 <= page.gap_bits() < 2e-9
    assert "bits/unit²" in page.text_of("Price of D, λ")
    page.slide("D", 4)
    level = float(page.field("D").input_value())
    assert level > 0.6
    expected = rate_bits("three_modes", D=level, text="+(-1,1)", Ds=0.05)
    page.expect_figure("Rate R", figure(expected))
    page.type("D", "0.437")
    expected = rate_bits("three_modes", D=0.437, text="+(-1,1)", Ds=0.05)
    page.expect_figure("Rate R", figure(expected))
    assert page.errors == []


def test_a_released_slider_repaints_the_curve(explore: Open) -> None:
    page = explore()
    for key, trace in (("D", "operating point"), ("Ds", "R(D), certified")):
        _released(page, key, trace)


def _released(page: Explore, key: str, trace: str) -> None:
    before, drawn = page.field(key).input_value(), page.trace("curve", trace)
    page.release(key, 0.7)
    expect(page.field(key)).not_to_have_value(before)
    page.page.wait_for_function(
        """([name, before]) => {
            const plot = document.querySelector('.st-key-curve_chart .js-plotly-plot');
            const trace = plot?._fullData?.find(one => one.name === name);
            return trace && Array.from(trace.y).join() !== before.join();
        }""",
        arg=[trace, drawn["y"]],
    )
    D, Ds = (float(page.field(name).input_value()) for name in ("D", "Ds"))
    rate = rate_bits("three_modes", D=D, text="+(-1,1)", Ds=Ds)
    page.expect_figure("Rate R", figure(rate))
    spot = page.trace("curve", "operating point")
    assert (spot["x"][0], spot["y"][0]) == pytest.approx((D, rate), rel=1e-6)


def test_a_reload_restores_everything(explore: Open) -> None:
    page = explore()
    page.choose("source", "Spike and background").type("D", "2.5").type("Ds", "0.31")
    page.type("S", "+[-2,2] -(0,0.5)").choose("measure", "Each symbol")
    page.segment("codebook", "Steps").type("m", "41").segment("d", "Absolute")
    page.type("D", "0.9").type("Ds", "0.45")
    page.segment("axis", "Log D")
    before = [page.text_of(label) for label in ("Rate R", "Price of D, λ", "Price of D′, λ′")]
    assert "—" not in before
    page.addressed("axis", "log").reload()
    for label, shown in zip(("Rate R", "Price of D, λ", "Price of D′, λ′"), before, strict=True):
        expect(page.metric(label).get_by_test_id("stMetricValue")).to_have_text(shown)
    for key, value in (("S", "+[-2,2] -(0,0.5)"), ("m", "41"), ("D", "0.9"), ("Ds", "0.45")):
        expect(page.field(key)).to_have_value(value)
    source = rd.sources.spike_and_background()
    inside = subset.mask(subset.parse("+[-2,2] -(0,0.5)", 1), source.atoms)
    problem = rd.Problem(
        source,
        rd.sources.grid_codebook(source, 41),
        "absolute",
        [rd.average(0.9), rd.subset(inside, 0.45, measure="each")],
    )
    page.expect_figure("Rate R", figure(rd.solve(problem).rate_bits))


def test_back_undoes_a_drawing(explore: Open) -> None:
    page = explore()
    before = page.text_of("Rate R")
    page.drag([(1, 0.01), (4, 0.02)])
    expect(page.metric("Rate R")).not_to_contain_text(before.split()[0])
    expect(page.page).to_have_url(re.compile(r"S=%2B"))
    page.page.go_back()
    expect(page.field("S")).to_have_value("+(-1,1)")
    page.expect_figure("Rate R", before.split()[0])


@pytest.mark.parametrize(
    "query",
    [
        "?source=nope&D=abc&Ds=-1&measure=some&S=%2B%5Boops&codebook=9&d=far&subset=perhaps",
        "?source=Four+clusters&S=%2B%5B-1%2C1%5D&D=8",
    ],
)
def test_bad_values_in_the_link_do_no_harm(explore: Open, query: str) -> None:
    page = explore(query)
    assert page.figure("Rate R") > 0
    assert page.errors == []


def test_an_infeasible_level_keeps_the_last_good_result(explore: Open) -> None:
    page = explore()
    before = page.text_of("Rate R")
    page.type("D", "0.001")
    sidebar = page.page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("is below the minimum level")).to_be_visible()
    assert page.text_of("Rate R") == before
    opacity = page.page.locator(".st-key-result").evaluate("one => getComputedStyle(one).opacity")
    assert float(opacity) < 0.6
    sidebar.get_by_role("button", name="Set D to").click()
    page.settled()
    level = float(page.field("D").input_value())
    smallest = rd.smallest_levels(
        rd.Problem(
            rd.sources.three_modes(), rd.sources.codebook("three_modes"), fidelities=[rd.average(1)]
        )
    )[0]
    assert smallest < level < 1.05 * smallest
    expected = rate_bits("three_modes", D=level, text="+(-1,1)", Ds=0.05)
    page.expect_figure("Rate R", figure(expected))
    opacity = page.page.locator(".st-key-result").evaluate("one => getComputedStyle(one).opacity")
    assert float(opacity) == 1


def test_what_a_field_does_not_take_is_said_where_it_was_typed(explore: Open) -> None:
    page = explore(width=1280, height=560)
    sidebar = page.page.get_by_test_id("stSidebar")
    for field, symbol, kept in (("D", "D", "0.6"), ("Ds", "D′", "0.05")):
        page.type(field, "-1")
        message = sidebar.get_by_text(
            re.compile(f"^{symbol}, .* takes 0 or more, not −1. It stays {kept}")
        )
        expect(message).to_be_in_viewport(ratio=1)
        expect(page.field(field)).to_have_value(kept)
        page.type(field, "0.4")
        expect(message).to_have_count(0)
    page.type("S", "abs(x)<1")
    expect(sidebar.get_by_text("is not a shape")).to_be_in_viewport(ratio=1)
    assert page.errors == []
