"""Dragging a level: every frame has the bounds of a certificate, and the page follows."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator, expect

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model import following
from dashboard.model.views import Axis
from dashboard.tasks import follow, surface
from dashboard.ui import handles
from rdcore.proof.certificates import certify
from tests.browser.explore import Explore, Open, number

FRAMES = """async ([text, path, levels]) => {
    const file = new Blob([text + '\\nexport const $all = { $frames, $proof };'],
        { type: 'text/javascript' });
    const { $all } = await import(URL.createObjectURL(file));
    const solved = $all.$frames.pathOf(JSON.parse(path));
    return levels.map(level => {
        const one = $all.$frames.frame(solved, ...[level].flat());
        if (one.problem) $all.$proof.evaluate(one.problem, one.at.r, one.at.slopes);
        return {
            lower: one.lower, upper: one.upper, own: one.own,
            levels: Array.from(one.levels),
            plain: one.problem && $all.$proof.dualBelow(one.problem, one.at, one.headroom),
            r: one.at && Array.from(one.at.r), slopes: one.at && Array.from(one.at.slopes),
            codewords: one.problem && Array.from(one.problem.codewords),
        };
    });
}"""
GAPS = 0.003  # bits
# Notes what stands in the tile of the rate, where the curve is, and how the result is dimmed.
NOTED = """() => {
    window.rdNoted = [];
    const look = () => {
        const tile = document.querySelector('[data-testid="stMetricValue"]');
        const chart = document.querySelector('.st-key-curve_chart');
        const result = document.querySelector('.st-key-result');
        window.rdNoted.push([tile?.dataset.live ?? tile?.innerText.split(' ')[0],
            chart && Math.round(chart.getBoundingClientRect().top),
            getComputedStyle(result).opacity]);
        requestAnimationFrame(look);
    };
    look();
}"""


def three_modes() -> rd.Problem:
    source = rd.sources.three_modes()
    subset = rd.subset(np.abs(source.atoms) < 1, 0.05, measure="conditional")
    return rd.Problem(
        source, rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6), subset]
    )


def in_browser(browser: Browser, path: dict[str, Any], levels: np.ndarray) -> list[dict[str, Any]]:
    """Return the frames at some levels as the browser computes them."""
    page = browser.new_page()
    found = page.evaluate(FRAMES, [handles.script(), json.dumps(path), levels.tolist()])
    page.close()
    return list(found)


def fixed_path(problem: rd.Problem) -> tuple[dict[str, Any], float, float]:
    """Return the path along D of the Explore page, and its ends."""
    low, high = rd.smallest_levels(problem)[0], rd.largest_level(problem)
    share = np.linspace(0, 1, 50) ** 2
    levels = low + (high - low) * (2e-4 + (1 - 2e-4) * share)
    return follow.followed(problem, levels, 1e-6)[1], float(levels[0]), float(levels[-1])


def frame_problem(problem: rd.Problem, one: dict[str, Any]) -> rd.Problem:
    """Return the problem at the levels and on the codewords of a frame."""
    codewords = np.array(one["codewords"]).reshape(-1, problem.source.dim)
    return problem.with_codebook(codewords).with_levels(one["levels"])


def channel(problem: rd.Problem, r: np.ndarray, slopes: np.ndarray) -> np.ndarray:
    joint = r * np.exp(-problem.tilt(slopes))
    return np.asarray(joint / joint.sum(axis=1, keepdims=True))


@pytest.mark.slow
def test_the_bounds_of_frames_are_those_of_the_certificate(browser: Browser) -> None:
    problem = three_modes()
    path, *ends = fixed_path(problem)
    found = in_browser(browser, path, np.linspace(*ends, 200))
    off, gaps = [], []
    for one in found:
        there = frame_problem(problem, one)
        r, slopes = np.array(one["r"]), np.array(one["slopes"])
        proof = certify(there, channel(there, r, slopes), slopes, r)
        assert proof.violation == 0
        off += [max(one["own"]["lower"], 0) - proof.lower, one["own"]["upper"] - proof.upper]
        truth = rd.solve(there, tol=1e-9).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
        gaps.append((one["upper"] - one["lower"]) / np.log(2))
    print(f"largest difference {np.abs(off).max():.1e} nats, largest gap {max(gaps):.5f} bits")
    assert np.abs(off).max() <= 1e-12
    assert max(gaps) <= GAPS


@pytest.mark.slow
def test_the_bounds_of_frames_hold_for_every_codebook(browser: Browser) -> None:
    problem = three_modes()
    last = rd.largest_level(problem)
    levels = follow.every_levels(0.01 * last, last, 1)
    _, path = finish(follow.with_every_codebook(problem, levels, 1e-6))
    found = in_browser(browser, path, np.linspace(0.02 * last, last, 200))
    off, gaps = [], []
    for k, one in enumerate(found):
        there = frame_problem(problem, one)
        r, slopes = np.array(one["r"]), np.array(one["slopes"])
        Q = channel(there, r, slopes)
        off.append(one["own"]["upper"] - certify(there, Q, slopes, r).upper)
        off.append(max(one["plain"], 0) - certify(there, Q, slopes, r).lower)
        gaps.append((one["upper"] - one["lower"]) / np.log(2))
        if k % 8:
            continue
        every = certify(there, Q, slopes, r, every=True)
        assert one["own"]["lower"] <= every.lower + 1e-12
        truth = rd.solve(there.with_every(), tol=1e-7).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
    print(f"largest difference {np.abs(off).max():.1e} nats, largest gap {max(gaps):.5f} bits")
    assert np.abs(off).max() <= 1e-12
    assert max(gaps) <= GAPS


@pytest.mark.slow
def test_the_bounds_of_frames_on_the_map_hold(browser: Browser) -> None:
    problem = three_modes()
    x = Axis("D", "unit²", np.geomspace(0.1, 12, 14))
    y = Axis("D′", "unit²", np.geomspace(0.005, 0.4, 12))
    view = finish(surface.surface(problem, x, y))
    random = np.random.default_rng(1)
    levels = np.exp(random.uniform(np.log([0.1, 0.005]), np.log([12, 0.4]), (60, 2)))
    off, gaps = [], []
    for one in in_browser(browser, view.solved, levels):
        there = frame_problem(problem, one)
        r, slopes = np.array(one["r"]), np.array(one["slopes"])
        proof = certify(there, channel(there, r, slopes), slopes, r)
        off += [max(one["own"]["lower"], 0) - proof.lower, one["own"]["upper"] - proof.upper]
        truth = rd.solve(there, tol=1e-9).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
        gaps.append((one["upper"] - one["lower"]) / np.log(2))
    print(f"largest difference {np.abs(off).max():.1e} nats, largest gap {max(gaps):.5f} bits")
    assert np.abs(off).max() <= 1e-12
    assert max(gaps) <= 2 * GAPS  # the cells are wider than those of the page


def test_the_bounds_of_frames_on_the_map_hold_for_every_codebook(browser: Browser) -> None:
    problem = three_modes()
    x = Axis("D", "unit²", np.geomspace(0.4, 1.2, 4))
    y = Axis("D′", "unit²", np.geomspace(0.03, 0.1, 4))
    solved = finish(surface.surface(problem, x, y)).solved
    assert solved["place"]
    levels = np.array([[0.6, 0.05], [0.9, 0.04], [1.1, 0.09], [0.41, 0.08], [1.3, 0.02]])
    for asked, one in zip(
        levels, in_browser(browser, following.for_every(solved), levels), strict=True
    ):
        truth = rd.solve(problem.with_every().with_levels(one["levels"]), tol=1e-6).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
        inside = asked[0] < 1.2
        assert not inside or one["upper"] - one["lower"] <= GAPS * np.log(2)


def test_a_large_source_has_bounds_from_solved_levels_alone(browser: Browser) -> None:
    problem = three_modes()
    path, *ends = fixed_path(problem)
    large = {key: path[key] for key in ("which", "levels", "lowers", "uppers", "prices")}
    for one in in_browser(browser, large, np.linspace(*ends, 23)):
        truth = rd.solve(problem.with_levels(one["levels"]), tol=1e-9).certificate
        assert one["lower"] <= truth.upper
        assert one["upper"] >= truth.lower
        assert one["r"] is None
        assert one["upper"] - one["lower"] < 0.05


ELSEWHERE = """async ([text, path, level, others]) => {
    const file = new Blob([text + '\\nexport const $all = $frames;'], { type: 'text/javascript' });
    const { $all } = await import(URL.createObjectURL(file));
    const solved = $all.pathOf(JSON.parse(path));
    let frame = null;
    return others.map(other => {
        frame = $all.frameBeside(solved, 1, other, [level], frame);
        return { lower: frame.lower, upper: frame.upper, levels: Array.from(frame.levels) };
    });
}"""


@pytest.mark.parametrize("every", [False, True], ids=["codebook", "every codebook"])
def test_the_bounds_of_frames_hold_where_another_level_moves(browser: Browser, every: bool) -> None:
    problem = three_modes()
    if every:
        near = np.array([0.55, 0.6, 0.65])
        path, problem = (
            finish(follow.with_every_codebook(problem, near, 1e-6))[1],
            problem.with_every(),
        )
    else:
        path, *_ = fixed_path(problem)
    page = browser.new_page()
    for others in (np.geomspace(0.05, 0.4, 16), np.geomspace(0.05, 0.008, 16)):
        asked = [handles.script(), json.dumps(path), 0.6, others.tolist()]
        found = page.evaluate(ELSEWHERE, asked)
        for other, one in list(zip(others, found, strict=True))[:: 5 if every else 1]:
            truth = rd.solve(problem.with_levels(one["levels"]), tol=1e-7).certificate
            assert one["lower"] <= truth.upper
            assert one["upper"] >= truth.lower
            assert one["upper"] - one["lower"] <= GAPS * np.log(2)
            assert one["levels"] == pytest.approx([0.6, other], rel=1e-3)
    page.close()


def finish(steps: Any) -> Any:
    """Run a generator and return its value."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def handle(page: Explore, key: str = "drag") -> Locator:
    found = page.page.locator(f".st-key-{key} .rd-handle")
    found.scroll_into_view_if_needed()
    return found


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drawn(page: Explore) -> Explore:
    """Wait until the frame is drawn of the place to which the handle was moved last."""
    page.page.wait_for_function("() => window.rdFrames?.length")
    page.page.evaluate(
        "new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))"
    )
    return page


