"""Faults of the server as a page shows them: one sentence, and what was set stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.uploads import store
from tests.pages.app import opened, shown


def test_an_upload_to_a_full_disk_is_one_sentence_and_the_page_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = opened(source="own", data=store.put("a.csv", b"x\n1\n2\n4\n5\n"), D="0.5")
    before, query = shown(app, "Rate R"), dict(app.query_params)

    def full(self: Path, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        app.file_uploader[0].set_value(("b.csv", b"x\n1\n2\n3\n", "text/csv")).run()
        assert not app.exception
        (said,) = app.sidebar.error
        assert "disk is full" in said.value
        assert (shown(app, "Rate R"), dict(app.query_params)) == (before, query)
    app.file_uploader[0].set_value(("b.csv", b"x\n1\n2\n3\n", "text/csv")).run()
    assert not app.sidebar.error
    assert app.query_params["data"] != query["data"]
