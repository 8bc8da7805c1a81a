"""What a card draws when its job has ended: each number, its unit and the line below it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from dashboard.formatting import figure
from dashboard.model.codecs import CodecSpec, CodecView
from dashboard.model.learning import EnergySpec, EnergyView, History
from dashboard.model.refinement import RestartsView
from dashboard.model.views import Audit
from tests.pages.app import PATIENCE, below, opened, shown

STEPS = np.array([1.0, 10.0, 20.0])


def drawn(function: Callable[..., None], *arguments: object) -> AppTest:
    app = AppTest.from_function(function, default_timeout=PATIENCE, args=arguments).run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    return " ".join(one.value for one in [*app.caption, *app.markdown]).replace("\\", "")


def energy_card(view: object, spec: object) -> None:
    from dashboard.ui.cards import learned

    learned._energy(view, spec)


ENERGY = EnergyView(
    history=History(STEPS, {"rate_bits": np.array([2.0, 1.5, 1.25])}),
    rate_bits=1.25,
    rate_error_bits=0.02,
    level=0.21,
    level_error=0.003,
    closed_bits=1.125,
    optimal=0.2,
    channel_bits=1.375,
    channel_level=0.19,
    excess_bits=(-1e-9, 0.0625),
    grid=np.linspace(-2, 2, 5),
    density=np.array([0.0, 0.25, 0.5, 0.25, 0.0]),
    codewords=np.array([-1.0, 1.0]),
    masses=np.array([0.5, 0.5]),
    curve_levels=np.array([0.1, 0.5]),
    curve_bits=np.array([2.0, 0.5]),
)


def test_an_energy_with_a_closed_form() -> None:
    app = drawn(energy_card, ENERGY, EnergySpec("gaussian", 1.0, 2.0, 40, 0))
    assert shown(app, "Rate, bound of the network") == "1.250 :small[bits]"
    assert below(app, "Rate, bound of the network") == "± 0.020; R(D) = 1.125 bits"
    assert shown(app, "Distortion D") == "0.2100 :small[unit²]"
    assert below(app, "Distortion D") == "+5.0 % relative to the optimum"
    assert shown(app, "Rate, channel on a grid") == "1.375 :small[bits]"
    assert below(app, "Rate, channel on a grid") == "at D = 0.1900 unit²"
    assert shown(app, "Proved excess over R(D)") == "≤ 0.063 :small[bits]"
    assert below(app, "Proved excess over R(D)") == "≥ 0 bits"
    assert "Density along the first axis." in said(app)


def test_an_energy_without_one() -> None:
    view = replace(ENERGY, closed_bits=np.nan, optimal=np.nan)
    app = drawn(energy_card, view, EnergySpec("laplace", 1.0, 2.0, 40, 0))
    assert below(app, "Rate, bound of the network") == "± 0.020 bits"
    assert below(app, "Distortion D") == "± 0.0030 unit²"
    assert "The optimum is discrete" in said(app)


def test_an_energy_for_absolute_error_has_the_unit_of_the_source() -> None:
    app = drawn(energy_card, ENERGY, EnergySpec("gaussian", 1.0, 2.0, 40, 0, "absolute"))
    assert shown(app, "Distortion D") == "0.2100 :small[unit]"
    assert below(app, "Rate, channel on a grid") == "at D = 0.1900 unit"
    assert "A density cannot represent" in said(app)


def codec_card(view: object, spec: object) -> None:
    from dashboard.ui.cards import codecs

    codecs._codec(view, spec)


def pictures(side: int, count: int) -> tuple[np.ndarray, ...]:
    return tuple(np.full((side, side), 10 * k, np.uint8) for k in range(count))


CODEC = CodecView(
    history=History(
        STEPS, {name: np.array([3.0, 2.0, 1.0]) for name in ("mse", "rate_bpp", "lambda")}
    ),
    training=(0.25, 412.0),
    held_out=(0.375, 450.0),
    multiplier=0.5,
    variation=0.01,
    verdict="missed",
    originals=pictures(8, 12),
    decoded=pictures(8, 12),
    shown=((0.25, 400.0),) * 12,
    file_bytes=1234,
    coded_bytes=1000,
    estimated_bits=7920.0,
    equal=True,
    blob=np.arange(8, dtype=np.uint8),
)


@pytest.mark.parametrize(
    ("verdict", "sentence"),
    [
        ("met", "+3.0 % of target: met"),
        ("missed", "+3.0 % of target: missed"),
        ("unreachable", "target not reachable, λ at its limit"),
    ],
)
def test_a_codec_and_its_target(verdict: str, sentence: str) -> None:
    app = drawn(codec_card, replace(CODEC, verdict=verdict), CodecSpec("digits", 400.0))
    assert shown(app, "D, training data") == "412.0 :small[squared pixel value]"
    assert below(app, "D, training data") == sentence
    assert shown(app, "Rate, training data") == "0.250 :small[bits/pixel]"
    assert below(app, "Rate, training data") == "final λ 0.500 bits/pixel"
    assert shown(app, "Held-out data") == "0.375 :small[bits/pixel]"
    assert below(app, "Held-out data") == "D = 450.0 squared pixel value"
    assert shown(app, "Coded file") == "1\u00a0234 :small[bytes]"
    assert below(app, "Coded file") == "+1.01 % relative to the prior"
    assert "12 pictures in one file; a second process decoded the same pixels." in said(app)


def test_large_pictures_stand_beside_each_other_and_a_difference_is_admitted() -> None:
    large = pictures(64, 4)
    view = replace(CODEC, originals=large, decoded=large, equal=False)
    app = drawn(codec_card, view, CodecSpec("digits", 400.0))
    assert "The second process decoded different pixels" in said(app)
    captions = [image.captions[0] for image in app.get("image")]
    assert captions == ["original", "0.25 bpp, D = 400"] * 3


def ends_card(view: object) -> None:
    from dashboard.ui.cards import codebook

    codebook._ends(view)


def test_restarts_count_the_ends_near_the_best() -> None:
    nan, inf = np.nan, np.inf
    view = RestartsView(
        centroid=np.array([1.2, 1.0009, inf, 1.5, nan]), ours=np.array([1.0, 1.0005, 1.1, nan, nan])
    )
    app = drawn(ends_card, view)
    assert shown(app, "Priced centroids: within") == "2 :small[of 3]"
    assert below(app, "Priced centroids: within") == "all feasible"
    assert shown(app, "Centroids: within") == "1 :small[of 4]"
    assert below(app, "Centroids: within") == "1 infeasible"
    unknown = drawn(ends_card, RestartsView(np.full(2, nan), np.full(2, nan)))
    assert shown(unknown, "Centroids: within") == "0 :small[of 0]"


def strip_card() -> None:
    from dashboard.model.marks import plain
    from dashboard.ui import metrics

    metrics.strip(None, "unit²", plain((1,)))
    metrics.figures_of(None, "unit²", plain((1,)))


def test_without_a_solution_every_tile_is_a_dash() -> None:
    app = drawn(strip_card)
    assert len(app.metric) == 8
    assert {one.value for one in app.metric} == {"—"}


@pytest.mark.usefixtures("unserved")
def test_the_sidebars_source_can_be_labelled_and_the_penalty_searched() -> None:
    app = opened("classification", source="Bernoulli")
    app.segmented_control(key="labelled").set_value("bit").run()
    app.toggle(key="largest_penalty").set_value(True).run()
    assert not app.exception
    assert app.get("progress")
    app.segmented_control(key="labelled").set_value("parity").run()
    assert not app.exception
    assert app.number_input(key="numbers").value == 3
    app.segmented_control(key="labelled").set_value("side").run()
    assert not app.exception
    assert app.number_input(key="above").value is not None


def audit_card(found: object) -> None:
    from dashboard.ui.cards import audit

    audit._answers(found)


@pytest.mark.parametrize(("value", "disagree"), [(1.0002, False), (1.0004, True), (0.9, True)])
def test_an_audit_says_whether_the_results_agree(value: float, disagree: bool) -> None:
    app = drawn(audit_card, Audit(1.0, 1.0001, 0.01, value, 2e-4, 0.0, 1.0, 8, 50))
    assert ("The results disagree" in said(app)) == disagree
    assert ("lies within our bounds" in said(app)) != disagree
    assert shown(app, "Difference").startswith(figure(value - 1.0001, 2))