def take(page: Explore, pixels: float) -> Explore:
    """Press on the handle and move it sideways, without releasing it."""
    x, y = middle(handle(page))
    mouse = page.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + pixels, y, steps=5)
    return drawn(page)


def push(page: Explore, field: str, symbol: str) -> tuple[str, float, float]:
    """Press on a level's slider and move it sideways; return its text and the bounds beside it."""
    slider = page.page.locator(f".st-key-{field}_slider")
    x, y = middle(slider.get_by_test_id("stSliderThumbValue").locator(".."))
    mouse = page.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 25, y, steps=5)
    said = str(slider.locator("input").get_attribute("aria-valuetext"))
    expect(page.page.locator(".rd-line")).to_contain_text(f"{symbol} = {said}")
    return said, *bounds(page)


def let_go(page: Explore, field: str, said: str) -> None:
    """Release the slider, and wait until the page is solved at its level."""
    page.page.mouse.up()
    expect(page.field(field)).to_have_value(said)
    expect(page.page.locator("[data-live], .rd-faded")).to_have_count(0)


def bounds(page: Explore) -> tuple[float, float]:
    low, high = re.findall(r"([0-9.]+) ≤ R ≤ ([0-9.]+)", line(page))[0]
    return float(low), float(high)


def shown(page: Explore, label: str) -> float:
    """Return the figure that a tile shows while the handle is held."""
    value = page.metric(label).get_by_test_id("stMetricValue")
    return number(str(value.get_attribute("data-live")))


