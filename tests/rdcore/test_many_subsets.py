"""Several subsets at once, each with its own measure and level, against CVXPY with Clarabel."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd

SOURCE = rd.sources.three_modes()
X = SOURCE.atoms
SUBSETS = [
    (np.abs(X) < 1, 0.05, "conditional"),
    (X > 2, 0.02, "joint"),
    (X < 0.5, 0.3, "conditional"),  # overlaps the first
    ((X > -6) & (X < -4), 0.2, "conditional"),
    (np.isin(np.arange(len(X)), [30, 50, 70]), 0.1, "each"),
    (np.ones(len(X), dtype=bool), 0.5, "conditional"),  # every atom: another limit of D
]


def problem(count: int, level: float = 0.6) -> rd.Problem:
    held = [rd.subset(inside, D, measure=measure) for inside, D, measure in SUBSETS[:count]]
    return rd.Problem(
        SOURCE, rd.sources.codebook("three_modes"), fidelities=[rd.average(level), *held]
    )


@pytest.mark.parametrize("count", [2, 3, 6])
def test_the_rate_and_each_price_agree_with_clarabel(count: int) -> None:
    task = problem(count)
    ours = rd.solve(task)
    theirs = rd.solvers.Reference().solve(task)
    assert ours.certificate.gap_bits < 1e-8
    accuracy = theirs.certificate.gap + 1e-7
    assert abs(ours.rate - theirs.rate) <= accuracy
    assert len(ours.prices) == count + 1
    # The prices bound the rate at any other levels from below: the supporting plane.
    levels = np.array([one.level for one in task.fidelities])
    for k in range(count + 1):
        moved = levels.copy()
        moved[k] *= 0.9
        there = rd.solve(task.with_levels(moved.tolist()))
        plane = ours.certificate.lower - float(ours.prices @ (moved - levels))
        assert there.certificate.upper >= plane - 1e-9


def test_more_subsets_never_cost_less() -> None:
    rates = [rd.solve(problem(count)).rate for count in range(len(SUBSETS) + 1)]
    assert (np.diff(rates) >= -1e-9).all()
    assert rates[3] > rates[1] + 1e-3


def test_the_same_subset_twice_costs_as_much_as_once() -> None:
    one = problem(1)
    twice = rd.Problem(SOURCE, one.codebook, fidelities=[*one.fidelities, one.fidelities[1]])
    assert rd.solve(twice).rate == pytest.approx(rd.solve(one).rate, abs=1e-8)


def test_a_curve_along_each_level_passes_through_the_point() -> None:
    task = problem(3)
    rate = rd.solve(task).rate
    for k, one in enumerate(task.fidelities):
        found = rd.curve(task, [0.8 * one.level, one.level, 1.2 * one.level], fidelity=k)
        assert found.rates[1] == pytest.approx(rate, abs=2e-6)
        assert (np.diff(found.rates) <= 1e-9).all()


def test_a_surface_over_two_of_the_subsets() -> None:
    task = problem(3)
    found = rd.surface(task, [0.04, 0.05], [0.2, 0.3], fidelities=(1, 3), tol=1e-7)
    assert found.rates[1, 1] == pytest.approx(rd.solve(task).rate, abs=1e-6)
    assert found.prices.shape == (2, 2, 4)
