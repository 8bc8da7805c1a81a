"""Iterative refinement of a codebook: solve, move the codewords, merge them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, count, frozen, real
from rdcore.design.codebook._insertion import completed, lacking
from rdcore.design.codebook._merging import Merge, Merged, merge
from rdcore.design.codebook.moves import (
    Gradient,
    centres,
    gradient_step,
    importance,
    require_movable,
    shortened,
)
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate, certify
from rdcore.solvers import Solution, solve

Step = Literal["centroid", "gradient", "priced"] | Gradient
# Relative to the range of the atoms, the move below which codewords have converged.
_SETTLED = 1e-9
_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class Iteration:
    """One round of refinement: the optimal channel on a codebook, and the next codebook.

    Attributes
    ----------
    index : int
        Index of the round, from 0.
    solution : Solution
        The certified optimum on the initial codebook of the round.
    moved : array, (m, d)
        The codewords after the move.
    share : float
        Fraction of the full move; below 1 if the levels could not be met otherwise.
    merged : Merged
        The codewords after merging.
    inserted : array, (i, d)
        Codewords that were added after merging.
    """

    index: int
    solution: Solution
    moved: Array
    share: float
    merged: Merged
    inserted: Array

    @property
    def codebook(self) -> Array:
        """The codewords at the start of the round, (m,) or (m, d)."""
        return self.solution.codebook

    @property
    def m(self) -> int:
        """Number of codewords at the start of the round."""
        return self.solution.problem.m

    @property
    def masses(self) -> Array:
        """Distribution of Y, (m,)."""
        return self.solution.marginal

    @property
    def rate(self) -> float:
        """Certified upper bound on the rate, nats."""
        return self.solution.rate

    @property
    def rate_bits(self) -> float:
        """Certified upper bound on the rate, bits."""
        return self.rate / _LN2

    @property
    def entropy(self) -> float:
        """H(Y) in nats."""
        return self.solution.output_entropy

    @property
    def entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.entropy / _LN2

    @cached_property
    def conditional_entropy(self) -> float:
        """H(Y|X) in nats."""
        return conditional_entropy(self.solution.problem.source.pmf, self.solution.channel)

    @property
    def conditional_entropy_bits(self) -> float:
        """H(Y|X) in bits."""
        return self.conditional_entropy / _LN2

    @property
    def distortions(self) -> Array:
        """Distortion of each fidelity, in its unit."""
        return self.solution.distortions

    @property
    def slopes(self) -> Array:
        """Price of each row, (K,), nats per unit of its level."""
        return self.solution.slopes

    @property
    def gap(self) -> float:
        """Certified gap on this codebook, nats."""
        return self.solution.certificate.gap

    @cached_property
    def reach(self) -> Certificate:
        """Certificate over every codebook: its gap bounds what another codebook could save."""
        return against_every(self.solution)

    @property
    def parents(self) -> NDArray[np.intp]:
        """Index of each codeword in the codebook of the next round, (m,)."""
        return self.merged.parents

    @property
    def merges(self) -> tuple[Merge, ...]:
        """The merged codewords, with reasons."""
        return self.merged.merges

    @property
    def next_codewords(self) -> Array:
        """The codewords of the next round, (m', d)."""
        return np.vstack([self.merged.codewords, self.inserted])


@dataclass(frozen=True, eq=False)
class Refinement:
    """A refined codebook and its history.

    Attributes
    ----------
    problem : Problem
        The problem on the initial codebook.
    iterations : tuple of Iteration
        Every round, in order.
    solution : Solution
        The optimum on the last codebook.
    """

    problem: Problem
    iterations: tuple[Iteration, ...]
    solution: Solution

    @property
    def codebook(self) -> Array:
        """The last codebook, (m,) or (m, d)."""
        return self.solution.codebook

    @cached_property
    def reach(self) -> Certificate:
        """Certificate of the last codebook over every codebook."""
        return against_every(self.solution)


def refine(
    problem: Problem,
    *,
    iterations: int = 15,
    step: Step = "centroid",
    merge_mass: float = 1e-3,
    merge_distance: float = 1e-3,
    insert: bool = False,
) -> Refinement:
    r"""Refine a codebook: alternate the convex program with moves and merges of the codewords.

    Each round solves for the best channel Q on the codebook, moves every codeword, and merges
    codewords with little mass or close neighbours, summing their columns of Q. "centroid" moves to
    :math:`E[X \mid Y = j]` (for absolute error, the median), and "gradient" takes a step towards
    it. "priced" moves to the stationary point for several fidelities with prices λ,

    .. math::

        y_j = \frac{\sum_x p_x s_x Q_{xj} x}{\sum_x p_x s_x Q_{xj}},
        \qquad s_x = \sum_k \lambda_k w_k(x).

    None of these moves finds missing codewords. With ``insert``, each round adds the maxima of c
    where :math:`c(y) > 1`. If c ≤ 1 everywhere, the codebook is optimal among all codebooks, and
    ``reach`` proves it.

    Parameters
    ----------
    problem : Problem
        The problem on the initial codebook, with squared or absolute error.
    iterations : int
        Largest number of rounds; it stops earlier if the codewords have converged.
    step : {"centroid", "gradient", "priced"} or Gradient
        Move of the codewords; "gradient" is ``Gradient()``. The move is halved until the new
        codebook can meet the levels.
    merge_mass, merge_distance : float
        A codeword of less mass, or closer to another one, is merged into the nearest one, unless
        the levels cannot be met without it.
    insert : bool
        Add codewords where c(y) > 1 and, before the first round, those that the levels need.

    Raises
    ------
    InfeasibleError
        If the initial codebook cannot meet the levels and ``insert`` is false.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.three_modes(), np.linspace(-8, 8, 16),
    ...                   fidelities=[rd.average(0.6)])
    >>> found = rd.refine(task, step="priced", insert=True)
    >>> round(found.solution.rate_bits, 3), len(found.codebook)
    (1.678, 5)
    """
    rounds = tuple(
        refining(
            problem,
            iterations=iterations,
            step=step,
            merge_mass=merge_mass,
            merge_distance=merge_distance,
            insert=insert,
        )
    )
    return finished(problem, rounds)


def finished(problem: Problem, rounds: tuple[Iteration, ...]) -> Refinement:
    """Return the refinement with these rounds, at least one, and the solution at the end."""
    last = rounds[-1]
    if np.array_equal(last.next_codewords, last.solution.problem.codewords):
        return Refinement(problem, rounds, last.solution)
    final = solve(problem.with_codebook(last.next_codewords))
    return Refinement(problem, rounds, final)


def refining(
    problem: Problem,
    *,
    iterations: int = 15,
    step: Step = "centroid",
    merge_mass: float = 1e-3,
    merge_distance: float = 1e-3,
    insert: bool = False,
) -> Iterator[Iteration]:
    """Yield the rounds of ``refine`` one by one, so that a caller can show or stop them.

    Arguments are validated immediately; ``finished`` makes a ``Refinement`` of the rounds.
    """
    rounds = count(iterations, "iterations")
    thresholds = _threshold(merge_mass, "merge_mass"), _threshold(merge_distance, "merge_distance")
    if problem.every:
        raise InputError("codebook=EVERY has no codewords to refine; pass an initial codebook")
    require_movable(problem)
    if isinstance(step, str):
        if step not in ("centroid", "gradient", "priced"):
            raise InputError(
                f"step must be 'centroid', 'gradient', 'priced' or a Gradient; got {step!r}"
            )
        step = Gradient() if step == "gradient" else step
    return _rounds(problem, rounds, step, thresholds, insert)


def _rounds(
    problem: Problem, rounds: int, step: Step, thresholds: tuple[float, float], insert: bool
) -> Iterator[Iteration]:
    here = completed(problem) if insert else problem
    extent = float(np.ptp(problem.source.points, axis=0).max())
    for index in range(rounds):
        found = solve(here)
        moved, share = shortened(here, _target(found, step))
        there = here.with_codebook(moved)
        merged = merge(there, found.channel, least_mass=thresholds[0], distance=thresholds[1])
        added = lacking(found) if insert else np.empty((0, problem.source.dim))
        added = _new(added, merged.codewords, thresholds[1])
        this = Iteration(index, found, moved, share, merged, frozen(added))
        yield this
        still = np.abs(moved - here.codewords).max() <= _SETTLED * extent
        if still and not merged.merges and not len(added):
            return
        here = problem.with_codebook(this.next_codewords)


def _target(found: Solution, step: Step) -> Array:
    if isinstance(step, Gradient):
        return gradient_step(found.problem, found.channel, step.size)
    weights = importance(found.problem, found.slopes) if step == "priced" else None
    return centres(found.problem, found.channel, weights)


def _new(points: Array, codewords: Array, distance: float) -> Array:
    """Return the points (i, d) that are not within ``distance`` of any codeword (m, d)."""
    away = np.linalg.norm(points[:, None, :] - codewords[None, :, :], axis=2)
    return np.asarray(points[(away > distance).all(axis=1)])


def _threshold(value: float, name: str) -> float:
    number = real(value, name)
    if number < 0:
        raise InputError(f"{name} must be at least 0, which disables the rule; got {number:g}")
    return number


def conditional_entropy(pmf: Array, channel: Array) -> float:
    """Return H(Y|X) in nats of a channel (n, m)."""
    logs = np.log(channel, out=np.zeros_like(channel), where=channel > 0)
    return float(-(pmf @ (channel * logs).sum(axis=1)))


def against_every(solution: Solution) -> Certificate:
    """Certify a solution on its codebook over every codebook."""
    return certify(solution.problem, solution.channel, solution.slopes, solution.prior, every=True)
