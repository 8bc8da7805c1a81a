"""The Prices page without a browser: what the widgets say and what the page answers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.jobs.scheduler import Scheduler
from dashboard.model.presets import LABELS, PRESETS
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import Point, Trade
from dashboard.tasks import solve
from dashboard.ui import queries, trades
from tests.pages.app import at_rest, below, number, opened, shown, until

STORY = ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),)), 0.6)


@pytest.fixture
def app() -> Iterator[AppTest]:
    app = opened("prices")
    yield app
    assert not app.exception


def charts(app: AppTest) -> list[str]:
    return [str(one.proto.id) for one in app.get("plotly_chart")]


def test_it_opens_with_prices_and_levels(app: AppTest) -> None:
    point = queries.point(STORY)
    assert isinstance(point, Point)
    assert shown(app, "Price of D, λ") == f"{figure(point.price_bits)} :small[bits/unit²]"
    found = trades.trade(STORY, point, 1.0, which=0)
    assert isinstance(found, Trade)
    assert found.high is not None
    assert shown(app, "D for 1 bit more") == f"{figure(found.high)} :small[unit²]"
    assert below(app, "D′ for 1 bit more").startswith("minimum, +0.339 bits")
    assert not app.error


def test_the_maps_come_with_progress_and_stay(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    until(app, lambda: at_rest(app))
    assert len(charts(app)) == 7
    app.number_input(key="D").set_value(0.8).run()
    assert not app.get("progress")
    assert len(charts(app)) == 7
    monkeypatch.setattr(Scheduler, "_serve", lambda scheduler: None)  # as on a busy server
    app.text_input(key="S").set_value("+(-2,1)").run()
    assert app.get("progress")
    app.button(key="surface_cancel").click().run()
    assert any("Cancelled" in one.value for one in app.markdown)
    app.text_input(key="S").set_value("+(-1,1)").run()
    assert len(charts(app)) == 7


def test_without_a_subset_there_is_one_price() -> None:
    app = opened("prices", S="")
    assert shown(app, "Price of D′") == "—"
    assert len(charts(app)) == 3
    assert any("Second price" in one.value for one in app.markdown)
    assert not [metric for metric in app.metric if metric.label.startswith("D′ for 1 bit fewer")]


def test_the_published_figure(app: AppTest) -> None:
    next(one for one in app.button if "figure 3" in one.label).click().run()
    point = queries.point(
        ProblemSpec(
            Setting(SourceSpec("gaussian"), subsets=(Subset("+(-0.1,0.1)", 0.015, "joint"),)),
            0.6,
        )
    )
    assert isinstance(point, Point)
    assert shown(app, "Rate R") == f"{figure(point.rate_bits)} :small[bits]"
    # .842727 and 13.823910 nats per unit, computed elsewhere.
    assert figure(0.842727 / 0.6931471806) in shown(app, "Price of D, λ")
    assert figure(13.823910 / 0.6931471806) in shown(app, "Price of D′, λ′")
    assert app.number_input(key="from").value == 0.5
    assert app.number_input(key="to").value == 3.0
    assert app.query_params["to"] == "3"


def test_a_range_that_is_empty_says_so(app: AppTest) -> None:
    app.number_input(key="from").set_value(3.0).run()
    app.number_input(key="to").set_value(2.0).run()
    assert "From must be less than To" in " ".join(one.value for one in app.warning)


def test_other_changes_of_the_rate(app: AppTest) -> None:
    app.number_input(key="bits").set_value(0.1).run()
    point = queries.point(STORY)
    assert isinstance(point, Point)
    for which, name in enumerate(("D", "D′")):
        for sign, how in ((1, "more"), (-1, "fewer")):
            found = trades.trade(STORY, point, 0.1 * sign, which=which)
            assert isinstance(found, Trade)
            values = [one.value for one in app.metric if one.label == f"{name} for 0.1 bits {how}"]
            assert any(figure(found.high or 0) in value for value in values)


def test_a_level_that_cannot_be_met_is_greyed_with_a_remedy(app: AppTest) -> None:
    app.number_input(key="D").set_value(1e-6).run()
    assert any("below the minimum level" in one.value for one in app.error)
    assert shown(app, "Rate R") != "—"


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_has_prices(name: str) -> None:
    app = opened("prices", source=LABELS[name])
    assert not app.error
    assert not app.warning
    assert shown(app, "Price of D, λ") != "—"
    level = app.number_input(key="D").value
    # The coin has less than one bit left: its tile shows the smallest level, 0.
    least = 0.0 if name == "bernoulli" else 1e-9
    assert least <= number(app, "D for 1 bit more") < level
    assert not app.exception


@pytest.mark.parametrize("page", ["explore", "prices"])
def test_the_free_codebook_beside_the_chosen_one(page: str) -> None:
    app = opened(page, every="true")
    until(app, lambda: any(one.label == "Rate, free codebook" for one in app.metric))
    best = solve.timed(STORY.problem().with_every())
    assert shown(app, "Rate, free codebook") == f"{figure(best.rate_bits)} :small[bits]"
    assert below(app, "Rate, free codebook").startswith("gap ≤ ")
    assert shown(app, "Codewords, free codebook").startswith(str(best.in_use))
    assert any("no set of codewords" in one.value for one in app.caption)
    app.toggle(key="every").set_value(False).run()
    assert "Rate, free codebook" not in [metric.label for metric in app.metric]
    assert not app.exception


def test_the_free_codebook_in_the_plane_is_a_job() -> None:
    app = opened("explore", source="Gaussian in the plane", every="true", S="")
    until(app, lambda: any(one.label == "Rate, free codebook" for one in app.metric))
    rate = number(app, "Rate, free codebook")
    assert rate <= number(app, "Rate R")


@pytest.mark.parametrize("page", ["explore", "prices"])
def test_the_audit_agrees(page: str) -> None:
    app = opened(page, source="Gaussian", audit="true", S="")
    until(app, lambda: any(one.label == "Clarabel" for one in app.metric))
    assert any("lies within our bounds" in one.value for one in app.markdown)
    assert shown(app, "This app").startswith(figure(number(app, "Rate R"), 2)[:3])
    assert "s" in shown(app, "Time")
    assert below(app, "Time").startswith("Clarabel ")
    app.toggle(key="audit").set_value(False).run()
    assert not any(one.label == "Clarabel" for one in app.metric)
    assert not app.exception


def test_each_symbol_has_a_price_of_its_own(app: AppTest) -> None:
    def drawn() -> bool:
        return any("symbol_prices_chart" in one for one in charts(app))

    assert not drawn()
    app.selectbox(key="measure").set_value("each").run()
    app.number_input(key="Ds").set_value(0.3).run()
    until(app, drawn)


def test_a_bit_more_is_6_decibels_and_a_level_that_costs_nothing_has_none_to_give() -> None:
    """R(D) of a Gaussian source is ½ log₂(σ²/D): a factor of 4 in D for each bit."""
    query = {"source": "gaussian", "codebook": "grid", "m": "60", "S": "", "stated": "snr"}
    app = opened("prices", **query, D="0.25")
    until(app, lambda: at_rest(app) and len(app.metric) == 7)
    top, more, fewer = (one for one in app.metric if one.label.startswith("D for 1 bit"))
    before = 10 * np.log10(rd.sources.gaussian().variance / 0.25)
    assert number(app, "D for 1 bit more") == pytest.approx(before + 20 * np.log10(2), abs=0.01)
    assert top.delta == f"+6.02 dB from {figure(before)} dB SNR"
    # D − 1 bit / λ, where λ = 1 / (2 ln 2 D) bits, is below 0.
    assert more.delta.endswith("predicted by the price: a mean square below 0")
    at_most = float(fewer.delta.partition("at most ")[2].split()[0])
    assert fewer.delta.startswith("slack below")
    assert at_most == pytest.approx(before / (20 * np.log10(2)), abs=2e-3)
    app.number_input(key="D_snr").set_value(-3.0).run()
    until(app, lambda: at_rest(app))
    assert below(app, "D for 1 bit fewer") == "already slack: its price is 0"
    assert not app.exception