def line(page: Explore) -> str:
    return page.page.locator(".rd-line").inner_text()


def test_the_page_follows_the_handle_and_the_release_is_solved(explore: Open) -> None:
    page = explore()
    entries = page.page.evaluate("history.length")
    take(page, 70)
    now = page.page.evaluate("window.rdFrames.at(-1)")
    rate, reached = shown(page, "Rate R"), number(line(page))
    assert reached == pytest.approx(now["level"], rel=0.01)
    problem = three_modes().with_levels([reached, 0.05])
    assert rate == pytest.approx(rd.solve(problem).rate_bits, abs=0.002)
    low, high = bounds(page)
    assert low <= rate + 5e-4
    assert rate <= high + 5e-4
    for chart in ("curve", "source", "channel"):
        expect(page.page.locator(f".st-key-{chart}_chart .rd-layer")).to_have_count(1)
    sticks = page.page.locator(".st-key-source_chart .rd-layer line")
    assert sticks.count() > 0
    price = page.metric("Price of D, λ").get_by_test_id("stMetricValue")
    assert str(price.get_attribute("data-live")).startswith("≈ ")
    waits = page.metric("Output entropy")
    assert waits.evaluate("one => getComputedStyle(one).opacity") == "0.4"
    page.page.mouse.up()
    level = now["level"]
    page.expect_figure("Rate R", figure(rd.solve(problem.with_levels([level, 0.05])).rate_bits))
    page.settled()
    expect(page.field("D")).to_have_value(f"{level:g}")
    expect(page.page).to_have_url(re.compile(rf"D={level:g}"))
    assert page.page.evaluate("history.length") == entries + 1
    expect(page.page.locator("[data-live]")).to_have_count(0)
    expect(sticks).to_have_count(0)
    page.page.go_back()
    expect(page.field("D")).to_have_value("0.6")
    assert page.errors == []


