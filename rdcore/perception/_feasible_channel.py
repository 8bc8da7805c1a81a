"""Channels that meet all levels including perception, and the minimum perception level."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError
from rdcore.perception._transport import Transport
from rdcore.problem import Problem
from rdcore.proof.certificates import meet_levels
from rdcore.proof.feasibility import (
    TOLERANCE,
    interior,
    overshoot,
    row_scales,
    smallest_levels,
)

_MIXTURES = (0.5, 0.1, 0.9, 1e-2, 0.99, 1e-3, 0.999)


class FeasibleChannel:
    """A transport task, with a feasible channel that is computed when needed."""

    def __init__(self, task: Transport) -> None:
        self.task = task

    @cached_property
    def channel(self) -> Array:
        """A channel (n, m) that meets all levels, strictly if possible.

        Raises
        ------
        InfeasibleError
            If there is none; the message has the minimum perception level.
        """
        task = self.task
        if task.headroom < 0:
            raise InfeasibleError(
                f"P={task.perception.level:g} is below the minimum level"
                f" {_up(task.floor)} for this codebook",
                (*smallest_levels(task.problem), task.floor),
            )
        still, near = _unmoved(task), interior(task.problem).channel(task.problem.m)
        tries = [still, near, *(share * still + (1 - share) * near for share in _MIXTURES)]
        best = max(tries, key=lambda Q: margin(task, Q))
        return best if margin(task, best) > 1e-9 else _programmed(task, best, near, still)

    def meet(self, channel: Array) -> Array:
        """Mix a channel that exceeds a level with the least share of the feasible channel."""
        task = self.task
        try:
            inside = self.channel
        except InfeasibleError:
            return channel
        mixed = (
            meet_levels(task.problem, channel) if task.problem.forbidden is not None else channel
        )
        for _ in range(4):
            share = _share(task, mixed, inside)
            if share == 0:
                break
            mixed = (1 - share) * mixed + share * inside
        return mixed


def margin(task: Transport, channel: Array) -> float:
    """Return the smallest relative slack of a level; ∞ where no channel has slack."""
    problem = task.problem
    if problem.forbidden is not None and channel[problem.forbidden].any():
        return -np.inf
    slack = (problem.headroom - problem.above(channel)) / row_scales(problem)
    pinned = problem.headroom <= TOLERANCE * problem.typical
    rows = np.where(pinned & (slack >= -TOLERANCE), np.inf, slack)
    excess = task.distance(channel) - task.perception.level
    if task.exact:
        own = np.inf if excess <= task.rounding else -excess
    else:
        own = -excess / task.perception.level
    return float(min(rows.min(initial=np.inf), own))


def _share(task: Transport, channel: Array, inside: Array) -> float:
    """Return the share of the feasible channel that is needed to meet all levels."""
    problem = task.problem
    over, safe = overshoot(problem, channel), overshoot(problem, inside)
    bad = (over > 0) & (safe < over)
    share = float((np.where(bad, over, 0.0) / np.where(bad, over - safe, 1.0)).max(initial=0.0))
    level = task.perception.level
    excess = task.distance(channel) - level
    if excess > (task.rounding if task.exact else 0.0):
        own = min(task.distance(inside) - level, 0.0)
        share = max(share, excess / (excess - own))
    return min(1.0, share * (1 + 1e-9))


def _unmoved(task: Transport) -> Array:
    """Return the channel of least transport cost, with ties broken by least distortion."""
    problem = task.problem
    tilt = problem.tilt(1.0 / row_scales(problem))
    choice = np.where(task.tied, tilt, np.inf).argmin(axis=1)
    channel = np.zeros((problem.n, problem.m))
    channel[np.arange(problem.n), choice] = 1.0
    return channel


def _programmed(task: Transport, best: Array, near: Array, still: Array) -> Array:
    """Find a channel with slack by linear programming, if simple mixtures have none."""
    least, channel = _least(task)
    level = task.perception.level
    if channel is None or margin(task, best) >= 0:
        return best
    if least > level + max(1e-9 * level, 10 * task.rounding):
        levels = ", ".join(f"{fidelity.level:g}" for fidelity in task.problem.fidelities)
        raise InfeasibleError(
            f"D={levels} and P={level:g} can each be met but not together; with D={levels} the"
            f" minimum level of P is {_up(least)}",
            (*smallest_levels(task.problem), task.floor),
            (*(fidelity.level for fidelity in task.problem.fidelities), least),
        )
    tries = [channel]
    for share in (1e-1, 1e-2, 1e-3, 1e-4, 1e-6):
        tries += [(1 - share) * channel + share * other for other in (near, still)]
    return max(tries, key=lambda Q: margin(task, Q))


def _least(task: Transport) -> tuple[float, Array | None]:
    """Return the smallest divergence under the fidelities, and a channel (n, m) that attains it."""
    from scipy import sparse
    from scipy.optimize import linprog

    problem = task.problem
    n, m, pmf = problem.n, problem.m, problem.source.pmf
    size, each, blocks = n * m, sparse.identity(m), []
    stay = sparse.kron(sparse.identity(n), np.ones((1, m)))
    weighted = sparse.kron(pmf[None, :], each)
    gather = sparse.kron(np.ones((1, n)), each)
    equal = sparse.bmat([[stay, None], [None, stay], [weighted, -gather]])
    right = np.concatenate([np.ones(n), pmf, np.zeros(m)])
    rows = problem.rows
    for k in range(len(rows.levels)):
        cost = (rows.weights[k] * pmf)[:, None] * problem.over(int(rows.matrix[k]))
        blocks.append(np.concatenate([cost.ravel(), np.zeros(size)]) / row_scales(problem)[k])
    upper = np.ones(2 * size)
    if problem.forbidden is not None:
        upper[:size][problem.forbidden.ravel()] = 0.0
    found = linprog(
        np.concatenate([np.zeros(size), task.over.ravel()]),
        A_ub=sparse.csr_matrix(np.stack(blocks)) if blocks else None,
        b_ub=problem.headroom / row_scales(problem) if blocks else None,
        A_eq=equal,
        b_eq=right,
        bounds=np.column_stack([np.zeros(2 * size), upper]),
        method="highs",
    )
    if found.x is None:
        return np.inf, None
    channel = np.clip(found.x[:size].reshape(n, m), 0.0, None)
    return float(found.fun) + task.floor, channel / channel.sum(axis=1, keepdims=True)


def _up(value: float) -> str:
    """Format the value to six digits, rounded up so that the printed level can be met."""
    if not np.isfinite(value) or value == 0:
        return f"{value:g}"
    unit = 10.0 ** (np.floor(np.log10(value)) - 5)
    return f"{np.ceil(value / unit - 1e-9) * unit:.6g}"


def same_law(problem: Problem, channel: Array, law: Array) -> Array:
    """Change a channel (n, m) to have the marginal (m,) by moving excess mass to deficits."""
    marginal = problem.source.pmf @ channel
    kept = np.minimum(1.0, law / np.where(marginal > 0, marginal, 1.0))
    lacking = np.maximum(law - kept * marginal, 0.0)
    if not lacking.sum() > 0:
        return channel
    moved = channel @ (1.0 - kept)
    return np.asarray(channel * kept + moved[:, None] * (lacking / lacking.sum()))
