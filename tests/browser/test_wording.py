"""A question as an engineer asks it, from a file of their own, with few actions."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import expect

from rdcore.command import main
from tests.browser.explore import Explore, Open

MOST_ACTIONS = 12


class Counted:
    """A page whose clicks, typed texts and uploads are counted."""

    def __init__(self, page: Explore) -> None:
        self.page, self.actions = page, 0

    def choose(self, key: str, option: str) -> None:
        self.page.choose(key, option)
        self.actions += 2

    def type(self, key: str, text: str) -> None:
        self.page.type(key, text)
        self.actions += 1

    def upload(self, path: Path) -> None:
        self.page.upload(path)
        self.actions += 1


@pytest.fixture
def messung(tmp_path: Path) -> Path:
    """Temperatures with decimal commas, and a status, separated by semicolons."""
    draw = np.random.default_rng(3)
    usual, alarm = draw.normal(21, 2, 180).round(1), draw.normal(27, 1, 20).round(1)
    rows = [(value, "ok") for value in usual] + [(value, "alarm") for value in alarm]
    lines = [f"{value:.1f}".replace(".", ",") + f";{status}" for value, status in rows]
    path = tmp_path / "messung.csv"
    path.write_text("\n".join(["temp [°C];status", *lines]), encoding="utf-8")
    return path


@pytest.fixture
def answered(messung: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Return a function that asks the package itself."""

    def answer(*more: str) -> dict[str, Any]:
        command = [str(messung), "--column", "temp", "--distortion", "rms", "--D", "0.5", "--json"]
        assert main([*command, *more]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return answer


def test_bits_for_half_a_degree_and_the_cost_of_a_second_wish(
    explore: Open, messung: Path, answered: Callable[..., dict[str, Any]]
) -> None:
    person = Counted(explore())
    person.choose("source", "Your own data")
    person.upload(messung)
    person.choose("stated", "RMS")
    person.type("D_rms", "0.5")
    person.type("S", "status = alarm")
    person.type("Ds_rms", "0.05")
    assert person.actions <= MOST_ACTIONS
    page = person.page.finished()
    expect(page.metric("Cost of S").get_by_test_id("stMetricValue")).not_to_contain_text("—")
    both, alone = answered("--subset", "status=alarm: 0.05"), answered()
    assert both["codebook"] == "free"
    assert page.figure("Rate R") == pytest.approx(both["rate_bits"], abs=6e-4)
    assert page.gap_bits() < 1e-6
    prices = [one["price_bits"] for one in both["constraints"]]
    assert page.figure("Price of D, λ") == pytest.approx(prices[0], rel=1e-3)
    assert page.figure("Price of D′, λ′") == pytest.approx(prices[1], rel=1e-3)
    assert "bits/°C RMS" in page.text_of("Price of D′, λ′")
    cost = both["rate_bits"] - alone["rate_bits"]
    assert page.figure("Cost of S") == pytest.approx(cost, rel=2e-3)
    expect(page.metric("Price of D′")).to_contain_text("D′ = 0.05")
    expect(page.page.locator(".st-key-codebook [aria-checked=true]")).to_have_text("Best")
    assert page.field("D_rms").input_value() == "0.5"
    assert page.field("Ds_rms").input_value() == "0.05"
    page.reload().finished()
    assert page.figure("Rate R") == pytest.approx(both["rate_bits"], abs=6e-4)
    assert not page.errors
