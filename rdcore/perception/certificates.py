"""Certificates of a rate under a perception level, from the data of the problem alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, real
from rdcore.errors import InputError
from rdcore.perception._feasible_channel import FeasibleChannel
from rdcore.perception._transport import Transport, transport
from rdcore.perception.measures import Perception
from rdcore.problem import Problem
from rdcore.proof import rounding
from rdcore.proof.certificates import Certificate, above, achieved, certify

SCOPE = "this codebook, at this perception level"


def certified(
    problem: Problem,
    perception: Perception,
    *,
    channel: ArrayLike,
    slopes: ArrayLike,
    price: float,
    potential: ArrayLike,
) -> Certificate:
    r"""Bound R(D, P) from below and above.

    For any prices :math:`\lambda, \mu \ge 0`, any g on the codewords and any r > 0,

    .. math::

        -\sum_x p_x \log Z_x + \sum_x p_x \min_j [\mu c(x, y_j) - g_j - \log c_j]
        - \lambda \cdot b - \mu P \le R,

    with :math:`K_{xj} = e^{-g_j - \sum_k \lambda_k C_k(x, j)}`, :math:`Z_x = \sum_j r_j K_{xj}`,
    :math:`c_j = \sum_x p_x K_{xj} / Z_x` and the transport cost :math:`c(x, y)`; here r is the
    marginal of the channel. The upper bound is the rate of a channel that meets all levels.

    Parameters
    ----------
    problem, perception : Problem, Perception
        The problem whose rate is bounded.
    channel : array, (n, m)
        P(Y=j | X=x); rows sum to 1.
    slopes : array, (K,)
        Price of each row of ``problem.rows``, at least 0, in nats per unit of its level.
    price : float
        Price of the perception level, at least 0, in nats per unit of it.
    potential : array, (m,)
        g, nats.

    Returns
    -------
    Certificate
        The bounds, nats, rounded outward.

    Raises
    ------
    InputError
        If a shape does not fit, the channel is not stochastic or a price is negative.
    InfeasibleError
        If no channel meets all levels.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> near = rd.perception.TotalVariation(0.05)
    >>> proof = certified(task, near, channel=[[0.9, 0.1], [0.1, 0.9]], slopes=[2.0], price=0.0,
    ...                   potential=[0.0, 0.0])
    >>> bool(proof.lower < proof.upper)
    True
    """
    return prove(FeasibleChannel(transport(problem, perception)), channel, slopes, price, potential)


def prove(
    feasible: FeasibleChannel,
    channel: ArrayLike,
    slopes: ArrayLike,
    price: float,
    potential: ArrayLike,
) -> Certificate:
    """Certify like ``certified``, with a given feasible channel."""
    task = feasible.task
    problem = task.problem
    plain = certify(problem, channel, slopes)
    Q, prices = floats(channel, "channel"), floats(slopes, "slopes")
    g, cost = floats(potential, "potential"), real(price, "price")
    if cost < 0 or g.shape != (problem.m,) or not np.isfinite(g).all():
        raise InputError(f"price must be at least 0, and potential {problem.m} finite numbers")
    Q = Q / Q.sum(axis=1, keepdims=True)
    violation = max(plain.violation, _overshoot(task, Q))
    if violation > 0:
        Q = feasible.meet(Q)
    upper = achieved(problem, Q)
    excess = task.distance(Q) - task.perception.level
    upper = np.inf if excess > task.rounding else upper + cost * max(excess, 0.0)
    lower = max(plain.lower, dual_below(task, problem.source.pmf @ Q, prices, (cost, g)))
    return Certificate(lower, above(upper, lower), violation, SCOPE)


def _overshoot(task: Transport, Q: Array) -> float:
    """Return the relative amount by which the divergence exceeds its level."""
    excess = task.distance(Q) - task.perception.level
    if excess <= task.rounding:
        return 0.0
    return excess / task.perception.level if task.perception.level > 0 else excess


def tightened(task: Transport, r: Array, slopes: Array, g: Array) -> tuple[Array, Array, float]:
    """Return log Z (n,), g + log c (m,), and a bound on the rounding of the dual value."""
    problem = task.problem
    pmf = problem.source.pmf
    r = (r + 1e-14 / problem.m) / (1 + 1e-14)
    tilt = problem.tilt(slopes) + g
    least = tilt.min(axis=1, keepdims=True)
    log_Z = np.log(np.exp(least - tilt) @ r) - least[:, 0]
    # Columns may differ by many orders of magnitude, so each c_j is summed at its own scale.
    alive = pmf > 0
    size = np.where(np.isinf(tilt), 0.0, np.abs(tilt)) + np.abs(g) + np.abs(log_Z)[:, None]
    logs = (np.log(pmf[alive]) - log_Z[alive])[:, None] - tilt[alive]
    top = logs.max(axis=0)
    shares = np.exp(logs - np.where(np.isfinite(top), top, 0.0))
    total = shares.sum(axis=0)
    moment = np.einsum("xj,xj->j", shares, size[alive]) / np.where(total > 0, total, 1.0)
    # A kernel entry has the relative rounding error of its exponent.
    size = np.abs(tilt) + np.abs(g) + np.abs(least)
    fuzz = rounding.dual(
        problem.n,
        problem.m,
        rows=len(slopes) + 2,
        moment=float(moment.max() + pmf @ np.abs(least[:, 0])),
        size=float(pmf @ np.abs(log_Z)),
    )
    with np.errstate(divide="ignore"):
        return log_Z, g + top + np.log(total), fuzz


def dual_below(task: Transport, r: Array, slopes: Array, dual: tuple[float, Array]) -> float:
    """Return the dual value at r (m,), slopes (K,), μ and g (m,) in nats, rounded down."""
    problem, (price, g) = task.problem, dual
    pmf = problem.source.pmf
    log_Z, potential, fuzz = tightened(task, r, slopes, g)
    f = (price * task.over - potential).min(axis=1)
    value = float(pmf @ (f - log_Z)) - price * max(task.headroom, 0.0)
    value -= float(slopes @ np.maximum(problem.headroom, 0.0))
    paid = price * (task.headroom + float(pmf @ task.over.min(axis=1)))
    fuzz += rounding.terms(float(slopes @ np.abs(problem.headroom)) + paid)
    # The floor of the divergence is a rounded sum over the atoms, and what is left of the level.
    size = float(pmf @ np.abs(f)) + price * task.floor
    fuzz += 2 * rounding.sums(problem.n, problem.m) * size
    return value - fuzz if np.isfinite(value) else -np.inf
