"""Solvers: each is a frozen value of settings with ``solve(problem, tol)`` → ``Solution``."""

from __future__ import annotations

from rdcore.problem import Problem
from rdcore.solvers.base import Solver
from rdcore.solvers.blahut_arimoto import BlahutArimoto
from rdcore.solvers.exchange import Exchange
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.solvers.reference import Reference
from rdcore.solvers.screening import Screening
from rdcore.solvers.solution import Solution, Status

__all__ = [
    "BlahutArimoto",
    "Exchange",
    "InteriorPoint",
    "Reference",
    "Screening",
    "Solution",
    "Solver",
    "Status",
    "solve",
    "suited",
]


def suited(problem: Problem) -> Solver:
    """Return the solver that ``solve`` takes unless told otherwise."""
    if problem.every:
        return Exchange()
    return InteriorPoint() if problem.dense else Screening()


def solve(problem: Problem, *, tol: float = 1e-9, solver: Solver | None = None) -> Solution:
    """Solve a rate–distortion problem.

    Parameters
    ----------
    problem : Problem
        What to solve.
    tol : float
        Certified gap to reach, nats.
    solver : Solver
        By default ``InteriorPoint()``; ``Exchange()`` for ``codebook=EVERY``; ``Screening()`` where
        there are more than eight million pairs of an atom and a codeword.

    Returns
    -------
    Solution
        With ``status`` saying whether the gap was reached; ``require()`` raises if not.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; the message says what could be met.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, codebook=coin.atoms, distortion="hamming",
    ...                   fidelities=[rd.average(0.1)])
    >>> round(rd.solve(task).rate_bits, 9)
    0.412295306
    """
    return (solver or suited(problem)).solve(problem, tol)
