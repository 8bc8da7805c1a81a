"""Random problems that are made to be difficult, each to be solved with proof.

Costs have ties, zeros, forbidden pairs, floors and extreme units; probabilities are equal, tiny or
0; codewords are free, fixed or repeated; levels are ordinary, tight, nearly slack, or at most a few
roundings above their smallest values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import process_time

import numpy as np

import rdcore as rd

TOL = 1e-9
# A gap in nats above which a solve that did not converge has stalled.
STALLED = 1e-6
# Levels this close to their smallest value, relative to it, may be proved less closely.
_AT_SMALLEST = 1e-12
_MEASURES = ("joint", "conditional", "each")
_ULPS = (0, 1, 2, 8)


@dataclass(frozen=True)
class Outcome:
    """What came of solving one problem.

    Attributes
    ----------
    seed : int
        The seed of the problem.
    seconds : float
        CPU time of the solve and of its certificate.
    gap : float
        Certified gap, nats.
    converged : bool
        Whether the solver reached its tolerance.
    infeasible : bool
        Whether the levels could not be met together and the nearest ones were solved instead.
    at_smallest : bool
        Whether a level is within 1e-12 of its smallest value.
    error : str
        The exception, if there was one.
    """

    seed: int
    seconds: float
    gap: float = np.inf
    converged: bool = False
    infeasible: bool = False
    at_smallest: bool = False
    error: str = ""

    @property
    def stalled(self) -> bool:
        """Whether the solve ended with a large gap, at levels where it should not."""
        near = self.at_smallest or self.infeasible
        return not self.error and not near and not self.converged and not self.gap <= STALLED


def solved(seed: int) -> Outcome:
    """Solve the problem of a seed; if its levels are infeasible, at the nearest feasible ones."""
    start, infeasible, at_smallest = process_time(), False, False
    try:
        task = problem(seed)
        at_smallest = _at_smallest(task)
        start = process_time()
        try:
            solution = rd.solve(task, tol=TOL)
        except rd.InfeasibleError as error:
            infeasible = True
            solution = rd.solve(task.with_levels(list(error.nearest)), tol=TOL)
        gap = solution.certificate.gap
    except Exception as error:  # noqa: BLE001  (any exception is a finding)
        told = f"{type(error).__name__}: {error}"
        return Outcome(seed, process_time() - start, error=told, at_smallest=at_smallest)
    seconds, status = process_time() - start, solution.status
    return Outcome(seed, seconds, gap, status.converged, infeasible, at_smallest)


def outcomes(seeds: range) -> Iterator[Outcome]:
    """Yield the outcome of each seed."""
    return map(solved, seeds)


def problem(seed: int) -> rd.Problem:
    """Return the problem of a seed: one in five has a free codebook."""
    draw = np.random.default_rng(seed)
    task = _free(draw) if draw.random() < 0.2 else _fixed(draw)
    return _levels(draw, task)


def _pmf(draw: np.random.Generator, n: int) -> np.ndarray:
    kind = int(draw.integers(5))
    if kind == 0:
        return np.full(n, 1.0 / n)
    pmf = draw.dirichlet(np.full(n, (0.1, 1.0, 10.0)[int(draw.integers(3))]))
    if kind == 1:
        pmf[draw.random(n) < 0.3] = 0.0
    elif kind == 2:
        pmf *= 10.0 ** draw.uniform(-14, 0, n)
    elif kind == 3:
        pmf = np.exp(-0.5 * np.linspace(-8, 8, n) ** 2)
    return pmf / pmf.sum() if pmf.any() else np.full(n, 1.0 / n)


def _fixed(draw: np.random.Generator) -> rd.Problem:
    n, m = (int(v) for v in draw.integers([1, 1], [61, 61]))
    source = rd.sources.from_pmf(np.arange(float(n)), _pmf(draw, n))
    fidelities = [rd.average(1.0)]
    for _ in range(int(draw.integers(3))):
        own = None if draw.random() < 0.6 else _cost(draw, n, m)
        inside = draw.random(n) < draw.choice([0.1, 0.5, 1.0])
        inside[int(draw.integers(n))] = True
        measure = str(draw.choice(_MEASURES))
        fidelities.append(rd.subset(inside, 1.0, measure, distortion=own))
    return rd.Problem(source, np.arange(float(m)), _cost(draw, n, m), fidelities)


def _cost(draw: np.random.Generator, n: int, m: int) -> np.ndarray:
    kinds: tuple[Callable[[], np.ndarray], ...] = (
        lambda: draw.random((n, m)),
        lambda: draw.integers(0, 4, (n, m)).astype(float),
        lambda: (draw.random((n, m)) < 0.5).astype(float),
        lambda: (draw.normal(size=(n, 1)) - draw.normal(size=(1, m))) ** 2,
        lambda: np.abs(draw.integers(0, 6, (n, 1)) - draw.integers(0, 6, (1, m))).astype(float),
        lambda: np.subtract.outer(np.linspace(-1, 1, n), np.linspace(-1, 1, m)) ** 2,
        lambda: 1.0 - np.eye(n, m),
        lambda: 10.0 ** draw.uniform(-12, 3, (n, m)),
    )
    cost = kinds[int(draw.integers(len(kinds)))]()
    if draw.random() < 0.3:
        cost = cost[:, draw.integers(m, size=m)]
    if draw.random() < 0.2:
        cost = cost + 10.0 ** draw.uniform(0, 9)
    if draw.random() < 0.2:
        forbidden = draw.random((n, m)) < 0.3
        forbidden[np.arange(n), draw.integers(m, size=n)] = False
        cost = np.where(forbidden, np.inf, cost)
    return cost * (1.0 if draw.random() < 0.6 else 10.0 ** draw.uniform(-100, 100))


def _free(draw: np.random.Generator) -> rd.Problem:
    dim = (1, 1, 1, 1, 2, 2, 3)[int(draw.integers(7))]
    n = int(draw.integers(2, 61 if dim == 1 else 31))
    atoms = draw.normal(size=(n, dim)) * 10.0 ** draw.uniform(-2, 2, dim)
    kind = int(draw.integers(4))
    if kind == 0:
        atoms = np.round(atoms)
    elif kind == 1 and dim == 1:
        atoms = np.linspace(-1, 1, n)[:, None]
    atoms = np.unique(atoms, axis=0)
    atoms = atoms if len(atoms) > 1 else np.vstack([atoms, atoms + 1])
    pmf = _pmf(draw, len(atoms))
    source = rd.sources.from_pmf(atoms, pmf if (pmf > 0).sum() > 1 else np.ones(len(atoms)))
    fidelities = [rd.average(1.0)]
    if draw.random() < 0.5:
        inside = draw.random(source.n) < 0.5
        inside[int(source.pmf.argmax())] = True
        fidelities.append(rd.subset(inside, 1.0, str(draw.choice(_MEASURES))))
    distortion = "absolute" if draw.random() < 0.2 else "squared_error"
    return rd.Problem(source, rd.EVERY, distortion, fidelities)


def _levels(draw: np.random.Generator, task: rd.Problem) -> rd.Problem:
    """Return the problem at levels from the smallest ones to a little above the largest."""
    count = len(task.fidelities)
    low = list(rd.smallest_levels(task))
    high = [rd.largest_level(task, k) for k in range(count)]
    span = [b - a if np.isfinite(b - a) else abs(a) + 1.0 for a, b in zip(low, high, strict=True)]
    levels = []
    for least, reach in zip(low, span, strict=True):
        kind = int(draw.integers(8))
        if kind == 0 and not task.every:
            level = least
            for _ in range(int(draw.choice(_ULPS))):
                level = float(np.nextafter(level, np.inf))
        elif kind == 1:
            # The share of a free codebook is larger: its codewords crowd at low levels.
            least_share = -3 if task.every else -11
            level = least + reach * 10.0 ** draw.uniform(least_share, 0)
        else:
            level = least + reach * draw.uniform(0.01 if task.every else 0.0, 1.1)
        levels.append(level)
    return task.with_levels(levels)


def _at_smallest(task: rd.Problem) -> bool:
    low, levels = np.array(rd.smallest_levels(task)), [f.level for f in task.fidelities]
    return bool((np.array(levels) - low <= _AT_SMALLEST * np.abs(low)).any())
