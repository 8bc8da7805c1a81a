from __future__ import annotations

import re
import time

import numpy as np
import pytest

import rdcore as rd
from dashboard.formatting import rounded_up
from dashboard.model import views
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.specs import ProblemSpec, Setting, SourceSpec, Subset
from dashboard.model.views import CurveBand, LevelRange, Point, Trouble, WhatIf
from dashboard.tasks import solve
from dashboard.ui import queries, trades
from tests.steps import finished

STORY = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05),))
SPEC = ProblemSpec(STORY, 0.6)


def solved(spec: ProblemSpec) -> Point:
    found = queries.point(spec)
    assert isinstance(found, Point)
    return found


def test_a_point_is_what_rdcore_gives_in_bits() -> None:
    point, solution = solved(SPEC), rd.solve(SPEC.problem())
    assert point.rate_bits == pytest.approx(solution.rate / np.log(2))
    assert 0 <= point.gap_bits <= 1e-9 / np.log(2)
    assert solve.timed(SPEC.problem()).gap_bits <= 1e-9 / np.log(2)
    assert point.price_bits == pytest.approx(solution.slopes[0] / np.log(2))
    assert point.prices_bits[1] == pytest.approx(solution.slopes[1] / np.log(2))
    assert point.in_use == (solution.marginal > views.IN_USE).sum()
    assert point.reached[0] == pytest.approx(0.6)
    assert point.reached[1] == pytest.approx(0.05)


def same(one: Point, solution: rd.Solution) -> None:
    """Check that a view says what the solution says, in bits."""
    assert one.rate_bits == solution.rate_bits
    assert one.gap_bits == solution.certificate.gap_bits
    assert one.entropy_bits == solution.output_entropy_bits
    assert one.prices_bits.tolist() == list(solution.prices_bits)
    assert one.reached.tolist() == list(solution.distortions)
    assert one.levels.tolist() == [part.level for part in solution.problem.fidelities]
    assert np.array_equal(one.codebook, solution.codebook.reshape(len(solution.marginal), -1))
    assert np.array_equal(one.masses, solution.marginal)
    assert np.array_equal(one.channel, solution.channel.astype(np.float32))
    assert (one.scope, one.status) == (solution.certificate.scope, solution.status.value)
    assert one.converged
    assert one.iterations == solution.iterations


def test_a_view_is_its_solution() -> None:
    solution = rd.solve(SPEC.problem())
    point = solve.as_point(solution, 2.5)
    same(point, solution)
    assert (point.levels.tolist(), point.seconds) == ([0.6, 0.05], 2.5)
    plain = solve.as_point(rd.solve(ProblemSpec(STORY.without_subsets(), 0.6).problem()), 0.0)
    assert len(plain.levels) == len(plain.prices_bits) == len(plain.reached) == 1


@pytest.mark.parametrize(("dim", "tolerance"), [(1, 1e-9), (2, 1e-6)])
def test_the_free_codebook_is_solved_to_its_tolerance(dim: int, tolerance: float) -> None:
    points = np.random.default_rng(1).normal(size=(40, dim))
    source = rd.sources.from_samples(points[:, 0] if dim == 1 else points)
    task = rd.Problem(source, source.points[:2], fidelities=[rd.average(0.3 * dim)])
    start = time.perf_counter()
    found, steps = finished(solve.free_codebook(task))
    assert 0 < found.seconds <= time.perf_counter() - start
    same(found, rd.solve(task.with_every(), tol=tolerance))
    assert found.gap_bits * np.log(2) <= tolerance
    assert found.scope == "every codebook"
    assert {step.share for step in steps} == {0}  # the number of rounds is not known in advance
    notes = [step.note for step in steps]
    assert notes[0] == "adding codewords until none lowers the rate"
    assert all(
        re.fullmatch(r"gap about .* bits, .* asked", one) for one in set(notes[1:]) - {notes[0]}
    )


def test_the_gap_of_the_free_codebook_depends_on_the_coordinates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr(solve, "timed", lambda _, tol, *_more: asked.append(tol))
    for dim in (1, 2, 3):
        source = rd.sources.from_samples(np.eye(4)[:, :dim] if dim > 1 else np.arange(4.0))
        task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0)])
        finished(solve.free_codebook(task))
    assert asked == [1e-9, 1e-6, 1e-6]


def test_known_rates() -> None:
    plain = solved(ProblemSpec(Setting(SourceSpec("three_modes")), 0.6))
    assert plain.rate_bits * np.log(2) == pytest.approx(1.165999660, abs=2e-9)
    assert len(plain.prices_bits) == 1
    joint = Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.05, "joint"),))
    held = solved(ProblemSpec(joint, 0.6))
    assert held.rate_bits * np.log(2) == pytest.approx(1.186913352, abs=2e-9)


def test_the_curve_passes_through_the_points() -> None:
    band = queries.curve(SPEC)
    assert isinstance(band, CurveBand)
    assert len(band.levels) == queries.CURVE_LEVELS
    assert (np.diff(band.levels) > 0).all()
    assert (np.diff(band.upper_bits) <= 1e-9).all()
    assert (band.lower_bits <= band.upper_bits).all()
    for index in (3, 20, 40):
        point = solved(ProblemSpec(STORY, float(band.levels[index])))
        assert point.rate_bits == pytest.approx(band.upper_bits[index], abs=1e-5)


