"""Properties of every rate–distortion function, on random problems."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rdcore as rd
from tests.rdcore.problems import random_problem

seeds = st.integers(0, 10_000)
lawful = settings(max_examples=20, deadline=None, derandomize=True)


def solve(problem: rd.Problem) -> rd.Solution | None:
    try:
        return rd.solve(problem).require()
    except rd.InfeasibleError:
        return None


@given(seeds)
@lawful
def test_between_zero_and_the_entropy(seed: int) -> None:
    problem = random_problem(seed)
    solution = solve(problem)
    if solution is not None:
        proof = solution.certificate
        assert 0 <= proof.lower <= proof.upper
        assert proof.lower <= problem.source.entropy + 1e-12


@given(seeds)
@lawful
def test_decreasing_and_convex_in_each_level(seed: int) -> None:
    problem = random_problem(seed)
    levels = np.array([f.level for f in problem.fidelities])
    k = seed % len(levels)
    step = 0.2 * levels[k]
    points = []
    for shift in (0, 1, 2):
        levels_at = levels.copy()
        levels_at[k] += shift * step
        points.append(solve(problem.with_levels(list(levels_at))))
    if None in points:
        return
    low, middle, high = (p.certificate for p in points)
    assert high.lower <= middle.upper
    assert middle.lower <= low.upper
    assert middle.lower <= (low.upper + high.upper) / 2


@given(seeds)
@lawful
def test_slopes_support_the_curve(seed: int) -> None:
    problem = random_problem(seed)
    solution = solve(problem)
    levels = np.array([f.level for f in problem.fidelities])
    there = solve(problem.with_levels(list(levels * 1.1)))
    if solution is None or there is None:
        return
    line = solution.certificate.lower - float(solution.prices @ (0.1 * levels))
    assert line <= there.certificate.upper


@given(seeds)
@lawful
def test_relabelling_changes_nothing(seed: int) -> None:
    problem = random_problem(seed)
    solution = solve(problem)
    if solution is None:
        return
    draw = np.random.default_rng(seed)
    atoms, words = draw.permutation(problem.n), draw.permutation(problem.m)
    source = rd.sources.from_pmf(problem.source.atoms[atoms], problem.source.pmf[atoms])

    def moved(matrix: np.ndarray) -> np.ndarray:
        return matrix[np.ix_(atoms, words)]

    fidelities = []
    for f in problem.fidelities:
        own = None if f.distortion is None else moved(np.asarray(f.distortion))
        if f.mask is None:
            fidelities.append(rd.average(f.level, distortion=own))
        else:
            fidelities.append(rd.subset(f.mask[atoms], f.level, f.measure, distortion=own))
    other = rd.Problem(
        source, problem.codebook[words], moved(np.asarray(problem.distortion)), fidelities
    )
    again = rd.solve(other)
    assert again.certificate.lower <= solution.certificate.upper
    assert solution.certificate.lower <= again.certificate.upper


@given(seeds, st.sampled_from([1e-9, 1e-3, 37.0, 1e9]))
@lawful
def test_scaling_the_distortion_scales_the_slopes(seed: int, factor: float) -> None:
    draw = np.random.default_rng(seed)
    source = rd.sources.from_pmf(np.arange(12.0), draw.dirichlet(np.ones(12)))
    cost = draw.random((12, 9))
    level = 0.5 * (cost.min(axis=1) @ source.pmf + (source.pmf @ cost).min())
    one = rd.solve(rd.Problem(source, np.arange(9.0), cost, [rd.average(level)])).require()
    two = rd.solve(
        rd.Problem(source, np.arange(9.0), factor * cost, [rd.average(factor * level)])
    ).require()
    assert two.rate == pytest.approx(one.rate, abs=2e-9)
    assert factor * two.slopes == pytest.approx(one.slopes, rel=1e-3)


@given(seeds)
@lawful
def test_one_more_constraint_never_lowers_the_rate(seed: int) -> None:
    problem = random_problem(seed)
    if len(problem.fidelities) < 2:
        return
    fewer = rd.Problem(
        problem.source, problem.codebook, problem.distortion, problem.fidelities[:-1]
    )
    less, more = solve(fewer), solve(problem)
    if less is not None and more is not None:
        assert less.certificate.lower <= more.certificate.upper


@given(st.floats(0.1, 0.9), st.integers(0, 1))
@lawful
def test_prices_are_the_derivatives(share: float, which: int) -> None:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.1 + share, "conditional")]
    problem = rd.Problem(source, rd.sources.codebook("three_modes"), fidelities=fidelities)
    levels = np.array([f.level for f in problem.fidelities])
    step = np.zeros(2)
    step[which] = 1e-4 * levels[which]
    below, above = (rd.solve(problem.with_levels(list(levels + s))) for s in (-step, step))
    price = rd.solve(problem).prices[which]
    slope = (below.rate - above.rate) / (2 * step[which])
    assert price == pytest.approx(slope, rel=1e-3, abs=2e-9 / step[which])
