"""The strip of figures that pages open with: what each says, in words and numbers."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.figures.report import Number
from dashboard.formatting import at_most, figure, short
from dashboard.model.glossary import explain
from dashboard.ui import metrics
from tests.pages.app import below, number, opened, shown

STORY = {"source": "Three modes", "S": "+(-1,1)", "D": "0.6", "Ds": "0.05"}


@cache
def solution() -> rd.Solution:
    source = rd.sources.three_modes()
    inside = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(inside, 0.05, measure="conditional")]
    return rd.solve(rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities))


@pytest.fixture(scope="module")
def app() -> AppTest:
    return opened(**STORY)


def test_rate_and_gap(app: AppTest) -> None:
    assert shown(app, "Rate R") == f"{figure(solution().rate_bits)} :small[bits]"
    assert below(app, "Rate R") == f"gap ≤ {at_most(solution().certificate.gap_bits)} bits"


def test_prices(app: AppTest) -> None:
    prices = [figure(float(one)) for one in solution().prices_bits]
    assert shown(app, "Price of D, λ") == f"{prices[0]} :small[bits/unit²]"
    assert shown(app, "Price of D′, λ′") == f"{prices[1]} :small[bits/unit²]"
    assert below(app, "Price of D, λ") == "binding at D = 0.6"
    assert below(app, "Price of D′, λ′") == "binding at D′ = 0.05"


def test_output_entropy_and_what_it_is_above_the_rate(app: AppTest) -> None:
    entropy = solution().output_entropy_bits
    assert shown(app, "Output entropy H(Y)") == f"{figure(entropy)} :small[bits]"
    over = figure(entropy - solution().rate_bits, 3)
    assert below(app, "Output entropy H(Y)") == f"{over} bits above R"


def test_codewords_in_use(app: AppTest) -> None:
    used = int((solution().marginal > 1e-6).sum())
    assert shown(app, "Codewords in use") == f"{used} :small[of 64]"
    assert below(app, "Codewords in use") == "probability > 10⁻⁶"


def test_the_cost_of_the_subset_is_proved_and_the_rest_of_the_source_has_its_distortion(
    app: AppTest,
) -> None:
    problem = solution().problem
    alone = rd.solve(
        rd.Problem(problem.source, problem.codebook, fidelities=problem.fidelities[:1])
    )
    assert (
        shown(app, "Cost of S") == f"{figure(solution().rate_bits - alone.rate_bits)} :small[bits]"
    )
    gap = max(solution().certificate.gap_bits, alone.certificate.gap_bits)
    assert below(app, "Cost of S") == f"gap ≤ {at_most(gap)} bits"
    source, inside = problem.source, problem.fidelities[1].mask
    assert inside is not None
    mass = float(source.pmf[inside].sum())
    total, within = solution().distortions
    rest = (total - mass * within) / (1 - mass)
    assert f"Distortion outside S: {figure(rest)} unit²." in [one.value for one in app.caption]


def test_several_subsets_have_one_cost_at_the_top_and_one_each_below() -> None:
    app = opened(**STORY, subset2="true", S2="+(2,4)", Ds2="0.1")
    problem = solution().problem
    atoms = problem.source.atoms
    second = rd.subset((atoms > 2) & (atoms < 4), 0.1, measure="conditional")
    every = [*problem.fidelities, second]
    rates = [
        rd.solve(rd.Problem(problem.source, problem.codebook, fidelities=kept)).rate_bits
        for kept in (every, every[:1], [every[0], every[2]], every[:2])
    ]
    both, first, last = (rates[0] - one for one in rates[1:])
    assert number(app, "Cost of the subsets") == pytest.approx(both, rel=1e-3)
    assert number(app, "Cost of S₁") == pytest.approx(first, rel=1e-3)
    assert number(app, "Cost of S₂") == pytest.approx(last, rel=1e-3)
    assert any("Distortion outside S₁ and S₂: " in one.value for one in app.caption)


def test_a_level_that_is_slack_says_what_is_reached() -> None:
    app = opened(**{**STORY, "Ds": "3.0"})
    assert shown(app, "Price of D′, λ′") == "0 :small[bits/unit²]"
    reached = rd.solve(solution().problem.with_levels([0.6, 3.0])).distortions[1]
    assert below(app, "Price of D′, λ′") == f"slack: D′ = {short(float(reached))} reached"


def test_without_a_subset() -> None:
    app = opened(**{**STORY, "S": ""})
    assert shown(app, "Price of D′, λ′") == "—"
    assert below(app, "Price of D′, λ′") == "no subset"
    assert number(app, "Price of D, λ") > 0


def test_terms_are_defined_in_a_list_and_in_paragraphs() -> None:
    price, gap = explain("price"), explain("gap")
    assert metrics.explained("price", "gap") == f"{price}\n\n{gap}"
    listed = metrics.definitions("price", "gap").splitlines()
    assert listed[0] == "- **Price (λ, λ′)**: " + price.removeprefix("Price (λ, λ′): ")
    assert listed[1] == "- **Gap**: " + gap.removeprefix("Gap: ")
    assert len(listed) == 2


def test_numbers_taken_along_have_the_cost_beside_the_rate() -> None:
    app = opened(**STORY)
    app.session_state["share"] = True  # AppTest does not send what is open
    app.run()
    parts = [part for part in app.session_state["_kept"]["_parts"].values() if part is not None]
    labels = [part.label for part in parts if isinstance(part, Number)]
    assert labels[:5] == [
        "Rate R",
        "Price of D, λ",
        "Price of D′, λ′",
        "Cost of S",
        "Output entropy H(Y)",
    ]
