"""Levels in the user's words: what is typed is kept, shown again, and said on every page."""

from __future__ import annotations

import math

import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard.formatting import figure
from tests.pages.app import below, number, opened, shown

WORDS = {"rms": "unit RMS", "snr": "dB SNR", "share": "% of variance"}
VARIANCE = rd.sources.three_modes().variance


def field(app: AppTest, key: str) -> float:
    return float(app.number_input(key=key).value)


@pytest.mark.parametrize("word", WORDS)
def test_a_word_leaves_the_problem_as_it_is(word: str) -> None:
    plain = opened(D="0.55", Ds="0.05", S="+(-1,1)")
    app = opened(D="0.55", Ds="0.05", S="+(-1,1)", stated=word)
    assert not app.exception
    scale = rd.LevelScale(word, "unit", VARIANCE)
    assert shown(app, "Rate R") == shown(plain, "Rate R")
    assert field(app, f"D_{word}") == pytest.approx(scale.stated(0.55), rel=1e-9)
    assert field(app, f"Ds_{word}") == pytest.approx(scale.stated(0.05), rel=1e-9)
    unit = "%" if word == "share" else WORDS[word]  # short, for the tile
    assert shown(app, "Price of D, λ").endswith(f"bits/{unit}]")
    price = number(plain, "Price of D′, λ′")
    assert number(app, "Price of D′, λ′") == pytest.approx(scale.price(price, 0.05), rel=1e-3)
    assert app.query_params["D"] == "0.55"
    assert not [text for text in said(app) if "unit²" in text]


def said(app: AppTest) -> list[str]:
    """Return what is said about levels on the page."""
    texts = [f"{one.label} {one.value} {one.delta}" for one in app.metric]
    texts += [one.label for one in app.number_input]
    return texts + [one.value for one in app.markdown if "unit" in one.value]


@pytest.mark.parametrize(("typed", "level"), [(0.5, 0.25), (0.05, 0.0025), (0.7, 0.49)])
def test_what_is_typed_is_shown_again_and_in_the_link(typed: float, level: float) -> None:
    app = opened(stated="rms", source="gaussian")
    app.number_input(key="D_rms").set_value(typed).run()
    assert field(app, "D_rms") == typed
    assert app.query_params["D"] == repr(level)
    again = opened(**{name: str(value) for name, value in app.query_params.items()})
    assert field(again, "D_rms") == typed


def test_the_choice_of_a_word_keeps_the_levels() -> None:
    app = opened(D="0.55")
    rate = shown(app, "Rate R")
    for word in ("rms", "snr", "share", "mse"):
        app.selectbox(key="stated").set_value(word).run()
        assert not app.exception
        assert shown(app, "Rate R") == rate
        assert app.query_params["D"] == "0.55"
    assert field(app, "D") == 0.55


def test_more_decibels_are_less_distortion() -> None:
    app = opened(stated="snr", D="0.55", source="gaussian")
    at = field(app, "D_snr")
    rate = number(app, "Rate R")
    app.number_input(key="D_snr").set_value(at + 1).run()
    assert field(app, "D_snr") == pytest.approx(at + 1)
    gained = number(app, "Rate R") - rate
    assert 0 < gained < 0.3
    # In dB the rate of a Gaussian source rises by log₂(10) / 20 bits per dB.
    assert number(app, "Price of D, λ") == pytest.approx(math.log2(10) / 20, rel=0.05)
    options = app.select_slider(key="D_snr_slider").options
    assert [float(one.replace("−", "-")) for one in options] == sorted(
        float(one.replace("−", "-")) for one in options
    )


def test_a_level_beyond_the_codebook_is_refused_in_the_same_word() -> None:
    app = opened(stated="snr", D="0.55", codebook="grid", m="4", subset="false")
    app.number_input(key="D_snr").set_value(60.0).run()
    sentence = next(one.value for one in app.error if "dB SNR" in one.value)
    assert "D \\= 60 is above the maximum" in sentence
    button = next(one for one in app.button if one.label.startswith("Set D to "))
    button.click().run()
    assert not app.error
    assert f"{field(app, 'D_snr'):g}" in button.label


@pytest.mark.parametrize("page", ["prices", "codebook", "annealing", "quantisers"])
def test_no_page_says_a_mean_square(page: str) -> None:
    app = opened(page, stated="rms", D="0.55", Ds="0.05", S="+(-1,1)", stages="3")
    assert not app.exception
    assert not [text for text in said(app) if "unit²" in text]
    assert field(app, "D_rms") == pytest.approx(math.sqrt(0.55))


def test_hamming_and_absolute_errors_have_one_word() -> None:
    for distortion, unit in (("absolute", "unit"), ("hamming", "error")):
        app = opened(d=distortion, stated="rms", source="bernoulli")
        assert "stated" not in [one.key for one in app.selectbox]
        assert shown(app, "Price of D, λ").endswith(f"bits/{unit}]")


def test_a_psnr_needs_a_range() -> None:
    app = opened(source="uniform", stated="psnr")
    assert app.selectbox(key="stated").value == "psnr"
    level, span = 0.01, field(app, "peak")
    app.number_input(key="D_psnr").set_value(10 * math.log10(span**2 / level)).run()
    assert float(app.query_params["D"]) == pytest.approx(level)
    assert "dB PSNR" in app.number_input(key="D_psnr").label
    gaussian = opened(source="gaussian", stated="psnr")
    assert gaussian.selectbox(key="stated").value == "mse"


def test_what_it_costs_to_tighten_a_level_as_it_is_stated() -> None:
    app = opened(stated="rms", D="0.64", source="gaussian", subset="false")
    (line,) = (one.value for one in app.markdown if one.value.startswith("**D** from"))
    assert line == "**D** from 0.8 to 0.72 unit RMS"
    found = [rd.solve(rd.Problem(rd.sources.gaussian(), rd.sources.codebook("gaussian"),
             fidelities=[rd.average(level)])).rate_bits for level in (0.64, 0.72**2)]  # fmt: skip
    assert shown(app, "Solved").split()[0].lstrip("+")[:5] == figure(found[1] - found[0])[:5]
    assert below(app, "Price of D, λ") == "binding at D = 0.8"
