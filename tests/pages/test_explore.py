"""The Explore page without a browser: what the widgets say and what the page answers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.presets import LABELS, PRESETS
from dashboard.model.specs import Measure
from dashboard.ui.sidebar.subset_controls import MEASURES
from dashboard.uploads import store
from tests.pages.app import at_rest, number, opened, shown, until


@pytest.fixture
def app() -> Iterator[AppTest]:
    app = opened()
    yield app
    assert not app.exception


def gap(app: AppTest) -> str:
    return str(next(metric.delta for metric in app.metric if metric.label == "Rate R"))


def errors(app: AppTest) -> list[str]:
    return [error.value.replace("\\", "") for error in app.error]


def rate(D: float, Ds: float, measure: str = "conditional") -> str:
    source = rd.sources.three_modes()
    fidelities = [rd.average(D), rd.subset(np.abs(source.atoms) < 1, Ds, measure=measure)]
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities)
    return figure(rd.solve(problem).rate_bits)


def test_it_opens_with_a_story(app: AppTest) -> None:
    assert shown(app, "Rate R") == f"{rate(0.6, 0.05)} :small[bits]"
    assert gap(app).startswith("gap ≤ ")
    assert len(app.get("plotly_chart")) == 3
    assert not app.error
    assert [metric.label for metric in app.metric][:5] == [
        "Rate R",
        "Price of D, λ",
        "Price of D′, λ′",
        "Cost of S",
        "Output entropy H(Y)",
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_opens_with_a_result(app: AppTest, name: str) -> None:
    app.selectbox(key="source").set_value(LABELS[name]).run()
    until(app, lambda: at_rest(app))
    assert not app.error
    assert not app.warning
    assert shown(app, "Rate R") != "—"
    assert gap(app).startswith("gap ≤ ")
    assert shown(app, "Price of D′") != "—"
    assert len(app.get("plotly_chart")) == 3
    app.button(key="subset_clear").click().run()
    until(app, lambda: at_rest(app))
    assert shown(app, "Price of D′") == "—"


def test_levels_as_numbers_and_as_sliders(app: AppTest) -> None:
    app.number_input(key="D").set_value(0.437).run()
    assert shown(app, "Rate R").startswith(rate(0.437, 0.05))
    assert app.select_slider(key="D_slider").value == 0.437
    app.select_slider(key="D_slider").set_value(0.8).run()
    assert app.number_input(key="D").value == 0.8
    assert shown(app, "Rate R").startswith(rate(0.8, 0.05))
    app.select_slider(key="Ds_slider").set_value(0.1).run()
    assert shown(app, "Rate R").startswith(rate(0.8, 0.1))


@pytest.mark.parametrize("measure", ["joint", "each"])
def test_what_is_held(app: AppTest, measure: Measure) -> None:
    app.selectbox(key="measure").set_value(MEASURES[measure]).run()
    assert shown(app, "Rate R").startswith(rate(0.6, 0.05, measure))


def test_the_subset_can_be_switched_off(app: AppTest) -> None:
    app.toggle(key="subset").set_value(False).run()
    assert shown(app, "Price of D′") == "—"
    plain = rd.Problem(
        rd.sources.three_modes(), rd.sources.codebook("three_modes"), fidelities=[rd.average(0.6)]
    )
    assert shown(app, "Rate R").startswith(figure(rd.solve(plain).rate_bits))


def test_text_that_cannot_be_read_keeps_the_last_subset(app: AppTest) -> None:
    app.text_input(key="S").set_value("+[-2,0]").run()
    before = shown(app, "Rate R")
    app.text_input(key="S").set_value("+[-2,[here](http://x)").run()
    (said,) = errors(app)
    assert "is accepted" in said
    assert "S stays +[-2,0]" in said
    assert shown(app, "Rate R") == before
    app.button(key="subset_undo").click().run()
    assert app.text_input(key="S").value == "+[-2,0]"
    assert not app.error
    app.button(key="subset_undo").click().run()
    assert app.text_input(key="S").value == "+(-1,1)"
    assert app.button(key="subset_undo").disabled


def test_a_subset_without_an_atom_says_so(app: AppTest) -> None:
    app.text_input(key="S").set_value("+[0.01,0.02]").run()
    assert "No atom" in app.warning[0].value
    assert shown(app, "Price of D′") == "—"


@pytest.mark.parametrize("key", ["D", "Ds"])
def test_an_infeasible_level_keeps_the_last_good_result(app: AppTest, key: str) -> None:
    app.number_input(key=key).set_value(0.3).run()
    before = shown(app, "Rate R")
    app.number_input(key=key).set_value(1e-4).run()
    (said,) = errors(app)
    assert "is below the minimum level 0.00" in said
    assert shown(app, "Rate R") == before
    assert any("The greyed results are for" in line.value for line in app.markdown)
    app.button(key=f"{key}_remedy_beside").click().run()
    assert not app.error
    assert app.number_input(key=key).value > 0.004
    assert shown(app, "Rate R") != before


def test_an_infeasible_link_shows_the_nearest_that_can_be_met() -> None:
    app = opened(D="0.001", Ds="0.0001")
    assert not app.exception
    assert len(errors(app)) == 2
    assert shown(app, "Rate R") != "—"


def test_what_every_codebook_needs_where_the_chosen_one_cannot() -> None:
    """From three codewords the atoms near −7 are further away than D allows."""
    app = opened(codebook="typed", y="-1, 0, 1", D="0.6", S="", every="true")
    assert "is below the minimum level" in errors(app)[0]
    until(app, lambda: at_rest(app) and shown(app, "Rate, free codebook"))
    every = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    assert number(app, "Rate, free codebook") == pytest.approx(rd.solve(every).rate_bits, abs=1e-3)
    assert shown(app, "Codewords") == "5"
    assert not app.exception


@pytest.mark.parametrize(
    "query",
    [
        {"source": "nope", "D": "abc", "Ds": "", "measure": "?", "d": "x", "codebook": "y"},
        {"D": "nan", "Ds": "-5", "m": "1e99", "axis": "no", "subset": "maybe"},
        {"source": "Uniform", "uniform_low": "9", "uniform_high": "-9", "uniform_atoms": "7e7"},
        {"source": "Coin", "bernoulli_p": "2"},
        {"source": "Your own data", "data": "../../etc/passwd", "bins": "-1", "x": "nope"},
        {"S": "+[" + "9" * 5000},
        {"codebook": "Typed", "y": "a; b; c"},
        {"source": "Four clusters", "codebook": "Equal steps", "m": "256"},
        {"source": "Four clusters", "S": "+all", "measure": "Each symbol"},
    ],
)
def test_bad_values_in_a_link_never_crash(query: dict[str, str]) -> None:
    app = opened(**query)
    assert not app.exception
    assert shown(app, "Rate R") != "—"
    assert gap(app).startswith("gap ≤ ")


def test_codebooks(app: AppTest) -> None:
    app.segmented_control(key="codebook").set_value("grid").run()
    app.number_input(key="m").set_value(41).run()
    assert shown(app, "Codewords in use").endswith("of 41]")
    app.segmented_control(key="codebook").set_value("typed").run()
    app.text_input(key="y").set_value("-5, -1, 0, 2.5").run()
    app.number_input(key="Ds").set_value(0.3).run()
    app.number_input(key="D").set_value(5.0).run()
    assert shown(app, "Codewords in use").endswith("of 4]")
    app.text_input(key="y").set_value("one, two").run()
    assert any("cannot be read as numbers" in said for said in errors(app))
    assert shown(app, "Rate R") != "—"


def test_distortions(app: AppTest) -> None:
    app.segmented_control(key="d").set_value("absolute").run()
    assert shown(app, "Price of D,").endswith("bits/unit]")
    app.segmented_control(key="d").set_value("hamming").run()
    assert shown(app, "Price of D,").endswith("bits/error]")
    assert shown(app, "Codewords in use").endswith("of 100]")
    assert not app.error
    app.segmented_control(key="d").set_value("squared_error").run()
    assert app.number_input(key="D").value == 0.6
    assert shown(app, "Rate R").startswith(rate(0.6, 0.05))


def test_reset_goes_back_to_the_start(app: AppTest) -> None:
    before = shown(app, "Rate R")
    app.number_input(key="D").set_value(3.0).run()
    app.text_input(key="S").set_value("").run()
    app.segmented_control(key="d").set_value("absolute").run()
    next(button for button in app.button if button.label == "Reset").click().run()
    assert shown(app, "Rate R") == before
    assert app.text_input(key="S").value == "+(-1,1)"


def test_your_own_data_waits_for_a_file(app: AppTest) -> None:
    app.selectbox(key="source").set_value(LABELS["own"]).run()
    assert any("in the meantime" in caption.value for caption in app.caption)
    assert shown(app, "Rate R").startswith(rate(0.6, 0.05))


def test_an_upload_is_found_again_by_its_key() -> None:
    digest = store.put("people.csv", b"cm,n\n160,1\n170,2\n180,5\n190,2\n")
    app = opened(source=LABELS["own"], data=digest)
    assert not app.exception
    assert not app.error
    assert any("All 4 rows used" in caption.value for caption in app.caption)
    assert app.selectbox(key="x").value == "cm"
    assert app.selectbox(key="w").value == "n"
    assert shown(app, "Rate R") != "—"


def test_an_upload_that_is_gone_says_so() -> None:
    app = opened(source=LABELS["own"], data="0" * 32)
    assert "no longer on the server" in app.warning[0].value
    assert shown(app, "Rate R") != "—"


def test_the_density_behind_uniform_atoms_lies_between_two_bounds() -> None:
    app = opened(source=LABELS["uniform"])
    low, high = (number(app, label) for label in ("Lower bound", "Upper bound"))
    assert 0 < low < high < low + 0.1
    assert not any(metric.label == "Lower bound" for metric in opened().metric)


def test_the_details_compare_the_information_of_the_channel_with_the_optimum(app: AppTest) -> None:
    text = next(one.value for one in app.markdown if one.value.startswith("From the channel"))
    entropy, noise, empirical, optimal = (
        float(number) for number in re.findall(r"[−=s] (\d+\.\d+)", text)
    )
    assert entropy - noise == pytest.approx(empirical, abs=1e-8)
    assert empirical == pytest.approx(optimal, abs=1e-8)
    assert figure(optimal) == rate(0.6, 0.05)
