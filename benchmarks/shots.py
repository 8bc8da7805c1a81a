"""Pictures of every page and of two lessons: wide, small and narrow, light and dark.

``python -m benchmarks.shots`` serves the app, writes ``docs/images/shots`` and the page of the
documentation that shows them; the names of some pages after it draw those alone. It needs what the
browser tests need.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.explore import Explore
from tests.browser.server import ROOT, chromium, serving

FOLDER, PAGE = ROOT / "docs/images/shots", ROOT / "docs/looks.md"
SIZES = {"wide": (1440, 900), "small": (1280, 720), "narrow": (390, 844)}
THEMES = ("light", "dark")
LONGEST = 1_200_000
"""Milliseconds that the work of a page may take."""
QUALITY = 60

VIEWS = {
    "explore": ("", "Explore", "the source with its subset beside the certified curve"),
    "prices": ("prices", "Prices", "the price of each level along the curve"),
    "codebook": ("codebook", "Codebook", "the codewords and the rate, round by round"),
    "annealing": ("annealing", "Annealing", "the codewords and the bits along the temperature"),
    "quantisers": ("quantisers", "Quantisers", "the rates of quantisers above the bound"),
    "classification": ("classification", "Classification", "reproductions of digits"),
    "pictures": ("pictures", "Pictures", "a photograph with a region, and the sizes of its files"),
    "learned": ("learned", "Learned", "trained codecs at their targets"),
    "reproduce": ("reproduce", "Reproduce", "an experiment of Nasser (2025), run again"),
    "compare": ("", "Compare", "two pinned scenarios over each other"),
    "guide": ("guide?lesson=rate", "Guide, lesson 1", "what R(D) is"),
    "lesson": ("guide?lesson=water&step=1", "Guide, lesson 2", "the Gaussian and the water level"),
}
"""The address, the name and what is seen, by the name of the files."""


def main() -> None:
    """Draw the views named on the command line, or all, and write the page that shows them."""
    wanted = sys.argv[1:] or list(VIEWS)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        # The server may work for long, and nobody else waits for it.
        variables = {"RD_JOB_NICENESS": "0"}
        with serving(Path(folder) / "log.txt", **variables) as url, chromium() as browser:
            for name in wanted:
                _draw(name, browser, url)
    PAGE.write_text(_page(), encoding="utf-8")
    total = sum(path.stat().st_size for path in FOLDER.glob("*.webp"))
    print(f"{len(list(FOLDER.glob('*.webp')))} pictures, {total / 1e6:.2f} MB")


def _draw(name: str, browser: Browser, url: str) -> None:
    for theme in THEMES:
        for sizes in (("wide", "small"), ("narrow",)):
            with _window(browser, theme, sizes[0]) as window:
                page = Explore(window, url)
                _open(name, page)
                for size in sizes:
                    _resize(window, size)
                    _keep(window.screenshot(), f"{name}-{size}-{theme}.webp")


def _keep(shot: bytes, name: str) -> None:
    target = FOLDER / name
    Image.open(io.BytesIO(shot)).save(target, "WEBP", quality=QUALITY, method=6)
    print(f"{name}: {target.stat().st_size / 1000:.0f} kB", flush=True)


def _resize(window: Page, size: str) -> None:
    width, height = SIZES[size]
    if window.viewport_size != {"width": width, "height": height}:
        window.set_viewport_size({"width": width, "height": height})
    window.wait_for_timeout(1000)  # the charts are drawn again


@contextmanager
def _window(browser: Browser, theme: str, size: str) -> Iterator[Page]:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if theme == "dark" else "light",
    )
    yield context.new_page()
    context.close()


def _open(name: str, page: Explore) -> None:
    """Open a view and wait until all its work is done."""
    _rest(page.open(VIEWS[name][0]))
    if name == "compare":
        _compare(page)
    page.page.mouse.move(0, 0)


def _compare(page: Explore) -> None:
    """Pin the first scenario and the one without its subset, and follow the link to Compare."""
    pins = page.page.get_by_role("button", name="Pins")
    for last in (False, True):
        pins.click()
        page.press("Pin this scenario")  # which closes the popover
        if last:
            pins.click()
            page.page.get_by_role("link", name="Compare the pins").click()
            page.page.locator('[class*="st-key-compare_curves"] .js-plotly-plot').first.wait_for()
        page.page.keyboard.press("Escape")
        if not last:
            page.press("Clear")
        _rest(page)


def _rest(page: Explore) -> None:
    """Wait until no work is left; the end of one job may start another."""
    quiet = False
    while not quiet:
        expect(page.progress).to_have_count(0, timeout=LONGEST)
        page.finished()
        page.page.wait_for_timeout(2000)
        quiet = page.progress.count() == 0


def _page() -> str:
    """Return the page of the documentation that shows the pictures that there are."""
    parts = [_HEAD]
    drawn = {path.name.split("-")[0] for path in FOLDER.glob("*.webp")}
    for name, (_, title, seen) in VIEWS.items():
        if name not in drawn:
            continue
        parts.append(f"## {title}\n")
        for size, theme in (("wide", "light"), ("small", "dark")):
            parts.append(f"![{title}: {seen}]({_link(name, size, theme)})\n")
        others = [(size, theme) for theme in THEMES for size in SIZES]
        links = (f"[{SIZES[s][0]} px, {t}]({_link(name, s, t)})" for s, t in others)
        parts.append(" · ".join(links) + "\n")
    return "\n".join(parts)


def _link(name: str, size: str, theme: str) -> str:
    return f"images/shots/{name}-{size}-{theme}.webp"


_HEAD = """# What it looks like

Every page of the app and two lessons, in a window of 1440 × 900, of 1280 × 720 and of a phone, in
both themes. `make shots` draws these pictures.
"""

if __name__ == "__main__":
    main()
