"""The derivative of the rate and the prices with the probability of each atom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError, InputError
from rdcore.sampling.recipes import squares
from rdcore.solvers import Solution, solve
from rdcore.solvers.tilted import tilted_with

# Relative change of a level by which prices are differentiated.
_STEP = 0.02
_TOLERANCE = 1e-9


class Influence(NamedTuple):
    """Derivatives with the probability of each atom, nats; their means are 0.

    Attributes
    ----------
    rate : array, (n,)
    prices : array, (F, n)
        For each fidelity, nats per unit of its level.
    """

    rate: Array
    prices: Array


def influence(
    solution: Solution,
    *,
    shares: dict[int, float] | None = None,
    quantiles: Sequence[int] = (),
    tol: float = _TOLERANCE,
) -> Influence:
    r"""Differentiate the rate and the prices of a recipe with the probability of each atom.

    With levels fixed in absolute units the derivative of the rate is :math:`j(x) - R`. A level
    that is a share c of the variance adds :math:`-\lambda_k c\,((x-\mu)^2-\sigma^2)`. A subset
    whose end is the α-quantile q adds :math:`\Delta\,(α - 1[x \le q])`, where Δ is j on the left
    of q less j on its right. The derivative of a price is minus that of this function with the
    level, taken by finite differences.

    Parameters
    ----------
    solution : Solution
        Of the problem of the samples.
    shares : dict of int to float, optional
        The share of the variance for each fidelity whose level moves with it.
    quantiles : sequence of int
        The fidelities whose subset lies between quantiles of the samples, on the line.
    tol : float
        The gap, in nats, of the solutions on both sides of each level.

    Returns
    -------
    Influence
        The derivatives of the rate, (n,), and of each price, (F, n), nats.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> found = influence(rd.solve(task))
    >>> bool(abs(coin.pmf @ found.rate) < 1e-9)
    True
    """
    shares = shares or {}
    problem = solution.problem
    moved = np.zeros((len(problem.fidelities), problem.n))
    away = squares(problem.source)
    for k, share in shares.items():
        moved[k] = share * (away - problem.source.pmf @ away)
    rate = _psi(solution, moved, quantiles)
    prices = np.zeros_like(moved)
    every = problem.with_every() if solution.every else problem
    levels = np.array([fidelity.level for fidelity in problem.fidelities])
    for k, level in enumerate(levels):
        if solution.prices[k] * level <= tol or level == 0:
            continue
        sides = []
        for sign in (1, -1):
            other = levels.copy()
            other[k] *= 1 + sign * _STEP
            try:
                sides.append(_psi(solve(every.with_levels(list(other)), tol=tol), moved, quantiles))
            except InfeasibleError:
                break
        if len(sides) == 2:
            prices[k] = -(sides[0] - sides[1]) / (2 * _STEP * level)
    return Influence(rate, prices)


def rate_influence(solution: Solution, quantiles: Sequence[int] = ()) -> Array:
    """Return the derivative of the rate alone at fixed levels; see ``influence``.

    Parameters
    ----------
    solution : Solution
        Of the problem of the samples.
    quantiles : sequence of int
        The fidelities whose subset lies between quantiles of the samples, on the line.

    Returns
    -------
    array, (n,)
        One value an atom, nats; their mean is 0.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> rate_influence(rd.solve(task)).shape
    (2,)
    """
    return _psi(solution, np.zeros((len(solution.prices), solution.problem.n)), quantiles)


def _psi(solution: Solution, moved: Array, quantiles: Sequence[int]) -> Array:
    """Return the derivative of the rate, (n,), where the levels move by ``moved`` (F, n)."""
    pmf = solution.problem.source.pmf
    found = solution.tilted_information - solution.prices @ moved
    for k in quantiles:
        found = found + _ends(solution, k)
    return np.asarray(found - pmf @ found)


def _ends(solution: Solution, which: int) -> Array:
    """Return what the moving ends of a subset add, (n,)."""
    problem = solution.problem
    mask, pmf = problem.fidelities[which].mask, problem.source.pmf
    if mask is None or problem.source.dim > 1:
        raise InputError(f"quantiles must be fidelities with a subset on the line; got {which}")
    if problem.fidelities[which].measure == "each":
        raise InputError("quantiles need a subset with a common level; got measure 'each'")
    prior = solution.marginal if solution.prior is None else solution.prior
    order = np.argsort(problem.source.atoms, kind="stable")
    row = int(np.flatnonzero(problem.rows.fidelity == which)[0])
    scale = float(problem.rows.weights[row].max())
    below, found = np.cumsum(pmf[order]), np.zeros(problem.n)
    for end in np.flatnonzero(np.diff(mask[order].astype(int))):
        atoms = order[end : end + 2]
        jumps = []
        for inside in (mask[order[end]], mask[order[end + 1]]):
            weights = problem.rows.weights[:, atoms].copy()
            weights[row] = scale * inside
            jumps.append(tilted_with(problem, solution.slopes, prior, atoms, weights).mean())
        left = np.zeros(problem.n)
        left[order[: end + 1]] = 1.0
        found += (jumps[0] - jumps[1]) * (below[end] - left)
    return found
