"""The Reproduce page, with the experiment that it opens with."""

from __future__ import annotations

from tests.pages.app import opened, tables, until


def test_the_page_shows_figures_numbers_and_claims() -> None:
    app = opened("reproduce")
    until(app, lambda: tables(app))
    frame = tables(app)[0]
    assert list(frame.columns) == [
        "quantity",
        "printed in the project report",
        "in the author’s notebook",
        "re-run with the author’s steps",
        "our best with proof",
    ]
    assert "1.6777" in frame["printed in the project report"].iloc[0]
    texts = [one.value for one in app.markdown]
    said = "Verdict: **holds with a correction**. Of 5 claims: 2 as stated, 3 with a correction."
    assert said in texts
    assert any("every codebook needs at least 1\\.8471 bits" in one for one in texts)
    assert any("convex relative\\-entropy program" in one for one in texts)
