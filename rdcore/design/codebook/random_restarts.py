"""Refinement from many random codebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, count
from rdcore.design.codebook.refinement import Refinement, refine
from rdcore.errors import InfeasibleError
from rdcore.problem import Problem
from rdcore.problem.sources import Source


@dataclass(frozen=True, eq=False)
class Restarts:
    """Refinements from random codebooks.

    Attributes
    ----------
    runs : tuple of Refinement or None
        One per start, in order; None if the random codebook cannot meet the levels.
    """

    runs: tuple[Refinement | None, ...]

    @property
    def infeasible(self) -> int:
        """Number of starts that cannot meet the levels."""
        return sum(run is None for run in self.runs)

    @cached_property
    def rates(self) -> Array:
        """Final rate of each start, nats; ∞ if it cannot meet the levels."""
        return np.array([np.inf if run is None else run.solution.rate for run in self.runs])

    @property
    def best(self) -> Refinement:
        """The run with the lowest rate."""
        run = self.runs[int(self.rates.argmin())]
        if run is None:
            raise InfeasibleError(
                f"none of {len(self.runs)} random codebooks can meet the levels; use more"
                " codewords, or a run with insert=True",
                (),
            )
        return run


def random_codebook(source: Source, m: int, draw: np.random.Generator) -> Array:
    """Draw m codewords uniformly over the range of the atoms, (m, d), sorted in one dimension.

    Parameters
    ----------
    source : Source
        The source, whose atoms give the range.
    m : int
        Number of codewords.
    draw : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    array, (m, d)
        The codewords, in the unit of the atoms.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> random_codebook(rd.sources.uniform_grid(8), 3, np.random.default_rng(0)).shape
    (3, 1)
    """
    low, high = source.points.min(axis=0), source.points.max(axis=0)
    codewords = draw.uniform(low, high, (count(m, "m"), source.dim))
    return np.sort(codewords, axis=0) if source.dim == 1 else codewords


def restarting(
    problem: Problem,
    starts: int = 20,
    *,
    seed: int = 0,
    run: Callable[[Problem], Refinement] = refine,
) -> Iterator[Refinement | None]:
    """Yield the runs of ``restarts`` one by one, so that a caller can show or stop them.

    Parameters
    ----------
    problem, starts, seed, run
        As for ``restarts``.

    Yields
    ------
    Refinement or None
        The result of each start; None where its codebook cannot meet the levels.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(12)
    >>> task = rd.Problem(source, [0.2, 0.5, 0.8], fidelities=[rd.average(0.02)])
    >>> len(list(restarting(task, 2)))
    2
    """
    draw, total = np.random.default_rng(count(seed, "seed", 0)), count(starts, "starts")
    m = problem.m
    return (_one(problem, m, draw, run) for _ in range(total))


def restarts(
    problem: Problem,
    starts: int = 20,
    *,
    seed: int = 0,
    run: Callable[[Problem], Refinement] = refine,
) -> Restarts:
    """Refine random codebooks with as many codewords as the problem's codebook.

    Parameters
    ----------
    problem : Problem
        Only the size of its codebook is used.
    starts : int
        Number of codebooks to draw, uniformly over the range of the atoms.
    seed : int
        Seed of the draws; the k-th start does not depend on ``starts``.
    run : callable
        The refinement of each, such as ``functools.partial(refine, step="priced", insert=True)``.

    Returns
    -------
    Restarts
        The refinement of each start, and the best of them.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(12)
    >>> task = rd.Problem(source, [0.2, 0.5, 0.8], fidelities=[rd.average(0.05)])
    >>> found = restarts(task, 3)
    >>> found.best.solution.rate <= rd.solve(task).rate
    True
    """
    return Restarts(tuple(restarting(problem, starts, seed=seed, run=run)))


def _one(
    problem: Problem, m: int, draw: np.random.Generator, run: Callable[[Problem], Refinement]
) -> Refinement | None:
    start = problem.with_codebook(random_codebook(problem.source, m, draw))
    try:
        return run(start)
    except InfeasibleError:
        return None
