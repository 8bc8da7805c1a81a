"""Lines in the space of levels, along which curves run, and where they begin and end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.proof.feasibility import interior, smallest_levels

_HALVINGS = 60
# The first level with codebook=EVERY, as a share of the last: at 0 the rate is the entropy.
_EVERY_FIRST = 1e-2


@dataclass(frozen=True, eq=False)
class LevelPath:
    """Levels b(D) = origin + D · direction: D is the level of one fidelity.

    Attributes
    ----------
    problem : Problem
    fidelity : int
        Whose level D is.
    origin, direction : arrays, (F,)
        One entry a fidelity; the direction is 1 for the one whose level D is.
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
    """Return the path on which one level varies and the others stay, or keep their ratio to it.

    Raises
    ------
    InputError
        If there is no such fidelity, or its level is 0 and the others are to keep their ratio.
    """
    if not 0 <= fidelity < len(problem.fidelities):
        raise InputError(f"fidelity={fidelity}; the problem has {len(problem.fidelities)}")
    levels = np.array([f.level for f in problem.fidelities])
    mine = np.arange(len(levels)) == fidelity
    if not scaled:
        return LevelPath(problem, fidelity, np.where(mine, 0.0, levels), mine.astype(float))
    if not levels[fidelity] > 0:
        raise InputError(
            f"the level of fidelity {fidelity} is 0, so no other level has a ratio to it;"
            " one above 0 would do"
        )
    return LevelPath(problem, fidelity, np.zeros(len(levels)), levels / levels[fidelity])


def with_level(problem: Problem, fidelity: int, level: float) -> Problem:
    """Return the problem with another level for one of its fidelities."""
    levels: Sequence[float] = [
        level if k == fidelity else f.level for k, f in enumerate(problem.fidelities)
    ]
    return problem.with_levels(levels)


def minimum_level(path: LevelPath) -> float:
    """Return the minimum D at which the levels can be met.

    With ``codebook=EVERY`` that is 0; what is returned is a hundredth of ``largest_level``.

    Raises
    ------
    InfeasibleError
        If the levels that stay cannot be met at any D.
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
    """Return the least D at which one codeword alone meets all levels; ∞ if none ever does."""
    problem = path.problem
    if problem.every:
        codewords = [_centre(problem, w) for w in problem.rows.weights]
        problem = problem.with_codebook(np.vstack(codewords))
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
    """Return what each codeword alone costs rows of so much mass (K, n), (K, m), by a distortion.

    It is ∞ only where there is mass.
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
    """Return D_max, the least level at which this fidelity alone costs nothing.

    It is what the best single codeword reaches; for "each" for its worst symbol.
    """
    rows = problem.rows
    mine = np.flatnonzero(rows.fidelity == fidelity)
    if not len(mine):
        return 0.0
    if problem.every:
        problem = problem.with_codebook(_centre(problem, rows.weights[mine[0]]))
    mass = rows.weights[mine] * problem.source.pmf
    return float(_alone(problem, int(rows.matrix[mine[0]]), mass).max(axis=0).min())


def _centre(problem: Problem, weights: Array) -> Array:
    """Return the best single codeword for a row, (1, d): weighted mean or median."""
    points, mass = problem.source.points, weights * problem.source.pmf
    if not mass.any():
        return points[:1]
    if problem.distortion == "squared_error":
        return np.asarray(mass @ points / mass.sum())[None, :]
    order = np.argsort(points, axis=0)
    medians = [
        points[rank[np.searchsorted(np.cumsum(mass[rank]), mass.sum() / 2)], axis]
        for axis, rank in enumerate(order.T)
    ]
    return np.array(medians)[None, :]
