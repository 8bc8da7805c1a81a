"""Components side by side: reverse water-filling, CVXPY, groups, bounds that add up, refusals."""

from __future__ import annotations

import warnings

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import rdcore as rd
from rdcore.parallel import Component, Level, rate, water_filling
from rdcore.solvers import Status

GRID = np.linspace(-8, 8, 100)
BELL = rd.sources.from_pmf(GRID, np.exp(-(GRID**2) / 2))


def bells(deviations):
    return [rd.Source(deviation * BELL.atoms, BELL.pmf) for deviation in deviations]


def clarabel(components, levels):
    """Solve with CVXPY, independently of the package."""
    copies = np.array([c.copies for c in components])
    rate_, spent = 0, [0] * len(levels)
    rules = []
    for i, part in enumerate(components):
        x, y, p = part.source.points, part.candidates, part.source.pmf
        cost = ((x[:, None] - y) ** 2).sum(axis=2)
        Q = cp.Variable(cost.shape, nonneg=True)
        rules.append(cp.sum(Q, axis=1) == 1)
        law = p @ Q
        rate_ += copies[i] * cp.sum([p[k] * cp.sum(cp.rel_entr(Q[k], law)) for k in range(len(p))])
        error = cp.sum(cp.multiply(p[:, None] * cost, Q))
        for k, level in enumerate(levels):
            w = level.row(len(components))
            scale = copies @ w if level.measure == "mean" else 1.0
            spent[k] += copies[i] * w[i] / scale * error
    rules += [spent[k] <= level.level for k, level in enumerate(levels)]
    task = cp.Problem(cp.Minimize(rate_), rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        task.solve(solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return float(task.value)


@pytest.mark.parametrize("D", [2.7, 7.2, 18.0])
def test_unequal_gaussians_are_filled_with_water(D):
    sources = bells([3.0, 2.0, 1.5, 1.2, 1.0, 0.8, 0.5, 0.3, 0.1])
    found = rate([Component(s) for s in sources], [Level(D, measure="sum")], tol=1e-9).require()
    exact = water_filling([s.variance for s in sources], D)
    assert exact.level >= 0.03 * 9
    assert found.lower - 1e-9 <= exact.rate <= found.upper + 1e-9
    assert found.active.tolist() == exact.active.tolist()
    assert (found.rates[~found.active] == 0).all()
    assert found.rates == pytest.approx(exact.rates, abs=1e-6)
    assert found.distortions == pytest.approx(exact.distortions, abs=1e-5)
    assert 0.5 / found.slopes[0] == pytest.approx(exact.level, rel=1e-5)
    assert found.scope == "every codebook"


def test_many_unequal_gaussians_are_solved_in_few_rounds():
    """Levels of water far from and near to the variances, over four decades."""
    sources = bells(10 ** np.linspace(0, -2, 48))
    D = 0.14 * sum(s.variance for s in sources)
    found = rate([Component(s) for s in sources], [Level(D, measure="sum")], tol=1e-6).require()
    exact = water_filling([s.variance for s in sources], D)
    assert exact.level >= 0.03 * sources[0].variance
    assert found.lower - 1e-6 <= exact.rate <= found.upper + 1e-6
    assert found.active.tolist() == exact.active.tolist()
    assert len(found.trace) <= 5


@pytest.mark.parametrize(
    ("masses", "share"),
    [(np.exp(-1.4 * np.abs(GRID)), 0.1), (BELL.pmf, 1 / 128)],
    ids=["curved tails", "atoms far apart"],
)
def test_codewords_move_until_nothing_exceeds_one(masses, share):
    """Grids leave too much: of Laplacians 1e-2, and of Gaussians whose atoms lie far apart."""
    source = rd.sources.from_pmf(GRID, masses)
    D = share * source.variance
    found = rate([Component(source)], [Level(D)], tol=1e-8).require()
    known = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)]), tol=1e-7)
    assert found.lower <= known.certificate.upper
    assert known.certificate.lower <= found.upper
    assert found.slopes == pytest.approx(known.slopes, rel=1e-4)
    assert len(found.trace) <= 4


