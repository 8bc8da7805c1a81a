"""The upper bound on c over all pairs: it holds, and is tight."""

from __future__ import annotations

import numpy as np
import pytest

import rdcore as rd
from rdcore import classification
from rdcore.classification._chords import bound_by_chords
from rdcore.classification._dual_constraint import DualConstraint, Places, dual_constraint
from rdcore.classification._supremum import bound
from rdcore.classification.exchange import places
from rdcore.proof.dual import dual_at

CASES = [
    (seed, sizes, total, every)
    for seed, sizes in enumerate([(2,), (2,), (3,), (2, 2), (4,)])
    for total in (0.5, 1.7)
    for every in (False, True)
]


@pytest.mark.parametrize(("seed", "sizes", "total", "every"), CASES)
def test_the_bound_holds_and_is_tight(
    seed: int, sizes: tuple[int, ...], total: float, every: bool
) -> None:
    rng = np.random.default_rng(seed)
    n = 12
    source = rd.sources.from_pmf(np.sort(rng.normal(size=n)), rng.dirichlet(np.ones(n)))
    posteriors = [rng.dirichlet(np.full(k, 0.5), n) for k in sizes]
    words = rd.EVERY if every else source.atoms
    task = classification.task(
        source, posteriors, 0.3, [0.9 * np.log(k) for k in sizes], "squared_error", words
    )
    from rdcore.classification._start import begun

    pairs = begun(task)
    problem = task.on(pairs)
    marginal = rng.dirichlet(np.ones(len(pairs)))
    slopes = np.array([3.0, *rng.dirichlet(np.ones(len(sizes))) * total])
    dual = dual_at(problem, marginal, slopes)
    assert dual is not None
    c = dual_constraint(task, dual)
    found = bound(c, places(pairs), 1e-6)
    tries = 4000
    where = rng.uniform(-2.5, 2.5, (tries, 1)) if every else rng.integers(0, n, tries).astype(float)
    laws = np.hstack([rng.dirichlet(np.full(k, 0.4), tries) for k in sizes])
    seen = c.logs(Places(where, laws))
    _, risen = c.climb(Places(where, laws).some(np.argsort(-seen)[:200]), rounds=200)
    assert max(seen.max(), risen.max()) <= found.bound
    assert found.best >= risen.max() - 1e-6
    assert c.logs(found.place)[0] == pytest.approx(found.best)
    assert found.bound <= found.best + (2e-6 if sizes != (4,) or every else 1e-3)


@pytest.mark.parametrize("sizes", [(6,), (3, 4)])
def test_many_labels_are_bounded_by_chords(sizes: tuple[int, ...]) -> None:
    """With prices that sum to more than 1, where simplices would be too many."""
    rng = np.random.default_rng(len(sizes))
    source = rd.sources.from_pmf(np.sort(rng.normal(size=20)), rng.dirichlet(np.ones(20)))
    posteriors = [rng.dirichlet(np.full(k, 0.1), 20) for k in sizes]
    levels = [0.5 * np.log(k) for k in sizes]
    task = classification.task(source, posteriors, 0.3, levels, "squared_error", [-1.0, 0.5])
    exponents = np.log(source.pmf) - 0.5 * (np.array([[-1.0], [0.5]]) - source.atoms) ** 2
    prices = np.array([1.3 / len(sizes)] * len(sizes))
    shares = task.joint * np.repeat(prices, sizes)
    c = DualConstraint(task, np.log(source.pmf), None, exponents, shares, prices)
    laws = np.hstack([rng.dirichlet(np.full(k, 0.3), 2000) for k in sizes])
    start = Places(rng.integers(0, 2, 2000).astype(float), laws)
    best = float(c.climb(start, rounds=100)[1].max())
    for precision in (0.1, 1e-2, 1e-3):
        top, seen, place = bound_by_chords(c, best - 1e-3, precision)
        assert best <= top <= best + precision + 1e-9
        assert seen <= best + 1e-9
        if len(place.laws):
            assert c.logs(place)[0] == pytest.approx(seen)
    values = c.logs(start)
    assert values.max() <= top


def test_moves_never_decrease_c() -> None:
    rng = np.random.default_rng(3)
    source = rd.sources.gaussian_density(41, span=4.0)
    side = classification.labels.thresholded(source, 3.0)
    found = classification.rate(source, side.posterior, 0.4, 0.5, tol=1e-5)
    dual = dual_at(found.solution.problem, found.marginal, found.solution.slopes)
    assert dual is not None
    c = dual_constraint(found.task, dual)
    start = Places(rng.uniform(-2, 2, (50, 1)), rng.dirichlet(np.ones(2), 50))
    tops, risen = c.climb(start)
    assert (risen >= c.logs(start) - 1e-12).all()
    assert risen == pytest.approx(c.logs(tops))
    assert risen.max() < 1e-4
