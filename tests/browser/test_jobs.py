"""Long work in a real browser: the free codebook, the audit, Cancel."""

from __future__ import annotations

import numpy as np
import pytest
from playwright.sync_api import expect

import rdcore as rd
from dashboard.formatting import figure
from tests.browser.explore import Open


@pytest.mark.parametrize("where", ["", "prices"], ids=["explore", "prices"])
def test_the_free_codebook_with_its_proof_and_the_audit(explore: Open, where: str) -> None:
    page = explore(f"{where}?S=").switch("every")
    source = rd.sources.three_modes()
    best = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)]), tol=1e-9)
    page.expect_figure("Rate, free codebook", figure(best.rate_bits))
    codewords = best.codebook[best.marginal > 1e-6]
    page.expect_figure("Codewords, free codebook", str(len(codewords)))
    expect(page.page.get_by_text("Certified for every codebook")).to_be_visible()
    drawn = page.trace("source", "free codewords")["x"]
    assert np.allclose(np.sort(drawn), np.sort(codewords.ravel()), atol=1e-4)

    page.switch("audit").finished()
    expect(page.page.get_by_text("lies within our bounds")).to_be_visible()
    ours, theirs = page.figure("This app"), page.figure("Clarabel")
    assert ours == pytest.approx(page.figure("Rate R"), abs=5e-4)
    assert theirs == pytest.approx(ours, abs=1e-4)
    assert page.errors == []


def test_the_free_codebook_in_the_plane(explore: Open) -> None:
    page = explore("?source=Four+clusters&every=true&S=%2Bdisc(0,0,2)").finished()
    page.metric("Rate, free codebook").wait_for()
    assert page.figure("Rate, free codebook") < page.figure("Rate R")
    expect(page.page.get_by_text("Certified for every codebook")).to_be_visible()
    assert len(page.trace("source", "free codebook")["x"]) == page.figure(
        "Codewords, free codebook"
    )


def test_cancel_and_start_again(explore: Open) -> None:
    """Clarabel takes seconds here and cannot be asked to stop, so its process has to end."""
    page = explore("?source=Four+clusters&S=").switch("audit")
    expect(page.progress).to_contain_text("solving with Clarabel")
    page.cancel()
    expect(page.progress).to_have_count(0)
    page.press("Start again")
    expect(page.cancelled).to_have_count(0)
    # What is asked for next is served: the worker is free, or a new one has come.
    page.switch("audit").switch("every").finished()
    assert page.figure("Rate, free codebook") < page.figure("Rate R")
    assert page.errors == []
