"""Surfaces: solved and infeasible cells, and bounds between them."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd

LEVELS = np.array([0.004, 0.3, 0.6, 1.5, 4.0, 12.0])
SUBSET_LEVELS = np.array([0.0005, 0.01, 0.05, 0.2])


@pytest.fixture(scope="module")
def task() -> rd.Problem:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    fidelities = [rd.average(0.6), rd.subset(near, 0.05)]
    return rd.Problem(source, np.linspace(-8, 8, 64), fidelities=fidelities)


@pytest.fixture(scope="module")
def found(task: rd.Problem) -> rd.Surface:
    return rd.surface(task, LEVELS, SUBSET_LEVELS, tol=1e-9)


def test_cells_are_solutions(task: rd.Problem, found: rd.Surface) -> None:
    assert found.share == 1
    for i, j in ((1, 1), (2, 2), (4, 1), (5, 3)):
        alone = rd.solve(task.with_levels([LEVELS[i], SUBSET_LEVELS[j]]))
        assert found.rates[i, j] == pytest.approx(alone.rate, abs=2e-9)
        assert found.rates[i, j] - found.lowers[i, j] <= 1e-9
        assert found.prices[i, j] == pytest.approx(alone.prices, rel=1e-3, abs=1e-5)
    assert found.rates[2, 2] == pytest.approx(1.186913352, abs=2e-9)
    assert found.prices_bits[2, 2] == pytest.approx(
        np.array([0.532121, 1.011312]) / np.log(2), abs=1e-5
    )


def test_which_level_binds(found: rd.Surface) -> None:
    # At D = 0.6 the subset has .1235 without its own level; a single codeword gives .0362 and D
    # 11.2.
    assert found.binding[2].tolist() == [-1, 3, 3, 1]
    assert found.binding[5].tolist() == [-1, 2, 0, 0]
    assert found.rates[5, 3] == pytest.approx(0, abs=1e-9)


def test_infeasible_cells_have_feasible_levels(task: rd.Problem, found: rd.Surface) -> None:
    assert np.array_equal(found.feasible, (LEVELS[:, None] > 0.0053) & (SUBSET_LEVELS > 0.00093))
    assert (found.binding[~found.feasible] == -1).all()
    assert np.isinf(found.rates[~found.feasible]).all()
    assert np.isnan(found.prices[~found.feasible]).all()
    assert np.isnan(found.nearest[found.feasible]).all()
    assert found.nearest[0, 2] == pytest.approx([0.005278962, 0.05], rel=1e-6)
    for i, j in np.argwhere(~found.feasible):
        rd.solve(task.with_levels(list(found.nearest[i, j])), tol=1e-6)


def test_contradictory_levels_are_raised_until_feasible() -> None:
    # Squared and Hamming-like errors pull the same atoms to different codewords.
    source = rd.sources.from_pmf([0.0, 1.0], [0.5, 0.5])
    torn = np.array([[1.0, 0.0], [0.0, 1.0]])
    straight = 1 - torn
    both = [rd.average(0.2, distortion=straight), rd.average(0.2, distortion=torn)]
    task = rd.Problem(source, source.atoms, fidelities=both)
    found = rd.surface(task, [0.2, 0.7], [0.2, 0.7])
    assert found.feasible.tolist() == [[False, False], [False, True]]
    assert found.nearest[0, 0] == pytest.approx([0.5, 0.5], rel=1e-6)
    assert found.nearest[0, 1].sum() == pytest.approx(1, rel=1e-6)


def test_planes_and_triangles_enclose_the_rate_between_cells(
    task: rd.Problem, found: rd.Surface
) -> None:
    draw = np.random.default_rng(0)
    a, b = draw.uniform(0.3, 12, 40), draw.uniform(0.01, 0.2, 40)
    lower, upper = found.lower(a, b), found.upper(a, b)
    assert (lower <= upper).all()
    for k in range(0, 40, 5):
        proof = rd.solve(task.with_levels([a[k], b[k]]), tol=1e-8).certificate
        assert lower[k] <= proof.upper
        assert upper[k] >= proof.lower
    grid_a, grid_b = np.meshgrid(LEVELS[1:], SUBSET_LEVELS[1:], indexing="ij")
    inner = found.rates[1:, 1:]
    assert found.upper(grid_a, grid_b) == pytest.approx(inner, abs=1e-12)
    assert found.lower(grid_a, grid_b) == pytest.approx(inner, abs=2e-9)


def test_bounds_outside_the_cells_are_proved(found: rd.Surface) -> None:
    assert found.upper(0.001, 0.1) == np.inf
    assert found.upper(0.5, 0.0001) == np.inf
    # Between infeasible and feasible cells, only larger levels have bounds.
    assert found.upper(0.2, 0.1) == np.inf
    assert found.upper(50, 50) == found.rates[5, 3]
    assert found.lower(0.1, 0.05) > found.rates[1, 2]


def test_every_codebook_has_a_surface() -> None:
    source = rd.sources.three_modes()
    near = np.abs(source.atoms) < 1
    every = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6), rd.subset(near, 0.05)])
    found = rd.surface(every, [0.6, 2.0], [0.05, 0.1], tol=1e-8)
    assert found.rates[0, 0] == pytest.approx(1.184931993, abs=2e-8)
    assert (np.diff(found.rates, axis=0) < 0).all()


def test_bad_input(task: rd.Problem) -> None:
    with pytest.raises(rd.InputError, match="two different indices < 2"):
        rd.surface(task, [1.0], [1.0], fidelities=(0, 0))
    with pytest.raises(rd.InputError, match="levels_b must have at least one entry, finite"):
        rd.surface(task, [1.0], [-1.0])
    with pytest.raises(rd.InputError, match="tol must be a positive finite number; got 0"):
        rd.surface(task, [1.0], [1.0], tol=0)


def test_a_bound_of_nothing_has_no_slope() -> None:
    source = rd.sources.gaussian()
    inside = rd.subset(np.abs(source.atoms) < 1, 1.0, "joint")
    problem = rd.Problem(
        source, rd.sources.grid_codebook(source, 16), fidelities=[rd.average(0.5), inside]
    )
    most = [rd.largest_level(problem, k) for k in (0, 1)]
    found = rd.surface(problem, [0.2 * most[0], most[0]], [0.2 * most[1], most[1]], tol=0.01)
    for share in (0.9, 0.97, 0.99, 0.999):
        levels = [share * level for level in most]
        assert found.lower(*levels) <= rd.solve(problem.with_levels(levels)).rate
