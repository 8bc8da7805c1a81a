"""The Reproduce page: experiments run again, against known values and the published numbers."""

from __future__ import annotations

from functools import cache

import pytest

from dashboard.model.reproduction import Quantity, Reproduced
from dashboard.tasks import reproduce
from tests import steps
from tests.pages.app import opened, until


@cache
def result(key: str) -> Reproduced:
    found = steps.result(reproduce.run(key))
    assert isinstance(found, Reproduced)
    return found


def number(found: Reproduced, name: str) -> Quantity:
    return next(one for one in found.numbers if one.name.startswith(name))


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
    assert list(frame.columns) == ["quantity", "Nasser (2025)", "re-run", "our best"]
    assert "1.6777" in frame["Nasser (2025)"].iloc[0]
    assert any("optimum over all codebooks" in one.value for one in app.markdown)
