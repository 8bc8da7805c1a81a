"""Proof of a rate: a lower and an upper bound from the problem's data alone.

Nothing here knows how a channel or its slopes were found, so a wrong solver cannot pass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats
from rdcore.bumps import Bumps
from rdcore.distortions import absolute
from rdcore.errors import InfeasibleError, InputError
from rdcore.feasibility import Interior, interior, row_scales
from rdcore.problem import Problem, coordinate_grid
from rdcore.supremum import supremum

_LN2 = float(np.log(2))
_EPS = float(np.finfo(np.float64).eps)
# Overshoot relative to the level that is the rounding of the expectation itself.
_ROUNDING = 64 * _EPS
# How closely the supremum of c over all of space is bounded, relatively.
_PRECISION = 2e-11
# log sup c above which it may pay to scale single atoms down.
_WORTH_SCALING = 1e-10


@dataclass(frozen=True)
class Certificate:
    """What has been proved about R at a problem's levels.

    Attributes
    ----------
    lower, upper : float
        lower ≤ R ≤ upper, nats, rounded outward.
    violation : float
        By how much the channel overshoots a level at the most, relative to it; 0 if it meets all.
        ``upper`` is about a channel that does meet them, mixed from this one where it had to be.
    scope : str
        What R ranges over.
    """

    lower: float
    upper: float
    violation: float
    scope: str

    @property
    def gap(self) -> float:
        """Return upper - lower, nats."""
        return self.upper - self.lower

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @property
    def upper_bits(self) -> float:
        """Upper bound in bits."""
        return self.upper / _LN2

    @property
    def gap_bits(self) -> float:
        """Gap in bits."""
        return self.gap / _LN2


def certify(
    problem: Problem,
    channel: ArrayLike,
    slopes: ArrayLike,
    prior: ArrayLike | None = None,
    *,
    every: bool = False,
) -> Certificate:
    r"""Bound the rate of a problem on both sides.

    For any r > 0 and any slopes λ ≥ 0,

    .. math::

        -\sum_x p_x \log Z_x - \lambda \cdot b - \log \max_j c_j \le R(b) \le I(p, Q),

    with :math:`K_{xj} = e^{-\sum_k \lambda_k C_k(x, j)}`, :math:`Z_x = \sum_j r_j K_{xj}` and
    :math:`c_j = \sum_x p_x K_{xj} / Z_x`. The right side holds for a Q that meets the levels.

    Parameters
    ----------
    problem : Problem
        What is to be certified.
    channel : array, (n, m)
        P(Y=j | X=x), rows adding up to 1.
    slopes : array, (K,)
        One price a row of ``problem.rows``, at least 0, nats per unit of its level.
    prior : array, (m,), optional
        The r of the lower bound, up to a factor; by default the marginal of the channel.
    every : bool
        Prove the lower bound for every codebook in R^d rather than for the problem's own: the
        maximum of c is then bounded over all of space. For squared and absolute error.

    Raises
    ------
    InputError
        If a shape does not fit, the channel is not stochastic or a slope is negative.

    References
    ----------
    R. E. Blahut, IEEE Trans. Inf. Theory 18(4), 1972; T. Berger, Rate Distortion Theory, 1971.
    """
    Q, prices = _checked(problem, channel, slopes)
    violation = _violation(problem, Q)
    if violation > 0:
        Q = meet_levels(problem, Q)
    upper = np.inf if _violation(problem, Q) > 1e-9 else _information_above(problem, Q)
    # What meets the levels but for rounding is paid for at their prices.
    upper += float(prices @ np.minimum(_slack(problem), np.maximum(problem.headroom, 0.0)))
    r = problem.source.pmf @ Q if prior is None else floats(prior, "prior")
    if r.shape != (problem.m,) or not (np.isfinite(r).all() and (r >= 0).all() and r.any()):
        raise InputError(f"prior must be {problem.m} numbers, nowhere negative and not all 0")
    lower = max(0.0, _dual_below(problem, r / r.sum(), prices, every))
    scope = "every codebook" if every else "this codebook"
    return Certificate(lower, max(upper, lower), violation, scope)


def _checked(problem: Problem, channel: ArrayLike, slopes: ArrayLike) -> tuple[Array, Array]:
    Q, prices = floats(channel, "channel"), floats(slopes, "slopes")
    if Q.shape != (problem.n, problem.m):
        raise InputError(f"channel has shape {Q.shape}; ({problem.n}, {problem.m}) is needed")
    if prices.shape != problem.rows.levels.shape:
        raise InputError(f"slopes has shape {prices.shape}; {problem.rows.levels.shape} is needed")
    if not (np.isfinite(prices).all() and (prices >= 0).all()):
        raise InputError("slopes must be finite and nowhere negative")
    totals = Q.sum(axis=1)
    if not ((Q >= 0).all() and (np.abs(totals - 1) < 1e-9).all()):
        raise InputError("channel must be nowhere negative, with rows that add up to 1")
    return Q / totals[:, None], prices


def _violation(problem: Problem, Q: Array) -> float:
    if problem.forbidden is not None and Q[problem.forbidden].any():
        return np.inf
    over = (problem.above(Q) - problem.headroom) / row_scales(problem)
    return max(0.0, float(over.max(initial=0.0)))


def _slack(problem: Problem) -> Array:
    """Return the overshoot of each row, (K,), that is the rounding of its expectation."""
    headroom = problem.headroom
    return _ROUNDING * np.where(headroom > 0, headroom, problem.rows.levels)


def meet_levels(problem: Problem, channel: Array, room: Interior | None = None) -> Array:
    """Mix a channel (n, m) that overshoots with one that has room, as little as is needed.

    Returns the channel as it was if it does not overshoot, or if no channel has room.
    """
    headroom, slack = problem.headroom, _slack(problem)
    if problem.forbidden is None and (problem.above(channel) <= headroom + slack).all():
        return channel
    try:
        room = interior(problem) if room is None else room
    except InfeasibleError:
        return channel
    safe = room.channel(problem.m)
    mixed = channel
    if problem.forbidden is not None:
        mixed = np.where(problem.forbidden, 0.0, mixed)
        total = mixed.sum(axis=1, keepdims=True)
        mixed = np.where(total > 0, mixed / np.where(total > 0, total, 1.0), safe)
    # Only the atoms that an overshot row weighs need to move; all of them do if that upsets others.
    for everywhere in (False, False, False, True, True):
        over = problem.above(mixed)
        bad = (over > headroom + slack) & (room.above < headroom)
        if not bad.any():
            break
        share = np.where(bad, (over - headroom) / np.where(bad, over - room.above, 1.0), 0.0)
        share = np.minimum(share * (1 + 1e-9), 1.0)
        touched = (problem.rows.weights > 0) | everywhere
        mix = (share[:, None] * touched).max(axis=0)[:, None]
        mixed = (1 - mix) * mixed + mix * safe
    return mixed


def _information_above(problem: Problem, Q: Array) -> float:
    """Mutual information of a channel, nats, rounded up."""
    joint = problem.source.pmf[:, None] * Q
    marginal = joint.sum(axis=0)
    positive = joint > 0
    ratio = np.divide(Q, marginal, out=np.ones_like(Q), where=positive)
    terms = joint * np.log(ratio, out=ratio)
    size = float(np.abs(terms).sum())
    return float(terms.sum()) + _EPS * (2 * problem.n + 2 * problem.m + 64) * (1 + size)


def bumps_at(problem: Problem, marginal: Array, slopes: Array) -> Bumps:
    """Return c(y) = Σ_x p_x K(x, y) / Z_x over all of space, for squared error.

    ``marginal`` (m,) and ``slopes`` (K,) are those of the dual bound.
    """
    alive = problem.source.pmf > 0
    tilt = problem.tilt(slopes)[alive]
    least = tilt.min(axis=1)
    log_z = np.log(np.exp(least[:, None] - tilt) @ marginal) - least
    sharpness = (slopes @ problem.rows.weights)[alive]
    logs = np.log(problem.source.pmf[alive]) - log_z + sharpness * problem.floors[0][alive]
    return Bumps(problem.source.points[alive], logs, sharpness)


def _log_supremum(problem: Problem, bumps: Bumps, theta: Array) -> float:
    """Bound log sup c from above, with the weights of the atoms scaled by θ (n',)."""
    logs = bumps.log_weights + np.log(theta)
    if problem.distortion == "squared_error":
        return float(np.log(supremum(replace(bumps, log_weights=logs), _PRECISION).bound))
    corners = coordinate_grid(problem.source)
    best = -np.inf
    for some in np.array_split(corners, 1 + len(corners) * len(logs) // 1_000_000):
        cost = absolute(bumps.points, some)
        best = max(
            best, float(np.exp(logs[:, None] - bumps.sharpness[:, None] * cost).sum(0).max())
        )
    return float(np.log(best))


def _dual_below(problem: Problem, marginal: Array, slopes: Array, every: bool) -> float:
    """Dual value of (r, λ), nats, rounded down."""
    alive = problem.source.pmf > 0
    pmf, levels = problem.source.pmf[alive], problem.rows.levels
    headroom = np.maximum(problem.headroom, 0.0)
    tilt = problem.tilt(slopes)[alive]
    least = tilt.min(axis=1)
    if not np.isfinite(least).all():
        return -np.inf
    kernel = np.exp(-(tilt - least[:, None]))
    Z = kernel @ marginal
    if (Z <= 0).any():
        marginal = (marginal + 1e-12 / problem.m) / (1 + 1e-12)
        Z = kernel @ marginal
    value = float(pmf @ (least - np.log(Z))) - float(slopes @ headroom)
    kernel *= (pmf / Z)[:, None]
    np.copyto(tilt, 0.0, where=np.isinf(tilt))
    # Relative rounding of an entry of the kernel is that of its exponent, and of the headroom
    # that of the level from which the floor was taken.
    exponent = (len(slopes) + 4) * _EPS
    fuzz = exponent * float((np.einsum("xj,xj->j", kernel, tilt)).max())
    fuzz += exponent * float(pmf @ least + slopes @ np.abs(headroom))
    fuzz += 2 * _EPS * float(slopes @ levels)
    fuzz += _EPS * (2 * problem.n + 2 * problem.m + 64) * (1 + float(pmf @ np.abs(np.log(Z))))
    excess = _scaled_excess(pmf, kernel, marginal)
    if every:
        bumps = bumps_at(problem, marginal, slopes)
        plain = _log_supremum(problem, bumps, np.ones(len(pmf)))
        theta = _theta(pmf, kernel, marginal)
        if plain > _WORTH_SCALING and (theta < 1).any():
            scaled = -float(pmf @ np.log(theta)) + _log_supremum(problem, bumps, theta)
            plain = min(plain, scaled)
        excess = max(excess, plain)
    return value - excess - 2 * fuzz


def _scaled_excess(pmf: Array, weights: Array, marginal: Array) -> float:
    """Return what must be taken off the dual value so that c_j ≤ 1 everywhere, nats.

    ``weights`` is p_x K_xj / Z_x, so that its columns add up to c_j. Dividing all of them by
    max c costs log max c. Where c_j > 1 only at columns that few atoms feed, it is cheaper to
    scale down just those atoms' rows: Σ_x p_x log(1/θ_x).
    """
    c = weights.sum(axis=0)
    worst = float(c.max())
    plain = np.log(worst)
    if worst <= 1:
        return float(plain)
    theta = _theta(pmf, weights, marginal)
    rest = float((theta @ weights).max())
    scaled = float(-(pmf @ np.log(theta))) + np.log(rest)
    return float(min(plain, scaled))


def _theta(pmf: Array, weights: Array, marginal: Array) -> Array:
    """Return 1 / max(c_j, 1) for each atom (n,), the largest over the columns that it feeds."""
    c = weights.sum(axis=0)
    feeds = weights * marginal > 1e-3 * pmf[:, None]
    return np.asarray(1.0 / np.where(feeds, np.maximum(c, 1.0), 1.0).max(axis=1))
