"""The best single encoder of annealing: against all partitions, and against all intervals."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import numpy as np
import pytest

import rdcore as rd
from benchmarks.sections.design import random_line
from rdcore.design.annealing._few import best_of_few

QUICK = rd.schedules.Geometric(1, 1e-3, 4)


def partitions(n: int) -> Iterator[np.ndarray]:
    def grown(labels: list[int]) -> Iterator[np.ndarray]:
        if len(labels) == n:
            yield np.array(labels)
            return
        for label in range(max(labels, default=-1) + 2):
            yield from grown([*labels, label])

    yield from grown([])


def entropy(mass: np.ndarray) -> float:
    used = mass[mass > 0]
    return float(-(used * np.log(used)).sum())


def least(weights: np.ndarray, atoms: np.ndarray, labels: np.ndarray, measure: str) -> float:
    """Return min_y Σ_x w_x d(x, y_{label(x)}), a centroid or a median for each cell."""
    total = 0.0
    for j in np.unique(labels):
        w, x = weights[labels == j], atoms[labels == j]
        if w.sum() <= 0:
            continue
        if measure == "absolute":
            total += min(float(w @ np.abs(x - y)) for y in x)
        else:
            total += float(w @ (x - w @ x / w.sum()) ** 2)
    return total


def can_meet(problem: rd.Problem, labels: np.ndarray) -> bool:
    """Whether some codewords meet at most two levels: no mixture of the rows is above its own.

    The least of λ E_1 / b_1 + (1 - λ) E_2 / b_2 is concave in λ; its maximum is at most 1 then.
    """
    rows, atoms = problem.rows.weights * problem.source.pmf, problem.source.points[:, 0]
    scaled = rows / problem.rows.levels[:, None]

    def over(share: float) -> float:
        mixed = scaled[0] if len(scaled) == 1 else share * scaled[0] + (1 - share) * scaled[1]
        return least(mixed, atoms, labels, str(problem.distortion)) - 1

    low, high = 0.0, 1.0
    if max(over(low), over(high)) > 1e-9:
        return False
    for _ in range(60):
        a, b = low + 0.382 * (high - low), low + 0.618 * (high - low)
        at_a, at_b = over(a), over(b)
        if max(at_a, at_b) > 1e-9:
            return False
        low, high = (a, high) if at_a < at_b else (low, b)
    return True


def brute_force(problem: rd.Problem, candidates: Iterator[np.ndarray]) -> float:
    best = np.inf
    for labels in candidates:
        here = entropy(np.bincount(labels, problem.source.pmf))
        if here < best - 1e-12 and can_meet(problem, labels):
            best = here
    return best


def few_atoms(seed: int, most: int) -> rd.Problem:
    draw = np.random.default_rng(seed)
    n = int(draw.integers(3, most + 1))
    atoms = np.sort(draw.choice(np.arange(1.0, 13.0), n, replace=False))
    pmf = draw.integers(1, 7, n)
    source = rd.Source(atoms, pmf / pmf.sum())
    measure = str(draw.choice(["squared_error", "absolute"]))
    power = 1 if measure == "absolute" else 2
    alone = float((source.pmf @ np.abs(atoms - atoms[:, None]) ** power).min())
    held = [rd.average(alone * draw.uniform(0.01, 0.6))]
    if draw.random() < 0.7:
        mask = draw.random(n) < 0.5
        mask[0] = True
        level = held[0].level * draw.uniform(0.2, 1.2)
        held.append(rd.subset(mask, level, str(draw.choice(["joint", "conditional"]))))
    return rd.Problem(source, rd.EVERY, measure, held)


def test_two_merged_cells_are_better_than_what_moves_of_single_atoms_reach() -> None:
    source = rd.Source([1.0, 2.0, 4.0, 5.0], np.array([5, 3, 1, 4]) / 13)
    task = rd.Problem(source, rd.EVERY, fidelities=[rd.average(0.15)])
    found = rd.anneal(task, schedule=QUICK).encoder
    assert found is not None
    assert found.entropy_bits == pytest.approx(1.2389, abs=5e-5)
    assert found.distortions[0] == pytest.approx(0.1442, abs=5e-5)


@pytest.mark.parametrize("seed", range(40))
def test_few_atoms_are_those_of_brute_force(seed: int) -> None:
    task = few_atoms(seed, 6)
    found = best_of_few(
        task.with_codebook(task.source.points), True, np.ones(len(task.rows.levels))
    )
    assert found is not None
    assert found.meets_levels
    assert found.entropy == pytest.approx(brute_force(task, partitions(task.n)), abs=1e-9)


@pytest.mark.parametrize("seed", range(5))
def test_annealing_few_atoms_is_brute_force(seed: int) -> None:
    task = few_atoms(seed + 100, 7)
    found = rd.anneal(task, schedule=QUICK).encoder
    assert found is not None
    assert found.entropy == pytest.approx(brute_force(task, partitions(task.n)), abs=1e-9)


@pytest.mark.parametrize("rows", [1, 2, 3])
@pytest.mark.parametrize("seed", range(6))
def test_few_atoms_on_a_given_codebook(seed: int, rows: int) -> None:
    """Any distortions, some pairs forbidden, an atom without probability: all 3^6 encoders."""
    draw = np.random.default_rng(seed)
    pmf = draw.dirichlet(np.ones(6))
    pmf[2] = 0.0
    source = rd.sources.from_pmf(np.arange(6.0), pmf)
    cost = draw.random((6, 3))
    cost[0, 1] = np.inf
    mask = np.array([1, 0, 1, 1, 0, 0], bool)
    held = [rd.average(0.4), rd.subset(mask, 0.35), rd.subset(~mask, 0.45, "each")][:rows]
    task = rd.Problem(source, np.arange(3.0), cost, held)
    mass = task.rows.weights * task.source.pmf
    best = np.inf
    for code in product(range(3), repeat=6):
        chosen = np.where(source.pmf > 0, cost[np.arange(6), list(code)], 0.0)
        if np.isfinite(chosen).all() and (mass @ chosen <= task.rows.levels + 1e-12).all():
            best = min(best, entropy(np.bincount(code, source.pmf, 3)))
    found = best_of_few(task, False, np.ones(len(task.rows.levels)))
    if np.isinf(best):
        assert found is None
    else:
        assert found is not None
        assert found.meets_levels
        assert found.entropy == pytest.approx(best, abs=1e-12)


def short_line(seed: int, subset: bool) -> rd.Problem:
    draw = np.random.default_rng(seed)
    atoms = np.sort(draw.normal(size=11)) if seed % 2 else np.arange(11.0)
    source = rd.sources.from_pmf(atoms, draw.dirichlet(np.full(11, draw.choice([0.3, 1, 5]))))
    level = source.variance * 10 ** draw.uniform(-1.7, -0.3)
    held = [rd.average(level)]
    if subset:
        first = int(draw.integers(8))
        mask = np.zeros(11, bool)
        mask[first : first + int(draw.integers(2, 6))] = True
        held.append(rd.subset(mask, level * draw.uniform(0.02, 0.5)))
    return rd.Problem(source, rd.EVERY, fidelities=held)


def all_intervals(n: int) -> Iterator[np.ndarray]:
    for cuts in product((0, 1), repeat=n - 1):
        yield np.append(0, np.cumsum(cuts))


@pytest.mark.parametrize("subset", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_no_intervals_are_better_on_a_line(seed: int, subset: bool) -> None:
    task = short_line(seed, subset)
    found = rd.anneal(task, schedule=QUICK).encoder
    assert found is not None
    assert found.meets_levels
    # Cells that are no intervals may be better still.
    assert found.entropy <= brute_force(task, all_intervals(11)) + 1e-9


@pytest.mark.parametrize("seed", [12, 78])
def test_the_hull_is_reached_where_local_search_stops_short(seed: int) -> None:
    task = random_line(seed)
    found = rd.anneal(task, schedule=QUICK)
    assert found.mixture is not None
    best = rd.quantisers.hull(task).rate_bits(task.fidelities[0].level)
    assert found.mixture.entropy_bits == pytest.approx(best, abs=1e-9)
