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
        One a start, in the order drawn; None where the codebook drawn cannot meet the levels.
    """

    runs: tuple[Refinement | None, ...]

    @property
    def infeasible(self) -> int:
        """How many starts cannot meet the levels."""
        return sum(run is None for run in self.runs)

    @cached_property
    def rates(self) -> Array:
        """Rate that each start ends at, nats; infinite where it cannot meet the levels."""
        return np.array([np.inf if run is None else run.solution.rate for run in self.runs])

    @property
    def best(self) -> Refinement:
        """The run of the lowest rate."""
        run = self.runs[int(self.rates.argmin())]
        if run is None:
            raise InfeasibleError(
                f"none of {len(self.runs)} random codebooks can meet the levels; more codewords,"
                " or a run that inserts them, would do",
                (),
            )
        return run


def random_codebook(source: Source, m: int, draw: np.random.Generator) -> Array:
    """Draw m codewords uniformly over the range of the atoms, (m, d), sorted in one dimension."""
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
    """Yield the runs of ``restarts`` one by one, so that a caller can watch or stop."""
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
    """Refine from random codebooks of as many codewords as the problem's.

    Parameters
    ----------
    problem : Problem
        Its codebook says only how many codewords to draw.
    starts : int
        How many codebooks to draw, uniformly over the range of the atoms.
    seed : int
        Of the draws; the k-th start does not depend on how many there are.
    run : callable
        What refines each; ``functools.partial(refine, step="priced", insert=True)``, for example.
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