def test_the_page_follows_the_sliders_of_the_levels(explore: Open) -> None:
    page = explore()
    for field, symbol in (("D", "D"), ("Ds", "D′")):
        said, low, high = push(page, field, symbol)
        expect(page.page.locator(".rd-faded")).to_have_count(int(field == "Ds"))
        let_go(page, field, said)
        assert low - 1e-3 <= page.figure("Rate R") <= high + 1e-3
    first = page.page.locator(".st-key-D_slider input")
    first.press("ArrowRight")
    expect(page.page.locator(".rd-line")).to_contain_text("≤ R ≤")
    expect(page.page.locator("[data-live]")).to_have_count(0)
    page.settled()
    expect(page.field("D")).to_have_value(str(first.get_attribute("aria-valuetext")))
    assert page.errors == []


def test_the_slider_of_a_subset_is_followed_for_the_best_codebook(explore: Open) -> None:
    page = explore("?codebook=best").finished()
    expect(page.page.locator(".rd-handle")).to_be_visible()
    said, low, high = push(page, "Ds", "D′")
    expect(page.page.locator(".rd-faded")).to_have_count(1)
    frames = page.page.evaluate("window.rdFrames")
    assert max(one["own"] for one in frames) <= GAPS
    page.page.evaluate(NOTED)
    let_go(page, "Ds", said)
    page.finished()
    # Until the exact rate is there the frame stays, and nothing moves.
    rates, tops, dimmed = map(set, zip(*page.page.evaluate("window.rdNoted"), strict=True))
    assert all(low - 1e-3 <= float(one) <= high + 1e-3 for one in rates), rates
    assert len(tops) == 1, tops
    assert dimmed == {"1"}
    assert low - 1e-3 <= page.figure("Rate R") <= high + 1e-3
    assert page.errors == []


def test_the_point_on_the_map_is_a_handle(explore: Open) -> None:
    page = explore("prices").finished()
    page.chart("rate_map").wait_for()
    x, y = middle(handle(page, "drag_map"))
    mouse = page.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 40, y - 30, steps=5)
    drawn(page)
    assert shown(page, "Price of D′, λ′") > 0
    for chart in ("rate_map", "binding_map", "source"):
        expect(page.page.locator(f".st-key-{chart}_chart .rd-layer circle").first).to_be_visible()
    mouse.up()
    expect(page.field("D")).not_to_have_value("0.6")
    expect(page.field("Ds")).not_to_have_value("0.05")
    page.settled()
    levels = [float(page.field(name).input_value()) for name in ("D", "Ds")]
    page.expect_figure("Rate R", figure(rd.solve(three_modes().with_levels(levels)).rate_bits))
    expect(page.page.locator("[data-live]")).to_have_count(0)
    slider = handle(page, "drag_map")
    slider.press("ArrowUp")
    expect(page.field("Ds")).not_to_have_value(f"{levels[1]:g}")
    assert page.errors == []


