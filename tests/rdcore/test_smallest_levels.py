"""Levels at the smallest that can be met, and roundings above it: the optimum, with proof."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import rdcore as rd
from rdcore.problem.exact_sums import dot_parts
from tests.rdcore.problems import random_problem

BATCH = 50
BATCHES = [pytest.param(k, marks=[pytest.mark.slow] if k else []) for k in range(500 // BATCH)]


@pytest.mark.parametrize("ulps", [0, 1, 2, 5, 1000, 100_000])
@pytest.mark.parametrize("floor", [0.0, 1e3, 1e9, 1e13])
def test_what_is_above_a_large_floor_counts(floor: float, ulps: int) -> None:
    """A fair bit: log 2 at the floor itself, log 2 - H(δ) at δ above it."""
    cost = floor + 1 - np.eye(2)
    level = floor + ulps * float(np.spacing(floor)) if floor else 1e-16 * ulps
    coin = rd.sources.bernoulli(0.5)
    solution = rd.solve(rd.Problem(coin, coin.atoms, cost, [rd.average(level)])).require()
    share = min(level - floor, 0.5)
    spent = -share * math.log(share) - (1 - share) * math.log(1 - share) if share > 0 else 0.0
    proof = solution.certificate
    assert proof.lower <= math.log(2) - spent + 1e-15
    assert proof.upper >= math.log(2) - spent - 1e-15
    assert proof.gap <= 1e-9


@pytest.mark.parametrize(("n", "m", "seed"), [(3, 3, 0), (4, 3, 9), (4, 4, 1), (6, 5, 2)])
def test_a_rounding_above_a_floor_beside_levels_that_always_hold(n: int, m: int, seed: int) -> None:
    """Slopes of 1e7 beside costs that do not vary; some of those equal their levels."""
    cost = np.random.default_rng(seed).random((n, m)) + 1e6
    source = rd.sources.from_pmf(np.arange(float(n)), np.ones(n))
    each = rd.subset(np.ones(n, bool), 1.0, "each", distortion=1 - np.eye(n, m))
    problem = rd.Problem(source, np.arange(float(m)), cost, [rd.average(1.0), each])
    level = float(np.nextafter(rd.smallest_levels(problem)[0], np.inf))
    mine = rd.solve(problem.with_levels([level, 1.0])).require()
    alone = rd.solve(rd.Problem(source, problem.codebook, cost, [rd.average(level)])).require()
    assert mine.rate == pytest.approx(alone.rate, abs=2e-9)


def test_no_channel_above_the_floor_is_certified_at_it() -> None:
    coin = rd.sources.bernoulli(0.5)
    problem = rd.Problem(coin, coin.atoms, 1e9 + 1 - np.eye(2), [rd.average(1e9)])
    proof = rd.certify(problem, np.full((2, 2), 0.5), [0.0])
    assert proof.upper >= math.log(2)
    assert proof.violation == pytest.approx(1.0)


@pytest.mark.parametrize("excess", [0, 3e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11])
def test_a_subset_at_its_smallest_level(excess: float) -> None:
    source = rd.sources.gaussian_density(200)
    tail = rd.subset(source.atoms >= 0.866, 1.0, "joint")
    problem = rd.Problem(
        source, rd.sources.grid_codebook(source, 64), fidelities=[rd.average(0.1), tail]
    )
    least = rd.smallest_levels(problem)[1]
    solution = rd.solve(problem.with_levels([0.1, least * (1 + excess)])).require()
    assert solution.rate == pytest.approx(1.3711947331, abs=2e-9)


@pytest.mark.parametrize("excess", [0, 1e-15, 1e-14, 1e-13, 1e-12, 1e-9])
def test_atoms_of_hardly_any_mass_do_not_spoil_the_optimum(excess: float) -> None:
    """The last atom has no codeword of its own and may go anywhere."""
    source = rd.Source(np.arange(4.0), [0.2, 0.2, 5e-13, 0.6 - 5e-13])
    problem = rd.Problem(source, [0.0, 1.0, 2.0], "hamming", [rd.average(1.0)])
    level = rd.smallest_levels(problem)[0] * (1 + excess)
    solution = rd.solve(problem.with_levels([level])).require()
    assert solution.rate == pytest.approx(0.4 * math.log(2), abs=2e-8)


@pytest.mark.parametrize("measure", ["joint", "conditional", "each"])
@pytest.mark.parametrize("other", [None, "absolute"])
@pytest.mark.parametrize("ulps", [0, 1, 3])
def test_every_measure_at_its_smallest_level(measure: str, other: str | None, ulps: int) -> None:
    """A level next to the smallest one costs what one that is 1e-9 above does, but for 1e-7."""
    source = rd.sources.gaussian()
    inside = rd.subset(np.abs(source.atoms) > 1, 1.0, measure, distortion=other)
    problem = rd.Problem(source, np.linspace(-3, 3, 9), fidelities=[rd.average(0.5), inside])
    least = rd.smallest_levels(problem)[1]
    level = least
    for _ in range(ulps):
        level = float(np.nextafter(level, np.inf))
    at = rd.solve(problem.with_levels([0.5, level])).require()
    above = rd.solve(problem.with_levels([0.5, least * (1 + 1e-9)])).require()
    assert at.certificate.upper >= above.certificate.lower
    assert at.rate == pytest.approx(above.rate, abs=1e-6)


def nearest(problem: rd.Problem) -> tuple[float, ...] | None:
    """Return levels that can be met, as the error says; None if there is none."""
    try:
        rd.solve(problem)
    except rd.InfeasibleError as error:
        return error.nearest
    return None


@pytest.mark.parametrize("batch", BATCHES)
def test_the_nearest_levels_can_be_met(batch: int) -> None:
    refused = 0
    for seed in range(BATCH * batch, BATCH * (batch + 1)):
        problem, draw = random_problem(seed), np.random.default_rng(seed)
        levels = [
            least * draw.choice([0.3, 0.9, 1.0, 1.05]) for least in rd.smallest_levels(problem)
        ]
        near = nearest(problem.with_levels(levels))
        if near is None:
            continue
        refused += 1
        assert all(one >= level for one, level in zip(near, levels, strict=True))
        proof = rd.solve(problem.with_levels(near)).require().certificate
        assert proof.gap <= 1e-9, seed
    assert refused > 0


def test_sums_of_products_are_exact() -> None:
    draw = np.random.default_rng(1)
    weights = draw.random(50) * 1e280
    pmf, values = draw.random(50) * 1e-290, draw.random(50) * 1e20
    total, rest = dot_parts(weights, pmf, values)
    exact = sum(
        (float_fraction(w) * float_fraction(p) * float_fraction(v))
        for w, p, v in zip(weights, pmf, values, strict=True)
    )
    assert abs(float_fraction(total) + float_fraction(rest) - exact) <= exact * 2.0**-100


def float_fraction(value: float) -> Fraction:

    return Fraction(float(value))


@pytest.mark.parametrize("second", [rd.average(1.0), rd.subset([True, False], 1.0)])
def test_no_level_is_named_where_two_distortions_leave_a_symbol_no_codeword(
    second: rd.Fidelity,
) -> None:
    first, other = [[0, np.inf], [1, 0]], np.array([[np.inf, 0], [1, 0]])
    held = [rd.average(1.0), replace(second, distortion=other)]
    task = rd.Problem(rd.Source([0.0, 1.0], [0.5, 0.5]), [0.0, 1.0], np.array(first), held)
    with pytest.raises(rd.InfeasibleError, match="atom 0 has no codeword at a finite") as found:
        rd.solve(task)
    assert found.value.nearest == found.value.smallest == (np.inf, np.inf)
    # The second symbol alone may use both codewords.
    free = [rd.average(1.0), rd.subset([False, True], 1.0, distortion=other)]
    assert rd.solve(replace(task, fidelities=free)).certificate.upper < 1e-9
