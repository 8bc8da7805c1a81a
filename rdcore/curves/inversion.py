"""The level at which R takes a given rate, and the least level within a rate, both bounded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, positive, real
from rdcore.curves.level_paths import largest_level
from rdcore.errors import InfeasibleError, InputError, NotConvergedError, RateTooLowError
from rdcore.problem import Problem
from rdcore.proof.feasibility import smallest_levels
from rdcore.solvers import Solution, solve
from rdcore.solvers.tracking import Anchor, advance, advance_every

_TRIES = 60
# No level below this share of the first one is searched over free codewords: solving next to 0 is
# slow, and the rate hardly changes there.
_NEAR_ZERO = 1e-6
# Times the largest level: all levels are slack there.
_AMPLE = 1e3


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

    Raises
    ------
    InputError
        If there is no such fidelity, or `rate` is not positive and finite.

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


def least_level(
    problem: Problem, rate: float, *, fidelity: int = 0, tol: float = 1e-9
) -> LevelBracket:
    r"""Return the least level of a fidelity within a rate, with the other levels fixed.

    .. math::

        \min\{D : R(D) \le \text{rate}\}

    The solution at ``high`` has at most the rate, by its certified upper bound. No level below
    ``low`` has it. If the rate is enough for the minimum level, both are that level.

    Parameters
    ----------
    problem : Problem
        Its level of ``fidelity`` does not matter.
    rate : float
        The largest rate in nats, above 0.
    fidelity : int
        Index of the fidelity whose level is found.
    tol : float
        Certified gap of the solved points, nats.

    Returns
    -------
    LevelBracket
        The level, between its ``low`` and ``high``, and the solution at ``high``.

    Raises
    ------
    RateTooLowError
        If the other levels alone need a higher rate.
    NotConvergedError
        If no level could be proved to be within the rate.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.5)
    >>> problem = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> found = rd.curves.least_level(problem, 0.5 * np.log(2))
    >>> round(found.high, 6)
    0.110028
    """
    wanted, goal = real(rate, "rate"), positive(tol, "tol")
    if wanted <= 0:
        raise InputError(f"rate must be a positive finite number; got {wanted:g}")
    most = max(largest_level(problem, fidelity), 1e-300)
    loose = solve(_at(problem, fidelity, _AMPLE * most), tol=goal)
    if loose.certificate.lower > wanted:
        raise RateTooLowError(
            f"rate is {wanted:g} nats; the other levels alone need {loose.certificate.lower:g}",
            loose.certificate.lower,
        )
    floor = smallest_levels(problem)[fidelity]
    if not problem.every or _entropy(problem.source.pmf) <= wanted:
        end = _end(problem, fidelity, floor, goal)
        if end is not None and end.certificate.upper <= wanted:
            return LevelBracket(floor, floor, end)
    begin = floor + 0.3 * max(most - floor, 0.0) if floor < most else _AMPLE * most
    found = level_for(_at(problem, fidelity, begin), wanted, fidelity=fidelity, tol=goal)
    if found is not None:
        return _within(problem, found, wanted, fidelity=fidelity, tol=goal)
    # The rate is met, or nearly, all the way down to the levels that are searched, or all the way
    # up to where it is constant.
    for level in (floor + _NEAR_ZERO * begin, _AMPLE * most):
        here = solve(_at(problem, fidelity, level), tol=goal)
        if here.certificate.upper <= wanted:
            return LevelBracket(floor, level, here)
    raise NotConvergedError(f"no level was proved to be within {wanted:g} nats")


def _within(
    problem: Problem, found: LevelBracket, wanted: float, *, fidelity: int, tol: float
) -> LevelBracket:
    """Return the bracket with the solution at its upper end, proved to be within the rate."""
    run = found.high - found.low
    for _ in range(_TRIES):
        here = solve(_at(problem, fidelity, found.low + run), tol=tol)
        if here.certificate.upper <= wanted:
            return LevelBracket(found.low, found.low + run, here)
        run = 2 * run + 1e-12 * found.low
    raise NotConvergedError(f"no level was proved to be within {wanted:g} nats")


def _at(problem: Problem, fidelity: int, level: float) -> Problem:
    levels = [one.level for one in problem.fidelities]
    levels[fidelity] = level
    return problem.with_levels(levels)


def _end(problem: Problem, fidelity: int, floor: float, tol: float) -> Solution | None:
    """Return the solution at the minimum level; None if it cannot be met with the other levels."""
    try:
        return solve(_at(problem, fidelity, floor), tol=tol)
    except InfeasibleError:
        return None


def _entropy(pmf: Array) -> float:
    """Return H(X), nats."""
    held = pmf[pmf > 0]
    return -math.fsum(held * np.log(held))


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
        if self.problem.every and here.certificate.lower < wanted and not self._comes_to(wanted):
            return None
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

    def _comes_to(self, wanted: float) -> bool:
        """Whether the rate may be ``wanted`` at a level that is searched over free codewords.

        Without this check, a search for a rate above all others would solve at ever smaller levels.
        """
        levels = [one.level for one in self.problem.fidelities]
        levels[self.fidelity] = _NEAR_ZERO * max(levels[self.fidelity], 1e-300)
        end = advance_every(self.problem.with_levels(levels), self.tol, None)[0]
        return end.certificate.upper >= wanted

    def _feasible(self, level: float) -> tuple[float, Solution]:
        """Return this level if it is feasible, else a larger feasible one, and its solution."""
        for _ in range(_TRIES):
            try:
                return level, self.solve(level)
            except InfeasibleError:
                level *= 2
        return level, self.solve(level)
