"""Best as a choice of codebook: its rate is the headline, and links say it."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from tests.pages.app import known, number, opened, shown, until

GAUSSIAN = {"source": "gaussian", "codebook": "best", "D": "0.5", "S": "+(-0.1,0.1)", "Ds": "0.02"}


def lines(app: AppTest) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return the lines of the chart of the curve by their names; none before it is drawn."""
    drawn = [one for one in app.get("plotly_chart") if one.key == "curve_chart"]
    traces = json.loads(drawn[0].proto.spec)["data"] if drawn else []
    return {one.get("name", ""): (decoded(one["x"]), decoded(one["y"])) for one in traces}


def decoded(values: dict[str, str] | list[float]) -> np.ndarray:
    if isinstance(values, list):
        return np.array(values)
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])


def problem(*fidelities: rd.Fidelity) -> rd.Problem:
    return rd.Problem(rd.sources.gaussian(), rd.EVERY, fidelities=[rd.average(0.5), *fidelities])


def inside() -> rd.Fidelity:
    source = rd.sources.gaussian()
    return rd.subset(abs(source.atoms) < 0.1, 0.02, measure="conditional")


def test_its_rate_is_the_headline_and_each_subset_has_its_cost() -> None:
    app = opened(**GAUSSIAN)
    until(app, lambda: known(app, "Cost of S") and known(app, "Solved"))
    both, alone = rd.solve(problem(inside())), rd.solve(problem())
    assert number(app, "Rate R") == pytest.approx(both.rate_bits, abs=6e-4)
    assert number(app, "Price of D′, λ′") == pytest.approx(both.prices_bits[1], rel=1e-3)
    cost = both.rate_bits - alone.rate_bits
    assert cost > 0.009
    assert number(app, "Cost of S") == pytest.approx(cost, rel=1e-3)
    until(app, lambda: "without the subset" in lines(app))
    alone_curve = lines(app)["without the subset"]
    assert np.interp(0.5, *alone_curve) == pytest.approx(alone.rate_bits, abs=5e-3)
    assert "every" not in [one.key for one in app.toggle]
    assert any("no set of codewords allows a rate below" in one.value for one in app.markdown)


def test_the_cost_of_a_subset_with_another_codebook() -> None:
    app = opened(**{**GAUSSIAN, "codebook": "grid", "m": "20"})
    words = rd.sources.grid_codebook(rd.sources.gaussian(), 20)
    both, alone = (
        rd.solve(rd.Problem(one.source, words, fidelities=one.fidelities)).rate_bits
        for one in (problem(inside()), problem())
    )
    assert number(app, "Cost of S") == pytest.approx(both - alone, rel=1e-3)


def test_a_source_chosen_by_the_user_starts_with_best_and_a_link_keeps_what_it_opened() -> None:
    app = opened(source="gaussian")
    assert shown(app, "Codewords in use").endswith("of 8]")
    assert "codebook" not in app.query_params
    app = opened()
    app.selectbox(key="source").set_value("gaussian").run()
    assert app.query_params["codebook"] == "best"
    until(app, lambda: known(app, "Rate R"))
    app.selectbox(key="source").set_value("trimodal").run()
    assert "codebook" not in app.query_params
    app.selectbox(key="source").set_value("own").run()
    assert "codebook" not in app.query_params


def test_levels_at_another_rate_are_solved_for_free_codewords() -> None:
    app = opened("prices", **{**GAUSSIAN, "subset": "false"})
    until(app, lambda: known(app, "D for 1 bit more"))
    found = number(app, "D for 1 bit more")
    source = rd.sources.gaussian()
    rates = [rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(level)])).rate_bits
             for level in (0.5, found)]  # fmt: skip
    assert rates[1] - rates[0] == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("page", ["codebook", "annealing", "quantisers"])
def test_other_pages_take_its_codewords(page: str) -> None:
    app = opened(page, **{**GAUSSIAN, "stages": "2"})
    until(app, lambda: not app.get("progress") and app.metric)
    assert not app.exception
    assert not app.error
