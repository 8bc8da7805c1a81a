"""Rate–distortion–perception: known values, CVXPY, general properties and certificates."""

from __future__ import annotations

import warnings

import cvxpy as cp
import numpy as np
import pytest

import rdcore as rd
from rdcore import closed_forms as cf
from rdcore.perception import TotalVariation, Wasserstein1, Wasserstein2Squared

MEASURES = (TotalVariation, Wasserstein1, Wasserstein2Squared)
LN2 = np.log(2)


def coin(p=0.3, D=0.2):
    source = rd.sources.bernoulli(p)
    return rd.Problem(source, source.atoms, "hamming", [rd.average(D)])


def bell(n, D, span=5.0):
    source = rd.sources.gaussian_density(n, span=span)
    return rd.Problem(source, source.atoms, "squared_error", [rd.average(D)])


def transport_cost(problem, measure):
    """The transport cost, implemented independently."""
    x, y = problem.source.points[:, None, :], problem.codewords[None]
    if measure is TotalVariation:
        return (np.abs(x - y).sum(axis=-1) > 0).astype(float)
    return np.abs(x - y)[..., 0] ** (1 if measure is Wasserstein1 else 2)


def clarabel(problem, perception):
    """Solve with CVXPY, independently of the package."""
    p, (n, m) = problem.source.pmf, (problem.n, problem.m)
    Q, coupling = cp.Variable((n, m), nonneg=True), cp.Variable((n, m), nonneg=True)
    law = p @ Q
    cost = transport_cost(problem, type(perception))
    rules = [cp.sum(Q, axis=1) == 1, cp.sum(coupling, axis=1) == p, cp.sum(coupling, axis=0) == law]
    rules.append(cp.sum(cp.multiply(cost, coupling)) <= perception.level)
    rows = problem.rows
    for k, level in enumerate(rows.levels):
        weighed = (rows.weights[k] * p)[:, None] * problem.matrices[rows.matrix[k]]
        rules.append(cp.sum(cp.multiply(weighed, Q)) <= level)
    rate = cp.sum([p[x] * cp.sum(cp.rel_entr(Q[x], law)) for x in range(n)])
    task = cp.Problem(cp.Minimize(rate), rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        task.solve(solver=cp.CLARABEL)
    return float(task.value)


@pytest.mark.parametrize(("P", "known"), [(0.05, 0.173451), (0.0, 0.191631)])
def test_a_coin_has_its_closed_form(P, known):
    found = rd.perception.rate(coin(), TotalVariation(P)).require()
    exact = cf.bernoulli_perception(0.3, D=0.2, P=P)
    assert found.certificate.lower <= exact + 1e-13
    assert exact <= found.certificate.upper + 1e-13
    assert found.rate_bits == pytest.approx(exact / LN2, abs=1e-7)
    assert exact / LN2 == pytest.approx(known, abs=6e-7)
    assert found.perception_reached <= P + 1e-15


@pytest.mark.parametrize(("D", "P"), [(0.5, 0.01), (0.25, 0.01), (0.5, 0.0)])
def test_a_gaussian_grid_approaches_the_closed_form(D, P):
    exact = cf.gaussian_perception(1.0, D=D, P=P)
    errors = []
    for n in (20, 40, 80):
        found = rd.perception.rate(bell(n, D), Wasserstein2Squared(P)).require()
        errors.append(abs(found.certificate.lower - exact) + found.certificate.gap)
    assert errors[2] < errors[1] < errors[0]
    # Cells of width h have variance h²/12, which costs the prices of both levels.
    cell = (10 / 80) ** 2 / 12
    price = found.prices[0] + (found.perception_price if P else 0.0)
    assert errors[2] < 2 * cell * price + 1e-3


def test_161_atoms_reach_the_tolerance():
    for perception in (Wasserstein2Squared(0.01), Wasserstein1(0.05), TotalVariation(0.05)):
        found = rd.perception.rate(bell(161, 0.25), perception).require()
        assert found.certificate.gap <= 1e-7
        assert found.distortions[0] <= 0.25 * (1 + 1e-12)
        assert found.perception_reached <= perception.level * (1 + 1e-12)


def some_problem(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 7))
    x, pmf = np.sort(rng.normal(size=n)), rng.dirichlet(np.full(n, 1.0))
    words = (np.append(x, x[0]), x, np.concatenate([x[::2], rng.normal(size=2)]))[seed % 3]
    distortion = "squared_error" if seed % 2 else rng.random((n, len(words)))
    mask = np.arange(n) < n // 2
    source = rd.sources.from_pmf(x, pmf)
    cost = rd.Problem(source, words, distortion, [rd.average(1.0)]).matrices[0]
    low, high = pmf @ cost.min(axis=1), (pmf @ cost).min()
    part = (pmf * mask) @ cost.min(axis=1) + 0.25 * (high - low)
    fidelities = [rd.average(low + 0.4 * (high - low)), rd.subset(mask, part)]
    return rd.Problem(source, words, distortion, fidelities)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("seed", range(6))
