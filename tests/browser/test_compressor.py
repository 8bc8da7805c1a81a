"""From the bound to a compressor in a real browser: play, scrub, download, cancel."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

import rdcore as rd
from tests.browser.explore import Open

CODEWORDS = """chart => {
    const plot = document.querySelector(`.st-key-${chart}_chart .js-plotly-plot`);
    const trace = plot?._fullData?.find(one => one.name === 'codewords');
    return trace ? Array.from(trace.x) : null;
}"""
MANY = f"([chart, least]) => (({CODEWORDS})(chart) ?? []).length > least"
SLIDER = """chart => {
    const plot = document.querySelector(`.st-key-${chart}_chart .js-plotly-plot`);
    const rail = plot.querySelector('.slider-rail-touch-rect').getBoundingClientRect();
    return [rail.left, rail.top + rail.height / 2, rail.width];
}"""


def test_refinement_plays_scrubs_and_downloads(explore: Open, tmp_path: Path) -> None:
    page = explore("codebook?S=&y=grid").finished()
    best = rd.solve(rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)]))
    assert page.figure("Final rate") == pytest.approx(best.rate_bits, abs=1e-3)
    end = page.page.wait_for_function(CODEWORDS, arg="refinement").json_value()
    assert np.sort(end) == pytest.approx(np.sort(best.codebook[best.marginal > 1e-6]), abs=1e-2)

    left, middle, _ = page.page.evaluate(SLIDER, "refinement")
    page.page.mouse.click(left + 2, middle)
    page.page.wait_for_function(MANY, arg=["refinement", len(end)])
    page.page.locator(".st-key-refinement_chart .updatemenu-button").first.click()
    page.page.wait_for_function(
        f"([chart, count]) => ({CODEWORDS})(chart).length === count",
        arg=["refinement", len(end)],
    )

    with page.page.expect_download() as waiting:
        page.press("CSV")
    waiting.value.save_as(tmp_path / "codebook.csv")
    rows = list(csv.DictReader((tmp_path / "codebook.csv").read_text().splitlines()))
    assert sum(float(row["P(Y = y)"]) for row in rows) == pytest.approx(1.0)
    assert page.errors == []


@pytest.mark.slow
def test_annealing_can_be_cancelled(explore: Open) -> None:
    page = explore("annealing?source=Four+clusters&stages=60")
    expect(page.progress).to_contain_text("Annealing")
    page.cancel()
    page.press("Start again").finished()
    bound, one = page.figure("Certified lower bound"), page.figure("One encoder")
    assert bound < page.figure("Time sharing") <= one
    page.chart("hardening").wait_for()
    assert page.errors == []


def test_a_published_experiment(explore: Open) -> None:
    page = explore("reproduce?experiment_shown=E2").finished()
    drawn = page.trace("experiment", "price of D′, λ′")
    assert drawn["x"][0] == pytest.approx(0.5)
    page.segment("experiment_shown", "E7").finished()
    drawn = page.trace("experiment_5", "H(Y) along annealing")
    assert drawn["y"][-1] == pytest.approx(1.7226, abs=2e-3)
    assert page.errors == []


def test_a_coded_file_is_taken_away_and_decoded(explore: Open, tmp_path: Path) -> None:
    page = explore("quantisers?S=").finished()
    with page.page.expect_download() as waiting:
        page.press("Coded file")
    waiting.value.save_as(tmp_path / "sample.rdq")
    with page.page.expect_download() as waiting:
        page.press("Quantiser as JSON")
    waiting.value.save_as(tmp_path / "quantiser.json")
    back = rd.coding.decompress((tmp_path / "sample.rdq").read_bytes())
    codewords = rd.export.from_json((tmp_path / "quantiser.json").read_text()).codebook
    assert len(back) == 100_000
    assert set(np.unique(back)) <= set(codewords.tolist())
    assert page.errors == []
