"""Feasibility of levels, and a channel that meets them strictly."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError
from rdcore.problem import Problem

# Relative excess over a level that counts as met.
TOLERANCE = 1e-12
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Interior:
    """A mixture of deterministic channels that minimises the largest relative excess over a level.

    Attributes
    ----------
    choices : array of int, (T, n)
        The codeword of each atom in each deterministic channel.
    shares : array, (T,)
        Their weights in the mixture.
    above : array, (K,)
        The value of each row under the mixture, minus the problem's ``least``.
    excess : float
        The largest (expected - level) / scale; negative if all levels are met strictly.
    """

    choices: NDArray[np.intp]
    shares: Array
    above: Array
    excess: float

    def channel(self, m: int) -> Array:
        """Return the mixture as an (n, m) channel."""
        n = self.choices.shape[1]
        return self.mixed_into(np.zeros((n, m)), np.ones(n))

    def mixed_into(self, channel: Array, share: Array) -> Array:
        """Add the mixture in place to a channel (n, m), with a share (n,) for each atom."""
        atoms = np.arange(len(channel))
        for choice, part in zip(self.choices, self.shares, strict=True):
            channel[atoms, choice] += part * share
        return channel


def row_scales(problem: Problem) -> Array:
    """Return the unit of relative excess, (K,): the level, or the mean cost where that is 0."""
    rows = problem.rows
    if (rows.levels > 0).all():
        return rows.levels
    mass = rows.weights * problem.source.pmf
    mean = np.stack(problem.means)
    typical = (mass * mean[rows.matrix]).sum(axis=1)
    return np.where(rows.levels > 0, rows.levels, np.where(typical > 0, typical, 1.0))


def smallest_levels(problem: Problem) -> tuple[float, ...]:
    """Return the minimum level of each fidelity, which it can meet if it is the only one.

    For "each" it is the largest minimum of all symbols. It is infinite if a symbol has no codeword
    at a finite distortion.
    """
    if problem.every:
        return (0.0,) * len(problem.fidelities)
    rows, mass = problem.rows, problem.rows.weights * problem.source.pmf
    least = problem.least.copy()
    for index in range(len(problem.distortions)):
        stranded = np.concatenate(
            [np.isinf(problem.cost(index, b)).all(axis=1) for b in problem.blocks()]
        )
        mine = rows.matrix == index
        least[mine] = np.where((mass[mine] * stranded > 0).any(axis=1), np.inf, least[mine])
    return tuple(
        float(least[rows.fidelity == index].max(initial=0.0))
        for index in range(len(problem.fidelities))
    )


def interior(problem: Problem) -> Interior:
    """Find a channel that minimises the largest relative excess over a level.

    With one distortion matrix the nearest codeword of each atom is optimal for every row. With
    several, the channel solves a linear program by column generation: its dual has one variable per
    row, and each round adds the deterministic channel of least cost at the row prices.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; ``smallest`` has the minimum level of each fidelity alone.
    """
    _refuse_stranded(problem)
    scales, headroom = row_scales(problem), problem.headroom
    choice, above = _nearest(problem, 1.0 / scales)
    choices, values = [choice], [above]
    shares, excess = np.ones(1), _excess(above, headroom, scales)
    if len(problem.distortions) > 1 and len(scales):
        for _ in range(_ROUNDS):
            mixed = _master((np.stack(values) - headroom) / scales)
            if mixed is None:
                break
            shares, prices, excess = mixed
            choice, above = _nearest(problem, prices / scales)
            bound = float(prices @ ((above - headroom) / scales))
            if bound >= excess - 1e-13 or (excess < -1e-3 and bound < 2 * excess):
                break
            choices.append(choice)
            values.append(above)
        above = shares @ np.stack(values)[: len(shares)]
        excess = _excess(above, headroom, scales)
    if excess > TOLERANCE:
        nearest = _nearest_levels(problem, above)
        raise InfeasibleError(_why(problem, nearest), smallest_levels(problem), nearest)
    return Interior(np.stack(choices)[: len(shares)], shares, above, excess)


def _excess(above: Array, headroom: Array, scales: Array) -> float:
    return float(((above - headroom) / scales).max(initial=-np.inf))


def _nearest(problem: Problem, prices: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the deterministic channel of least cost at the prices, and its row values."""
    one_matrix = len(problem.distortions) == 1
    choices: list[NDArray[np.intp]] = []
    taken: list[Array] = []
    for some in problem.blocks():
        over = [problem.over(k, some) for k in range(len(problem.distortions))]
        cost = over[0] if one_matrix else problem.tilt(prices, some)
        if one_matrix and problem.forbidden is not None:
            cost = np.where(problem.forbidden[some], np.inf, cost)
        choices.append(cost.argmin(axis=1))
        taken.append(np.stack([d[np.arange(len(d)), choices[-1]] for d in over]))
    rows, least = problem.rows, np.concatenate(taken, axis=1)
    above = ((rows.weights * problem.source.pmf) * least[rows.matrix]).sum(axis=1)
    return np.concatenate(choices), above