def test_progress_rises_and_a_cancelled_solve_stops():
    told: list[float] = []
    parts, levels = [Component(s) for s in bells([2.0, 1.0, 0.5])], [Level(0.3)]
    found = rate(parts, levels, tol=1e-6, progress=told.append)
    assert found.status.converged
    assert told == sorted(told)
    assert told[0] < 0.5 < told[-2] <= told[-1] == 1
    calls: list[int] = []

    def stop() -> bool:
        calls.append(1)
        return len(calls) > 5

    with pytest.raises(rd.CancelledError):
        rate(parts, levels, tol=1e-6, cancel=stop)
    assert len(calls) == 6
    nothing: list[float] = []
    rate(parts, [Level(9.0)], progress=nothing.append)
    assert nothing == [1.0]


def test_copies_weigh_and_count():
    sources = bells([1.0, 2.0])
    once = rate([Component(sources[0]), *[Component(sources[1])] * 3], [Level(0.8)], tol=1e-8)
    many = rate([Component(sources[0]), Component(sources[1], copies=3)], [Level(0.8)], tol=1e-8)
    assert many.rate == pytest.approx(once.rate, abs=2e-8)
    assert many.copies == 4
    assert many.task.copies @ many.rates == pytest.approx(many.rate, rel=1e-12)
    assert many.distortions == pytest.approx(once.distortions[:2], rel=1e-5)


def test_one_component_is_an_ordinary_problem():
    source = rd.sources.three_modes()
    alone = rd.solve(rd.Problem(source, source.atoms, fidelities=[rd.average(0.6)]))
    found = rate([Component(source, source.atoms)], [Level(0.6)], tol=1e-8).require()
    assert found.rate == pytest.approx(alone.rate, abs=2e-8)
    assert found.slopes == pytest.approx(alone.slopes, rel=1e-4)
    free = rate([Component(source)], [Level(0.6)], tol=1e-7).require()
    known = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.6)]), tol=1e-8)
    assert free.lower - 1e-8 <= known.rate <= free.upper + 1e-8
    assert free.rate < found.rate


def test_a_plane_has_free_codewords_too():
    rng = np.random.default_rng(5)
    source = rd.Source(rng.normal(size=(8, 2)), rng.dirichlet(np.ones(8)))
    known = rd.solve(rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.5)]), tol=1e-6)
    line = rd.Source([0.0, 1.0], [0.5, 0.5])
    found = rate([Component(source), Component(line)], [Level(0.5, components=[0])], tol=1e-5)
    assert found.require().lower - 1e-6 <= known.rate <= found.upper + 1e-6
    assert found.rates[1] == 0


def group():
    rng = np.random.default_rng(3)
    parts = []
    for scale in (1.0, 0.6, 2.0):
        source = rd.sources.from_pmf(scale * np.arange(6.0), rng.dirichlet(np.ones(6)))
        parts.append(Component(source, scale * np.linspace(0, 5, 5), copies=1 + scale))
    return parts


def test_a_group_is_held_to_its_own_level():
    parts = group()
    levels = [Level(0.9), Level(0.35, components=[0, 1])]
    found = rate(parts, levels, tol=1e-7).require()
    assert found.lower - 1e-6 <= clarabel(parts, levels) <= found.upper + 1e-6
    assert (found.slopes > 1e-3).all()
    assert found.reached == pytest.approx([0.9, 0.35], rel=1e-5)
    assert (found.reached <= [0.9, 0.35]).all()
    # The price is the derivative.
    step = 1e-3
    ahead = [
        rate(parts, [Level(0.9), Level(0.35 + sign * step, components=[0, 1])], tol=1e-8).rate
        for sign in (-1, 1)
    ]
    assert (ahead[0] - ahead[1]) / (2 * step) == pytest.approx(found.slopes[1], rel=1e-3)


def test_the_channels_have_the_rates_and_distortions():
    parts = group()
    found = rate(parts, [Level(0.8), Level(0.3, components=[0, 1])], tol=1e-7)
    for i, part in enumerate(parts):
        Q, p = found.channel(i), part.source.pmf
        far = (part.source.points - found.codebooks[i][:, 0]) ** 2
        assert Q.sum(axis=1) == pytest.approx(np.ones(len(p)), rel=1e-12)
        assert (p[:, None] * Q * far).sum() == pytest.approx(found.distortions[i], rel=1e-9)
        law = p @ Q
        information = (p[:, None] * Q * np.log(np.where(Q > 0, Q / law, 1))).sum()
        assert information <= found.rates[i] + 1e-12
        assert information == pytest.approx(found.rates[i], abs=1e-6)


