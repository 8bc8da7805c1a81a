"""Several subsets without a browser: the list, the links, and what every page makes of them."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import figure
from dashboard.model.state import State
from tests.pages.app import at_rest, number, opened, shown, tables, until
from tests.pages.test_links import link

THREE = {
    "D": "0.6",
    "S": "|x|<1",
    "Ds": "0.05",
    "S2": ">2",
    "Ds2": "0.02",
    "measure2": "joint",
    "name2": "right *mode*",
    "S3": "<0.5",
    "Ds3": "0.3",
    "colour3": "purple",
}


def problem(*held: rd.problem.Fidelity, D: float = 0.6) -> rd.Problem:
    source = rd.sources.three_modes()
    return rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=[rd.average(D), *held])


def three() -> rd.Problem:
    x = rd.sources.three_modes().atoms
    return problem(
        rd.subset(np.abs(x) < 1, 0.05, measure="conditional"),
        rd.subset(x > 2, 0.02, measure="joint"),
        rd.subset(x < 0.5, 0.3, measure="conditional"),
    )


def labels(app: AppTest) -> list[str]:
    return [one.label for one in app.metric]


def test_one_subset_looks_as_before_with_one_button_more() -> None:
    app = opened()
    assert not app.exception
    assert not app.radio
    assert not [one for one in app.button if one.key == "subset_remove"]
    assert app.button(key="subset_add").label == "Add a subset"
    assert [one.label for one in app.text_input if one.key != "run_number"] == ["Subset S"]
    assert not [one for one in app.selectbox if one.key in ("along", "colour1")]


def test_three_subsets_are_what_clarabel_gives() -> None:
    app = opened(**THREE)
    assert not app.exception
    assert not app.error
    ours, theirs = rd.solve(three()), rd.solvers.Reference().solve(three())
    assert abs(ours.rate_bits - theirs.rate_bits) <= theirs.certificate.gap_bits + 1e-8
    assert theirs.certificate.gap_bits < 2e-5
    assert shown(app, "Rate R") == f"{figure(ours.rate_bits)} :small[bits]"
    for name, price in zip(
        ("D, λ", "D′₁, λ′₁", "D′₂, λ′₂", "D′₃, λ′₃"), ours.prices_bits, strict=True
    ):
        assert shown(app, f"Price of {name}") == f"{figure(float(price))} :small[bits/unit²]"
    assert app.radio(key="draws").options == ["S₁", "S₂ right \\*mode\\*", "S₃"]


def test_the_audit_has_all_subsets() -> None:
    app = opened(**THREE, audit="true")
    until(app, lambda: any(one.label == "Clarabel" for one in app.metric))
    assert any("lies within our bounds" in one.value for one in app.markdown)
    assert number(app, "Clarabel") == pytest.approx(rd.solve(three()).rate_bits, abs=1e-5)


def test_a_link_with_several_subsets_opens_what_it_says() -> None:
    app = opened(**THREE)
    wanted = State.from_query(THREE)[0]
    assert State.from_query(link(app))[0] == wanted
    app.radio(key="draws").set_value(2).run()
    assert State.from_query(link(app))[0] == wanted.changed({"D": None, "Ds": None, "draws": 2})
    again = dict(parse_qsl(urlencode(wanted.query()), keep_blank_values=True))
    assert State.from_query(again) == (wanted, ())


def test_a_link_from_before_opens_as_the_first_subset() -> None:
    app = opened(S="+[-2,0]", Ds="0.07", measure="Joint mass")
    x = rd.sources.three_modes().atoms
    held = rd.subset((x >= -2) & (x <= 0), 0.07, measure="joint")
    assert shown(app, "Rate R").startswith(figure(rd.solve(problem(held)).rate_bits))
    assert not app.radio


def test_add_name_switch_and_remove() -> None:
    app = opened()
    before = shown(app, "Rate R")
    app.button(key="subset_add").click().run()
    assert not app.exception
    assert app.radio(key="draws").value == 2
    assert shown(app, "Rate R") == before
    app.text_input(key="S2").set_value("top 20%").run()
    app.number_input(key="Ds2").set_value(0.1).run()
    app.text_input(key="name2").set_value("loud").run()
    after = number(app, "Rate R")
    assert after > float(before.split()[0])
    assert app.radio(key="draws").options == ["S₁", "S₂ loud"]
    assert link(app) == {"S2": "top 20%", "Ds2": "0.1", "name2": "loud", "draws": "2"}
    app.toggle(key="subset2").set_value(False).run()
    assert shown(app, "Rate R") == before
    app.toggle(key="subset2").set_value(True).run()
    app.radio(key="draws").set_value(1).run()
    assert app.text_input(key="S").value == "+(-1,1)"
    app.button(key="subset_remove").click().run()
    assert not app.radio
    assert app.text_input(key="S2").value == "top 20%"
    assert "Price of D′, λ′" in labels(app)
    app.button(key="subset_add").click().run()
    assert app.radio(key="draws").options == ["S₁", "S₂ loud"]
    app.radio(key="draws").set_value(2).run()
    app.button(key="subset_remove").click().run()
    assert not app.radio
    assert not app.exception


def test_six_subsets_and_no_seventh() -> None:
    app = opened(S="|x|<1")
    for k in range(2, 7):
        app.button(key="subset_add").click().run()
        app.text_input(key=f"S{k}").set_value(f"{k - 4}..{k - 3}").run()
    assert not app.exception
    assert len(app.radio(key="draws").options) == 6
    assert not [one for one in app.button if one.key == "subset_add"]
    assert sum(label.startswith("Price of") for label in labels(app)) == 7
    app.selectbox(key="colour6").set_value("purple").run()
    app.radio(key="draws").set_value(1).run()
    assert "Purple" not in app.selectbox(key="colour1").options


def test_the_same_colour_in_a_link_is_given_once() -> None:
    app = opened(**{**THREE, "colour1": "purple", "colour2": "purple"})
    assert not app.exception
    assert app.selectbox(key="colour1").value == "purple"
    app.radio(key="draws").set_value(3).run()
    assert app.selectbox(key="colour3").value != "purple"


def test_the_curve_and_the_prices_along_a_subset() -> None:
    app = opened(**THREE, along="2")
    assert not app.exception
    assert any("price of D′₂" in one.value for one in app.caption)
    app.selectbox(key="along").set_value(0).run()
    assert any("price of D." in one.value for one in app.caption)
    app = opened("prices", **THREE, along="3")
    assert not app.exception
    assert any("Prices along D′₃" in one.value for one in app.markdown)
    assert number(app, "D′₂ for 1 bit more") < 0.02
    assert shown(app, "D for 1 bit more")


def test_a_level_that_is_off_stays_chosen_and_one_that_is_gone_does_not() -> None:
    app = opened(**THREE, along="2", draws="2")
    app.toggle(key="subset2").set_value(False).run()
    assert not app.info
    assert any("price of D." in one.value for one in app.caption)
    app.toggle(key="subset2").set_value(True).run()
    assert any("price of D′₂" in one.value for one in app.caption)
    app.button(key="subset_remove").click().run()
    assert not app.exception
    assert not app.info
    assert "along" not in link(app)


def test_a_map_over_two_subsets() -> None:
    app = opened("prices", **THREE, across="1", up="3")
    until(app, lambda: at_rest(app))
    assert any("Over D′₁ and D′₃" in one.value for one in app.markdown)
    assert len(app.get("plotly_chart")) == 3 + 2 + 4
    assert not app.exception


@pytest.mark.slow
@pytest.mark.parametrize("page", ["codebook", "annealing", "quantisers"])
def test_designs_are_checked_against_every_subset(page: str) -> None:
    app = opened(page, **THREE, stages="4", rounds="3", search="false")
    until(app, lambda: at_rest(app))
    assert not app.exception
    if page != "codebook":
        if page == "quantisers":
            until(app, lambda: any("allowed (unit²)" in one.columns for one in tables(app)))
            (checked,) = [one for one in tables(app) if "allowed (unit²)" in one]
            assert checked["level"].tolist() == ["D", "D′₁", "D′₂ right *mode*", "D′₃"]
        (table,) = [one for one in tables(app) if "levels" in one.columns]
        names = ("D", "D′₁", "D′₂", "D′₃")
        reached = table[[f"{name} (unit²)" for name in names]].astype(float).to_numpy()
        met = (reached <= np.array([0.6, 0.05, 0.02, 0.3]) * 1.0005).all(axis=1)
        assert (met == (table["levels"] == "met").to_numpy()).all()
        assert met.all()


@pytest.mark.parametrize("key", ["Ds2", "Ds3"])
def test_the_level_that_cannot_be_met_is_named_with_the_way_on(key: str) -> None:
    app = opened(**{**THREE, key: "0.00001", "draws": key[-1]})
    said = " ".join(one.value for one in app.error).replace("\\", "")
    assert f"D′{'₂' if key == 'Ds2' else '₃'}" in said
    assert "below the minimum level" in said
    assert shown(app, "Rate R") != "—"
    app.button(key=f"{key}_remedy_beside").click().run()
    assert not app.error
    assert not app.exception


def test_every_level_that_cannot_be_met_is_named_at_once() -> None:
    app = opened(**{**THREE, "D": "0.0001", "Ds": "0.0002", "Ds3": "0.0003"})
    (said,) = [one.value for one in app.markdown if "The greyed results are for" in one.value]
    for symbol in ("D = 0.0001", "D′₁ = 0.0002", "D′₃ = 0.0003"):
        assert symbol in said.replace("\\", "")
    assert said.count("below the minimum level") == 3
    for key in ("D", "Ds", "Ds3"):
        app.button(key=f"{key}_remedy_page").click().run()
    assert not app.error
    assert not [one for one in app.markdown if "greyed" in one.value]
    assert not app.exception


def test_a_codebook_that_meets_the_levels_is_one_click_away() -> None:
    app = opened(**THREE, codebook="grid", m="3")
    assert any("The greyed results are for" in one.value for one in app.markdown) or app.error
    (button,) = [one for one in app.button if one.key == "codewords_remedy"]
    count = int(button.label.split()[1])
    button.click().run()
    assert not app.error
    assert app.number_input(key="m").value == count
    assert shown(app, "Codewords in use").endswith(f"of {count}]")


def test_the_free_codebook_meets_what_the_chosen_one_cannot() -> None:
    app = opened(**{**THREE, "Ds": "0.0001"})
    app.button(key="free_remedy").click().run()
    until(app, lambda: any(one.key == "use_free_codewords" for one in app.button))
    x = rd.sources.three_modes().atoms
    held = three().fidelities[2:]
    tight = problem(rd.subset(np.abs(x) < 1, 1e-4, measure="conditional"), *held).with_every()
    assert number(app, "Rate R") == pytest.approx(rd.solve(tight).rate_bits, abs=2e-3)
    app.button(key="use_free_codewords").click().run()
    assert not app.error
    assert not app.exception
    assert app.text_input(key="y").value


@pytest.mark.parametrize("text", ["inf", "1e400", "-1e99", "nan", "", "x" * 3000, "[](x) <b>$"])
def test_no_value_of_the_new_fields_stops_the_page(text: str) -> None:
    names = ("S", "Ds", "measure", "subset", "name", "colour")
    query = {f"{name}{k}": text for name in names for k in range(2, 7)}
    more = dict.fromkeys(("draws", "along", "across", "up", "name1", "colour1"), text)
    app = opened(**query, **more)
    assert not app.exception
    assert shown(app, "Rate R") != "—"


def test_another_source_has_its_own_subsets() -> None:
    app = opened(**THREE)
    app.selectbox(key="source").set_value("gaussian").run()
    assert not app.radio
    assert link(app) == {"source": "gaussian", "codebook": "best"}
