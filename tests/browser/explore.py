"""A page of the app as a test drives it."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as LateError

from tests.browser.runs import Runs

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
# Milliseconds; only ends a test that hangs. Speed is measured in benchmarks/.
PATIENCE = 120_000
expect.set_options(timeout=PATIENCE)
# Milliseconds until a list that is not open is opened again.
_BRIEFLY = 5_000
# Without a graphics card, drawing what moves while a page loads or a job runs takes as much of the
# processor as all the rest, and more the longer that takes.
_STILL = """(() => {
    const put = () => {
        const style = document.createElement('style');
        style.textContent = '*, *::before, *::after {'
            + ' animation: none !important; transition: none !important; }';
        document.documentElement.append(style);
    };
    if (document.documentElement) put();
    else document.addEventListener('DOMContentLoaded', put);
})()"""
# Counts the runs of the script that have ended.
_RUNS = """() => {
    if (window.rdRuns === undefined) {
        window.rdRuns = 0;
        const app = document.querySelector('.stApp');
        const state = () => app.getAttribute('data-test-script-state');
        let last = state();
        new MutationObserver(() => {
            if (last !== 'notRunning' && state() === 'notRunning') window.rdRuns += 1;
            last = state();
        }).observe(app, { attributes: true, attributeFilter: ['data-test-script-state'] });
    }
    return window.rdRuns;
}"""


class Explore:
    """A page, by what a person sees and does on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url = page, url
        self._runs = Runs(page)
        page.set_default_timeout(PATIENCE)
        page.add_init_script(_STILL)
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.refused: list[str] = []
        page.on("console", lambda message: self._heard(message.text))
        self.outside: list[str] = []
        page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        """Note what the page asks of other servers."""
        if not url.startswith((self.url, "data:", "blob:")):
            self.outside.append(url)

    def _heard(self, text: str) -> None:
        """Note what the browser refused because of the server's policy."""
        if "Content Security Policy" in text:
            self.refused.append(text)

    def open(self, query: str | dict[str, str] = "", *, wait: bool = True) -> Explore:
        if isinstance(query, dict):
            query = "?" + urlencode(query)
        self.page.goto(f"{self.url}/{query}")
        return self.ready() if wait else self

    def reload(self) -> Explore:
        self.page.reload()
        return self.ready()

    def ready(self) -> Explore:
        """Wait until the page has something to look at or to start, and the script is at rest."""
        kinds = (
            ".js-plotly-plot .main-svg",
            '[data-testid="stProgress"]',
            '[class*="_train"] button',
        )
        drawn = self.page.locator(", ".join(kinds))
        drawn.first.wait_for(state="attached")
        return self.settled()

    def settled(self) -> Explore:
        """Wait until each run that the page has asked for has begun and the script is at rest."""
        rest = self.page.locator('.stApp[data-test-script-state="notRunning"]')
        until = time.monotonic() + PATIENCE / 1000
        self.page.wait_for_timeout(120)
        while True:
            while self._runs.are_owed:
                assert time.monotonic() < until, "the server has not begun the run it was asked for"
                self.page.wait_for_timeout(20)
            rest.wait_for(state="attached")
            if not self._runs.are_owed:
                return self

    def addressed(self, name: str, value: str) -> Explore:
        """Wait until the page's address has a parameter of this value."""
        has = "([name, value]) => new URLSearchParams(location.search).get(name) === value"
        self.page.wait_for_function(has, arg=[name, value])
        return self

    def chart(self, name: str) -> Locator:
        return self.page.locator(f".st-key-{name}_chart .js-plotly-plot .main-svg").first

    def metric(self, label: str) -> Locator:
        return self.page.get_by_test_id("stMetric").filter(has_text=label).first

    def text_of(self, label: str) -> str:
        return self.metric(label).get_by_test_id("stMetricValue").inner_text()

    def figure(self, label: str) -> float:
        """Return the number of a figure of the strip."""
        return number(self.text_of(label))

    def expect_figure(self, label: str, shown: str) -> None:
        expect(self.metric(label).get_by_test_id("stMetricValue")).to_contain_text(shown)

    def gap_bits(self) -> float:
        """Return the proved gap of the rate, which may stand after its standard error."""
        below = self.metric("Rate R").get_by_test_id("stMetricDelta").inner_text()
        return number(below.partition("gap ≤")[2])

    def field(self, key: str) -> Locator:
        return self.page.locator(f".st-key-{key} input").first

    def type(self, key: str, text: str) -> Explore:
        self.field(key).fill(text)
        self.field(key).press("Enter")
        return self.settled()

    def choose(self, key: str, option: str) -> Explore:
        """Choose from a list, which is opened again if a run of the script has closed it."""
        wanted = self.page.get_by_role("option", name=option, exact=True)
        until = time.monotonic() + PATIENCE / 1000
        while True:
            self.settled()
            self.field(key).click()
            try:
                wanted.click(timeout=_BRIEFLY)
                break
            except LateError:
                assert time.monotonic() < until, f"{key} does not offer {option}"
                self.page.keyboard.press("Escape")
        expect(self.field(key)).to_have_value(option)
        return self.settled()

    def press(self, name: str) -> Explore:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        return self.settled()

    def segment(self, key: str, option: str) -> Explore:
        self.page.locator(f".st-key-{key}").get_by_text(option, exact=True).click()
        return self.settled()

    def slide(self, key: str, presses: int) -> Explore:
        """Move a slider by arrow keys, as dragging does at the end of it."""
        slider = self.page.locator(f".st-key-{key}_slider input")
        slider.focus()
        for _ in range(abs(presses)):
            slider.press("ArrowRight" if presses > 0 else "ArrowLeft")
        self.settled()
        shown = slider.get_attribute("aria-valuetext")
        assert shown is not None
        expect(self.field(key)).to_have_value(shown)
        return self.settled()

    def drag(self, path: list[tuple[float, float]], *, field: str = "S") -> Explore:
        """Drag over the source chart along points in its own coordinates.

        ``field`` has the text of the subset that drawing changes.
        """
        pixels = [self._pixel(x, y) for x, y in path]
        before = self.field(field).input_value()
        mouse = self.page.mouse
        mouse.move(*pixels[0])
        mouse.down()
        for (x0, y0), (x1, y1) in itertools.pairwise(pixels):
            steps = max(2, int(max(abs(x1 - x0), abs(y1 - y0)) // 12))
            for step in range(1, steps + 1):
                mouse.move(x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps)
        mouse.up()
        expect(self.field(field)).not_to_have_value(before)
        return self.settled()

    def click(self, chart: str, x: float, y: float) -> Explore:
        """Click on a chart, at a place in its own coordinates."""
        self.page.mouse.click(*self._pixel(x, y, chart))
        return self.settled()

    def _pixel(self, x: float, y: float, chart: str = "source") -> tuple[float, float]:
        area = self.page.locator(f".st-key-{chart}_chart .nsewdrag").first
        area.scroll_into_view_if_needed()
        found = self.page.evaluate(
            """([x, y, chart]) => {
                const plot = document.querySelector(`.st-key-${chart}_chart .js-plotly-plot`);
                const box = plot.querySelector('.nsewdrag').getBoundingClientRect();
                const { xaxis, yaxis } = plot._fullLayout;
                return [box.left + xaxis.d2p(x), box.top + yaxis.d2p(y)];
            }""",
            [x, y, chart],
        )
        return float(found[0]), float(found[1])

    def trace(self, chart: str, name: str) -> dict[str, Any]:
        """Return a trace as the browser has it, once it is there: its x and y."""
        found = self.page.wait_for_function(
            """([chart, name]) => {
                const plot = document.querySelector(`.st-key-${chart}_chart .js-plotly-plot`);
                const trace = plot?._fullData?.find(one => one.name === name);
                return trace && { x: Array.from(trace.x), y: Array.from(trace.y) };
            }""",
            arg=[chart, name],
        )
        return dict(found.json_value())

    def switch(self, key: str) -> Explore:
        """Switch a toggle over."""
        self.page.locator(f".st-key-{key} label").first.click()
        return self.settled()

    def go_to(self, title: str) -> Explore:
        """Follow a link of the navigation."""
        self.page.get_by_role("link", name=title, exact=True).click()
        expect(self.page.get_by_role("link", name=title, exact=True)).to_have_attribute(
            "aria-current", "page"
        )
        return self.ready()

    def release(self, key: str, share: float, *, ending: str = "_slider") -> Explore:
        """Drag a slider's thumb to a share of its length and let it go."""
        slider = self.page.locator(f".st-key-{key}{ending}")
        slider.scroll_into_view_if_needed()
        track = slider.locator('[role="group"] > div').first.bounding_box()
        thumb = slider.get_by_test_id("stSliderThumbValue").locator("..").bounding_box()
        assert track is not None
        assert thumb is not None
        y = track["y"] + track["height"] / 2
        mouse = self.page.mouse
        mouse.move(thumb["x"] + thumb["width"] / 2, y)
        mouse.down()
        mouse.move(track["x"] + share * track["width"], y, steps=4)
        mouse.up()
        return self

    def cancel(self) -> Explore:
        """Cancel the job, and wait until the page says so."""
        self.page.get_by_role("button", name="Cancel", exact=True).click()
        self.cancelled.wait_for()
        return self

    @property
    def cancelled(self) -> Locator:
        """What the page says of a job that was cancelled."""
        return self.page.locator(".st-key-result").get_by_text("Cancelled")

    @property
    def progress(self) -> Locator:
        """The bars of all jobs that are on their way."""
        return self.page.get_by_test_id("stProgress")

    def finished(self) -> Explore:
        """Wait until no job is on its way, with a bar or without.

        The run that shows the result of one job may start the next one, below or later.
        """
        unseen = self.page.locator(".rd-line", has_text="in a moment")
        while True:
            expect(self.progress).to_have_count(0)
            expect(unseen).to_have_count(0)
            self.settled()
            if self.progress.count() == 0 and unseen.count() == 0:
                return self

    def resized(self, width: int, height: int) -> Explore:
        """Make the window another one's size, and wait until all charts are within it."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.wait_for_function(
            """() => [...document.querySelectorAll('.js-plotly-plot .main-svg')]
                .every(one => one.getBoundingClientRect().right <= window.innerWidth)"""
        )
        return self.settled()

    def overflow(self) -> list[int]:
        """Return how wide the document is, and how far its main part scrolls sideways."""
        found: list[int] = self.page.evaluate(
            """() => {
                const main = document.querySelector('[data-testid="stMain"]');
                return [document.documentElement.scrollWidth, main.scrollWidth - main.clientWidth];
            }"""
        )
        return found

    def clipped(self, parts: tuple[str, ...] = ("Value", "Delta")) -> list[str]:
        """Return the figures that do not fit into their place, or other parts of their tiles."""
        found: list[str] = self.page.evaluate(
            """where => [...document.querySelectorAll(where)]
                .filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0)
                .map(one => one.innerText)""",
            ", ".join(f'[data-testid="stMetric{part}"] *' for part in parts),
        )
        return found

    def upload(self, *files: Path) -> Explore:
        """Give files to the uploader of the sidebar, and wait until the script has had them."""
        before = self.page.evaluate(_RUNS)
        with self.page.expect_response(re.compile("/_stcore/upload_file/")):
            self.page.locator('[class*="st-key-file"] input[type=file]').set_input_files(
                list(files)
            )
        self.page.wait_for_function(f"before => ({_RUNS})() > before", arg=before)
        return self.settled()


Open = Callable[..., Explore]
"""Opens a page of the app with a query, in a window of its own."""


def number(text: str) -> float:
    """Read the first number of a text as the app writes them: −0.0412, 2.3×10⁻¹⁰."""
    found = re.search(r"[−-]?\d+(?:\.\d+)?(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?", text)
    assert found, f"no number in {text!r}"
    mantissa, _, power = found[0].partition("×10")
    value = float(mantissa.replace("−", "-"))
    return value * 10.0 ** int(power.translate(SUPERSCRIPTS)) if power else value
