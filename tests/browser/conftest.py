"""A server of the app and a Chromium to drive it with, one of each for all browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.explore import Explore
from tests.browser.server import chromium, serving
from tests.conftest import sampled
from tests.links import LINKS, PATHS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "link" in metafunc.fixturenames:
        cases = sampled(metafunc.config, LINKS, 1)
        names = [f"{page or 'explore'}-{'-'.join(query)}" for page, query in cases]
        metafunc.parametrize("link", cases, ids=names)
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", sampled(metafunc.config, ["", *PATHS], 2))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium("--process-per-site", "--js-flags=--no-flush-bytecode") as browser:
        yield browser


@pytest.fixture(scope="session")
def windows(browser: Browser, server: str) -> Iterator[BrowserContext]:
    """Hold the windows of all tests, in one process that has compiled the app's scripts before.

    Compiling takes more than half of the time until a page is there. A page of plain text of the
    same server stays open, so that the process outlives the windows of each test.
    """
    context = browser.new_context()
    context.new_page().goto(f"{server}/_stcore/health")
    yield context
    context.close()


def _forget(context: BrowserContext) -> None:
    """Close all windows of a test, and remove what they have kept in the browser."""
    first, *others = context.pages
    for page in others:
        page.close()
    context.clear_cookies()
    first.evaluate("localStorage.clear()")


@pytest.fixture
def explore(
    browser: Browser, windows: BrowserContext, server: str
) -> Iterator[Callable[..., Explore]]:
    """Return a function that opens the page with a query, in a window of its own.

    Windows on another server than that of all tests have a context of their own. No window may
    ask anything of other servers, or be refused anything by the server's policy. ``script`` runs
    in the window before those of the page.
    """
    contexts: list[BrowserContext] = []
    pages: list[Explore] = []

    def opened(
        query: str | dict[str, str] = "",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        url: str = server,
        script: str = "",
        wait: bool = True,
    ) -> Explore:
        context = windows
        if url != server:
            context = browser.new_context()
            contexts.append(context)
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        if script:
            page.add_init_script(script)
        pages.append(Explore(page, url))
        return pages[-1].open(query, wait=wait)

    yield opened
    for context in contexts:
        context.close()
    _forget(windows)
    assert [text for page in pages for text in page.refused] == []
    assert [url for page in pages for url in page.outside] == []