def random_case(seed, count, several):
    """Return components on few candidates and their levels; no levels where none is useful."""
    rng = np.random.default_rng(seed)
    parts, least, most = [], [], []
    for _ in range(count):
        n, m, d = (int(rng.integers(*ends)) for ends in ((2, 6), (2, 5), (1, 3)))
        source = rd.Source(rng.normal(size=(n, d)), rng.dirichlet(np.ones(n)))
        part = Component(source, rng.normal(size=(m, d)), copies=float(rng.uniform(0.5, 3)))
        far = ((source.points[:, None] - part.candidates) ** 2).sum(axis=2)
        least.append(source.pmf @ far.min(axis=1))
        most.append((source.pmf @ far).min())
        parts.append(part)
    copies = np.array([part.copies for part in parts])
    levels = []
    for _ in range(several):
        w = rng.uniform(0, 1, count) + 0.01
        low, high = (copies * w @ np.array(ends) / (copies @ w) for ends in (least, most))
        if high - low <= 1e-3:
            return parts, []
        levels.append(Level(low + rng.uniform(0.05, 1.1) * (high - low), w))
    return parts, levels


def check_against_clarabel(parts, levels):
    rate(parts, levels, tol=1e-7).require()
    check_bounds(parts, levels)


def check_bounds(parts, levels):
    found = rate(parts, levels, tol=1e-7)
    exact = clarabel(parts, levels)
    assert found.lower - 1e-6 <= exact <= found.upper + 1e-6
    assert (found.reached <= [level.level for level in levels]).all()


@settings(max_examples=25)
@given(st.integers(0, 10**6), st.integers(1, 5), st.integers(1, 3))
def test_random_cases_agree_with_clarabel(seed, count, several):
    """Bounds hold whether the gap is reached or not; one case of a thousand does not reach it."""
    parts, levels = random_case(seed, count, several)
    assume(levels)
    check_bounds(parts, levels)


@pytest.mark.parametrize("seed", range(12))
def test_cases_reach_the_gap(seed):
    parts, levels = random_case(seed, 1 + seed % 5, 1 + seed % 3)
    assert levels
    check_against_clarabel(parts, levels)


@pytest.mark.parametrize(
    ("seed", "count", "several"),
    [(1065, 1, 2), (27, 3, 2), (119, 3, 2), (7582, 3, 2), (7680, 3, 2), (476, 4, 3), (440, 2, 3)],
)
def test_slopes_that_start_far_off_are_found(seed, count, several):
    """The slopes of Gaussians are wrong by orders here, and masses must not fall before them."""
    check_against_clarabel(*random_case(seed, count, several))


@pytest.mark.parametrize(("seed", "count", "several"), [(413, 3, 3), (7650, 3, 2), (110, 2, 3)])
def test_slopes_where_a_curve_is_straight_are_found(seed, count, several):
    """A component's error leaps at one slope, and no tangent may be followed across the leap."""
    check_against_clarabel(*random_case(seed, count, several))


@pytest.mark.parametrize(("seed", "count", "several"), [(7294, 2, 2)])
def test_a_component_of_few_bits_is_not_given_one_codeword_unproved(seed, count, several):
    """An atom of mass 1e-4 needs a codeword of its own, which is worth .018 nats of the whole."""
    check_against_clarabel(*random_case(seed, count, several))


@pytest.mark.parametrize("mass", [1e-3, 1e-5, 1e-7])
def test_a_rare_atom_far_away_is_worth_its_codeword(mass):
    """Its bits are next to none, and without its codeword no other of the level can be met."""
    rare = rd.Source([0.0, 50.0], [1 - mass, mass])
    plain = rd.sources.from_pmf(np.arange(3.0), [0.3, 0.3, 0.4])
    parts = [Component(rare, [0.0, 50.0]), Component(plain, [0.0, 1.0, 2.0])]
    levels = [Level(0.2 + 1500 * mass, measure="sum")]
    found = rate(parts, levels, tol=1e-8).require()
    exact = clarabel(parts, levels)
    assert found.lower - 1e-6 <= exact <= found.upper + 1e-6


def test_no_bits_where_one_codeword_each_is_enough():
    found = rate([Component(s) for s in bells([1.0, 2.0])], [Level(2.6)])
    assert found.rate == found.lower == 0
    assert not found.active.any()
    assert found.slopes.tolist() == [0]
    assert found.distortions == pytest.approx([1.0, 4.0], rel=1e-9)


