"""Learned in a real browser: a training that is cancelled, and one that ends with real files."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.explore import Explore

pytest.importorskip("jax")
Open = Callable[..., Explore]


def test_a_training_is_cancelled(explore: Open) -> None:
    page = explore("learned?pictures=Digits")
    page.page.get_by_role("button", name="Train").click()
    expect(page.progress).to_contain_text("training", timeout=60_000)
    start = time.perf_counter()
    page.page.get_by_role("button", name="Cancel", exact=True).click()
    page.page.locator(".st-key-result").get_by_text("Cancelled").wait_for()
    took = time.perf_counter() - start
    print(f"\nfrom Cancel to its being shown: {1e3 * took:.0f} ms")
    assert page.errors == []


@pytest.mark.slow
def test_a_short_training_ends_with_a_file_that_another_process_decodes(explore: Open) -> None:
    page = explore("learned?pictures=Digits&codec_length=Short&c=800")
    page.page.get_by_role("button", name="Train").click()
    page.metric("Real file").wait_for(timeout=120_000)
    page.finished()
    assert 500 < page.figure("D on training patches") < 1300
    assert "decoded by another process to the same pixels" in page.page.content()
    with page.page.expect_download() as waiting:
        page.press("The coded file")
    assert waiting.value.suggested_filename == "pictures.rdl"
    assert page.errors == []
