"""Curves: points that are solutions, and bounds between them."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd


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
