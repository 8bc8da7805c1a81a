"""Certificates: a lower and an upper bound on a rate from the data of the problem alone.

The bounds hold for any channel and any slopes, so an error in a solver cannot affect them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, Index, floats
from rdcore.errors import InfeasibleError, InputError, ProofError
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof.feasibility import Interior, interior, row_scales
from rdcore.proof.supremum import supremum

_LN2 = float(np.log(2))
_EPS = float(np.finfo(np.float64).eps)
# Relative rounding error of an expectation, below which a level is not overshot.
_ROUNDING = 64 * _EPS
# Relative excess of a lower over an upper bound that rounding can explain.
_CROSSING = 1e-9
# Relative precision of the bound on the supremum of c over the whole space.
_PRECISION = 2e-11
# Pairs of an atom and a codeword that are processed at a time.
_BLOCK = 1 << 18
# log sup c above which scaling down single atoms may improve the bound.
_WORTH_SCALING = 1e-10


@dataclass(frozen=True)
class Certificate:
    """Proved bounds on R at the levels of a problem.

    Attributes
    ----------
    lower, upper : float
        lower ≤ R ≤ upper, nats, rounded outward.
    violation : float
        Largest relative amount by which the channel exceeds a level; 0 if it meets all. If it is
        above 0, ``upper`` is the rate of a mixture of the channel with a feasible one.
    scope : str
        The set of codebooks to which the bounds apply.
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


class Rivals(Protocol):
    """A larger set of codewords over which a lower bound is to be proved.

    Attributes
    ----------
    scope : str
        Description of the set.
    """

    @property
    def scope(self) -> str:
        """Description of the set of codewords."""
        ...

    def log_supremum(self, dual: Dual) -> float:
        """Return an upper bound on log sup c over the set, for a dual point."""
        ...


