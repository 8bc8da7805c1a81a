"""Links: a page says all that was set, and opens what a link says."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.model.fields import FIELDS
from dashboard.model.scenario import unused
from dashboard.model.state import State
from dashboard.ui import state
from tests.pages.app import opened

pytestmark = pytest.mark.usefixtures("unserved")

PAGES = (
    "explore", "prices", "codebook", "annealing", "quantisers", "classification", "pictures",
    "learned", "reproduce", "guide",
)  # fmt: skip


def link(app: AppTest) -> dict[str, str]:
    """Return the parameters of the URL."""
    found = dict(app.query_params)
    return {name: one if isinstance(one, str) else one[-1] for name, one in found.items()}


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.info).replace("\\", "")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_keeps_what_it_does_not_show(page: str) -> None:
    query = {"D": "0.3", "Ds": "0.07", "rounds": "7", "stages": "9", "codec_seed": "5", "bits": "2"}
    app = opened(page, **query)
    assert not app.exception
    assert State.from_query(link(app))[0] == State.from_query(query)[0]
    app.selectbox(key="source").set_value("gaussian").run()
    assert not app.exception
    kept = {name: text for name, text in query.items() if name not in ("D", "Ds")}
    assert link(app) == {"source": "gaussian", "codebook": "best"} | kept


def test_a_link_opens_its_page_and_goes_on_to_the_next(deep: tuple[str, dict[str, str]]) -> None:
    first, query = deep
    chosen, notes = State.from_query(query)
    assert not notes
    app = opened(first, **query)
    shows(app, chosen)
    following = PAGES[(PAGES.index(first or "explore") + 1) % len(PAGES)]
    shows(app.switch_page(f"pages/{following}.py").run(), chosen)


def shows(app: AppTest, chosen: State) -> None:
    """Check what the URL and the fields of a page hold."""
    assert not app.exception
    assert State.from_query(link(app)) == (chosen, ())
    for name in {"D", "Ds", "m"} & set(chosen.values):
        fields = [one.value for one in app.number_input if one.key == name]
        assert fields in ([], [chosen.values[name]])


def test_a_lesson_ends_when_another_page_is_opened() -> None:
    app = opened("guide", lesson="water", at="5", step="1", D="0.3")
    links = {one.proto.label: one.proto.query_string for one in app.get("page_link")}
    assert "lesson=water" in links["Guide"]
    assert links["Prices"] == "D=0.3"


@pytest.mark.parametrize("text", ["inf", "1e400", "-1e99", "nan", "", "x" * 2000])
@pytest.mark.parametrize("page", ["explore", "codebook", "annealing", "classification"])
def test_no_value_of_any_field_stops_a_page(page: str, text: str) -> None:
    app = opened(page, **dict.fromkeys(FIELDS, text))
    assert not app.exception
    assert app.title
    assert "Parts of the link were not used" in said(app)


@pytest.mark.parametrize("page", PAGES)
def test_what_cannot_be_used_of_a_link_is_said_in_one_sentence(page: str) -> None:
    app = opened(page, D="inf", m="1e400", rounds="inf", stages="1e400", foo="1")
    assert not app.exception
    (sentence,) = [one.value for one in app.info if "Parts of the link" in one.value]
    assert "D = “inf” was ignored (a finite number is accepted)" in sentence.replace("\\", "")


def test_a_change_is_written_once_and_goes_away_with_reset() -> None:
    app = opened()
    assert link(app) == {}
    app.number_input(key="D").set_value(0.3).run()
    assert link(app) == {"D": "0.3"}
    app.toggle(key="subset").set_value(False).run()
    assert link(app) == {"D": "0.3", "subset": "false"}
    app.number_input(key="D").set_value(0.6).run()
    assert link(app) == {"subset": "false"}
    next(one for one in app.button if one.label == "Reset").click().run()
    assert link(app) == {}


def test_another_url_wins_over_the_widgets() -> None:
    app = opened(D="0.3")
    assert app.number_input(key="D").value == 0.3
    app.number_input(key="D").set_value(0.5).run()
    app.query_params.clear()
    app.query_params["D"] = "0.3"
    app.query_params["S"] = ""
    app.run()
    assert app.number_input(key="D").value == 0.3
    assert app.text_input(key="S").value == ""
    app.query_params.clear()
    app.run()
    assert app.number_input(key="D").value == 0.6
    assert app.text_input(key="S").value == "+(-1,1)"


def test_a_change_of_a_widget_wins_over_a_url_that_came_late() -> None:
    app = opened(D="0.3")
    app.number_input(key="D").set_value(0.5).run()
    late = {"D": "0.3"}  # the browser had not been told of 0.5 when the next change was made
    app.query_params.clear()
    for name, text in late.items():
        app.query_params[name] = text
    app.number_input(key="Ds").set_value(0.07).run()
    assert link(app) == {"D": "0.5", "Ds": "0.07"}
    assert app.number_input(key="D").value == 0.5


def test_a_level_starts_anew_with_another_distortion() -> None:
    app = opened(D="0.3")
    app.segmented_control(key="d").set_value("absolute").run()
    assert link(app) == {"d": "absolute"}
    assert app.number_input(key="D").value != 0.3
    app.segmented_control(key="d").set_value("squared_error").run()
    assert app.number_input(key="D").value == 0.6


def test_what_is_no_choice_here_is_named() -> None:
    app = opened("quantisers", coded_by="nobody’s quantiser", S="")
    assert not app.exception
    app = opened(source="four_clusters", d="hamming")
    assert not app.exception
    assert "d = “hamming” was ignored" in said(app)


def test_the_sentence_goes_with_the_next_change() -> None:
    app = opened(D="inf", m="3")
    assert "D = “inf” was ignored" in said(app)
    app.number_input(key="Ds").set_value(0.07).run()
    assert not said(app)
    assert link(app) == {"m": "3", "Ds": "0.07"}


def test_values_that_the_browser_sent_before_they_were_set_here_change_nothing() -> None:
    app = opened(D="0.3")
    app.number_input(key="Ds").set_value(0.07).run()
    known = app.text_input(key="run_number").value
    next(one for one in app.button if one.label == "Reset").click().run()
    assert app.number_input(key="D").value == 0.6
    app.text_input(key="run_number").set_value(known)
    app.number_input(key="D").set_value(0.3)
    slider = app.select_slider(key="D_slider")
    slider.set_value(
        float(slider.options[0])
    ).run()  # as Streamlit reads what is no longer an option
    assert app.number_input(key="D").value == 0.6
    assert link(app) == {}
    app.number_input(key="D").set_value(0.3).run()
    assert link(app) == {"D": "0.3"}


def test_a_url_of_an_earlier_run_is_no_navigation() -> None:
    app = opened(D="0.3")
    app.number_input(key="D").set_value(0.5).run()
    app.query_params.clear()
    app.query_params["D"] = "0.3"
    app.run()
    assert link(app) == {"D": "0.3"}  # what the browser shows until it has the new one
    assert app.number_input(key="D").value == 0.5
    assert State.from_query(state.explicit({"D": "0.3"})) == (State().changed({"D": 0.3}), ())
    app.query_params.clear()
    for name, text in state.explicit({"D": "0.3"}).items():
        app.query_params[name] = text
    app.run()
    assert app.number_input(key="D").value == 0.3


def test_a_link_to_other_settings_names_only_what_plays_a_part() -> None:
    own = {"source": "own", "data": "0" * 32, "codebook": "best"}
    for query in ({}, {"D": "0.3"}, {"source": "gaussian", "codebook": "best"}, own):
        found = state.explicit(query)
        (name,) = set(found) - set(query)
        assert State.from_query(found) == State.from_query(query)
        assert name not in unused(State.from_query(query)[0])
    assert "bernoulli_p" not in state.explicit(own)
    coin = {"source": "bernoulli", "bernoulli_p": "0.2"}
    assert State.from_query(coin)[0].query() == coin


def test_a_pin_has_no_parameters_of_sources_that_it_does_not_show() -> None:
    app = opened(source="bernoulli", bernoulli_p="0.2", uniform_low="-3", D="0.05")
    app.selectbox(key="source").set_value("trimodal").run()
    assert link(app)["bernoulli_p"] == "0.2"  # the address keeps it for a return
    next(one for one in app.button if one.label == "Pin this scenario").click().run()
    (pin,) = app.session_state["_kept"]["_pins"]
    assert pin.query == {"source": "trimodal"}
