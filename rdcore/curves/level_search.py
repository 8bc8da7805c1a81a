"""The level at which the rate takes a given value, proved to lie between two others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rdcore._arrays import positive, real
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.proof.feasibility import smallest_levels
from rdcore.solvers import Solution
from rdcore.solvers.tracking import Anchor, advance, advance_every

_TRIES = 60


class LevelBracket(NamedTuple):
    """A level at which R takes a given value, proved to be between ``low`` and ``high``."""

    low: float
    high: float
    solution: Solution


def level_for(
    problem: Problem, rate: float, *, fidelity: int = 0, tol: float = 1e-9
) -> LevelBracket | None:
    """Return the level of a fidelity, with the others fixed, at which R is ``rate`` nats.

    Newton's method starts at a smaller level, from which supporting lines do not overshoot the
    solution. None if R is not proved to take that value.

    Parameters
    ----------
    problem : Problem
        The level of its ``fidelity`` is the starting point.
    rate : float
        The rate in nats, above 0.
    fidelity : int
        Index of the fidelity whose level is found.
    tol : float
        Certified gap of the solved points, nats.

    Returns
    -------
    LevelBracket or None
        The level, proved to be between its ``low`` and ``high``, and the solution at it.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.5)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.2)])
    >>> found = level_for(task, np.log(2) / 2)
    >>> round(found.high, 6)
    0.110028
    """
    wanted, goal = real(rate, "rate"), positive(tol, "tol")
    if not 0 <= fidelity < len(problem.fidelities):
        count = len(problem.fidelities)
        raise InputError(f"fidelity must be at least 0 and below {count}; got {fidelity}")
    if wanted <= 0:
        raise InputError(f"rate must be a positive finite number; got {wanted:g}")
    walk = _Walk(problem, fidelity, goal)
    left = walk.left_of(wanted)
    if left is None:
        return None
    level, here = left
    for _ in range(_TRIES):
        price = float(here.prices[fidelity])
        if not price * level > goal:
            return None
        # R exceeds the given rate at all smaller levels.
        level += max(here.certificate.lower - wanted, 0.0) / price
        here = walk.solve(level)
        if here.certificate.lower <= wanted + goal:
            break
    price = max(float(here.prices[fidelity]), 1e-300)
    run = (max(here.certificate.upper - wanted, 0.0) + goal) / price
    for _ in range(_TRIES):
        after = walk.solve(level + run)
        if after.certificate.upper <= wanted:
            return LevelBracket(level, level + run, here)
        run *= 2
    return None


@dataclass(eq=False)
class _Walk:
    """Solves at successive levels, each from the previous solution."""

    problem: Problem
    fidelity: int
    tol: float
    before: Solution | None = None
    anchor: Anchor | None = None

    def solve(self, level: float) -> Solution:
        levels = [f.level for f in self.problem.fidelities]
        levels[self.fidelity] = level
        task = self.problem.with_levels(levels)
        if task.every:
            found, self.anchor = advance_every(task, self.tol, self.before)
        else:
            found, self.anchor = advance(task, self.tol, self.anchor)
        self.before = found
        return found

    def left_of(self, wanted: float) -> tuple[float, Solution] | None:
        """Return a level at which the rate is at least ``wanted``; None if there is none."""
        level = self.problem.fidelities[self.fidelity].level
        floor = smallest_levels(self.problem)[self.fidelity]
        level, here = self._feasible(max(level, floor))
        for _ in range(_TRIES):
            if here.certificate.lower >= wanted:
                return level, here
            price = float(here.prices[self.fidelity])
            sought = level - (wanted - here.certificate.lower) / max(price, 1e-300)
            level = sought if sought > floor else (floor + level) / 2
            try:
                here = self.solve(level)
            except InfeasibleError:
                floor = level
                level, here = self._feasible(2 * level)
            if level - floor <= 1e-12 * level:
                return None
        return None

    def _feasible(self, level: float) -> tuple[float, Solution]:
        """Return this level if it is feasible, else a larger feasible one, and its solution."""
        for _ in range(_TRIES):
            try:
                return level, self.solve(level)
            except InfeasibleError:
                level *= 2
        return level, self.solve(level)
