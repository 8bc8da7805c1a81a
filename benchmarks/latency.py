"""Time from the release of a slider to the new curve painted, in a real browser.

``python -m benchmarks.latency`` needs what the tests need: Playwright, and Debian's Chromium. The
ratio compares two times of one run: solving the whole curve again against solving one point.
"""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from tests.browser.explore import Explore
from tests.browser.server import chromium, serving

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
    window.painted = new Promise(resolve => {
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
    page.page.evaluate(WATCH, [trace])
    page.release(key, share)
    elapsed = float(page.page.evaluate("window.painted"))
    page.settled()
    return elapsed


def main() -> None:
    """Print the median for each slider, and their ratio."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder) / "log.txt") as url,
        chromium() as browser,
    ):
        page = Explore(browser.new_page(viewport={"width": 1440, "height": 900}), url).open()
        medians = []
        for key, trace, what in (
            ("D", "operating point", "D: one solve, the curve is known"),
            ("Ds", "R(D), certified", "D′: the whole curve again"),
        ):
            release_to_paint(page, key, trace, 0.4)
            times = [release_to_paint(page, key, trace, share) for share in SHARES]
            medians.append(statistics.median(times))
            print(f"{what}: median {medians[-1]:.0f} ms, slowest {max(times):.0f} ms")
        print(f"the whole curve takes {medians[1] / medians[0]:.2f} times as long as one solve")


if __name__ == "__main__":
    main()
