"""Curves: points that are solutions, and bounds between them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog

import rdcore as rd
from rdcore.curves import level_paths


@pytest.fixture(scope="module")
def task() -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05, "conditional")]
    return rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities)


@pytest.fixture(scope="module")
def found(task: rd.Problem) -> rd.Curve:
    return rd.curve(task, np.geomspace(0.05, 12, 20), tol=1e-9)


def test_points_are_solutions(task: rd.Problem, found: rd.Curve) -> None:
    assert (found.rates - found.lowers <= 1e-9).all()
    for k in (0, 7, 19):
        alone = rd.solve(task.with_levels([found.levels[k], 0.05]))
        assert found.rates[k] == pytest.approx(alone.rate, abs=1e-9)
        assert found.slopes[k] == pytest.approx(alone.prices, rel=1e-3, abs=1e-6)
        assert found.entropies[k] == pytest.approx(alone.output_entropy, rel=1e-2)


def test_lines_and_chords_enclose_the_rate_between_points(
    task: rd.Problem, found: rd.Curve
) -> None:
    between = np.sqrt(found.levels[1:] * found.levels[:-1])
    assert (found.lower(between) <= found.upper(between)).all()
    for level in between[::4]:
        proof = rd.solve(task.with_levels([level, 0.05])).certificate
        assert found.lower(level) <= proof.upper
        assert found.upper(level) >= proof.lower


def test_there_is_no_upper_bound_below_the_first_level(found: rd.Curve) -> None:
    assert found.upper(0.001) == np.inf
    assert found.lower(0.001) > found.rates[0]


def test_the_other_level_can_vary(task: rd.Problem) -> None:
    found = rd.curve(task, [0.05, 0.2], fidelity=1)
    alone = rd.solve(task.with_levels([0.6, 0.2]))
    assert found.rates_bits[1] == pytest.approx(alone.rate_bits, abs=1e-5)


def test_levels_of_its_own(task: rd.Problem) -> None:
    source = rd.sources.bernoulli(0.3)
    coin = rd.Problem(source, source.atoms, "hamming", [rd.average(0.1)])
    found = rd.curve(coin)
    assert found.levels[-1] == pytest.approx(rd.largest_level(coin)) == pytest.approx(0.3)
    assert found.rates[-1] == pytest.approx(0, abs=1e-9)
    assert found.rates == pytest.approx(rd.closed_forms.bernoulli(0.3, found.levels), abs=2e-6)


def test_progress_is_reported(task: rd.Problem) -> None:
    shares: list[float] = []
    rd.curve(task, [0.5, 1.0, 2.0], progress=shares.append)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_every_codebook_has_a_curve() -> None:
    source = rd.sources.three_modes()
    every = rd.Problem(source, rd.EVERY, fidelities=[rd.average(1.0)])
    found = rd.curve(every, [2.0, 5.0, rd.largest_level(every)])
    assert found.levels[-1] == pytest.approx(source.variance)
    assert found.rates[-1] == pytest.approx(0, abs=1e-6)
    fixed = rd.curve(every.with_codebook(np.linspace(-8, 8, 64)[:, None]), [2.0, 5.0])
    assert (found.lowers[:2] <= fixed.rates).all()


def test_bad_input(task: rd.Problem) -> None:
    with pytest.raises(rd.InputError, match="fidelity must be at least 0 and below 2; got 2"):
        rd.curve(task, [1.0], fidelity=2)
    with pytest.raises(rd.InfeasibleError, match="below the minimum level"):
        rd.curve(task, [1e-6, 1.0])


def test_a_bound_of_nothing_has_no_slope() -> None:
    """At D_max the dual value is below 0 by a rounding or more, and its line not one through 0."""
    source = rd.sources.gaussian()
    problem = rd.Problem(source, rd.sources.grid_codebook(source, 16), fidelities=[rd.average(0.5)])
    most = rd.largest_level(problem)
    found = rd.curve(problem, levels=[0.2 * most, most], tol=0.01)
    for share in (0.5, 0.9, 0.9729, 0.99, 0.999):
        rate = rd.solve(problem.with_levels([share * most])).rate
        assert found.lower(share * most) <= rate
        levels, lower, _ = found.band()
        assert np.interp(share * most, levels, lower) <= rate


def test_the_smallest_level_under_another_distortion_is_that_of_a_linear_program() -> None:
    """Where a second distortion has a level of its own, no channel may be the nearest codeword."""
    draw = np.random.default_rng(3)
    for seed in range(4):
        source = rd.sources.from_pmf(np.sort(draw.normal(size=5)), draw.dirichlet(np.ones(5)))
        first, second = np.square(source.points - source.atoms), draw.random((5, 5))
        rows = [source.pmf[:, None] * cost for cost in (first, second)]
        least = (source.pmf @ second.min(axis=1), source.pmf @ second[range(5), range(5)])
        level = 0.7 * least[0] + 0.3 * least[1]
        whole = linprog(
            rows[0].ravel(),
            A_ub=rows[1].ravel()[None],
            b_ub=[level],
            A_eq=np.kron(np.eye(5), np.ones(5)),
            b_eq=np.ones(5),
        )
        held = [rd.average(1.0), rd.average(level, distortion=second)]
        task = rd.Problem(source, source.atoms, fidelities=held)
        found = level_paths.minimum_level(level_paths.level_path(task, 0, scaled=False))
        assert found > 0
        assert found == pytest.approx(whole.fun, rel=1e-8), seed


def test_one_codeword_is_enough_from_the_median_on() -> None:
    source = rd.sources.from_pmf([[0, 5], [1, 0], [5, 1]], [0.2, 0.45, 0.35])
    task = rd.Problem(source, rd.EVERY, "absolute", [rd.average(1.0)])
    away = np.abs(source.points - [1.0, 1.0]).sum(axis=1)
    assert rd.largest_level(task) == pytest.approx(float(source.pmf @ away))


def test_the_level_of_an_empty_subset_is_0() -> None:
    source = rd.sources.from_pmf([0.0, 1.0, 2.0], [0.5, 0.5, 0.0])
    only = rd.subset(np.array([False, False, True]), 0.5, "joint")
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.1), only])
    assert rd.largest_level(task, 1) == 0.0
    assert rd.largest_level(task, 0) == pytest.approx(0.25)
