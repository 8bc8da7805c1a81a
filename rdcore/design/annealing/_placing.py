r"""Codewords of given cells such that all levels are met, or prices that prove there are none.

Free codewords: E_k is convex in them, so that levels can be met unless for some prices λ ≥ 0

.. math:: \min_y \sum_k \lambda_k E_k(y) > \sum_k \lambda_k b_k .

Codewords that are best at some prices are mixed by a linear program; its dual gives the next
prices. From a codebook the choices are combined cell by cell.
"""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._partition import Labels, Priced
from rdcore.design.codebook.moves import movable
from rdcore.problem import Problem
from rdcore.proof.feasibility import row_scales

_ROUNDS = 40
_ROUNDING = 1e-11
# Prices are raised by this share, so that no atom is without; what they prove is less exact.
_LITTLE, _PROVEN = 1e-10, 1e-9
_MOST_CHOICES = 20_000
# What a forbidden pair costs: more than any level.
_FORBIDDEN = 1e200


def placed(
    problem: Problem, free: bool, labels: Labels, slopes: Array
) -> tuple[Array | None, Array | None]:
    """Return codewords of cells that meet the levels, or None and prices at which none do.

    ``labels`` (n,) count from 0; ``slopes`` (K,) are the first prices tried. Codewords are (m, d),
    or indices (m,) on a codebook, where there are no prices.
    """
    if not free:
        return _chosen(problem, labels), None
    levels, scales = problem.rows.levels, row_scales(problem)
    K = len(levels)
    tried: list[tuple[Array, Array]] = []
    prices = slopes if (slopes > 0).any() else 1 / scales
    ahead = [prices, *(unit / scales for unit in np.eye(K))] if K > 1 else [1 / scales]
    for _ in range(_ROUNDS + K):
        if not ahead:
            weights, prices = _mixed(np.array([over for _, over in tried]))
            middle = np.tensordot(weights, np.array([words for words, _ in tried]), axes=1)
            if (_above(problem, labels, middle) <= _ROUNDING).all():
                return middle, None
            ahead = [prices / scales]
        prices = ahead.pop(0)
        codewords = _best(problem, labels, prices)
        over = _above(problem, labels, codewords)
        if (over <= _ROUNDING).all():
            return codewords, None
        if (prices * scales) @ over > _PROVEN * (prices @ scales):
            return None, prices
        tried.append((codewords, over))
    return None, None


def _best(problem: Problem, labels: Labels, prices: Array) -> Array:
    """Return the best codeword of each cell at prices that leave no atom free, (m, d)."""
    weights = problem.rows.weights
    prices = prices + _LITTLE * prices.max() * (
        weights.max() / np.maximum(weights.max(axis=1), 1e-300)
    )
    priced = Priced(problem, prices, True)
    first = np.unique(labels, return_index=True)[1]
    return priced.best_codewords(labels, problem.source.points[first])


def _above(problem: Problem, labels: Labels, codewords: Array) -> Array:
    """Return by how much each row is above its level, as a share of its scale, (K,)."""
    name, rows = movable(problem) or "squared_error", problem.rows
    error = problem.source.points - codewords[labels]
    apart = np.abs(error) if name == "absolute" else error**2
    reached = (rows.weights * problem.source.pmf) @ apart.sum(axis=1)
    return np.asarray((reached - rows.levels) / row_scales(problem))


def _mixed(over: Array) -> tuple[Array, Array]:
    """Return the weights (T,) of the mixture whose worst row (K,) is lowest, and its prices."""
    from scipy.optimize import linprog

    T, K = over.shape
    found = linprog(
        np.append(np.zeros(T), 1.0),
        A_ub=np.column_stack([over.T, -np.ones(K)]),
        b_ub=np.zeros(K),
        A_eq=np.append(np.ones(T), 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, None)] * T + [(None, None)],
        method="highs",
    )
    prices = np.maximum(-found.ineqlin.marginals, 0.0)
    return np.asarray(found.x[:-1]), prices


def _chosen(problem: Problem, labels: Labels) -> Array | None:
    """Return indices of codewords, one a cell, that meet the levels; None if none are found."""
    rows, mass = problem.rows, problem.source.pmf
    cells = range(int(labels.max()) + 1)
    costs = np.stack([_row_costs(problem, labels == j, mass) for j in cells])
    least = costs.min(axis=1)
    rest = np.append(np.cumsum(least[::-1], axis=0)[::-1][1:], np.zeros((1, len(rows.levels))), 0)
    limit = rows.levels + _ROUNDING * row_scales(problem)
    spent, choices = np.zeros((1, len(limit))), np.zeros((1, 0), dtype=np.intp)
    for j in cells:
        ahead = spent[:, None, :] + costs[j]
        able = (ahead + rest[j] <= limit).all(axis=2)
        before, chosen = np.nonzero(able)
        if not len(before):
            return None
        spent = ahead[before, chosen]
        worst = ((spent + rest[j]) / np.maximum(limit, 1e-300)).max(axis=1)
        best = np.argsort(worst, kind="stable")[: _MOST_CHOICES if len(limit) > 1 else 1]
        spent = spent[best]
        choices = np.column_stack([choices[before[best]], chosen[best]])
    return np.asarray(choices[0], dtype=np.float64)


def _row_costs(problem: Problem, inside: Array, mass: Array) -> Array:
    """Return what each codeword costs a cell in each row, (m, K)."""
    rows = problem.rows
    return np.stack(
        [
            (weight[inside] * mass[inside])
            @ np.minimum(problem.cost(int(which), np.flatnonzero(inside)), _FORBIDDEN)
            for weight, which in zip(rows.weights, rows.matrix, strict=True)
        ],
        axis=1,
    )
