"""The Reproduce page: experiments run again, against known values and the published numbers."""

from __future__ import annotations

import math
from functools import cache

import pytest

from dashboard.model.reproduction import Quantity, Reproduced
from dashboard.tasks import reproduce
from dashboard.tasks.reproduce import EXPERIMENTS
from tests import steps
from tests.pages.app import opened, until


@cache
def result(key: str) -> Reproduced:
    found = steps.result(reproduce.run(key))
    assert isinstance(found, Reproduced)
    return found


def number(found: Reproduced, name: str) -> Quantity:
    return next(one for one in found.numbers if one.name.startswith(name))


@pytest.mark.parametrize("key", [one.key for one in EXPERIMENTS if one.key not in ("E8", "E9")])
def test_each_experiment_runs(key: str) -> None:
    found = result(key)
    assert found.series
    assert found.why.count(".") >= 1
    for one in found.series:
        assert len(one.x) == len(one.y) > 0
    for one in found.numbers:
        assert math.isfinite(one.rerun)


def test_the_known_values() -> None:
    gaussian = number(result("E1"), "R(0.6)")
    assert gaussian.rerun == pytest.approx(0.243804305 / math.log(2), abs=1e-8)
    prices = result("E2")
    assert number(prices, "λ at").rerun == pytest.approx(0.842727 / math.log(2), abs=1e-5)
    assert number(prices, "λ′ at").rerun == pytest.approx(13.823910 / math.log(2), abs=1e-4)
    trimodal = result("E4")
    assert number(trimodal, "R(0.3)").rerun == pytest.approx(0.862977031 / math.log(2), abs=1e-8)


def test_the_published_numbers_are_met_and_improved() -> None:
    found = result("E7")
    rate = number(found, "I(X;Y)")
    assert rate.best == pytest.approx(1.677668, abs=1e-6)
    assert rate.best <= rate.rerun + 1e-9
    assert number(found, "H(Y)").best < number(found, "H(Y)").published - 0.07


@pytest.mark.slow
def test_the_long_ones() -> None:
    hard = number(result("E8"), "deterministic: H(Y)")
    assert hard.rerun == pytest.approx(hard.published, abs=2e-3)
    assert hard.best < 2.13
    planes = result("E9")
    assert number(planes, "I(X;Y)").rerun == pytest.approx(1.7247, abs=1e-4)
    assert number(planes, "H(Y)").best < 1.93


def test_the_page_shows_figure_numbers_and_why() -> None:
    app = opened("reproduce")
    until(app, lambda: app.dataframe)
    frame = app.dataframe[0].value
    assert list(frame.columns) == ["", "Nasser (2025)", "re-run", "our best"]
    assert "1.6777" in frame["Nasser (2025)"].iloc[0]
    assert any("optimum over all codebooks" in one.value for one in app.markdown)
