"""From the release of a slider to the new curve painted, in a real browser; it prints medians."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest

from tests.browser.explore import Explore

Open = Callable[..., Explore]
BUDGET_MS = 300
ROUNDS = 3
SHARES = (0.42, 0.47, 0.53, 0.58, 0.63, 0.45, 0.5, 0.55, 0.61)

# Resolves with the milliseconds from the pointer's release to the frame after the one in which
# the curve chart shows other numbers.
WATCH = """([name]) => {
    const plot = () => document.querySelector('.st-key-curve_chart .js-plotly-plot');
    const shown = () => {
        const data = plot() && plot()._fullData;
        const trace = data && data.find(one => one.name === name);
        return trace ? Array.from(trace.y).join() : null;
    };
    const before = shown();
    window.painted = new Promise((resolve, reject) => {
        setTimeout(() => reject(new Error("nothing was painted in 10 s")), 10000);
        document.addEventListener('pointerup', () => {
            const released = performance.now();
            const look = () => {
                const now = shown();
                if (now !== null && now !== before) {
                    requestAnimationFrame(() => resolve(performance.now() - released));
                } else {
                    requestAnimationFrame(look);
                }
            };
            look();
        }, { once: true, capture: true });
    });
}"""


def release_to_paint(page: Explore, key: str, trace: str, share: float) -> float:
    """Drag a slider to a share of its length; return milliseconds from release to paint."""
    slider = page.page.locator(f".st-key-{key}_slider")
    slider.scroll_into_view_if_needed()
    track = slider.locator('[role="group"] > div').first.bounding_box()
    thumb = slider.get_by_test_id("stSliderThumbValue").locator("..").bounding_box()
    assert track is not None
    assert thumb is not None
    y = track["y"] + track["height"] / 2
    mouse = page.page.mouse
    mouse.move(thumb["x"] + thumb["width"] / 2, y)
    mouse.down()
    mouse.move(track["x"] + share * track["width"], y, steps=4)
    page.page.evaluate(WATCH, [trace])
    mouse.up()
    elapsed = float(page.page.evaluate("window.painted"))
    page.settled()
    return elapsed


@pytest.mark.parametrize(
    ("key", "trace", "what"),
    [
        ("D", "operating point", "D: curve from the cache, one solve"),
        ("Ds", "R(D), certified", "D′: 50 levels solved anew"),
    ],
)
def test_a_released_slider_repaints_the_curve_in_time(
    explore: Open, key: str, trace: str, what: str
) -> None:
    page = explore()
    release_to_paint(page, key, trace, 0.5)
    medians: list[float] = []
    while len(medians) < ROUNDS and min(medians, default=BUDGET_MS) >= BUDGET_MS:
        # A round that other work on the machine has disturbed is measured again.
        offset = 0.003 * (len(medians) + 1)
        times = [release_to_paint(page, key, trace, share + offset) for share in SHARES]
        medians.append(statistics.median(times))
        print(f"\nrelease to paint, {what}: median {medians[-1]:.0f} ms, worst {max(times):.0f} ms")
    assert min(medians) < BUDGET_MS, medians
