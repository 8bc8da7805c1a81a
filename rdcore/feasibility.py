"""Which levels can be met at all, and a channel that meets them with room to spare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError
from rdcore.problem import Problem

# Levels this close to the smallest reachable ones, relatively, count as met.
TOLERANCE = 1e-12
_ROUNDS = 60


@dataclass(frozen=True, eq=False)
class Interior:
    """A mixture of deterministic channels with the least relative excess over the levels.

    Attributes
    ----------
    choices : array of int, (T, n)
        The codeword of each atom in each deterministic channel.
    shares : array, (T,)
        Their weights in the mixture.
    expected : array, (K,)
        What the mixture does for each row.
    excess : float
        The largest (expected - level) / scale; below 0 if the levels are met strictly.
    """

    choices: np.ndarray
    shares: Array
    expected: Array
    excess: float

    def channel(self, m: int) -> Array:
        """Return the mixture as an (n, m) channel."""
        n = self.choices.shape[1]
        dense = np.zeros((n, m))
        for choice, share in zip(self.choices, self.shares, strict=True):
            dense[np.arange(n), choice] += share
        return dense


def row_scales(problem: Problem) -> Array:
    """Return what relative excess is measured by, (K,): the level, or if it is 0 the mean cost."""
    rows, pmf = problem.rows, problem.source.pmf
    mean = np.stack([d.mean(axis=1) for d in problem.finite_matrices])
    typical = ((rows.weights * pmf) * mean[rows.matrix]).sum(axis=1)
    return np.where(rows.levels > 0, rows.levels, np.where(typical > 0, typical, 1.0))


def smallest_levels(problem: Problem) -> tuple[float, ...]:
    """Return for each fidelity the smallest level that can be met when it is the only one.

    For "each" it is the level that the worst symbol needs. Infinite if a symbol has no codeword
    at a finite distortion.
    """
    rows, pmf = problem.rows, problem.source.pmf
    least = np.zeros(len(rows.levels))
    for index, distortion in enumerate(problem.matrices):
        mine = rows.matrix == index
        weighted = rows.weights[mine] * pmf
        nearest = distortion.min(axis=1)
        least[mine] = np.where(weighted > 0, weighted * np.where(weighted > 0, nearest, 0), 0).sum(
            axis=1
        )
    return tuple(
        float(least[rows.fidelity == index].max(initial=0.0))
        for index in range(len(problem.fidelities))
    )


def interior(problem: Problem) -> Interior:
    """Find the channel with the least relative excess over the levels.

    With one distortion matrix the nearest codeword of each atom is best for every row at once.
    With several it is a linear program over channels, solved by column generation: its dual has
    one variable a row, and each round adds the channel that is nearest under the row prices.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; ``smallest`` has what each fidelity could reach alone.
    """
    rows, scales = problem.rows, row_scales(problem)
    _refuse_stranded(problem)
    prices = np.ones(len(scales)) / scales
    choice, expected = _nearest(problem, prices)
    choices, values = [choice], [expected]
    shares, excess = np.ones(1), _excess(expected, rows.levels, scales)
    if len(problem.matrices) > 1:
        for _ in range(_ROUNDS):
            relative = (np.stack(values) - rows.levels) / scales
            shares, prices, excess = _master(relative)
            choice, expected = _nearest(problem, prices / scales)
            bound = float(prices @ ((expected - rows.levels) / scales))
            if bound >= excess - 1e-13 or (excess < -1e-3 and bound < 2 * excess):
                break
            choices.append(choice)
            values.append(expected)
        shares = shares[: len(choices)]
        expected = shares @ np.stack(values)[: len(shares)]
        excess = _excess(expected, rows.levels, scales)
    if excess > TOLERANCE:
        raise InfeasibleError(_why(problem, excess), smallest_levels(problem))
    return Interior(np.stack(choices)[: len(shares)], shares, expected, excess)


def _excess(expected: Array, levels: Array, scales: Array) -> float:
    return float(((expected - levels) / scales).max(initial=-np.inf))


def _nearest(problem: Problem, prices: Array) -> tuple[np.ndarray, Array]:
    """Return the deterministic channel that is cheapest under the prices, and its row values."""
    one_matrix = len(problem.matrices) == 1
    cost = problem.matrices[0] if one_matrix else problem.tilt(prices)
    if one_matrix and problem.forbidden is not None:
        cost = np.where(problem.forbidden, np.inf, cost)
    choice = cost.argmin(axis=1)
    dense = np.stack([d[np.arange(problem.n), choice] for d in problem.finite_matrices])
    rows = problem.rows
    expected = ((rows.weights * problem.source.pmf) * dense[rows.matrix]).sum(axis=1)
    return choice, expected


def _master(relative: Array) -> tuple[Array, Array, float]:
    """Mix the columns found so far: shares (T,), row prices (K,) and the least largest excess."""
    columns, rows = relative.shape
    cost = np.append(np.zeros(columns), 1.0)
    found = linprog(
        cost,
        A_ub=np.hstack([relative.T, -np.ones((rows, 1))]),
        b_ub=np.zeros(rows),
        A_eq=np.append(np.ones(columns), 0.0)[None, :],
        b_eq=[1.0],
        bounds=[(0, None)] * columns + [(None, None)],
        method="highs",
    )
    shares = np.clip(found.x[:-1], 0, None)
    prices = np.clip(-found.ineqlin.marginals, 0, None)
    return shares / shares.sum(), prices / prices.sum(), float(found.x[-1])


def _refuse_stranded(problem: Problem) -> None:
    forbidden = problem.forbidden
    if forbidden is not None and forbidden.all(axis=1).any():
        atom = int(np.flatnonzero(forbidden.all(axis=1))[0])
        raise InfeasibleError(
            f"atom {atom} has no codeword at a finite distortion; add one to the codebook",
            smallest_levels(problem),
        )


def _why(problem: Problem, excess: float) -> str:
    least = smallest_levels(problem)
    parts = [
        f"D={fidelity.level:g} is below the smallest reachable distortion {_up(smallest)}"
        f" ({_label(fidelity.measure)}) for this codebook"
        for fidelity, smallest in zip(problem.fidelities, least, strict=True)
        if fidelity.level < smallest * (1 - TOLERANCE)
    ]
    if parts:
        return "; ".join(parts)
    levels = ", ".join(f"{fidelity.level:g}" for fidelity in problem.fidelities)
    return (
        f"the levels {levels} can each be met but not together;"
        f" {1 + excess:.6g} times each of them can be"
    )


def _label(measure: str) -> str:
    return {"each": "for each symbol of the subset", "average": "average"}.get(
        measure, f"{measure}, on the subset"
    )


def _up(value: float) -> str:
    """Write the value to six digits, rounded up, so that what is printed can be met."""
    if not np.isfinite(value) or value == 0:
        return f"{value:g}"
    unit = 10.0 ** (np.floor(np.log10(value)) - 5)
    return f"{np.ceil(value / unit - 1e-9) * unit:.6g}"
