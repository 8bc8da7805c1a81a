"""Iterative refinement of a codebook: solve, move the codewords, merge them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, count, real
from rdcore.design.codebook._rounds import ROUNDING, Step, inserting, moving
from rdcore.design.codebook.iteration import Iteration, against_every
from rdcore.design.codebook.moves import Gradient, require_movable
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate
from rdcore.solvers import Solution, solve


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
        The optimum on the best codebook of all rounds and the last.
    final : Solution
        The optimum on the last codebook.
    """

    problem: Problem
    iterations: tuple[Iteration, ...]
    solution: Solution
    final: Solution

    @property
    def codebook(self) -> Array:
        """The best codebook, (m,) or (m, d)."""
        return self.solution.codebook

    @cached_property
    def reach(self) -> Certificate:
        """Proof of the best codebook against every codebook."""
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

    None of these finds codewords that are missing. With ``insert`` each round ends by adding the
    maxima of :math:`c(y) > 1`, without which no codebook is optimal; where c ≤ 1 everywhere the
    codebook is optimal among all, and ``reach`` proves it. A round that would not lower the rate
    goes without merging, then without moving; where adding does not lower it either, this is the
    end. The last round adds until nothing is missing.

    Without ``insert`` a move or a merge may raise the rate; the best codebook is returned.

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

    Returns
    -------
    Refinement
        The best codebook, its solution, and the rounds.

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
    """Return the refinement with these rounds, at least one, and the solution at the end.

    Parameters
    ----------
    problem : Problem
        The problem that was refined.
    rounds : tuple of Iteration
        The rounds, at least one, from ``refining``.

    Returns
    -------
    Refinement
        As ``refine`` returns it.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(12)
    >>> task = rd.Problem(source, [0.2, 0.5, 0.8], fidelities=[rd.average(0.02)])
    >>> rounds = tuple(refining(task, iterations=2))
    >>> len(finished(task, rounds).codebook) <= 3
    True
    """
    last = rounds[-1]
    if np.array_equal(last.next_codewords, last.solution.problem.codewords):
        final = last.solution
    else:
        final = solve(problem.with_codebook(last.next_codewords))
    best = final
    for one in reversed(rounds):
        if one.rate < best.rate - ROUNDING:
            best = one.solution
    return Refinement(problem, rounds, best, final)


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

    Parameters
    ----------
    problem, iterations, step, merge_mass, merge_distance, insert
        As for ``refine``.

    Yields
    ------
    Iteration
        One round.

    Raises
    ------
    InputError
        If the codebook is free, or `step` is none of those above.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(12)
    >>> task = rd.Problem(source, [0.2, 0.5, 0.6], fidelities=[rd.average(0.03)])
    >>> rounds = list(refining(task, iterations=3))
    >>> finished(task, tuple(rounds)).solution.rate <= rd.solve(task).rate
    True
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
    run = inserting if insert else moving
    return run(problem, rounds, step, thresholds)


def _threshold(value: float, name: str) -> float:
    number = real(value, name)
    if number < 0:
        raise InputError(f"{name} must be at least 0, which disables the rule; got {number:g}")
    return number
