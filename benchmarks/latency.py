"""Time from the release of a slider to the new curve painted, in a real browser.

``python -m benchmarks.latency`` needs what the tests need: Playwright, and Debian's Chromium. It
prints the first sight, from the start of the server to the first curve in a browser that has
loaded nothing before, and for the main controls of the pages two times from the release: until the
frame at the released level is painted, with its proof, and until the chart has the exact solution.
The names of some parts after it measure those alone. CPU seconds tell a busy machine from a slow
one. The ratio compares two times of one run: solving the whole curve again against solving one
point.
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser.explore import Explore
from tests.browser.server import chromium, server, serving

FIRST_SIGHT = "first"
PATIENCE = 120_000  # milliseconds
SHARES = (0.42, 0.62, 0.37, 0.57, 0.47, 0.67, 0.32, 0.52, 0.72)  # each is another notch than before
STARTS = 5
SETTLING = 2.0  # seconds in which an empty window comes to rest


@dataclass(frozen=True)
class Control:
    """A slider of a page, and the traces of a chart that show what it set."""

    page: str
    key: str
    chart: str
    trace: str
    what: str


CONTROLS = (
    Control("", "D_slider", "curve_chart", "operating point", "one solve, the curve is known"),
    Control("", "Ds_slider", "curve_chart", "R(D), certified", "the whole curve again"),
    Control("prices", "D_slider", "prices_chart", "operating point", "one solve"),
    Control("prices", "Ds_slider", "prices_chart", "price of D, λ", "the whole curve again"),
    Control("quantisers", "D_slider", "quantisers_chart", "level D", "from solved quantisers"),
    Control("guide", "at", "lesson_chart", "operating point", "a reading"),
)

# Resolves with the milliseconds from the pointer's release to the frame after the one in which the
# frame of the released level stands in the line below the chart, and to the one after the chart
# shows other numbers. The first is null where no frame is drawn.
WATCH = """([key, chart, name, patience]) => {
    const shown = () => {
        const plot = document.querySelector(`.st-key-${chart} .js-plotly-plot`);
        const found = plot?._fullData?.filter(one => one.name === name) ?? [];
        return found.length ? found.map(one => [...one.x, ...one.y].join()).join(";") : null;
    };
    const before = shown();
    const input = () => document.querySelector(`.st-key-${key} input`);
    const said = () => input()?.getAttribute('aria-valuetext');
    const line = () => document.querySelector('.rd-line')?.textContent ?? "";
    window.painted = new Promise((resolve, fail) => {
        document.addEventListener('pointerup', () => {
            const released = performance.now();
            setTimeout(() => fail(new Error(`${chart} still shows what it did`)), patience);
            let followed = null;
            let waits = false;
            const look = () => {
                if (followed === null && !waits && line().includes(` = ${said()}`) &&
                    line().includes("≤ R ≤")) {
                    waits = true;
                    requestAnimationFrame(() => (followed = performance.now() - released));
                }
                const now = shown();
                if (now !== null && now !== before) {
                    requestAnimationFrame(() => resolve([followed, performance.now() - released]));
                } else {
                    requestAnimationFrame(look);
                }
            };
            look();
        }, { once: true, capture: true });
    });
}"""
# Marks the frame after the one in which the curve is there. It looks by a timer: asking for every
# frame would have the browser draw them all.
FIRST = """() => {
    const look = () => {
        const plot = document.querySelector('.st-key-curve_chart .js-plotly-plot');
        const there = plot?._fullData?.some(one => one.name === 'R(D), certified');
        if (!there) setTimeout(look, 10);
        else requestAnimationFrame(() =>
            requestAnimationFrame(() => (window.firstSight = performance.now())));
    };
    look();
}"""


def release_to_paint(page: Explore, one: Control, share: float) -> tuple[float | None, float]:
    """Drag a slider to a share of its length; return milliseconds from release to paint.

    The first is until the frame of the released level is painted, None without one, the second
    until the exact solution is.
    """
    page.page.evaluate(WATCH, [one.key, one.chart, one.trace, PATIENCE])
    page.release(one.key, share, ending="")
    followed, exact = page.page.evaluate("window.painted")
    page.settled()
    return followed, float(exact)


def sliders(browser: Browser, url: str, wanted: tuple[Control, ...]) -> dict[str, float]:
    """Print the medians of some controls; return those of the exact solutions by field."""
    medians = {}
    for one in wanted:
        with _page(browser, url, one.page) as page:
            release_to_paint(page, one, 0.25)
            times = [release_to_paint(page, one, share) for share in SHARES]
        exact = [late for _, late in times]
        medians[f"{one.page} {one.key}"] = statistics.median(exact)
        frames = [early for early, _ in times if early is not None]
        seen = f"frame {statistics.median(frames):.0f} ms, " if len(frames) == len(times) else ""
        print(
            f"{one.page or 'explore'}, {one.key.removesuffix('_slider')} ({one.what}): {seen}exact"
            f" {statistics.median(exact):.0f} ms, slowest {max(exact):.0f} ms",
            flush=True,
        )
    return medians


@contextlib.contextmanager
def _page(browser: Browser, url: str, name: str) -> Iterator[Explore]:
    window = browser.new_page(viewport={"width": 1440, "height": 900})
    yield Explore(window, url).open(name).finished()
    window.close()


def first_sight(browser: Browser) -> None:
    """Print the seconds from the start of a server to the first curve in a fresh profile.

    The empty window is open before: a browser draws its own parts when it opens one.
    """
    totals = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory() as folder:
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            page = context.new_page()
            time.sleep(SETTLING)
            began = time.monotonic()
            with server(Path(folder) / "log.txt") as (url, process):
                healthy = time.monotonic()
                page.goto(url, wait_until="commit")
                page.evaluate(FIRST)
                page.wait_for_function("() => window.firstSight", polling=50)
                totals.append(time.monotonic() - began)
                loaded = float(page.evaluate("window.firstSight")) / 1000
                spent = _seconds(process.pid)
                context.close()
        print(
            f"first sight {totals[-1]:.2f} s: until the server answers {healthy - began:.2f} s,"
            f" then in the browser {loaded:.2f} s; the server took {spent:.2f} CPU s",
            flush=True,
        )
    print(f"first sight: median {statistics.median(totals):.2f} s")


def _seconds(process: int) -> float:
    """Return the CPU seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the first sight and the controls of all pages, or of those named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    names = (FIRST_SIGHT, *dict.fromkeys(one.page or "explore" for one in CONTROLS))
    parser.add_argument(
        "parts", nargs="*", metavar="part", help=f"{', '.join(names)}; all by default"
    )
    parts = parser.parse_args(arguments).parts or names
    unknown = next((one for one in parts if one not in names), None)
    if unknown is not None:
        parser.error(f"“{unknown}” is not a part; the parts are {', '.join(names)}")
    with chromium() as browser:
        if FIRST_SIGHT in parts:
            first_sight(browser)
        with (
            tempfile.TemporaryDirectory() as folder,
            serving(Path(folder) / "log.txt", RD_JOB_NICENESS="0") as url,
        ):
            wanted = tuple(one for one in CONTROLS if (one.page or "explore") in parts)
            medians = sliders(browser, url, wanted)
    point, curve = medians.get(" D_slider"), medians.get(" Ds_slider")
    if point and curve:
        print(f"the whole curve takes {curve / point:.2f} times as long as one solve")


if __name__ == "__main__":
    main()
