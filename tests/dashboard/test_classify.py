"""R(D, C), its surface, the penalty and R(D, P) as jobs: every value is rdcore's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import rdcore as rd
from dashboard import figures
from dashboard.figures import theme
from dashboard.model import classification as model
from dashboard.model import scripts
from dashboard.model.classification import IN_USE, ClassSpec, LabelSpec, task_of
from dashboard.model.codebooks import SpecError
from dashboard.model.presets import FIRST
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Axis
from dashboard.tasks import classify
from rdcore import classification, perception
from tests.steps import finished, result

LN2 = float(np.log(2))
PARITY = LabelSpec("parity", SourceSpec(FIRST), (4.0,))
ASKED = ClassSpec(PARITY, 0.6, 0.25)


@pytest.mark.parametrize(
    ("labels", "atoms", "gap"),
    [(2, 4, 1e-6), (4, 200, 1e-6), (5, 4, 1e-3), (2, 201, 1e-3)],
)
def test_many_labels_or_atoms_have_a_wider_gap(labels: int, atoms: int, gap: float) -> None:
    task = SimpleNamespace(posteriors=[np.ones((atoms, labels))], source=SimpleNamespace(n=atoms))
    assert classify.tolerance(task) == gap  # type: ignore[arg-type]


def test_the_answer_is_rdcores_and_a_fixed_alphabet_costs_more() -> None:
    task = ASKED.task()
    found, steps = finished(classify.solve(task))
    direct = rd.classification.solved(task, 1e-7)
    assert found.lower_bits - 1e-6 <= direct.rate_bits <= found.upper_bits + 1e-6
    assert 0 <= found.upper_bits - found.lower_bits <= 1e-6 / LN2
    assert found.uncertainty_bits <= 0.25 + 1e-6
    assert found.level <= 0.6 + 1e-9
    assert found.unlabelled_bits > found.upper_bits + 0.02
    fixed = classification.on_alphabet(task, classification.solved(task, 1e-6), starts=4, tol=1e-6)
    assert found.unlabelled_bits == pytest.approx(fixed.upper_bits, abs=1e-9)
    assert found.distortion_only_bits[1] < found.upper_bits > found.label_only_bits[1]
    assert [step.share for step in steps] == [0.05, 0.45, 0.5, 0.8]
    drawn = figures.posteriors(found, ("even", "odd"), colours=theme.LIGHT)
    assert np.asarray(drawn.data[0].z).shape == (len(found.masses), 2)


def bounds(proof: rd.Certificate) -> tuple[float, float]:
    assert proof.lower_bits < proof.upper_bits
    return proof.lower_bits, proof.upper_bits


def test_each_value_of_the_answer() -> None:
    task = ASKED.task()
    found, both = result(classify.solve(task)), classification.solved(task, 1e-6)
    assert (found.scope, found.ended) == (both.certificate.scope, both.status.value)
    assert (found.lower_bits, found.upper_bits) == bounds(both.certificate)
    assert (found.level, found.uncertainty_bits) == (
        both.distortions[0],
        both.uncertainties_bits[0],
    )
    assert found.price_bits == both.prices_bits[0] > 0
    assert found.label_price_bits == both.label_prices[0] > 0
    # The rate changes as the prices say.
    for D, C, price in ((0.61, 0.25, found.price_bits), (0.6, 0.26, found.label_price_bits)):
        more = classification.solved(ClassSpec(PARITY, D, C).task(), 1e-7).rate_bits
        assert found.upper_bits - more == pytest.approx(0.01 * price, rel=0.1)
    assert found.distortion_only_bits == bounds(rd.solve(task.problem, tol=1e-6).certificate)
    # Parity is one bit, and X tells it: R(∞, C) = 1 − C.
    low, high = found.label_only_bits
    assert 0.75 - 1e-6 / LN2 <= low < 0.75 < high <= 0.75 + 1e-6 / LN2


def test_reproductions_are_those_in_use_the_most_probable_first() -> None:
    both = LabelSpec("side", SourceSpec("three_modes"), (0.5, 3.0)).labelled()
    found = result(classify.solve(task_of(both, False, 1.0, 0.4)))
    assert len(found.masses) == len(found.codewords) == len(found.posteriors) > 2
    assert (np.diff(found.masses) <= 0).all()
    assert found.masses.min() > IN_USE
    assert found.masses.sum() == pytest.approx(1, abs=1e-4)
    assert found.posteriors.sum(axis=1) == pytest.approx(1)
    likely = np.where(found.posteriors > 0, found.posteriors, 1.0)
    left = -(found.masses[:, None] * likely * np.log2(likely)).sum()
    assert left == pytest.approx(found.uncertainty_bits, abs=1e-4)
    # Below the threshold is the first label: large codewords belong to the second.
    assert found.posteriors[found.codewords[:, 0].argmax(), 1] > 0.9
    assert found.posteriors[found.codewords[:, 0].argmin(), 0] > 0.9


def test_the_surface_and_the_penalty_agree_with_single_solutions() -> None:
    task = ASKED.task()
    x = Axis("D", "unit²", np.array([0.3, 0.6, 1.25]))
    y = Axis("C", "bits", np.array([0.1, 0.25, 1.0]))
    found, steps = finished(classify.surface(task, x, y))
    one = rd.classification.solved(task, 1e-6)
    assert found.lower_bits[1, 1] <= one.certificate.upper_bits
    assert found.upper_bits[1, 1] >= one.certificate.lower_bits
    assert found.upper_bits[1, 1] - found.lower_bits[1, 1] <= 1e-4 / LN2
    assert found.x_prices_bits[1, 1] == pytest.approx(one.prices_bits[0], rel=2e-3)
    assert found.y_prices_bits[1, 1] == pytest.approx(one.label_prices[0], rel=2e-3)
    assert (found.x, found.y) == (x, y)
    # A column has one D, a row one C: at 1 bit the label asks for nothing.
    alone = [rd.solve(task.problem.with_levels([float(D)])).rate_bits for D in x.levels]
    assert found.upper_bits[2] == pytest.approx(alone, abs=1e-3)
    assert steps[-1].share == pytest.approx(1.0)
    assert len(steps) == len(y.levels)
    assert np.isnan(steps[0].shown.upper_bits).sum() == 6
    assert np.array_equal(steps[-1].shown.upper_bits, found.upper_bits)
    drawn = figures.classes_map(
        found, (0.6, 0.25), "penalty", colours=theme.DARK, how=rd.LevelScale("mse")
    )
    cells = next(trace for trace in drawn.data if trace.name == "cells")
    assert len(cells.x) == 9
    at = [(x, y) for x, y in zip(cells.x, cells.y, strict=True)].index((0.6, 0.25))
    largest = max(found.upper_bits[2, 1], found.upper_bits[1, 2])
    assert cells.customdata[at][4] == pytest.approx(found.lower_bits[1, 1] - largest, abs=1e-6)
    worst, _ = finished(classify.penalty(task))
    assert worst.lower_bits >= cells.customdata[at][4] - 0.01
    assert worst.universal_bits - worst.each_bits == pytest.approx(worst.lower_bits, abs=1e-3)


def test_a_pair_that_is_infeasible_has_no_value() -> None:
    both = LabelSpec("side", SourceSpec("three_modes"), (0.5, 3.0)).labelled()
    task = task_of(both, False, 1.0, 0.4)
    least = task.least[0] / LN2
    x = Axis("D", "unit²", np.array([1.0, 2.0]))
    y = Axis("C", "bits", np.array([0.9 * least, 1.1 * least]))
    found = result(classify.surface(task, x, y))
    for values in (found.lower_bits, found.upper_bits, found.x_prices_bits, found.y_prices_bits):
        assert np.isnan(values[0]).all()
        assert np.isfinite(values[1]).all()


def test_the_penalty_is_of_two_demands_that_cost_the_same() -> None:
    task = ASKED.task()
    found, steps = finished(classify.penalty(task))
    slack = rd.largest_level(task.problem)
    only_D = rd.solve(task.problem.with_levels([found.level])).rate_bits
    only_C = classification.solved(
        classification.levelled(task, slack, found.label_level_bits * LN2), 1e-7
    ).rate_bits
    assert found.each_bits == pytest.approx(max(only_D, only_C), abs=2e-5)
    both = ClassSpec(PARITY, found.level, found.label_level_bits).task()
    together = classification.solved(both, 1e-7).rate_bits
    assert found.universal_bits == pytest.approx(together, abs=2e-5)
    assert found.lower_bits <= together - found.each_bits <= found.upper_bits
    assert 0 < found.upper_bits - found.lower_bits <= 2e-5 / LN2
    shares = [step.share for step in steps]
    assert shares == sorted(shares)
    assert len(set(shares)) >= 5


def test_many_labels_have_their_gap_on_the_surface_and_in_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: dict[str, float] = {}

    def watched(*_: Any, **more: Any) -> Any:
        asked.update(more)
        raise SpecError("enough")

    for name in ("largest_penalty", "growing_surface"):
        monkeypatch.setattr(classification, name, watched)
    axis = Axis("D", "unit²", np.array([0.6]))
    for gap, penalty, surface in ((1e-6, 1e-5, 1e-4), (1e-3, 1e-3, 1e-3)):
        monkeypatch.setattr(classify, "tolerance", lambda _, gap=gap: gap)
        with pytest.raises(SpecError, match="enough"):
            result(classify.penalty(ASKED.task()))
        assert (asked["points"], asked["tol"]) == (5, penalty)
        with pytest.raises(SpecError, match="enough"):
            result(classify.surface(ASKED.task(), axis, axis))
        assert asked["tol"] == surface


MEASURES = {
    "tv": perception.TotalVariation,
    "w1": perception.Wasserstein1,
    "w2": perception.Wasserstein2Squared,
}


@pytest.mark.parametrize("measure", MEASURES)
def test_the_rate_falls_with_the_perception_level(measure: Any) -> None:
    problem = ClassSpec(PARITY, 0.6, 1.0).task().problem
    found, steps = finished(classify.perceived(problem, measure))
    assert found.upper_bits[0] > found.free_bits + 0.01
    assert found.upper_bits[-1] == pytest.approx(found.free_bits, abs=1e-4)
    assert (np.diff(found.upper_bits) < 1e-6).all()
    assert (found.upper_bits - found.lower_bits).max() < 1e-5
    exact = rd.perception.rate(problem, rd.perception.TotalVariation(0.0))
    assert found.upper_bits[0] == pytest.approx(exact.rate_bits, abs=1e-4)
    free = rd.solve(problem, tol=1e-8)
    assert found.free_bits == pytest.approx(free.rate_bits, abs=1e-8)
    masses = (problem.source.points, problem.source.pmf), (problem.codewords, free.marginal)
    reached = MEASURES[measure](0.0).distance(*masses)
    assert found.reached == pytest.approx(reached, rel=1e-6)
    assert found.levels == pytest.approx(reached * np.linspace(0, 1.1, 13) ** 1.5)
    one = perception.rate(problem, MEASURES[measure](float(found.levels[4])), tol=1e-6)
    assert (found.lower_bits[4], found.upper_bits[4]) == bounds(one.certificate)
    assert found.price_bits[4] == one.perception_price_bits
    assert [step.share for step in steps] == pytest.approx(np.arange(1, 14) / 13)
    early = next(classify.perceived(problem, measure)).shown
    assert np.isfinite(early.upper_bits).tolist() == [True] + 12 * [False]
    assert (early.free_bits, early.reached) == (found.free_bits, found.reached)
    drawn = figures.perception(found, "P", colours=theme.LIGHT)
    assert len(drawn.data) == 3


def test_no_total_variation_is_above_one() -> None:
    # One codeword of ten is enough, which is 0.9 away from the source.
    problem = ClassSpec(LabelSpec("parity", SourceSpec(FIRST), (10.0,)), 9.0, 1.0).task().problem
    found = result(classify.perceived(problem, "tv"))
    assert found.reached == pytest.approx(0.9, abs=1e-3)
    assert found.levels[-1] == 1.0
    assert (np.diff(found.levels) > 0).all()
    assert len(found.levels) == len(found.upper_bits) == 13


def test_a_realism_that_no_channel_has_is_left_out() -> None:
    source = rd.sources.three_modes()
    few = rd.Problem(source, np.array([-5.0, 0.0, 5.0]), fidelities=[rd.average(2.5)])
    found, steps = finished(classify.perceived(few, "w1"))
    assert np.isnan(found.upper_bits[0])
    known = np.isfinite(found.upper_bits)
    assert known[-1]
    assert (np.isfinite(found.lower_bits) == known).all()
    assert len(steps) == known.sum() < 13
    assert steps[-1].share == 1.0


def test_perception_accepts_so_many_atoms() -> None:
    for atoms in (170, 171):
        source = rd.sources.from_samples(np.arange(float(atoms)))
        problem = rd.Problem(source, source.atoms, fidelities=[rd.average(1e4)])
        steps = classify.perceived(problem, "w1")
        if atoms == 170:
            assert next(steps).share == pytest.approx(1 / 13)
        else:
            with pytest.raises(SpecError, match="has 171 atoms; this card accepts at most 170"):
                next(steps)
    plane = rd.sources.from_samples(np.arange(8.0).reshape(4, 2))
    with pytest.raises(rd.InputError, match="one coordinate"):
        next(classify.perceived(rd.Problem(plane, plane.atoms, fidelities=[rd.average(1)]), "w1"))


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


def test_pairs_are_read() -> None:
    inf = float("inf")
    assert model.demands("0.3, 1.2; ∞, 0.5") == ((0.3, 1.2), (inf, 0.5))
    assert model.demands(" (0.3,) ; (inf, −1.5);") == ((0.3, inf), (inf, -1.5))
    assert model.demands("") == ()
    for text, why in (
        ("0.3", "must be D, C with a comma"),
        ("0.3, x", "“x” in “0.3, x” must be a number, or ∞"),
        ("nan, 1", "must be a number"),
        ("1, 1;" * 7, "use at most 6"),
    ):
        with pytest.raises(SpecError, match=why):
            model.demands(text)


def test_one_encoder_for_the_pairs_of_a_user() -> None:
    spec = model.LabelSpec("parity", SourceSpec("three_modes"), (4.0,))
    task = model.task_of(spec.labelled(), spec.hamming, 0.25, 1.0)
    found = result(classify.several(task, ((0.25, 1.0), (float("inf"), 0.1 / np.log(2)))))
    pairs = [(0.25, np.log(2)), (1.25, 0.1)]
    exact = classification.rate_penalty(
        task.source, task.posteriors[0], pairs, codebook=task.problem.codewords[:, 0], tol=1e-6
    )
    low, high = found.penalty_bits
    assert low <= exact.upper_bits + 1e-3
    assert high >= exact.lower_bits - 1e-3
    assert low > 0.3
    assert found.universal_bits[1] == pytest.approx(exact.universal.rate_bits, abs=1e-3)
    assert len(found.each_bits) == 2


def test_one_encoder_for_a_gaussian_source() -> None:
    found = classify.gaussian_demands(0.9, ((0.3, float("inf")), (float("inf"), 1.2)))
    assert found.penalty_bits[0] == 0
    assert found.penalty_bits[1] < 0.01
    exact = rd.closed_forms.gaussian_classification(1.0, 0.9, D=1.0, C=1.2 * np.log(2))
    assert found.each_bits[1] == pytest.approx((exact / np.log(2),) * 2, abs=0.01)
    assert found.each_bits[0] == pytest.approx((0.5 * np.log2(1 / 0.3),) * 2)
    with pytest.raises(SpecError, match="must be above h"):
        classify.gaussian_demands(0.9, ((0.3, 0.5),))


def test_more_than_200_atoms_are_coded_on_equally_spaced_codewords() -> None:
    for atoms, codewords in ((200, 200), (201, 49)):
        label = LabelSpec("side", SourceSpec("uniform", (atoms, -1.0, 1.0)), (0.0, 5.0))
        spec = ClassSpec(label, 0.1, 0.5)
        words = spec.task().problem.codewords[:, 0]
        assert len(words) == codewords
        assert np.diff(words) == pytest.approx(np.diff(words)[0])
        assert ("grid_codebook(source, 49)" in scripts.classification(spec, 1e-6)) == (atoms > 200)