def test_the_curve_does_not_depend_on_the_level() -> None:
    assert "level" not in set(Setting.__dataclass_fields__)
    assert queries.level_range(STORY) == queries.level_range(
        Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)", 0.02),))
    )


def test_limits() -> None:
    bounds = queries.level_range(STORY)
    smallest = rd.smallest_levels(SPEC.problem())
    assert bounds.least == smallest
    assert bounds.largest == pytest.approx(rd.largest_level(SPEC.problem()))
    assert bounds.most[1] > smallest[1]
    assert len(queries.level_range(STORY.without_subsets()).least) == 1


@pytest.mark.parametrize("which", [0, 1])
def test_a_level_that_cannot_be_met_says_what_can(which: int) -> None:
    spec = (
        ProblemSpec(STORY, 0.001)
        if which == 0
        else ProblemSpec(Setting(SourceSpec("three_modes"), subsets=(Subset("+(-1,1)"),)), 0.6)
    )
    trouble = queries.point(spec)
    assert isinstance(trouble, Trouble)
    assert trouble.which == which
    smallest = rd.smallest_levels(spec.problem())[which]
    assert f"is below the minimum level {rounded_up(smallest, 4)}" in trouble.sentence
    assert trouble.remedy is not None
    assert smallest < trouble.remedy < 1.03 * smallest
    bounds = queries.level_range(spec.setting)
    assert queries.too_small(which, spec.at(which, trouble.remedy), bounds) is None


def test_not_a_number_is_not_a_level() -> None:
    bounds = LevelRange((0.1,), (1.0,))
    spec = ProblemSpec(Setting(SourceSpec("three_modes")), float("nan"))
    assert queries.too_small(0, spec, bounds) is not None


@pytest.mark.parametrize("which", [0, 1])
def test_what_if_is_predicted_from_below(which: int) -> None:
    found = trades.what_if(SPEC, which=which)
    assert isinstance(found, WhatIf)
    assert found.after == pytest.approx(0.9 * found.before)
    assert 0 < found.predicted_bits <= found.solved_bits + found.gap_bits
    assert found.solved_bits < 1.2 * found.predicted_bits
    tighter = solved(SPEC.at(which, 0.9 * SPEC.levels[which]))
    assert found.solved_bits == pytest.approx(tighter.rate_bits - solved(SPEC).rate_bits)


def test_what_if_below_the_smallest_level_says_so() -> None:
    smallest = queries.level_range(STORY).smallest
    found = trades.what_if(ProblemSpec(STORY, 1.02 * smallest), which=0)
    assert isinstance(found, Trouble)
    assert "below the minimum level" in found.sentence


def test_whatever_goes_wrong_is_one_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> float:
        raise ZeroDivisionError("float division by zero")

    found = queries.attempt(broken)
    assert isinstance(found, Trouble)
    assert "division" not in found.sentence
    assert "ZeroDivisionError" in caplog.text
    typed = Setting(SourceSpec("three_modes"), CodebookSpec("typed", typed="a, b"))
    refused = queries.attempt(queries.point, ProblemSpec(typed, 0.6))
    assert isinstance(refused, Trouble)
    assert "is accepted" in refused.sentence


def test_what_a_user_typed_is_shown_as_it_is() -> None:
    assert Trouble("see [here](http://x) *now*").markdown.count("\\") >= 6


def test_one_codeword_leaves_nothing_to_trade() -> None:
    single = Setting(SourceSpec("three_modes"), CodebookSpec("typed", typed="0"))
    found = queries.attempt(queries.curve, ProblemSpec(single, 1.0))
    assert isinstance(found, Trouble)
    assert "the same at every D" in found.sentence
    bounds = queries.level_range(single)
    point = solved(ProblemSpec(single, 1.1 * bounds.smallest))
    assert point.rate_bits == pytest.approx(0, abs=1e-8)


def test_a_coin_may_be_asked_for_no_distortion_at_all() -> None:
    coin = Setting(SourceSpec("bernoulli", (0.3,)), distortion="hamming")
    entropy = rd.sources.bernoulli(0.3).entropy_bits
    assert solved(ProblemSpec(coin, 0.0)).rate_bits == pytest.approx(entropy, abs=1e-6)


def test_what_the_atoms_prove_about_the_density_behind_them() -> None:
    spec = ProblemSpec(Setting(SourceSpec("uniform", (100, -4.0, 4.0))), 0.5)
    found = queries.source_bounds(spec)
    assert isinstance(found, views.SourceBounds)
    assert found.within_variance == pytest.approx(0.08**2 / 12)
    fine = ProblemSpec(Setting(SourceSpec("uniform", (400, -4.0, 4.0))), 0.5)
    near = queries.source_bounds(fine)
    assert near is not None
    assert found.lower_bits < near.lower_bits <= near.upper_bits < found.upper_bits
    assert near.upper_bits - near.lower_bits < (found.upper_bits - found.lower_bits) / 8


def test_atoms_that_stand_for_themselves_prove_nothing_more() -> None:
    assert queries.source_bounds(ProblemSpec(Setting(SourceSpec("three_modes")), 0.6)) is None