def test_a_level_that_nobody_needs_has_no_price():
    found = rate(
        [Component(s) for s in bells([1.0, 2.0])], [Level(0.5), Level(3.9, components=[1])]
    )
    alone = rate([Component(s) for s in bells([1.0, 2.0])], [Level(0.5)])
    assert found.rate == pytest.approx(alone.rate, abs=3e-6)
    assert found.slopes[1] < 1e-5


def test_infeasible_levels_are_refused_with_the_nearest():
    parts = [Component(s, [-1.0, 1.0]) for s in bells([1.0, 2.0])]
    with pytest.raises(rd.InfeasibleError, match=r"level 1 is 0\.1; it must be above") as caught:
        rate(parts, [Level(5.0), Level(0.1, components=[0])])
    assert caught.value.nearest[0] == 5
    assert caught.value.nearest[1] == pytest.approx(caught.value.smallest[1])
    again = [
        Level(D, components=c) for D, c in zip(caught.value.nearest, ([0, 1], [0]), strict=True)
    ]
    assert rate(parts, again, tol=1e-3).upper > 0
    with pytest.raises(rd.InfeasibleError, match="must be above 0"):
        rate([Component(BELL)], [Level(0.0)])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: Component(GRID), "source must be a Source"),
        (lambda: Component(BELL, [[0.0, 1.0]]), "codebook must have 1 coordinates"),
        (lambda: Component(BELL, copies=0), "copies must be a positive"),
        (lambda: Component(rd.Source(np.eye(3), [0.2, 0.3, 0.5])), "at most 2 dimensions; got 3"),
        (lambda: Level(-1), "level must be at least 0"),
        (lambda: Level(1, [-1.0]), "weights must have shape"),
        (lambda: Level(1, measure="max"), "measure must be 'mean' or 'sum'"),
        (lambda: Level(1, components=[0.5]), "components must be a list of indices"),
        (lambda: rate([], [Level(1)]), "components must be at least one Component"),
        (lambda: rate([Component(BELL)], []), "levels must be at least one Level"),
        (lambda: rate(3, [Level(1)]), "components must be a sequence"),
        (lambda: rate([Component(BELL)], [1.0]), "levels must be at least one Level"),
        (lambda: rate([Component(BELL)], [Level(1, [1.0, 2.0])]), "one entry for each of 1"),
        (lambda: rate([Component(BELL)], [Level(1, components=[1])]), "indices from 0 to 0"),
        (lambda: rate([Component(BELL)], [Level(1, components=[True, False])]), "1 entries"),
        (lambda: rate([Component(BELL)], [Level(1, [0.0])]), "positive weight"),
        (lambda: rate([Component(BELL)], [Level(1)], tol=0), "tol must be a positive"),
        (lambda: rate([Component(BELL)], [Level(1)], time_limit=-1), "time_limit"),
        (lambda: rate([Component(BELL)], [Level(0.5)]).channel(1), "component must be from 0 to 0"),
        (lambda: water_filling([], 1), "variances must have shape"),
        (lambda: water_filling([-1.0], 1), "variances must be finite and non-negative; got -1"),
        (lambda: water_filling([1.0], 0), "D must be a positive"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(rd.InputError, match=message):
        wrong()


def test_bounds_hold_before_convergence():
    parts = [Component(s) for s in bells([2.0, 1.0, 0.5])]
    found = rate(parts, [Level(0.3)], tol=1e-9, time_limit=1e-3)
    exact = water_filling([4 * BELL.variance, BELL.variance, BELL.variance / 4], 0.9).rate
    assert found.status is Status.TIME_LIMIT
    assert found.lower <= exact + 1e-9
    assert found.upper >= exact - 1e-9
    with pytest.raises(rd.NotConvergedError, match="time limit"):
        found.require()


def test_water_filling_agrees_with_the_closed_form():
    variances = [4.0, 0.0, 1.0, 0.25]
    for D in (0.01, 0.5, 1.2, 3.0, 5.0, 5.25, 9.0):
        found = water_filling(variances, D)
        total = rd.closed_forms.vector_gaussian(variances, D)
        assert found.rate == pytest.approx(total, abs=1e-14)
        assert found.distortions.sum() == pytest.approx(min(D, 5.25))
        assert found.rate_bits == pytest.approx(found.rates_bits.sum())