def certify(
    problem: Problem,
    channel: ArrayLike,
    slopes: ArrayLike,
    prior: ArrayLike | None = None,
    *,
    every: bool = False,
    among: Problem | Rivals | None = None,
) -> Certificate:
    r"""Bound the rate of a problem from below and above.

    For any r > 0 and any slopes λ ≥ 0,

    .. math::

        -\sum_x p_x \log Z_x - \lambda \cdot b - \log \max_j c_j \le R(b) \le I(p, Q),

    with :math:`K_{xj} = e^{-\sum_k \lambda_k C_k(x, j)}`, :math:`Z_x = \sum_j r_j K_{xj}` and
    :math:`c_j = \sum_x p_x K_{xj} / Z_x`. The right side holds for a Q that meets the levels.

    Parameters
    ----------
    problem : Problem
        The problem whose rate is bounded.
    channel : array, (n, m)
        P(Y=j | X=x); rows sum to 1.
    slopes : array, (K,)
        Price of each row of ``problem.rows``, at least 0, in nats per unit of its level.
    prior : array, (m,), optional
        The r of the lower bound, up to a factor; by default the marginal of the channel.
    every : bool
        Prove the lower bound for every codebook in R^d rather than for that of the problem, by a
        bound on the maximum of c over the whole space. For squared and absolute error.
    among : Problem or Rivals, optional
        The same problem on a larger set of codewords, over which to prove the lower bound.

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
    upper += _paid(problem, Q, prices)
    r = problem.source.pmf @ Q if prior is None else floats(prior, "prior")
    if r.shape != (problem.m,) or not (np.isfinite(r).all() and (r >= 0).all() and r.any()):
        raise InputError(f"prior must be {problem.m} non-negative numbers, not all 0")
    over = problem.with_every() if every else among
    lower = max(0.0, _dual_below(problem, r / r.sum(), prices, over))
    scope = "this codebook"
    if isinstance(over, Problem):
        scope = "every codebook" if over.every else f"all {over.m} candidates"
    elif over is not None:
        scope = over.scope
    return Certificate(lower, above(upper, lower), violation, scope)


def above(upper: float, lower: float) -> float:
    """Return the larger of an upper bound and a lower bound that exceeds it only by rounding, nats.

    Raises
    ------
    ProofError
        If the lower bound exceeds the upper bound by more than rounding.
    """
    if lower - upper > _CROSSING * (1 + abs(upper)):
        raise ProofError(
            f"the lower bound {lower!r} nats lies above the upper bound {upper!r} nats: one of the "
            "proofs is wrong; please report the problem with its data"
        )
    return max(upper, lower)


def achieved(problem: Problem, channel: Array, slopes: Array) -> float:
    """Return the rate of a channel (n, m), an upper bound on R in nats; ∞ if it exceeds a level.

    An excess that is only rounding is added at the prices ``slopes`` (K,).
    """
    if _violation(problem, channel) > _ROUNDING:
        return np.inf
    return _information_above(problem, channel) + _paid(problem, channel, slopes)


def _checked(problem: Problem, channel: ArrayLike, slopes: ArrayLike) -> tuple[Array, Array]:
    Q = channel if _ready(channel) else floats(channel, "channel")
    prices = floats(slopes, "slopes")
    if Q.shape != (problem.n, problem.m):
        raise InputError(f"channel must have shape ({problem.n}, {problem.m}); got {Q.shape}")
    if prices.shape != problem.rows.levels.shape:
        raise InputError(f"slopes must have shape {problem.rows.levels.shape}; got {prices.shape}")
    if not (np.isfinite(prices).all() and (prices >= 0).all()):
        raise InputError("slopes must be finite and non-negative")
    totals = Q.sum(axis=1)
    off = np.abs(totals - 1)
    if not (Q.min() >= 0 and (off < 1e-9).all()):
        raise InputError("channel must be non-negative, with rows that sum to 1")
    return (Q if off.max() <= 8 * _EPS else Q / totals[:, None]), prices


def _ready(channel: ArrayLike) -> TypeGuard[Array]:
    return isinstance(channel, np.ndarray) and channel.dtype == np.float64


def _violation(problem: Problem, Q: Array) -> float:
    if problem.forbidden is not None and Q[problem.forbidden].any():
        return np.inf
    over = (problem.above(Q) - problem.headroom) / row_scales(problem)
    return max(0.0, float(over.max(initial=0.0)))


def _slack(problem: Problem) -> Array:
    """Return the rounding error of the expectation of each row, (K,)."""
    headroom = problem.headroom
    return _ROUNDING * np.where(headroom > 0, headroom, problem.rows.levels)


def _paid(problem: Problem, Q: Array, prices: Array) -> float:
    """Return the cost in nats, at their prices, of the rounding by which Q exceeds the levels."""
    rounding = np.minimum(_slack(problem), np.maximum(problem.headroom, 0.0))
    return float(prices @ np.maximum(rounding, problem.above(Q) - problem.headroom))


def meet_levels(problem: Problem, channel: Array, feasible: Interior | None = None) -> Array:
    """Mix a channel (n, m) that exceeds a level with the least share of one that has slack.

    Return the channel unchanged if it exceeds no level, or if no channel has slack.
    """
    headroom, slack = problem.headroom, _slack(problem)
    if problem.forbidden is None and (problem.above(channel) <= headroom + slack).all():
        return channel
    try:
        feasible = interior(problem) if feasible is None else feasible
    except InfeasibleError:
        return channel
    mixed = channel
    if problem.forbidden is not None:
        safe = feasible.channel(problem.m)
        mixed = np.where(problem.forbidden, 0.0, mixed)
        total = mixed.sum(axis=1, keepdims=True)
        mixed = np.where(total > 0, mixed / np.where(total > 0, total, 1.0), safe)
    # First mix only the atoms in the exceeded rows; mix all atoms if that violates other rows.
    for everywhere in (False, False, False, True, True):
        over = problem.above(mixed)
        bad = (over > headroom + slack) & (feasible.above < headroom)
        if not bad.any():
            break
        share = np.where(bad, (over - headroom) / np.where(bad, over - feasible.above, 1.0), 0.0)
        share = np.minimum(share * (1 + 1e-9), 1.0)
        touched = (problem.rows.weights > 0) | everywhere
        mix = (share[:, None] * touched).max(axis=0)
        mixed = feasible.mixed_into(mixed * (1 - mix)[:, None], mix)
    return mixed


def _information_above(problem: Problem, Q: Array) -> float:
    """Mutual information of a channel, nats, rounded up."""
    pmf, marginal = problem.source.pmf, problem.source.pmf @ Q
    total = size = 0.0
    for some in problem.blocks():
        joint = pmf[some, None] * Q[some]
        ratio = np.divide(Q[some], marginal, out=np.ones_like(joint), where=joint > 0)
        joint *= np.log(ratio, out=ratio)
        total += float(joint.sum())
        size += float(np.abs(joint, out=joint).sum())
    return total + _EPS * (2 * problem.n + 2 * problem.m + 64) * (1 + size)


@dataclass(frozen=True, eq=False)
class Dual:
    """The dual at a marginal r > 0 and slopes λ, with the terms of c(y) for any codeword y.

    c(y) = Σ_x exp(log_weights_x - Σ_k λ_k w_k(x) d_k(x, y)).

    Attributes
    ----------
    problem : Problem
        The problem on the codewords of r.
    marginal : array, (m,)
        r.
    slopes : array, (K,)
        λ, nats per unit of a row's level.
    least, Z : arrays, (n,)
        The smallest exponent of each atom, and Z_x · exp(least).
    """

    problem: Problem
    marginal: Array
    slopes: Array
    least: Array
    Z: Array

    def shares(self) -> Iterator[tuple[slice, Array, Array]]:
        """Yield slices of atoms, each with p_x K_xj / Z_x and the exponents of K."""
        pmf = self.problem.source.pmf
        for some in self.problem.blocks():
            tilt = self.problem.tilt(self.slopes, some)
            kernel = np.exp(self.least[some, None] - tilt)
            kernel *= (pmf[some] / self.Z[some])[:, None]
            yield some, kernel, tilt

    @cached_property
    def log_weights(self) -> Array:
        """Log weight of each atom in c, log(p_x / Z_x), (n,); -∞ for atoms of probability 0."""
        problem = self.problem
        with np.errstate(divide="ignore"):
            logs = np.log(problem.source.pmf) - np.log(self.Z) + self.least
        for index, floor in enumerate(problem.floors):
            mine = problem.rows.matrix == index
            logs = logs + (self.slopes[mine] @ problem.rows.weights[mine]) * floor
        return np.asarray(logs)

    def constraint(self, among: Problem, theta: Array | float = 1.0) -> Array:
        """Return c at each codeword of another problem, (M,), with the atoms' weights scaled by θ.

        At an optimum over these codewords c is at most 1.
        """
        c = np.zeros(among.m)
        side = math.isqrt(_BLOCK)
        for first in range(0, among.n, side):
            atoms = slice(first, first + side)
            for begin in range(0, among.m, side):
                some = slice(begin, begin + side)
                c[some] += self.contributions(among, atoms, some, theta).sum(axis=0)
        return c

    def contributions(
        self, others: Problem, atoms: Index, codewords: Index, theta: Array | float = 1.0
    ) -> Array:
        """Return each atom's term of c at codewords of another problem, (atoms, codewords)."""
        rows, exponent = others.rows, (self.log_weights + np.log(theta))[atoms, None]
        for k in range(len(others.distortions)):
            mine, cost = rows.matrix == k, others.cost(k, atoms, codewords)
            scale = (self.slopes[mine] @ rows.weights[mine][:, atoms])[:, None]
            if (scale == 0).any():
                cost = np.where(np.isfinite(cost) | (scale > 0), cost, 0.0)
            exponent = exponent - scale * cost
        return np.asarray(np.exp(exponent))


