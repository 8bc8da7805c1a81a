"""Annealing from the convex program to deterministic encoders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._path import Path
from rdcore.design.annealing._settle import Branch, Walker
from rdcore.design.annealing._sharing import Pool
from rdcore.design.annealing.results import Annealing, Stage
from rdcore.design.codebook import refine
from rdcore.design.codebook.moves import movable, require_movable, within_reach
from rdcore.design.schedules import Geometric, Schedule
from rdcore.errors import InputError
from rdcore.problem import EVERY, Problem, coordinate_grid
from rdcore.solvers import Solution, solve

# Certified gap of the optimum at τ = 1, nats.
_TOLERANCE = 1e-7
# For absolute error, number of grid points above which refinement finds the codebook.
_MOST_CORNERS = 600
_HOT_ROUNDS = 300


def anneal(
    problem: Problem,
    *,
    schedule: Schedule | None = None,
    move: bool | None = None,
    search: bool = True,
) -> Annealing:
    r"""Follow the best channel at given levels from the convex bound to deterministic encoders.

    At each temperature τ of a decreasing schedule, at fixed levels,

    .. math:: \min_{Q, y} \; H(Y) - \tau H(Y|X)
              \quad \text{s.t.} \quad E[C_k] \le b_k, \qquad
              Q_{xj} \propto q_j^{1/\tau} e^{-\sum_k \lambda_k C_k(x, j) / \tau}.

    τ = 1 is the convex program. Its optimum is certified, over every codebook if codewords move.

    With ``search`` each stage is also entered from other places, namely the best deterministic
    cells at its prices and the best deterministic encoder known, and the path goes on from the
    lowest (``Stage.jumped``). Deterministic encoders are looked for by local search at the prices
    of the lower convex hull of those at hand: entropy-coded vector quantisation, with cells
    dissolved, merged, split, and single atoms moved, and intervals by dynamic programming. The
    mixture is the exact hull for one average in dimension one with free codewords; there the
    single encoder is at least as good as all with intervals, and for up to 8 atoms it is the best
    of all partitions, whatever the fidelities. Elsewhere nothing proves that the search ends at
    the optimum; the bound is certified.

    Parameters
    ----------
    problem : Problem
        Any source, codebook, distortion and fidelities.
    schedule : Schedule
        By default ``Geometric(4, 1e-3, 30)``.
    move : bool
        Whether codewords move; by default, if all distortions are squared or absolute error. If
        codewords do not move, they can only become unused.
    search : bool
        If False, only follow the path and round its stages to encoders.

    Returns
    -------
    Annealing
        Stages, the best deterministic encoder that meets every level, and the best mixture of
        deterministic encoders.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels.

    References
    ----------
    P. A. Chou, T. Lookabaugh and R. M. Gray, "Entropy-constrained vector quantization", IEEE
    Trans. ASSP 37(1), 1989. D. J. Strouse and D. J. Schwab, "The deterministic information
    bottleneck", Neural Computation 29(6), 2017.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.three_modes(), rd.EVERY, fidelities=[rd.average(0.6)])
    >>> path = rd.anneal(task, schedule=rd.schedules.Geometric(1, 1e-3, 12))
    >>> [round(bits, 3) for bits in (path.bound_bits, path.end.entropy_bits)]
    [1.678, 1.723]
    """
    *_, last = annealing(problem, schedule=schedule, move=move, search=search)
    return last


def annealing(
    problem: Problem,
    *,
    schedule: Schedule | None = None,
    move: bool | None = None,
    search: bool = True,
) -> Iterator[Annealing]:
    """Yield the intermediate results of ``anneal``, so that a caller can show or stop it.

    A result is yielded after every stage, and after every round of the search for deterministic
    encoders. The last one has ``finished`` set. Arguments are validated immediately.

    Parameters
    ----------
    problem, schedule, move, search
        As for ``anneal``.

    Yields
    ------
    Annealing
        What is known so far.

    Raises
    ------
    InputError
        If `move` is False although the codebook is free.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(6), rd.EVERY, fidelities=[rd.average(0.01)])
    >>> *_, last = rd.annealing(task, schedule=rd.schedules.Geometric(1, 1e-2, 4))
    >>> last.finished, round(last.end.entropy_bits, 3)
    (True, 1.573)
    """
    taus = (Geometric() if schedule is None else schedule).temperatures
    free = movable(problem) is not None if move is None else bool(move)
    if free:
        require_movable(problem)
    elif problem.every:
        raise InputError("move must be True or None for codebook=EVERY; got False")
    return _run(problem, taus, free, search)


def _run(problem: Problem, taus: Array, free: bool, search: bool) -> Iterator[Annealing]:
    relaxed = _relaxed(problem, free)
    so_far = Annealing(problem, relaxed)
    yield so_far
    for stage in _above_one(problem, relaxed, taus[taus > 1]):
        so_far = replace(so_far, stages=(*so_far.stages, stage))
        yield so_far
    base = relaxed.problem if free else problem
    path = Path(Walker(base, free), Pool(base, free), relaxed, search)
    path.begin()
    for mixture, encoder in path.searching():
        so_far = replace(so_far, mixture=mixture, encoder=encoder)
        yield so_far
    for stage in path.stages(taus[taus <= 1]):
        so_far = replace(so_far, stages=(*so_far.stages, stage))
        yield so_far
    for mixture, encoder in path.searching(exactly=True):
        so_far = replace(so_far, mixture=mixture, encoder=encoder)
        yield so_far
    yield replace(so_far, finished=True)


def _relaxed(problem: Problem, free: bool) -> Solution:
    """Return the certified optimum of I(X;Y), over a free codebook if codewords are free."""
    if not free:
        return solve(problem, tol=_TOLERANCE)
    every = replace(problem, codebook=EVERY)
    if movable(problem) == "absolute":
        grid = problem.with_codebook(coordinate_grid(problem.source))
        if grid.m > _MOST_CORNERS:
            start = grid.with_codebook(problem.source.points[:1]) if problem.every else problem
            found = refine(start, step="priced", insert=True)
            return replace(found.solution, every=True)
    return solve(every, tol=_TOLERANCE)


def _above_one(problem: Problem, relaxed: Solution, taus: Array) -> Iterator[Stage]:
    """Yield the stages above τ = 1, on a fixed codebook."""
    given = not problem.every and (movable(problem) is None or within_reach(problem))
    base = problem if given else relaxed.problem
    walker = Walker(base, False, rounds=_HOT_ROUNDS)
    even = np.full(base.m, 1.0 / base.m)
    branch = Branch(base.codewords, even, np.ones(len(base.rows.levels)))
    for tau in taus:
        found = walker.settle(branch, float(tau))
        branch = found.branch
        bound = relaxed.certificate.lower
        yield Stage(float(tau), base, found.channel, branch.slopes, bound, found.rounds)
