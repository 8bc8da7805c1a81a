"""Level paths: the lines in the space of levels along which curves are solved, and their ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.proof.feasibility import interior, smallest_levels

_HALVINGS = 60
# First level with codebook=EVERY, as a fraction of D_max: the minimum level is 0.
_EVERY_FIRST = 1e-2


@dataclass(frozen=True, eq=False)
class LevelPath:
    """Levels b(D) = origin + D · direction: D is the level of one fidelity.

    Attributes
    ----------
    problem : Problem
    fidelity : int
        Index of the fidelity whose level is D.
    origin, direction : arrays, (F,)
        One entry per fidelity; the direction is 1 for the one whose level is D.
    """

    problem: Problem
    fidelity: int
    origin: Array
    direction: Array

    def at(self, level: float) -> Problem:
        """Return the problem at a level D."""
        levels = self.origin + level * self.direction
        levels[self.fidelity] = level
        return self.problem.with_levels([float(v) for v in levels])

    def slope(self, prices: Array) -> float:
        """Return -dR/dD for the prices (F,)."""
        return float(prices @ self.direction)


def level_path(problem: Problem, fidelity: int, *, scaled: bool) -> LevelPath:
    """Return the path on which one level varies and the others are fixed or keep their ratio to it.

    Raises
    ------
    InputError
        If there is no such fidelity, or if its level is 0 and ``scaled`` is true.
    """
    if not 0 <= fidelity < len(problem.fidelities):
        count = len(problem.fidelities)
        raise InputError(f"fidelity must be at least 0 and below {count}; got {fidelity}")
    levels = np.array([f.level for f in problem.fidelities])
    mine = np.arange(len(levels)) == fidelity
    if not scaled:
        return LevelPath(problem, fidelity, np.where(mine, 0.0, levels), mine.astype(float))
    if not levels[fidelity] > 0:
        raise InputError(
            f"the level of fidelity {fidelity} must be above 0 for scaled=True, so that the"
            " other levels have a ratio to it; got 0"
        )
    return LevelPath(problem, fidelity, np.zeros(len(levels)), levels / levels[fidelity])


def with_level(problem: Problem, fidelity: int, level: float) -> Problem:
    """Return the problem with the level of one fidelity replaced.

    Parameters
    ----------
    problem : Problem
        The problem.
    fidelity : int
        Index of the fidelity.
    level : float
        Its level.

    Returns
    -------
    Problem
        The same problem at this level.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> with_level(task, 0, 0.2).fidelities[0].level
    0.2
    """
    levels: Sequence[float] = [
        level if k == fidelity else f.level for k, f in enumerate(problem.fidelities)
    ]
    return problem.with_levels(levels)


def minimum_level(path: LevelPath) -> float:
    """Return the smallest D at which all levels can be met.

    With ``codebook=EVERY`` that is 0, and a hundredth of ``largest_level`` is returned instead.

    Raises
    ------
    InfeasibleError
        If the fixed levels cannot be met at any D.
    """
    if path.problem.every:
        return _EVERY_FIRST * largest_level(path.problem, path.fidelity)
    alone = np.array(smallest_levels(path.problem))
    moving = path.direction > 0
    low = float((alone[moving] / path.direction[moving]).max())
    if len(path.problem.distortions) == 1 or not np.isfinite(low) or _feasible(path, low):
        return low
    high = max(2 * low, largest_level(path.problem, path.fidelity))
    for _ in range(_HALVINGS):
        if _feasible(path, high):
            break
        high *= 2
    else:
        interior(path.at(high))
    while high - low > 1e-13 * high:
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (low, middle) if _feasible(path, middle) else (middle, high)
    return high


def _feasible(path: LevelPath, level: float) -> bool:
    try:
        interior(path.at(level))
    except InfeasibleError:
        return False
    return True


def free_from(path: LevelPath) -> float:
    """Return the smallest D at which a single codeword meets all levels; ∞ if there is none."""
    problem = path.problem
    if problem.every:
        codewords = [_centres(problem, w) for w in problem.rows.weights]
        problem = problem.with_codebook(np.unique(np.vstack(codewords), axis=0))
    rows, pmf = problem.rows, problem.source.pmf
    origin, direction = path.origin[rows.fidelity], path.direction[rows.fidelity]
    needed = np.zeros(problem.m)
    for index in range(len(problem.distortions)):
        mine = np.flatnonzero(rows.matrix == index)
        alone = _alone(problem, index, rows.weights[mine] * pmf)
        for k, values in zip(mine, alone, strict=True):
            over = values - origin[k]
            if direction[k] > 0:
                needed = np.maximum(needed, over / direction[k])
            else:
                needed[over > 0] = np.inf
    return float(needed.min())


def _alone(problem: Problem, index: int, mass: Array) -> Array:
    """Return the cost of each single codeword for rows of mass (K, n) in a distortion, (K, m).

    An infinite distortion counts only for atoms of positive mass.
    """
    found = np.zeros((len(mass), problem.m))
    for some in problem.blocks():
        cost = problem.cost(index, some)
        infinite = np.isinf(cost)
        if infinite.any():
            found[(mass[:, some] > 0).astype(float) @ infinite > 0] = np.inf
            cost = np.where(infinite, 0.0, cost)
        found += mass[:, some] @ cost
    return found


def largest_level(problem: Problem, fidelity: int = 0) -> float:
    """Return D_max, the smallest level at which the rate is 0 under this fidelity alone.

    It is the distortion of the best single codeword; for "each", the largest over the symbols.

    Parameters
    ----------
    problem : Problem
        The levels of its fidelities do not matter.
    fidelity : int
        Index of the fidelity.

    Returns
    -------
    float
        The level, in the unit of the distortion.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> round(largest_level(task), 12)
    0.3
    """
    rows = problem.rows
    mine = np.flatnonzero(rows.fidelity == fidelity)
    if not len(mine):
        return 0.0
    if problem.every:
        problem = problem.with_codebook(_centres(problem, rows.weights[mine[0]]))
    mass = rows.weights[mine] * problem.source.pmf
    return float(_alone(problem, int(rows.matrix[mine[0]]), mass).max(axis=0).min())


def _centres(problem: Problem, weights: Array) -> Array:
    """Return codewords (k, d), one of them the best single one for a row: mean, median, or any."""
    points, mass = problem.source.points, weights * problem.source.pmf
    if not mass.any():
        return points[:1]
    if problem.distortions == ["squared_error"]:
        return np.asarray(mass @ points / mass.sum())[None, :]
    if problem.distortions != ["absolute"]:
        return problem.sufficient
    order = np.argsort(points, axis=0)
    medians = [
        points[rank[np.searchsorted(np.cumsum(mass[rank]), mass.sum() / 2)], axis]
        for axis, rank in enumerate(order.T)
    ]
    return np.array(medians)[None, :]