def test_clarabel_agrees(measure, seed):
    problem = some_problem(seed)
    free = rd.solve(problem)
    cost = transport_cost(problem, measure)
    floor = problem.source.pmf @ cost.min(axis=1)
    reached = _distance(problem, measure, free.channel)
    perception = measure(floor + 0.5 * max(reached - floor, 0.0) + 1e-3)
    try:
        found = rd.perception.rate(problem, perception).require()
    except rd.InfeasibleError as error:
        perception = measure(error.nearest[-1] * 1.05 + 1e-3)
        found = rd.perception.rate(problem, perception).require()
    assert found.rate == pytest.approx(clarabel(problem, perception), abs=2e-6)
    assert _distance(problem, measure, found.channel) <= perception.level + 1e-12
    assert (found.distortions <= [f.level * (1 + 1e-9) for f in problem.fidelities]).all()


def _distance(problem, measure, channel):
    """The divergence by linear programming, independently of its formula on the line."""
    from scipy.optimize import linprog

    p, law, cost = (
        problem.source.pmf,
        problem.source.pmf @ channel,
        transport_cost(problem, measure),
    )
    n, m = cost.shape
    rows = np.vstack([np.kron(np.eye(n), np.ones(m)), np.kron(np.ones(n), np.eye(m))[:-1]])
    return linprog(cost.ravel(), A_eq=rows, b_eq=np.concatenate([p, law[:-1]])).fun


def test_codewords_at_no_atom_count_fully_and_repeated_ones_once():
    source = rd.sources.from_pmf([0.0, 1.0], [0.5, 0.5])
    law = (np.array([[0.0], [0.0], [2.0]]), np.array([0.25, 0.25, 0.5]))
    assert TotalVariation(0).distance((source.points, source.pmf), law) == 0.5
    twice = rd.Problem(source, [0.0, 1.0, 1.0], "hamming", [rd.average(0.2)])
    once = rd.Problem(source, [0.0, 1.0], "hamming", [rd.average(0.2)])
    rates = [rd.perception.rate(task, TotalVariation(0.0)).require().rate for task in (twice, once)]
    assert rates[0] == pytest.approx(rates[1], abs=2e-7)


def test_in_the_plane_only_total_variation_is_supported():
    source = rd.Source(np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.5, 0.3, 0.2]))
    task = rd.Problem(source, source.points, "squared_error", [rd.average(0.2)])
    found = rd.perception.rate(task, TotalVariation(0.02)).require()
    assert found.rate == pytest.approx(clarabel(task, TotalVariation(0.02)), abs=2e-6)
    with pytest.raises(rd.InputError, match="there is TotalVariation"):
        rd.perception.rate(task, Wasserstein1(0.1))


@pytest.mark.parametrize("measure", MEASURES)
def test_perfect_realism_is_met_exactly_and_a_large_level_costs_nothing(measure):
    task = bell(30, 0.4)
    exact = rd.perception.rate(task, measure(0.0)).require()
    assert np.abs(exact.marginal - task.source.pmf).sum() < 1e-14
    free = rd.perception.rate(task, measure(100.0)).require()
    assert free.perception_price == 0
    assert free.rate == pytest.approx(rd.solve(task).rate, abs=1e-8)
    near = rd.perception.rate(task, measure(1e-5)).require()
    assert near.rate <= exact.rate + 1e-7
    # The price at the minimum level is the derivative there: R lies above that line.
    assert near.rate >= exact.certificate.lower - exact.perception_price * 1e-5 - 1e-9


