"""The Classification page without a browser: what it asks, and that its numbers are rdcore's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model.classification import ClassSpec, LabelSpec, task_of
from dashboard.model.presets import FIRST
from dashboard.model.specs import SourceSpec, SpecError
from dashboard.model.views import Axis
from dashboard.tasks import classify
from tests.pages.app import known, number, opened, until
from tests.steps import finished

LN2 = float(np.log(2))
BIT = LabelSpec("bit", SourceSpec(FIRST), (0.3, 0.1))
PARITY = LabelSpec("parity", SourceSpec(FIRST), (4.0,))


def to_bit(app: AppTest) -> AppTest:
    app.segmented_control(key="labelled").set_value("bit").run()
    app.number_input(key="D_bit").set_value(0.2).run()
    return app.number_input(key="C_bit").set_value(0.7).run()


def test_the_noisy_bit_has_its_known_rate() -> None:
    app = to_bit(
        opened(
            "classification",
        )
    )
    until(app, lambda: known(app, "R(D, C)"))
    assert number(app, "R(D, C)") == pytest.approx(0.3765, abs=1e-4)
    assert number(app, "Price of C") > 1
    assert not app.error


def test_an_infeasible_level_is_reported_with_a_feasible_one() -> None:
    app = to_bit(
        opened(
            "classification",
        )
    )
    app.number_input(key="C_bit").set_value(0.2).run()
    assert "below the minimum level" in app.error[0].value
    app.button(key="C_bit_remedy_page").click().run()
    assert not app.error
    least = -(0.1 * np.log2(0.1) + 0.9 * np.log2(0.9))
    assert app.number_input(key="C_bit").value >= least


def test_the_answer_is_rdcores_and_a_fixed_alphabet_costs_more() -> None:
    question = ClassSpec(PARITY, 0.6, 0.25)
    task = question.task()
    found, steps = finished(classify.solve(task))
    direct = rd.classification.solved(task, 1e-7)
    assert found.lower_bits - 1e-6 <= direct.rate_bits <= found.upper_bits + 1e-6
    assert found.uncertainty_bits <= 0.25 + 1e-6
    assert found.level <= 0.6 + 1e-9
    assert found.masses.sum() == pytest.approx(1, abs=1e-4)
    assert found.posteriors.sum(axis=1) == pytest.approx(1)
    assert found.unlabelled_bits > found.upper_bits + 0.02
    assert found.distortion_only_bits[1] < found.upper_bits > found.label_only_bits[1]
    assert [step.share for step in steps] == sorted(step.share for step in steps)
    drawn = figures.posteriors(found, ("even", "odd"), colours=theme.LIGHT)
    assert np.asarray(drawn.data[0].z).shape == (len(found.masses), 2)


def test_the_surface_and_the_penalty_agree_with_single_solutions() -> None:
    task = ClassSpec(PARITY, 0.6, 0.25).task()
    x = Axis("D", "unit²", np.array([0.3, 0.6, 1.25]))
    y = Axis("C", "bits", np.array([0.1, 0.25, 1.0]))
    found, steps = finished(classify.surface(task, x, y))
    one = rd.classification.solved(task, 1e-6)
    assert found.lower_bits[1, 1] <= one.certificate.upper_bits
    assert found.upper_bits[1, 1] >= one.certificate.lower_bits
    assert steps[-1].share == pytest.approx(1.0)
    drawn = figures.classes_map(found, (0.6, 0.25), "penalty", colours=theme.DARK)
    cells = next(trace for trace in drawn.data if trace.name == "cells")
    assert len(cells.x) == 9
    at = [(x, y) for x, y in zip(cells.x, cells.y, strict=True)].index((0.6, 0.25))
    largest = max(found.upper_bits[2, 1], found.upper_bits[1, 2])
    assert cells.customdata[at][4] == pytest.approx(found.lower_bits[1, 1] - largest, abs=1e-6)
    worst, _ = finished(classify.penalty(task))
    assert worst.lower_bits >= cells.customdata[at][4] - 0.01
    assert worst.universal_bits - worst.each_bits == pytest.approx(worst.lower_bits, abs=1e-3)


@pytest.mark.parametrize("measure", ["tv", "w1", "w2"])
def test_the_rate_falls_with_the_perception_level(measure: Any) -> None:
    problem = ClassSpec(PARITY, 0.6, 1.0).task().problem
    found, _ = finished(classify.perceived(problem, measure))
    assert found.upper_bits[0] > found.free_bits + 0.01
    assert found.upper_bits[-1] == pytest.approx(found.free_bits, abs=1e-4)
    assert (np.diff(found.upper_bits) < 1e-6).all()
    assert (found.upper_bits - found.lower_bits).max() < 1e-5
    exact = rd.perception.rate(problem, rd.perception.TotalVariation(0.0))
    assert found.upper_bits[0] == pytest.approx(exact.rate_bits, abs=1e-4)
    drawn = figures.perception(found, "P", colours=theme.LIGHT)
    assert len(drawn.data) == 3


def test_the_sidebars_source_can_be_labelled_by_a_threshold() -> None:
    spec = LabelSpec("side", SourceSpec("three_modes"), (0.0, 3.0))
    both = spec.labelled()
    assert both.source.n == 100
    assert both.posterior[-1, 1] == pytest.approx(1)
    with pytest.raises(SpecError, match="use at most 700"):
        LabelSpec("side", SourceSpec("four_clusters"), (0.0, 3.0)).labelled()


def test_digits_are_drawn_as_pictures() -> None:
    both = LabelSpec("digits", SourceSpec(FIRST), (20.0,)).labelled()
    task = task_of(both, False, 500.0, 2.0)
    found, _ = finished(classify.solve(task))
    assert found.upper_bits - found.lower_bits < 0.01
    wall = figures.tiles(found, both.names, colours=theme.LIGHT)
    assert len(wall.layout.annotations) == len(found.masses)
    assert np.nanmax(wall.data[0].z) <= 16
