"""Learned in a real browser: a training that is cancelled, and one that ends with real files."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.explore import Open

pytest.importorskip("jax")


def test_a_training_is_cancelled(explore: Open) -> None:
    page = explore("learned?pictures=Digits")
    page.page.get_by_role("button", name="Train").click()
    expect(page.progress).to_contain_text("training")
    page.cancel()
    assert page.errors == []


@pytest.mark.slow
def test_a_short_training_ends_with_a_file_that_another_process_decodes(explore: Open) -> None:
    page = explore("learned?pictures=Digits&codec_length=Short&c=800")
    page.page.get_by_role("button", name="Train").click()
    page.metric("Coded file").wait_for()
    page.finished()
    assert 500 < page.figure("D, training data") < 1300
    assert "a second process decoded the same pixels" in page.page.content()
    with page.page.expect_download() as waiting:
        page.press("Coded file")
    assert waiting.value.suggested_filename == "pictures.rdl"
    assert page.errors == []