@pytest.mark.parametrize("measure", MEASURES)
def test_the_rate_is_convex_and_decreasing_with_prices_as_slopes(measure):
    task, levels = bell(30, 0.4), np.linspace(0.002, 0.05, 7)
    path = rd.perception.curve(task, measure(1.0), levels, tol=1e-8)
    assert (np.diff(path.rates) <= 1e-8).all()
    assert (np.diff(path.rates, 2) >= -3e-8).all()
    for level in np.linspace(0.002, 0.05, 23):
        assert path.lower(level) <= path.upper(level) + 1e-12
    h = 1e-3 * levels[2]
    ends = [rd.perception.rate(task, measure(levels[2] + s), tol=1e-9).rate for s in (-h, h)]
    assert path.prices[2] == pytest.approx((ends[0] - ends[1]) / (2 * h), rel=5e-3, abs=1e-3)


def test_the_price_of_distortion_is_a_slope_too():
    path = rd.perception.curve(
        bell(30, 0.4), Wasserstein2Squared(0.01), [0.3995, 0.4, 0.4005], axis="distortion", tol=1e-9
    )
    slope = (path.rates[0] - path.rates[2]) / 1e-3
    assert path.prices[1] == pytest.approx(slope, rel=1e-3)


def test_infeasible_levels_are_reported_with_feasible_ones():
    source = rd.sources.from_pmf([0.0, 1.0, 2.0], [0.5, 0.3, 0.2])
    task = rd.Problem(source, [0.0, 1.0], "squared_error", [rd.average(0.5)])
    with pytest.raises(
        rd.InfeasibleError, match=r"P=0\.1 is below the minimum level 0\.2 "
    ) as caught:
        rd.perception.rate(task, TotalVariation(0.1))
    assert caught.value.smallest[-1] == pytest.approx(0.2)
    torn = rd.Problem(source, source.atoms, 1.0 - np.eye(3)[::-1], [rd.average(0.05)])
    with pytest.raises(rd.InfeasibleError, match="not together") as caught:
        rd.perception.rate(torn, TotalVariation(0.1))
    least = caught.value.nearest[-1]
    rd.perception.rate(torn, TotalVariation(least * 1.01)).require()
    with pytest.raises(rd.InfeasibleError):
        rd.perception.rate(torn, TotalVariation(least * 0.99))
    with pytest.raises(rd.InputError, match=r"P must be .* got -1"):
        TotalVariation(-1.0)
    with pytest.raises(rd.InputError, match="EVERY"):
        rd.perception.rate(task.with_every(), TotalVariation(0.5))


@pytest.mark.parametrize("measure", MEASURES)
def test_no_proposal_invalidates_the_certificate(measure):
    task, perception = bell(12, 0.4), measure(0.01)
    true = rd.perception.rate(task, perception, tol=1e-9).require()
    rng = np.random.default_rng(1)
    for size in (1e-3, 1.0, 50.0, 2000.0):
        channel = rng.dirichlet(np.ones(task.m), size=task.n)
        proof = rd.perception.certified(
            task,
            perception,
            channel=channel,
            slopes=true.slopes * rng.uniform(0, size, 1),
            price=float(rng.uniform(0, size)),
            potential=rng.normal(size=task.m) * size,
        )
        assert proof.lower <= true.rate
        assert proof.upper >= true.certificate.lower
        assert proof.violation > 0
    with pytest.raises(rd.InputError):
        rd.perception.certified(
            task, perception, channel=channel, slopes=[1.0], price=-1.0, potential=np.zeros(task.m)
        )


@pytest.mark.parametrize(("D", "P"), [(0.3, 0.01), (0.5, 0.02), (0.05, 0.001)])
def test_wasserstein_with_improbable_tails(D: float, P: float) -> None:
    """The outermost atoms have probabilities of 1e-15."""
    atoms = np.linspace(-8, 8, 80)
    source = rd.sources.from_pmf(atoms, np.exp(-(atoms**2) / 2))
    problem = rd.Problem(source, atoms, fidelities=[rd.average(D)])
    found = rd.perception.rate(problem, rd.perception.Wasserstein2Squared(P), tol=1e-8)
    assert found.status.converged
    assert found.certificate.gap <= 1e-8
    # The rate of a density is about that of its atoms here.
    assert found.rate == pytest.approx(float(cf.gaussian_perception(1.0, D=D, P=P)), abs=2e-2)