def dual_at(problem: Problem, marginal: Array, slopes: Array) -> Dual | None:
    """Evaluate the dual at r (m,) and λ (K,); None where it is -∞."""
    least, Z = np.empty(problem.n), np.empty(problem.n)
    for some in problem.blocks():
        tilt = problem.tilt(slopes, some)
        least[some] = tilt.min(axis=1)
        if not np.isfinite(least[some]).all():
            return None
        Z[some] = np.exp(least[some, None] - tilt) @ marginal
    Z[problem.source.pmf == 0] = 1.0
    if (Z <= 0).any():
        return dual_at(problem, (marginal + 1e-12 / problem.m) / (1 + 1e-12), slopes)
    return Dual(problem, marginal, slopes, least, Z)


def gaussian_sum_at(problem: Problem, marginal: Array, slopes: Array) -> GaussianSum:
    """Return c(y) = Σ_x p_x K(x, y) / Z_x as a function on the whole space, for squared error.

    ``marginal`` (m,) and ``slopes`` (K,) are those of the dual bound.
    """
    dual = dual_at(problem, marginal, slopes)
    if dual is None:
        raise InputError("slopes must leave every atom a codeword of finite cost")
    return _gaussian_sum(dual)


def _gaussian_sum(dual: Dual) -> GaussianSum:
    source, alive = dual.problem.source, dual.problem.source.pmf > 0
    sharpness = dual.slopes @ dual.problem.rows.weights
    return GaussianSum(source.points[alive], dual.log_weights[alive], sharpness[alive])


