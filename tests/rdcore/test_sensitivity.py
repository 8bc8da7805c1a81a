"""Prices and their derivatives against closed forms, finite differences, and new solutions."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from tests.rdcore.problems import random_problem


@pytest.fixture(scope="module")
def source() -> rd.Source:
    return rd.sources.three_modes()


@pytest.fixture(scope="module", params=["fixed", "every"])
def solution(request: pytest.FixtureRequest, source: rd.Source) -> rd.Solution:
    words = rd.EVERY if request.param == "every" else np.linspace(-8, 8, 64)
    near = np.abs(source.atoms) < 1
    task = rd.Problem(source, words, fidelities=[rd.average(0.6), rd.subset(near, 0.05)])
    return rd.solve(task, tol=1e-10)


def again(solution: rd.Solution, levels: np.ndarray) -> rd.Solution:
    problem = solution.problem
    if solution.every:
        problem = rd.Problem(problem.source, rd.EVERY, fidelities=problem.fidelities)
    return rd.solve(problem.with_levels([float(v) for v in levels]), tol=1e-10)


def test_bernoulli_in_closed_form() -> None:
    coin = rd.sources.bernoulli(0.3)
    for D in (0.02, 0.1, 0.25):
        task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(D)])
        found = rd.sensitivity(rd.solve(task))
        assert found.certain
        assert found.prices[0] == pytest.approx(np.log((1 - D) / D), rel=1e-12)
        assert found.hessian[0, 0] == pytest.approx(1 / (D * (1 - D)), rel=1e-9)
        # The masses of Y are (p - D) / (1 - 2D) and its complement. The active set changes where
        # the tangent of a mass or of the price reaches 0.
        mass = (0.3 - D) * (1 - 2 * D) / 0.4
        price = np.log((1 - D) / D) * D * (1 - D)
        assert found.reach([1.0]) == pytest.approx(min(mass, price), rel=1e-9)


def check(solution: rd.Solution, steps: np.ndarray) -> int:
    """Compare the rows of the Hessian with finite differences; return the number compared."""
    found = rd.sensitivity(solution)
    levels = np.array([f.level for f in solution.problem.fidelities])
    count = 0
    for k, step in enumerate(steps):
        change = np.eye(len(levels))[k] * step
        if not found.certain or min(found.reach(change), found.reach(-change)) < 3:
            continue
        after, before = (rd.sensitivity(again(solution, levels + s * change)) for s in (1, -1))
        same = all(
            other.certain
            and other.binding.sum() == found.binding.sum()
            and other.active.sum() == found.active.sum()
            for other in (after, before)
        )
        if not same:
            continue
        slope = -(after.prices - before.prices) / (2 * step)
        # Prices have a relative error of 1e-14, and their differences one of about 1e-10.
        least = 1e-6 * found.prices.max() / levels[k]
        row = found.hessian[k]
        assert np.abs(slope - row).max() <= 1e-4 * (np.abs(row).max() + least)
        count += 1
    return count


def test_differences_of_prices(solution: rd.Solution) -> None:
    assert check(solution, np.array([6e-5, 5e-6])) == 2


def differences(seeds: range) -> tuple[int, int]:
    problems = rows = 0
    for seed in seeds:
        task = random_problem(seed)
        levels = np.array([f.level for f in task.fidelities])
        room = levels - np.array(rd.smallest_levels(task))
        try:
            solution = rd.solve(task, tol=1e-10)
        except rd.InfeasibleError:
            continue
        if solution.certificate.lower < 1e-6 or (room <= 1e-9 * levels).any():
            continue
        compared = check(solution, 1e-4 * room)
        problems += compared > 0
        rows += compared
    return problems, rows


def test_differences_of_prices_on_random_problems() -> None:
    problems, _ = differences(range(40))
    assert problems >= 20


@pytest.mark.slow
def test_differences_of_prices_on_many_random_problems(pytestconfig: pytest.Config) -> None:
    number = 400 if pytestconfig.getoption("--long") else 100
    problems, rows = differences(range(40, 40 + number))
    assert problems >= 0.5 * number
    assert rows >= 0.85 * number


def test_the_hessian_is_that_of_a_convex_function(solution: rd.Solution) -> None:
    found = rd.sensitivity(solution)
    assert found.certain
    assert np.array_equal(found.hessian, found.hessian.T)
    assert (np.linalg.eigvalsh(found.hessian) > 0).all()
    assert found.prices == pytest.approx(solution.prices, rel=1e-4)
    assert found.hessian_bits * np.log(2) == pytest.approx(found.hessian)


def test_predictions_agree_with_solutions(solution: rd.Solution) -> None:
    found = rd.sensitivity(solution)
    levels = np.array([0.595, 0.0505])
    told, solved = found.predict(levels), again(solution, levels)
    assert told.lower <= solved.rate
    second = abs(told.rate - solved.rate)
    assert second < 1e-3 * abs(solved.rate - solution.rate)
    assert second < 0.2 * abs(told.lower - solved.rate)
    assert told.prices == pytest.approx(rd.sensitivity(solved).prices, rel=1e-3)
    assert told.rate_bits == told.rate / np.log(2)
    assert not found.predict([0.6, 0.3]).trusted


def test_changes_of_levels_for_some_bits(solution: rd.Solution) -> None:
    found = rd.sensitivity(solution)
    for bits in (-0.005, 0.005):
        for k, change in enumerate(found.change_for(bits)):
            assert np.sign(change) == -np.sign(bits)
            levels = np.array([0.6, 0.05]) + np.eye(2)[k] * change
            gained = again(solution, levels).rate_bits - solution.rate_bits
            assert gained == pytest.approx(bits, rel=0.05)
    # Less than the largest possible decrease of R along the level of the subset.
    assert np.isnan(found.change_for(-1.0)[1])


def test_the_level_for_a_rate(solution: rd.Solution) -> None:
    problem = solution.problem
    if solution.every:
        problem = rd.Problem(problem.source, rd.EVERY, fidelities=problem.fidelities)
    for bits in (-1.0, 0.3):
        wanted = solution.rate + bits * np.log(2)
        found = rd.level_for(problem, wanted)
        assert found is not None
        assert found.high - found.low < 1e-7 * found.high
        low, high = (again(solution, np.array([v, 0.05])).certificate for v in found[:2])
        assert low.upper >= wanted >= high.lower
        assert found.solution.rate == pytest.approx(wanted, abs=1e-8)
    assert rd.level_for(problem, 0.5 * solution.rate, fidelity=1) is None


def test_duplicate_constraints_share_a_price(source: rd.Source) -> None:
    task = rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[rd.average(0.6)] * 2)
    one = rd.Problem(source, np.linspace(-8, 8, 64), fidelities=[rd.average(0.6)])
    found, alone = rd.sensitivity(rd.solve(task)), rd.sensitivity(rd.solve(one))
    assert not found.certain
    assert found.prices.sum() == pytest.approx(alone.prices[0], rel=1e-6)


def test_rate_0_has_no_price() -> None:
    coin = rd.sources.bernoulli(0.3)
    task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.5)])
    found = rd.sensitivity(rd.solve(task))
    assert found.prices[0] == found.hessian[0, 0] == 0
    assert found.predict([0.6]).rate == pytest.approx(0, abs=1e-12)


def test_bad_input(source: rd.Source) -> None:
    coin = rd.sources.bernoulli(0.3)
    at_the_end = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.0)])
    with pytest.raises(rd.InputError, match="its price is infinite"):
        rd.sensitivity(rd.solve(at_the_end))
    task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    found = rd.sensitivity(rd.solve(task))
    with pytest.raises(rd.InputError, match="levels must be 1 finite numbers"):
        found.predict([0.1, 0.2])
    with pytest.raises(rd.InputError, match="rate must be a positive finite number; got -1"):
        rd.level_for(task, -1)
    with pytest.raises(rd.InputError, match=r"fidelity must be .* got 3"):
        rd.level_for(task, 0.1, fidelity=3)
    assert rd.level_for(task, 5.0) is None


def test_a_bound_of_nothing_predicts_nothing() -> None:
    source = rd.sources.gaussian()
    problem = rd.Problem(source, rd.sources.grid_codebook(source, 16), fidelities=[rd.average(0.5)])
    most = rd.largest_level(problem)
    found = rd.sensitivity(rd.solve(problem.with_levels([most * (1 - 1e-6)]), tol=0.01))
    for share in (0.9, 0.99, 0.999):
        rate = rd.solve(problem.with_levels([share * most])).rate
        assert found.predict([share * most]).lower <= rate


@pytest.mark.parametrize("D", [1e-3, 1e-6, 1e-9, 1e-11, 1e-12, 1e-13, 1e-15, 1e-20])
def test_the_price_next_to_the_smallest_level(D: float) -> None:
    coin = rd.sources.bernoulli(0.25)
    problem = rd.Problem(coin, coin.atoms, "hamming", [rd.average(D)])
    found = rd.sensitivity(rd.solve(problem))
    assert found.certain
    assert found.prices_bits[0] == pytest.approx(np.log2((1 - D) / D), rel=1e-9)


@pytest.mark.parametrize("below", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 0.0])
def test_a_price_next_to_the_largest_level_is_certain_only_if_it_is(below: float) -> None:
    D = 0.25 - below
    coin = rd.sources.bernoulli(0.25)
    found = rd.sensitivity(rd.solve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(D)])))
    if found.certain:
        assert found.prices_bits[0] == pytest.approx(np.log2((1 - D) / D), rel=1e-9)
