"""One encoder for many demands, fixed alphabets, surfaces, and labelled sources."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import rdcore as rd
from rdcore import classification
from rdcore.classification import Pairs, labels

LN2 = float(np.log(2))


def product_rate(die: labels.Labelled, D: float, C: float) -> rd.Certificate:
    """Bound R(D, C) by CVXPY and Clarabel on a grid of reproductions and label distributions."""
    words = np.linspace(0, 3, 25)
    u = np.linspace(0, 1, 25)
    rows = np.array(list(itertools.product(range(25), range(25))))
    task = classification.task(die.source, die.posterior, D, C, "squared_error", words)
    laws = np.stack([u[rows[:, 1]], 1 - u[rows[:, 1]]], axis=1)
    program = task.on(Pairs(words[rows[:, :1]], rows[:, 0], (laws,)))
    return rd.solve(program, solver=rd.solvers.Reference()).certificate


def test_a_universal_encoder_costs_more_than_any_single_demand() -> None:
    die = labels.parity(4)
    demands = [(0.25, 0.69), (1.25, 0.02)]
    penalty = classification.rate_penalty(die.source, die.posterior, demands)
    assert penalty.lower_bits > 0.5
    assert penalty.upper - penalty.lower < 1e-6
    both = product_rate(die, 0.25, 0.02)
    singles = [product_rate(die, D, C) for D, C in demands]
    independent = both.upper - max(found.lower for found in singles)
    assert independent == pytest.approx(penalty.lower, abs=0.02)
    assert independent / LN2 > 0.05


def test_one_demand_has_no_penalty() -> None:
    die = labels.parity(4)
    alone = classification.rate_penalty(die.source, die.posterior, [(0.3, 0.4)])
    assert alone.lower == 0
    assert alone.upper < 1e-6
    with pytest.raises(rd.InputError, match="pairs must have at least one pair"):
        classification.rate_penalty(die.source, die.posterior, [])


def test_the_largest_penalty_is_larger_than_at_pairs_of_a_grid() -> None:
    die = labels.parity(4)
    base = classification.task(die.source, die.posterior, 0.3, 0.4)
    told: list[float] = []
    best = classification.largest_penalty(base, points=5, progress=told.append)
    assert told[-1] == 1.0
    for D, C in itertools.product((0.15, 0.3, 0.6), (0.05, 0.3)):
        demands = [(D, LN2), (1.25, C)]
        other = classification.rate_penalty(die.source, die.posterior, demands, tol=1e-5)
        assert best.lower >= other.lower - 0.02


def test_the_gaussian_has_no_penalty() -> None:
    """R(min D, min C) approaches the larger of R(D, ∞) and R(∞, C) as cells shrink."""
    left = []
    for n in (50, 100, 200):
        both = labels.jointly_gaussian(0.9, n, n // 2)
        words = np.linspace(-3, 3, 40)

        def upper(D: float, C: float) -> float:
            level = C - np.log(both.label_cell)  # noqa: B023  (called at once)
            given = (both.source, both.posterior, D, level)  # noqa: B023
            task = classification.task(*given, "squared_error", words)  # noqa: B023
            return classification.on_alphabet(task, tol=1e-7).upper_bits

        one = rd.closed_forms.gaussian(1.0, 0.35) / LN2
        left.append(upper(0.35, 1.0) - max(one, upper(0.98, 1.0)))
    assert all(-1e-3 < value < 0.02 for value in left)
    assert abs(left[-1]) < 3e-3


def test_a_fixed_alphabet_may_cost_more_than_one_that_carries_labels() -> None:
    rng = np.random.default_rng(2)
    n, m = 4, 2
    source = rd.sources.from_pmf(np.arange(4.0), rng.dirichlet(np.ones(n)))
    rng.dirichlet(np.ones(2) * 0.5, n)
    posterior = rng.dirichlet(np.ones(3) * 0.3, n)
    task = classification.task(source, posterior, None, 1.0, "hamming", source.atoms[:m])
    C = task.least[0] + 0.55 * (task.most[0] - task.least[0])
    task = classification.task(source, posterior, None, C, "hamming", source.atoms[:m])
    convex = classification.solved(task, 1e-7)
    fixed = classification.on_alphabet(task, convex, starts=20)
    assert convex.status.converged
    assert fixed.uncertainties is not None
    assert fixed.uncertainties[0] <= C + 1e-7
    assert fixed.upper_bits > convex.certificate.upper_bits + 1e-3
    # Of all channels to two letters on a grid, none meets the level at a lower rate.
    side = np.linspace(0, 1, 26)
    to_first = np.array(list(itertools.product(side, repeat=n)))
    channels = np.stack([to_first, 1 - to_first], axis=2)
    joint = channels * source.pmf[None, :, None]
    mass = joint.sum(axis=1)
    told = np.einsum("cxj,xs->cjs", joint, posterior)

    def entropy(p: np.ndarray) -> np.ndarray:
        return -(p * np.log(np.where(p > 0, p, 1.0))).sum(axis=-1)

    unsure = entropy(told).sum(axis=1) - entropy(mass)
    rates = entropy(mass) - (entropy(channels) * source.pmf).sum(axis=1)
    cheapest = rates[unsure <= C].min()
    assert fixed.upper <= cheapest + 1e-9
    assert cheapest <= fixed.upper + 0.02


def test_a_free_codebook_is_not_a_fixed_alphabet() -> None:
    die = labels.parity(4)
    with pytest.raises(rd.InputError, match="codebook must be fixed; got EVERY"):
        classification.on_alphabet(classification.task(die.source, die.posterior, 1.0, 0.5))


def test_a_surface_does_not_depend_on_the_executor() -> None:
    side = labels.thresholded(rd.sources.gaussian_density(31, span=4.0), 3.0)
    task = classification.task(
        side.source, side.posterior, 0.3, 0.5, "squared_error", side.source.atoms
    )
    D = [0.1, 0.3, 0.6, 1.0]
    C = [0.3, *(task.least[0] + s * (task.most[0] - task.least[0]) for s in (0.1, 0.4, 1.0))]
    told: list[float] = []
    found = classification.surface(task, D, C, progress=told.append)
    assert told[-1] == pytest.approx(1.0)
    assert np.isinf(found.rates[:, 0]).all()
    assert found.nearest[0, 0] == pytest.approx((0.1, task.least[0]))
    assert np.isfinite(found.rates[:, 1:]).all()
    assert (found.rates[:, 1:] - found.lowers[:, 1:]).max() <= 1e-5
    assert {1, 2, 3} <= set(found.binding[:, 1:].ravel().tolist())
    for i, j in ((0, 1), (1, 2), (2, 3), (1, 1)):
        alone = classification.solved(classification.levelled(task, D[i], C[j]), 1e-6)
        assert alone.certificate.lower <= found.rates[i, j]
        assert found.lowers[i, j] <= alone.certificate.upper
        if found.binding[i, j] == 3:
            assert found.prices[i, j, 1] == pytest.approx(alone.label_prices[0], rel=0.05)
    assert (found.lower(0.2, C[2]) <= found.upper(0.2, C[2])).all()
    with ThreadPoolExecutor(2) as executor:
        again = classification.surface(task, D, C, executor=executor)
    np.testing.assert_array_equal(found.rates, again.rates)


def test_a_surface_can_be_cancelled_and_needs_one_label() -> None:
    die = labels.parity(4)
    task = classification.task(die.source, die.posterior, 0.3, 0.4)
    with pytest.raises(rd.CancelledError):
        classification.surface(task, [0.2, 0.4], [0.1, 0.4], cancel=lambda: True)
    two = classification.task(die.source, [die.posterior] * 2, 0.3, [0.4, 0.4])
    with pytest.raises(rd.InputError, match="task must have one label; got 2"):
        classification.surface(two, [0.2], [0.1])


def test_prototypes_of_digits_determine_their_labels() -> None:
    digits = labels.digits(60)
    assert digits.names == tuple("0123456789")
    assert digits.source.n == 60
    assert digits.source.points.shape == (60, 64)
    assert digits.posterior.max(axis=1).mean() > 0.9
    assert digits.source.pmf @ digits.posterior == pytest.approx(np.full(10, 0.1), abs=0.01)
    task = classification.task(
        digits.source, digits.posterior, 500.0, 0.7, "squared_error", digits.source.atoms
    )
    found = classification.solved(task, 1e-4)
    alone = rd.solve(task.problem, tol=1e-6)
    assert found.certificate.gap <= 1e-4
    assert found.rate > alone.rate + 0.01


def test_samples_become_prototypes_with_their_labels() -> None:
    both = labels.of_samples(np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.array(list("abbba")), 5)
    assert both.source.atoms.tolist() == [0.0, 1.0]
    assert both.names == ("a", "b")
    assert both.posterior == pytest.approx(np.array([[0.5, 0.5], [1 / 3, 2 / 3]]))
    with pytest.raises(rd.InputError, match=r"labels must have .* got 2"):
        labels.of_samples(np.zeros(3), np.zeros(2), 2)


def test_discretised_gaussian_pairs_have_the_correlation() -> None:
    both = labels.jointly_gaussian(0.8, 200, 100)
    edges = np.linspace(-4, 4, 101)
    middles = (edges[1:] + edges[:-1]) / 2
    joint = both.source.pmf[:, None] * both.posterior
    moment = both.source.points[:, 0] @ joint @ middles
    assert moment == pytest.approx(0.8, abs=5e-3)
    with pytest.raises(rd.InputError, match=r"rho must be .* got 1"):
        labels.jointly_gaussian(1.0, 10)


@pytest.mark.parametrize("rho", [-0.5, 0.3, 0.9])
def test_no_penalty_for_jointly_gaussian_sources_between_proved_bounds(rho: float) -> None:
    least = 0.5 * np.log(2 * np.pi * np.e * (1 - rho**2)) - np.log(0.02)
    most = 0.5 * np.log(2 * np.pi * np.e) - np.log(0.02)
    levels = least + (most - least) * np.array([0.2, 0.5, 0.9])
    theta = [(0.1, np.inf), (0.4, float(levels[1])), (np.inf, float(levels[0])), (0.9, most)]
    found = classification.gaussian_penalty(rho, theta)
    assert found.lower == 0
    assert found.upper_bits < 0.01
    for (D, C), (lower, upper) in zip(found.pairs, found.each, strict=True):
        exact = rd.closed_forms.gaussian_classification(
            1.0, rho, D=min(D, 1.0), C=min(C, 40) + np.log(0.02)
        )
        assert lower == pytest.approx(exact)
        assert lower <= upper <= lower + 0.01
    assert found.universal[0] == max(lower for lower, _ in found.each)


def test_bounds_for_a_coarse_label_meet_as_its_cells_shrink() -> None:
    def width(cell: float) -> float:
        # The same label level of the density, so that only the cells differ.
        demands = [(0.4, np.inf), (np.inf, 1.0 - float(np.log(cell)))]
        found = classification.gaussian_penalty(0.9, demands, cell=cell)
        assert found.lower == 0
        return found.upper

    widths = [width(cell) for cell in (0.4, 0.2, 0.1)]
    assert widths[0] > 1e-4
    assert widths[1] == pytest.approx(widths[0] / 4, rel=0.2)
    assert widths[2] == pytest.approx(widths[1] / 4, rel=0.2)


def test_the_bounds_contain_the_rate_of_a_discretised_source() -> None:
    both = labels.jointly_gaussian(0.9, 160, 16, span=16.0)
    assert both.label_cell == 1.0
    lower, upper = classification.gaussian_penalty(0.9, [(np.inf, 1.0)], cell=1.0).each[0]
    words = np.linspace(-3, 3, 25)
    task = classification.task(both.source, both.posterior, 1.2, 1.0, "squared_error", words)
    found = classification.on_alphabet(task, tol=1e-6)
    assert lower < found.upper_bits * LN2 < upper + 0.01


def test_a_gaussian_penalty_refuses_what_cannot_be_met() -> None:
    with pytest.raises(rd.InputError, match="at least one pair"):
        classification.gaussian_penalty(0.5, [])
    with pytest.raises(rd.InputError, match="correlation must be between -1 and 1"):
        classification.gaussian_penalty(1.0, [(0.5, 1.0)])
    with pytest.raises(rd.InputError, match="levels must be positive; got D=0"):
        classification.gaussian_penalty(0.5, [(0.0, 1.0)])
    with pytest.raises(rd.InfeasibleError, match="below the minimum level"):
        classification.gaussian_penalty(0.5, [(0.5, 0.2)])
