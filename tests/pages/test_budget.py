"""A budget of bits in place of D: the least D within it, on every page."""

from __future__ import annotations

import pytest

import rdcore as rd
from tests.pages.app import known, number, opened, shown, until

PLAIN = {"source": "gaussian", "subset": "false"}


def least(bits: float) -> float:
    words = rd.sources.codebook("gaussian")
    problem = rd.Problem(rd.sources.gaussian(), words, fidelities=[rd.average(1.0)])
    return rd.least_level(problem, bits * 0.6931471805599453).high


@pytest.mark.parametrize(
    ("query", "bits"),
    [
        ({"goal": "bits", "budget": "1.2"}, 1.2),
        ({"goal": "kbits", "budget": "9.6", "hz": "8000"}, 1.2),
        ({"goal": "bytes", "budget": "150", "rows": "1000"}, 1.2),
    ],
)
def test_the_least_D_within_a_budget(query: dict[str, str], bits: float) -> None:
    app = opened(**PLAIN, **query)
    until(app, lambda: known(app, "Rate R"))
    assert number(app, "Rate R") == pytest.approx(bits, abs=6e-4)
    (line,) = (one.value for one in app.markdown if "is the least average" in one.value)
    assert f"D = {least(bits):.4g}"[:8] in line
    assert "D" not in [one.key for one in app.number_input]


@pytest.mark.parametrize("page", ["prices", "codebook", "quantisers"])
def test_every_page_follows_the_budget(page: str) -> None:
    app = opened(page, **PLAIN, goal="bits", budget="1")
    until(app, lambda: not app.get("progress") and app.metric)
    assert not app.exception
    assert any("is the least average distortion" in one.value for one in app.markdown)
    if page == "prices":
        assert number(app, "Rate R") == pytest.approx(1.0, abs=6e-4)


def test_the_best_codebook_within_a_budget_in_decibels() -> None:
    app = opened(**PLAIN, codebook="best", goal="bits", budget="1", stated="snr")
    until(app, lambda: known(app, "Rate R"))
    assert number(app, "Rate R") == pytest.approx(1.0, abs=6e-4)
    (line,) = (one.value for one in app.markdown if "is the largest average" in one.value)
    # A Gaussian source has 6.02 dB at one bit; this one has 50 atoms on [−3, 3].
    assert 6.0 < float(line.split()[2]) < 6.4


def test_too_few_bits_say_what_the_subset_needs() -> None:
    app = opened(source="three_modes", S="|x|>2", Ds="0.5", goal="bits", budget="0.01")
    until(app, lambda: app.error)
    assert "too few" in app.error[0].value
    app.button(key="budget_remedy").click().run()
    until(app, lambda: known(app, "Rate R"))
    assert not app.error
    assert shown(app, "Rate R")
