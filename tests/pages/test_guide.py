"""The Guide page: every lesson says what rdcore computes, and the class view moves on."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.model import glossary
from dashboard.model.fields import LAST_STEP, LESSONS
from dashboard.model.lessons import lessons
from tests.pages.app import at_rest, number, opened, until

ENERGY = Path(__file__).parents[2] / "assets" / "learned" / "energy.json"


def free(source: rd.Source, D: float) -> rd.Solution:
    return rd.solve(rd.Problem(source, rd.EVERY, "squared_error", [rd.average(D)]), tol=1e-8)


@cache
def three_modes(D: float, inside: float | None = None) -> rd.Solution:
    source = rd.sources.three_modes()
    fidelities = [rd.average(D)]
    if inside is not None:
        middle = (source.atoms > -1) & (source.atoms < 1)
        fidelities.append(rd.subset(middle, inside, "conditional"))
    codewords = rd.sources.codebook("three_modes")
    return rd.solve(rd.Problem(source, codewords, "squared_error", fidelities))


def slope(D: float, step: float = 1e-4) -> float:
    low, high = three_modes(D * (1 - step)), three_modes(D * (1 + step))
    return (low.rate_bits - high.rate_bits) / (2 * step * D)


@cache
def annealed() -> rd.design.annealing.Annealing:
    problem = rd.Problem(rd.sources.three_modes(), rd.EVERY, "squared_error", [rd.average(0.6)])
    schedule = rd.schedules.Geometric(1.0, 1e-3, 12)
    return list(rd.annealing(problem, schedule=schedule, search=False))[-1]


def lloyd(m: float) -> rd.Quantiser:
    return rd.quantisers.lloyd_max(gaussian(), int(m))


def gaussian(D: float = 1.0) -> rd.Problem:
    return rd.Problem(rd.sources.gaussian(), rd.EVERY, "squared_error", [rd.average(D)])


def file_bits(symbols: float) -> float:
    problem = gaussian(0.25)
    place = lessons()["files"].control.values.index(symbols)
    draw = np.random.default_rng(place)
    source = problem.source
    samples = source.atoms[draw.choice(source.n, size=int(symbols), p=source.pmf)]
    blob = rd.coding.compress(rd.quantisers.hull(problem).at(0.25), samples)
    return 8 * len(blob) / symbols


def energy(name: str, beta: float) -> float:
    rows = json.loads(ENERGY.read_text(encoding="utf-8"))["rows"]
    return float(np.mean([one[name] for one in rows if one["case"] == f"1-D, β={beta:g}"]))


def trellis_gap(states: float) -> float:
    given = lessons()["trellis"].given
    size = given["size_bytes"][given["states"].index(states)]
    return 8 * size / given["symbols"] - free(rd.sources.gaussian(), 0.25).certificate.lower_bits


def block(D: float) -> float:
    variances = lessons()["picture"].given["variances"]
    return float(rd.closed_forms.vector_gaussian(variances, D * len(variances))) / LN2 / 8


WATER = np.array([4.0, 2.0, 1.0, 0.5, 0.25])
UNIFORM = rd.sources.uniform_grid(200, -1, 1)


def components(D: float) -> float:
    """Return how many components lie above the water level, which is −1 / (2 dR/dD)."""
    high, low = (float(rd.closed_forms.vector_gaussian(WATER, D + d)) for d in (-1e-6, 1e-6))
    level = 2e-6 / (2 * (high - low))
    return float((level * (1 + 1e-5) < WATER).sum())


# The label of each reading that a lesson makes a claim about, and what it is.
TRUTHS: dict[tuple[str, str], tuple[str, Callable[[float], float]]] = {
    ("rate", "rate"): ("Rate R", lambda D: float(rd.closed_forms.bernoulli(0.5, D)) / LN2),
    ("water", "rate"): (
        "Rate of all components",
        lambda D: float(rd.closed_forms.vector_gaussian(WATER, D)) / LN2,
    ),
    ("water", "active"): ("Components with bits", components),
    ("discrete", "count"): (
        "Codewords",
        lambda D: float((free(UNIFORM, D).marginal > 1e-6).sum()),
    ),
    ("discrete", "outer"): ("Outer codeword", lambda D: float(free(UNIFORM, D).codebook.max())),
    ("subset", "rate"): ("Rate R", lambda inside: three_modes(0.6, inside).rate_bits),
    ("subset", "reached"): (
        "Mean error on S",
        lambda inside: float(three_modes(0.6, inside).distortions[1]),
    ),
    ("prices", "price"): ("Price of D, λ", slope),
    ("annealing", "entropy"): (
        "H(Y)",
        lambda stage: annealed().stages[int(stage) - 1].entropy_bits,
    ),
    ("annealing", "bound"): (
        "Bound for every code",
        lambda _: free(rd.sources.three_modes(), 0.6).rate_bits,
    ),
    ("annealing", "codewords"): (
        "Codewords",
        lambda stage: float((annealed().stages[int(stage) - 1].masses > 1e-6).sum()),
    ),
    ("lloyd", "lloyd"): ("H(Y) of Lloyd–Max", lambda m: lloyd(m).rate_bits),
    ("lloyd", "coded"): (
        "Entropy-coded, same D",
        lambda m: rd.quantisers.hull(gaussian()).rate_bits(lloyd(m).distortion),
    ),
    ("lloyd", "rate"): (
        "R(D)",
        lambda m: free(rd.sources.gaussian(), lloyd(m).distortion).rate_bits,
    ),
    ("files", "bits"): ("Bits per symbol", file_bits),
    ("label", "rate"): (
        "Rate R(D, C)",
        lambda C: float(rd.closed_forms.bernoulli_classification(0.3, 0.1, D=0.2, C=C * LN2)) / LN2,
    ),
    ("label", "threshold"): (
        "Binds below C of",
        # The best code for D alone flips a bit with probability 0.2, and the noise one in ten.
        lambda _: (
            float(rd.closed_forms.bernoulli(0.5, 0.0) - rd.closed_forms.bernoulli(0.5, 0.26)) / LN2
        ),
    ),
    ("prices", "rate"): ("Rate R", lambda D: three_modes(D).rate_bits),
    ("trained", "excess"): ("Proved excess", lambda beta: energy("excess_bits", beta)),
    ("trained", "rate"): ("Trained rate", lambda beta: energy("rate_bits", beta)),
    ("trained", "closed"): ("R(D) at that D", lambda beta: energy("closed_form_bits", beta)),
    ("trellis", "gap"): ("Above the bound", trellis_gap),
    ("picture", "mean"): ("Whole picture", lambda D: 0.2 * block(D) + 0.8 * block(8.0)),
    ("picture", "everywhere"): ("D′ everywhere", block),
}
SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def said(text: str) -> tuple[float, float]:
    """Return the number in a claim, and half a unit of its last digit."""
    text = text.replace("\\times10^{", "e").replace("}", "").replace("last ", "").split()[0]
    digits, _, power = text.partition("e")
    scale = 10.0 ** int(power or 0)
    decimals = len(digits.partition(".")[2])
    return float(digits) * scale, 0.5000001 * 10.0**-decimals * scale


def shown(app: AppTest, label: str) -> float:
    """Return the number that a tile shows, which may have thin spaces or a power of ten."""
    value = next(one.value for one in app.metric if one.label == label)
    digits, _, power = value.partition(" :small")[0].replace(" ", "").partition("×10")
    return float(digits) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_shows_the_numbers_that_it_claims(name: str) -> None:
    one = lessons()[name]
    app = opened("guide", lesson=name)
    for claim in one.claims:
        app.select_slider(key="at").set_value(claim.at).run()
        until(app, lambda: at_rest(app))
        assert not app.error
        label, truth = TRUTHS[name, claim.number]
        value, digit = said(claim.says)
        assert shown(app, label) == pytest.approx(value, abs=digit)
        assert truth(claim.at) == pytest.approx(value, abs=digit), claim
        start = one.control.start
        assert app.query_params.get("at") == (None if claim.at == start else f"{claim.at:g}")
    assert app.get("plotly_chart")
    assert "⟨" not in " ".join(str(part.value) for part in app.markdown)


@pytest.mark.parametrize(
    ("name", "at", "page", "label"),
    [
        ("rate", "0.11", "explore", "Rate R"),
        ("subset", "0.05", "explore", "Rate R"),
        ("prices", "2", "prices", "Price of D, λ"),
    ],
)
def test_the_link_opens_the_same_problem_on_its_page(
    name: str, at: str, page: str, label: str
) -> None:
    app = opened("guide", lesson=name, at=at)
    one = lessons()[name]
    target = opened(page, **one.state(float(at)).query())
    assert not target.info
    assert number(target, label) == number(app, label)


@pytest.mark.parametrize("name", LESSONS)
def test_the_page_of_a_lesson_accepts_its_settings(name: str) -> None:
    one = lessons()[name]
    app = opened(one.page, **one.state(one.control.start).query())
    assert not app.exception
    assert not app.error
    assert not app.info


def test_a_position_that_a_link_cannot_have_starts_again_and_says_so() -> None:
    app = opened("guide", lesson="water", at="99")
    assert app.select_slider(key="at").value == 3.0
    assert "“99\\.0” was ignored" in app.info[0].value
    between = opened("guide", lesson="water", at="3.1")
    assert between.select_slider(key="at").value == 3.1
    whole = opened("guide", lesson="trellis", at="9")
    assert whole.select_slider(key="at").value == 8


def test_the_next_lesson_starts_with_its_own_position() -> None:
    app = opened("guide", lesson="rate", at="0.4", step="2")
    app.button(key="lesson_next").click().run()
    assert app.query_params["lesson"] == "water"
    assert "at" not in app.query_params
    assert "step" not in app.query_params
    app.button(key="lesson_back").click().run()
    assert app.button(key="lesson_back").disabled
    app.selectbox(key="lesson").set_value("picture").run()
    assert app.button(key="lesson_next").disabled


def texts(app: AppTest) -> str:
    return " ".join(str(one.value) for one in app.markdown)


def test_a_class_sees_one_step_at_a_time() -> None:
    one = lessons()["water"]
    app = opened("guide", lesson="water", teach="1")
    assert app.title[-1].value == "2 · The Gaussian and the water level"
    seen = []
    for step in range(LAST_STEP + 1):
        assert int(app.query_params.get("step", "0")) == step
        seen.append([part in texts(app) for part in (one.text, one.check, one.answer)])
        app.button(key="step_next").click().run()
    assert seen == [
        [True, False, False],
        [False, False, False],
        [False, True, False],
        [False, True, True],
    ]
    assert app.query_params["lesson"] == "discrete"
    assert "step" not in app.query_params
    app.button(key="step_back").click().run()
    assert (app.query_params["lesson"], app.query_params["step"]) == ("water", "3")
    app.button(key="teach_end").click().run()
    assert "teach" not in app.query_params
    assert app.title[-1].value == "Learn it in ten minutes"


def test_the_class_view_ends_at_both_ends() -> None:
    app = opened("guide", teach="1")
    assert app.button(key="step_back").disabled
    app = opened("guide", teach="1", lesson="picture", step="3")
    assert app.button(key="step_next").disabled


def test_notes_are_for_the_link_with_notes_and_the_link_for_the_class_has_none() -> None:
    notes = lessons()["water"].notes
    app = opened("guide", lesson="water", teach="1")
    assert notes not in texts(app)
    assert "notes=true" in app.code[1].value
    app = opened("guide", lesson="water", teach="1", notes="1", at="5", step="1")
    assert notes in texts(app)
    link = app.code[0].value
    assert "lesson=water" in link
    assert "at=5" in link
    assert "step=1" in link
    assert "teach" not in link
    assert "notes" not in link


def test_the_certificate_is_shown_with_bounds_around_a_rate() -> None:
    app = opened("guide", guide="certificate")
    until(app, lambda: at_rest(app))
    assert app.get("plotly_chart")
    assert "1.524 and 1.969 bits" in texts(app)
    assert "1.6822 bits" in texts(app)


def test_the_glossary_is_searched_in_terms_symbols_and_definitions() -> None:
    app = opened("guide", guide="glossary")
    assert texts(app).count("\n- **") >= len(glossary.ENTRIES) - 1
    app.text_input(key="term").set_value("water-filling nonsense").run()
    assert "No term has" in texts(app)
    app.text_input(key="term").set_value("GAP").run()
    assert "Gap" in texts(app)
    assert "Codebook" not in texts(app).partition("- **Gap**")[0].rpartition("term")[2]
    assert app.query_params["term"] == "GAP"


def test_readings_are_explained_by_the_glossary() -> None:
    app = opened("guide", lesson="subset")
    tile = next(one for one in app.metric if one.label == "Price of D′, λ′")
    assert tile.help == glossary.explain("price")


def test_an_own_lesson_stands_above_its_page_without_markup() -> None:
    app = opened("prices", own_title="*One*", own_question="Why $D_1$?", own_text="![x](y)")
    assert not app.exception
    shown_text = texts(app)
    assert "\\*One\\*" in shown_text
    assert "$D_1$" in shown_text
    assert "\\!\\[x\\]\\(y\\)" in shown_text
    assert any("not part of the app" in one.value for one in app.caption)
    assert not any("not part of the app" in one.value for one in opened("prices").caption)


def test_share_makes_a_lesson_of_a_page() -> None:
    app = opened("prices", D="0.5")

    def run() -> None:
        app.session_state["share"] = True  # AppTest does not send what is open
        app.run()

    run()
    app.text_input(key="own_title").set_value("Mine")
    run()
    app.text_area(key="own_text").set_value("Look at $\\lambda$.")
    run()
    assert app.query_params["own_title"] == "Mine"
    assert app.query_params["D"] == "0.5"
    assert "**Mine**" in texts(app)
    assert "$\\lambda$" in texts(app)
    assert "Save the lesson" in [one.label for one in app.get("download_button")]
    app.text_input(key="own_title").set_value("")
    run()
    app.text_area(key="own_text").set_value("")
    run()
    assert "Save the scenario" in [one.label for one in app.get("download_button")]
