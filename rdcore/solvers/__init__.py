"""Solvers: frozen settings with a method ``solve(problem, tol)`` that returns a ``Solution``."""

from __future__ import annotations

from typing import Any

from rdcore._arrays import positive, shown
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.solvers.base import Solver
from rdcore.solvers.blahut_arimoto import BlahutArimoto
from rdcore.solvers.exchange import Exchange
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.solvers.reference import Reference
from rdcore.solvers.screening import Screening
from rdcore.solvers.sharded import Sharded, ShardedSolution
from rdcore.solvers.solution import Solution, Status

__all__ = [
    "BlahutArimoto",
    "Exchange",
    "InteriorPoint",
    "Reference",
    "Screening",
    "Sharded",
    "ShardedSolution",
    "Solution",
    "Solver",
    "Status",
    "solve",
    "suited",
]


def suited(problem: Problem) -> Solver:
    """Return the default solver of ``solve`` for a problem.

    Parameters
    ----------
    problem : Problem
        The problem.

    Returns
    -------
    Solver
        The solver with its default settings.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> type(suited(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)]))).__name__
    'InteriorPoint'
    """
    if problem.every:
        return Exchange()
    return InteriorPoint() if problem.dense else Screening()


def solve(
    problem: Problem,
    *,
    tol: float = 1e-9,
    solver: Solver | None = None,
    time_limit: float | None = None,
    executor: Any = None,
) -> Solution:
    """Solve a rate–distortion problem.

    Parameters
    ----------
    problem : Problem
        What to solve.
    tol : float
        Certified gap to reach, nats; above 0.
    solver : Solver
        By default ``Exchange()`` for ``codebook=EVERY``, ``Screening()`` for more than eight
        million pairs of an atom and a codeword, and ``InteriorPoint()`` otherwise; with an
        executor ``Sharded(executor)``.
    time_limit : float, optional
        Seconds after which the solver stops at its next step, with the best bounds so far and the
        status ``TIME_LIMIT``.
    executor : concurrent.futures.Executor or distributed.Client, optional
        Spread the atoms over its workers, for a source with millions of them.

    Returns
    -------
    Solution
        Its ``status`` says whether the gap was reached; ``require()`` raises if not.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; it has levels that can be met.
    InputError
        If ``tol`` or ``time_limit`` is not positive, ``solver`` is not a solver, or there is an
        executor beside it.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, codebook=coin.atoms, distortion="hamming",
    ...                   fidelities=[rd.average(0.1)])
    >>> round(rd.solve(task).rate_bits, 9)
    0.412295306
    """
    if not isinstance(problem, Problem):
        raise InputError(f"problem must be a Problem; got {shown(problem)}")
    if isinstance(solver, type):
        raise InputError(f"solver must be an instance such as {solver.__name__}(); got the class")
    if solver is not None and not callable(getattr(solver, "solve", None)):
        raise InputError(f"solver must be a solver such as InteriorPoint(); got {shown(solver)}")
    if executor is not None:
        if solver is not None:
            raise InputError("solver must be None with an executor; use solver=Sharded(executor)")
        solver = Sharded(executor)
    chosen, tol = solver or suited(problem), positive(tol, "tol")
    if time_limit is None:
        return chosen.solve(problem, tol)
    return chosen.solve(problem, tol, time_limit=positive(time_limit, "time_limit"))
