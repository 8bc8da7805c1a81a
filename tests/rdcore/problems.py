"""Random problems with ties, zeros and several distortions."""

from __future__ import annotations

import numpy as np

import rdcore as rd


def random_problem(seed: int) -> rd.Problem:
    """Return a problem with n, m ≤ 60, K ≤ 3 fidelities and levels that are feasible one by one."""
    draw = np.random.default_rng(seed)
    n, m, count = (int(v) for v in draw.integers([1, 1, 1], [61, 61, 4]))
    pmf = draw.dirichlet(np.full(n, draw.choice([0.1, 1.0, 10.0])))
    if draw.random() < 0.3:
        pmf[draw.random(n) < 0.3] = 0.0
    pmf = pmf if pmf.any() else np.ones(n)
    source = rd.sources.from_pmf(np.arange(n, dtype=float), pmf)
    base = _cost(draw, n, m)
    fidelities = [rd.average(1.0)]
    for _ in range(count - 1):
        own = None if draw.random() < 0.5 else _cost(draw, n, m)
        measure = draw.choice(["joint", "conditional", "each"])
        fidelities.append(rd.subset(draw.random(n) < 0.5, 1.0, str(measure), distortion=own))
    problem = rd.Problem(source, np.arange(m, dtype=float), base, fidelities)
    low = rd.smallest_levels(problem)
    high = [rd.largest_level(problem, k) for k in range(count)]
    share = draw.random(count) * draw.choice([0.3, 1.0, 1.2])
    return problem.with_levels([a + (b - a) * s for a, b, s in zip(low, high, share, strict=True)])


def _cost(draw: np.random.Generator, n: int, m: int) -> np.ndarray:
    kinds = (
        lambda: draw.random((n, m)),
        lambda: draw.integers(0, 4, (n, m)).astype(float),
        lambda: (draw.random((n, m)) < 0.5).astype(float),
        lambda: (draw.normal(size=(n, 1)) - draw.normal(size=(1, m))) ** 2,
        lambda: np.abs(draw.integers(0, 6, (n, 1)) - draw.integers(0, 6, (1, m))).astype(float),
    )
    return kinds[int(draw.integers(len(kinds)))]() * draw.choice([1.0, 1e-3, 1e3])