def _master(relative: Array) -> tuple[Array, Array, float] | None:
    """Solve for the best mixture: shares (T,), row prices (K,) and the smallest largest excess.

    None if the linear program could not be solved. Columns with large entries are scaled down, so
    that levels may be many orders of magnitude below the distortions.
    """
    columns, rows = relative.shape
    size = np.maximum(np.abs(relative).max(axis=1), 1.0)
    found = linprog(
        np.append(np.zeros(columns), 1.0),
        A_ub=np.hstack([(relative / size[:, None]).T, -np.ones((rows, 1))]),
        b_ub=np.zeros(rows),
        A_eq=np.append(1.0 / size, 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, None)] * columns + [(None, None)],
        method="highs",
    )
    if found.x is None:
        return None
    shares = np.clip(found.x[:-1] / size, 0, None)
    prices = np.clip(-found.ineqlin.marginals, 0, None)
    if not shares.sum() > 0 or not prices.sum() > 0:
        return None
    return shares / shares.sum(), prices / prices.sum(), float(found.x[-1])


def _refuse_stranded(problem: Problem) -> None:
    forbidden = problem.forbidden
    if forbidden is not None and forbidden.all(axis=1).any():
        atom = int(np.flatnonzero(forbidden.all(axis=1))[0])
        raise InfeasibleError(
            f"atom {atom} has no codeword at a finite distortion; add one to the codebook",
            smallest_levels(problem),
        )


def _nearest_levels(problem: Problem, above: Array) -> tuple[float, ...]:
    """Return the levels, raised where a channel with these values above ``least`` exceeds them."""
    reached, owner = problem.least + above, problem.rows.fidelity
    return tuple(
        max(fidelity.level, float(reached[owner == k].max(initial=0.0)))
        for k, fidelity in enumerate(problem.fidelities)
    )


def _why(problem: Problem, nearest: tuple[float, ...]) -> str:
    least = smallest_levels(problem)
    parts = [
        f"D={fidelity.level:g} is below the minimum level {_up(smallest)}"
        f" ({_label(fidelity.measure)}) for this codebook"
        for fidelity, smallest in zip(problem.fidelities, least, strict=True)
        if fidelity.level < smallest * (1 - TOLERANCE)
    ]
    if parts:
        return "; ".join(parts)
    levels = ", ".join(f"{fidelity.level:g}" for fidelity in problem.fidelities)
    return (
        f"the levels {levels} can each be met but not together;"
        f" {', '.join(_up(level) for level in nearest)} can be met together"
    )


def _label(measure: str) -> str:
    return {"each": "for each symbol of the subset", "average": "average"}.get(
        measure, f"{measure}, on the subset"
    )


def _up(value: float) -> str:
    """Format the value to six digits, rounded up so that the printed level can be met."""
    if not np.isfinite(value) or value == 0:
        return f"{value:g}"
    unit = 10.0 ** (np.floor(np.log10(value)) - 5)
    return f"{np.ceil(value / unit - 1e-9) * unit:.6g}"