def _log_supremum(dual: Dual, over: Problem, theta: Array) -> float:
    """Return an upper bound on log sup c over a problem's codewords, weights scaled by θ (n,)."""
    if not over.every:
        logs = dual.log_weights[dual.problem.source.pmf > 0]
        rounding = 16 * _EPS * (400 + float(np.abs(logs).max()))
        return float(np.log(dual.constraint(over, theta).max())) + rounding
    if over.distortion == "squared_error":
        gaussians = _gaussian_sum(dual)
        logs = gaussians.log_weights + np.log(theta[dual.problem.source.pmf > 0])
        return float(np.log(supremum(replace(gaussians, log_weights=logs), _PRECISION).bound))
    corners = over.with_codebook(coordinate_grid(over.source))
    return float(np.log(dual.constraint(corners, theta).max()))


def _dual_below(
    problem: Problem, marginal: Array, slopes: Array, over: Problem | Rivals | None
) -> float:
    """Return the dual value of (r, λ) in nats, rounded down."""
    dual = dual_at(problem, marginal, slopes)
    if dual is None:
        return -np.inf
    pmf = problem.source.pmf
    value = float(pmf @ (dual.least - np.log(dual.Z)))
    value -= float(slopes @ np.maximum(problem.headroom, 0.0))
    c, moment = np.zeros(problem.m), np.zeros(problem.m)
    for _, share, tilt in dual.shares():
        c += share.sum(axis=0)
        np.copyto(tilt, 0.0, where=np.isinf(tilt))
        moment += np.einsum("xj,xj->j", share, tilt)
    # A kernel entry has the rounding error of its exponent, and the headroom that of the level from
    # which the floor was subtracted.
    exponent = (len(slopes) + 4) * _EPS
    fuzz = exponent * float(moment.max())
    fuzz += exponent * float(pmf @ dual.least + slopes @ np.abs(problem.headroom))
    fuzz += 2 * _EPS * float(slopes @ problem.rows.levels)
    fuzz += _EPS * (2 * problem.n + 2 * problem.m + 64) * (1 + float(pmf @ np.abs(np.log(dual.Z))))
    return value - _excess(dual, c, over) - 2 * fuzz


def _excess(dual: Dual, c: Array, over: Problem | Rivals | None) -> float:
    """Return the amount in nats to subtract from the dual value so that c ≤ 1 everywhere.

    Dividing all weights p_x / Z_x by max c costs log max c. If c_j > 1 only for codewords that few
    atoms use, scaling down only these atoms costs less: Σ_x p_x log(1/θ_x).
    """
    plain = float(np.log(c.max()))
    ones = np.ones(dual.problem.n)
    if over is not None and not isinstance(over, Problem):
        return max(plain, over.log_supremum(dual))
    if over is not None:
        plain = max(plain, _log_supremum(dual, over, ones))
    if plain <= (_WORTH_SCALING if over is not None else 0.0):
        return plain
    pmf, theta, scaled = dual.problem.source.pmf, ones, np.zeros_like(c)
    for some, share, _ in dual.shares():
        feeds = share * dual.marginal > 1e-3 * pmf[some, None]
        theta[some] = 1.0 / np.where(feeds, np.maximum(c, 1.0), 1.0).max(axis=1)
        scaled += theta[some] @ share
    if (theta == 1).all():
        return plain
    rest = float(np.log(scaled.max()))
    if over is not None:
        rest = max(rest, _log_supremum(dual, over, theta))
    return min(plain, rest - float(pmf @ np.log(theta)))
