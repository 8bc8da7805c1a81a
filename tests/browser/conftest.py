"""A server of the app and a Chromium to drive it with, one of each for all browser tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.explore import Explore
from tests.browser.server import chromium, serving
from tests.conftest import sampled


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "link" in metafunc.fixturenames:
        cases = sampled(metafunc.config, metafunc.module.LINKS, 3)
        names = [f"{page or 'explore'}-{'-'.join(query)}" for page, query in cases]
        metafunc.parametrize("link", cases, ids=names)


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("server") / "log.txt") as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def explore(browser: Browser, server: str) -> Iterator[Callable[..., Explore]]:
    """Return a function that opens the page with a query, in a window of its own."""
    contexts: list[BrowserContext] = []
    pages: list[Explore] = []

    def opened(
        query: str | dict[str, str] = "",
        *,
        width: int = 1440,
        height: int = 900,
        dark: bool = False,
        url: str = server,
        wait: bool = True,
    ) -> Explore:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        pages.append(Explore(context.new_page(), url))
        return pages[-1].open(query, wait=wait)

    yield opened
    for context in contexts:
        context.close()
    assert [text for page in pages for text in page.refused] == []
