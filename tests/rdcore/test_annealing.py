"""Annealing against the exact optimum on the line, brute force, and Nasser (2025)."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import rdcore as rd

QUICK = rd.schedules.Geometric(1, 1e-3, 12)


def cheapest(source: rd.Source, slope: float) -> float:
    """Return min H(Y) + slope · E(X - Y)² over deterministic encoders with intervals, nats."""
    order = np.argsort(source.points[:, 0])
    x, p = source.points[order, 0], source.pmf[order]
    mass, first, second = (np.append(0, np.cumsum(p * x**k)) for k in range(3))
    least = np.zeros(len(x) + 1)
    for end in range(1, len(x) + 1):
        m, a = mass[end] - mass[:end], first[end] - first[:end]
        spread = np.maximum(second[end] - second[:end] - a**2 / m, 0)
        least[end] = (least[:end] - m * np.log(m) + slope * spread).min()
    return float(least[-1])


def hull(source: rd.Source, D: float) -> float:
    """Return the least mean H(Y) of time-shared encoders at E(X - Y)² ≤ D, bits."""
    middle = np.log(1 / source.variance)
    found = minimize_scalar(
        lambda t: np.exp(t) * D - cheapest(source, np.exp(t)),
        bounds=(middle - 9, middle + 9),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(-found.fun / np.log(2))


def random_line(seed: int) -> rd.Problem:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(20, 101))
    atoms = np.sort(draw.normal(size=n)) if seed % 2 else np.arange(n, dtype=float)
    source = rd.sources.from_pmf(atoms, draw.dirichlet(np.full(n, draw.choice([0.3, 1, 5]))))
    return rd.Problem(
        source, rd.EVERY, fidelities=[rd.average(source.variance * 10 ** draw.uniform(-1.7, -0.3))]
    )


def test_three_modes_ends_on_the_hull_below_the_published_rate() -> None:
    task = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    path = rd.anneal(task)
    assert path.mixture is not None
    assert path.encoder is not None
    best = hull(task.source, 0.6)
    assert best == pytest.approx(1.7226, abs=1e-4)
    assert path.mixture.entropy_bits == pytest.approx(best, abs=1e-4)
    assert path.mixture.distortions[0] <= 0.6 * (1 + 1e-9)
    assert path.encoder.meets_levels
    assert best - 1e-9 <= path.encoder.entropy_bits < 1.7969
    assert path.end.entropy_bits <= 1.7226 + 1e-3
    assert path.bound_bits == pytest.approx(1.677668, abs=1e-6)


def test_every_stage_meets_the_levels_above_the_bound() -> None:
    source = rd.sources.three_modes()
    held = [rd.average(0.6), rd.subset(np.abs(source.atoms) < 1, 0.05)]
    path = rd.anneal(
        rd.Problem(source, np.linspace(-8, 8, 64), fidelities=held),
        schedule=rd.schedules.Geometric(4, 1e-3, 16),
    )
    taus = [stage.tau for stage in path.stages]
    assert taus == sorted(taus, reverse=True)
    for stage in path.stages:
        assert (stage.distortions <= np.array([0.6, 0.05]) * (1 + 1e-6)).all()
        assert stage.gap >= -1e-9
        assert stage.rate >= path.bound - 1e-9
    assert path.end.conditional_entropy_bits < 0.02
    assert path.encoder is not None
    proof = path.encoder.certify()
    assert proof.violation == 0
    assert proof.upper == pytest.approx(path.encoder.entropy)


def test_each_symbol_meets_its_level_at_the_end() -> None:
    source = rd.sources.three_modes()
    mask = np.abs(source.atoms + 1) < 0.3
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.8), rd.subset(mask, 0.1, "each")])
    path = rd.anneal(task, schedule=QUICK)
    assert path.encoder is not None
    assert path.encoder.meets_levels


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 7, 9])
def test_random_lines_end_on_the_exact_hull(seed: int) -> None:
    task = random_line(seed)
    mixture = rd.anneal(task, schedule=QUICK).mixture
    assert mixture is not None
    best = hull(task.source, task.fidelities[0].level)
    assert best - 1e-6 <= mixture.entropy_bits <= best + 1e-3


@pytest.mark.parametrize("seed", range(4))
def test_few_atoms_against_all_encoders(seed: int) -> None:
    """On a fixed codebook with any distortion, no feasible encoder has a smaller H(Y)."""
    draw = np.random.default_rng(seed)
    source = rd.sources.from_pmf(np.arange(7.0), draw.dirichlet(np.ones(7)))
    cost = draw.random((7, 4))
    least = float(source.pmf @ cost.min(axis=1))
    alone = float((source.pmf @ cost).min())
    task = rd.Problem(source, np.arange(4.0), cost, [rd.average(0.5 * (least + alone))])
    found = rd.anneal(task, schedule=QUICK).encoder
    best = np.inf
    for choice in product(range(4), repeat=7):
        if source.pmf @ cost[np.arange(7), list(choice)] <= task.fidelities[0].level:
            mass = np.bincount(choice, source.pmf, 4)
            best = min(best, float(-(mass[mass > 0] * np.log(mass[mass > 0])).sum()))
    assert found is not None
    assert best - 1e-9 <= found.entropy <= best + 0.05


@pytest.mark.slow  # at the same level, E8 is always run
def test_spike_and_background_is_far_below_the_published_rate() -> None:
    source = rd.sources.spike_and_background()
    held = [rd.average(1.6), rd.subset(np.abs(source.atoms) < 1, 1.6)]
    path = rd.anneal(rd.Problem(source, rd.EVERY, fidelities=held), schedule=QUICK)
    assert path.encoder is not None
    assert path.encoder.entropy_bits < 2.13 < 2.9317
    assert path.encoder.distortions[0] <= 1.6 * (1 + 1e-9)


@pytest.mark.slow
def test_four_clusters_is_below_two_bits() -> None:
    task = rd.Problem(rd.sources.four_clusters(), rd.EVERY, fidelities=[rd.average(8.0)])
    path = rd.anneal(task, schedule=rd.schedules.Geometric(1, 1e-2, 5))
    assert path.encoder is not None
    assert path.encoder.entropy_bits < 1.99
    assert path.encoder.meets_levels


def test_a_caller_can_show_and_stop_it() -> None:
    task = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    seen = []
    for stage in rd.annealing(task, schedule=QUICK):
        seen.append(stage)
        if len(stage.stages) == 3:
            break
    assert not seen[-1].finished
    assert [len(one.stages) for one in seen] == sorted(len(one.stages) for one in seen)


def test_schedules() -> None:
    assert rd.schedules.Geometric(4, 1, 3).temperatures == pytest.approx([4, 2, 1])
    assert rd.schedules.Linear(2, 1, 3).temperatures == pytest.approx([2, 1.5, 1])
    for wrong in (
        lambda: rd.schedules.Geometric(1, 2, 3),
        lambda: rd.schedules.Linear(1, 0, 3),
        lambda: rd.schedules.Explicit([0.1, 0.2]),
        lambda: rd.schedules.Explicit([]),
        lambda: rd.schedules.Geometric("a", 1, 3),  # type: ignore[arg-type]
        lambda: rd.schedules.Geometric("4", "1", 3),  # type: ignore[arg-type]
        lambda: rd.schedules.Linear("4", "1", 3),  # type: ignore[arg-type]
        lambda: rd.schedules.Geometric(10**400, 1, 3),
    ):
        with pytest.raises(rd.InputError):
            wrong()


@pytest.mark.slow
def test_the_minimum_level_of_four_codewords() -> None:
    """Four codewords reach this level, which is the minimum, so its price is infinite."""
    source = rd.sources.four_clusters()
    right, up = (source.points > 0).T
    cell = 2 * right + up
    mass = np.bincount(cell, source.pmf)
    means = np.stack([np.bincount(cell, source.pmf * x) / mass for x in source.points.T], axis=1)
    D = float(source.pmf @ np.square(source.points - means[cell]).sum(axis=1))
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)])
    path = rd.anneal(task, schedule=rd.schedules.Geometric(1, 1e-2, 5))
    assert path.encoder is not None
    assert path.encoder.entropy_bits == pytest.approx(2.0, abs=1e-6)
    assert path.end.entropy_bits < 2.0 + 1e-6
