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


def test_the_page_shows_figures_numbers_and_claims() -> None:
    app = opened("reproduce")
    until(app, lambda: app.dataframe)
    frame = app.dataframe[0].value
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