def test_arrow_keys_move_the_handle(explore: Open) -> None:
    page = explore()
    slider = handle(page)
    expect(slider).to_have_attribute("role", "slider")
    slider.focus()
    for _ in range(3):
        slider.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"D = 0\.75"))
    expect(page.field("D")).to_have_value("0.75")
    page.expect_figure(
        "Rate R", figure(rd.solve(three_modes().with_levels([0.75, 0.05])).rate_bits)
    )
    expect(slider).to_be_focused()
    assert page.errors == []


def test_the_round_of_a_refinement_is_a_handle(explore: Open) -> None:
    page = explore("codebook?rounds=3").finished()
    slider = handle(page, "drag_rounds")
    expect(slider).to_have_attribute("role", "slider")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^final; D = .*bits"))
    last = page.trace("refinement", "codewords")["x"]
    x, y = middle(slider)
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(0, y, steps=3)
    page.page.wait_for_function("() => window.rdFrames?.length")
    expect(page.page.locator(".rd-line")).to_contain_text("round 0")
    sticks = page.page.locator(".st-key-refinement_chart .rd-layer line")
    count = sticks.count()
    page.page.mouse.up()
    expect(page.page).to_have_url(re.compile("round_shown=0"))
    page.settled()
    expect(sticks).to_have_count(0)
    page.page.wait_for_function(
        """count => document.querySelector('.st-key-refinement_chart .js-plotly-plot')
            ?._fullData?.find(one => one.name === 'codewords')?.x.length === count""",
        arg=count,
    )
    first = page.trace("refinement", "codewords")["x"]
    assert first != last
    slider.focus()
    slider.press("ArrowRight")
    expect(page.page).to_have_url(re.compile("round_shown=1"))
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^round 1; "))
    assert page.errors == []


def test_a_finger_drags_the_handle_and_scrolls_elsewhere(browser: Browser, server: str) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    )
    page = Explore(context.new_page(), server).open()
    touch = context.new_cdp_session(page.page)

    def send(kind: str, points: list[dict[str, float]]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(x: float, y: float, by: tuple[float, float]) -> None:
        touch.send(
            "Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]}
        )
        for step in range(1, 11):
            point = {"x": x + by[0] * step / 10, "y": y + by[1] * step / 10}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    x, y = middle(handle(page))
    swipe(x, y, (60, 4))
    expect(page.field("D")).not_to_have_value("0.6")
    page.settled()
    place = page.page.locator('[data-testid="stMain"]')
    before = place.evaluate("one => one.scrollTop")
    x, y = middle(page.page.locator(".st-key-curve_chart .nsewdrag").first)
    swipe(x + 30, y - 60, (0, -150))
    page.page.wait_for_function(
        "([at, above]) => at.scrollTop > above + 50", arg=[place.element_handle(), before]
    )
    context.close()


@pytest.mark.parametrize("query", ["", "?every=true"], ids=["codebook", "every codebook"])
def test_dragging_there_and_back_over_all_levels(explore: Open, query: str) -> None:
    page = explore(query).finished()
    what = "with the free codebook too" if query else "every frame"
    expect(page.page.locator(".rd-line")).to_contain_text(what)
    x, y = middle(handle(page))
    area = page.page.locator(".st-key-curve_chart .nsewdrag").first.bounding_box()
    assert area is not None
    page.page.evaluate("window.rdFrames = []")
    mouse = page.page.mouse
    mouse.move(x, y)
    mouse.down()
    for share in 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, 100)):
        mouse.move(area["x"] + area["width"] * (0.003 + 0.99 * share), y)
    frames = page.page.evaluate("window.rdFrames")
    mouse.move(area["x"] - 40, y)
    drawn(page)
    mouse.up()
    page.settled()
    expect(page.field("D")).to_have_value(re.compile(r"^0\.0\d{1,5}$"))  # the first level, rounded
    assert max(max(one["own"], one["best"]) for one in frames) <= GAPS
    assert any(one["best"] for one in frames) == bool(query)
    assert page.errors == []
