"""Certificates: a lower and an upper bound on a rate from the data of the problem alone.

The bounds hold for any channel and any slopes, so an error in a solver cannot affect them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats
from rdcore._html import table
from rdcore.errors import InfeasibleError, InputError, ProofError
from rdcore.problem import Problem
from rdcore.proof import rounding
from rdcore.proof.dual import Dual, dual_at, gaussian_sum
from rdcore.proof.feasibility import Restricted, overshoot, restricted
from rdcore.proof.scaling import Scaling, scaled_down
from rdcore.proof.supremum import supremum

_LN2 = float(np.log(2))
# A channel that overshoots by no more than this share of the headroom meets the levels but for
# what a solver or a mixture left; it is mended before its rate counts.
_NEARLY = 1e-9
# How closely the supremum of c over all of space is bounded, relatively.
_PRECISION = 2e-11
_TINY = float(np.finfo(np.float64).tiny)
# log sup c above which it may pay to scale single atoms down.
_WORTH_SCALING = 1e-10


@dataclass(frozen=True)
class Certificate:
    """Proved bounds on R at the levels of a problem.

    Attributes
    ----------
    lower, upper : float
        lower ≤ R ≤ upper, nats, rounded outward.
    violation : float
        By how much the channel overshoots a level at the most, as a share of the headroom that the
        level leaves above the smallest that can be met; 0 if it meets all.
        ``upper`` is about a channel that does meet them, mixed from this one where it had to be.
    scope : str
        The set of codebooks to which the bounds apply.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> proof = rd.solve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])).certificate
    >>> bool(proof.lower <= proof.upper), bool(proof.gap < 1e-9), proof.scope
    (True, True, 'this codebook')
    """

    lower: float
    upper: float
    violation: float
    scope: str

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        bounds = f"{self.lower_bits:.10g} to {self.upper_bits:.10g} bits"
        return table(
            [("rate", bounds), ("gap", f"{self.gap_bits:.2g} bits"), ("scope", self.scope)]
        )

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
        bound on the maximum of c over the whole space. For squared and absolute error, and on
        the line for ``OffBy`` and ``Relative``.
    among : Problem or Rivals, optional
        The same problem on a larger set of codewords, over which to prove the lower bound.

    Returns
    -------
    Certificate
        The bounds, nats, rounded outward.

    Raises
    ------
    InputError
        If a shape does not fit, the channel is not stochastic or a slope is negative.

    References
    ----------
    R. E. Blahut, IEEE Trans. Inf. Theory 18(4), 1972; T. Berger, Rate Distortion Theory, 1971.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> proof = certify(task, [[0.9, 0.1], [0.1, 0.9]], slopes=[2.0])
    >>> bool(proof.lower_bits < 0.4122953 < proof.upper_bits)
    True
    """
    over = problem.with_every() if every else among
    with np.errstate(all="ignore"):
        return _certified(problem, _checked(problem, channel, slopes), prior, over)


def _certified(
    problem: Problem,
    proposal: tuple[Array, Array],
    prior: ArrayLike | None,
    over: Problem | Rivals | None,
) -> Certificate:
    Q, prices = proposal
    violation = _violation(problem, Q)
    mended = _mended(problem, Q)
    upper = np.inf if mended is None else _information_above(problem, mended.channel)
    r = problem.source.pmf @ Q if prior is None else floats(prior, "prior")
    if r.shape != (problem.m,) or not (np.isfinite(r).all() and (r >= 0).all() and r.any()):
        raise InputError(f"prior must be {problem.m} non-negative numbers, not all 0")
    headroom = problem.headroom if mended is None else mended.headroom
    lower = _dual_below(problem, (r / r.sum(), prices), headroom, over)
    lower = lower if lower > 0 else 0.0
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
    if lower - upper > rounding.CROSSING * (1 + abs(upper)):
        raise ProofError(
            f"the lower bound {lower!r} nats lies above the upper bound {upper!r} nats: one of the "
            "proofs is wrong; please report the problem with its data"
        )
    return max(upper, lower)


def line_slopes(lowers: Array, slopes: Array) -> Array:
    """Return the slopes (L, …) of the lines of support through lower bounds (L,).

    A bound that was below 0 and is taken to be 0 has lost its slope: only R ≥ 0 is left of it.

    Parameters
    ----------
    lowers : array, (L,)
        Lower bounds, nats.
    slopes : array, (L, …)
        The slopes at which they were found.

    Returns
    -------
    array, (L, …)
        The slopes, 0 where the bound is 0.

    Examples
    --------
    >>> import numpy as np
    >>> line_slopes(np.array([0.0, 0.5]), np.array([2.0, 3.0])).tolist()
    [0.0, 3.0]
    """
    known = lowers > 0
    return np.where(known.reshape(known.shape + (1,) * (slopes.ndim - known.ndim)), slopes, 0.0)


def achieved(problem: Problem, channel: Array) -> float:
    """Bound R from above by a channel (n, m) alone, nats: its rate; ∞ if it overshoots a level.

    What rounding has left of overshoot is mended first.
    """
    if _violation(problem, channel) > _NEARLY:
        return np.inf
    mended = _mended(problem, channel)
    return np.inf if mended is None else _information_above(problem, mended.channel)


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
    return (Q if off.max() <= rounding.ROW_SUM else Q / totals[:, None]), prices


def _ready(channel: ArrayLike) -> TypeGuard[Array]:
    return isinstance(channel, np.ndarray) and channel.dtype == np.float64


def _violation(problem: Problem, Q: Array) -> float:
    """Return the largest overshoot of a row, relative to its headroom, or to its usual cost."""
    if problem.forbidden is not None and Q[problem.forbidden].any():
        return np.inf
    above, headroom = problem.above(Q), np.maximum(problem.headroom, 0.0)
    over = above * (1 - rounding.expectation(problem.n, problem.m)) - headroom
    scale = np.where(headroom > _TINY, headroom, np.where(problem.typical > 0, problem.typical, 1))
    return max(0.0, float((over / scale).max(initial=0.0)))


class _Mended(NamedTuple):
    """A channel (n, m) that meets the levels, and the headroom (K,) that it needs for that."""

    channel: Array
    headroom: Array


def _mended(problem: Problem, Q: Array, known: Restricted | None = None) -> _Mended | None:
    """Mix a channel with one that has slack, as little as is needed to meet the levels.

    None if no channel meets them. The channel is as it was if it meets them itself. Where no
    channel has slack the headroom is raised to what the feasible one needs, which is rounding.
    """
    if (overshoot(problem, Q) <= 0).all():
        return _Mended(Q, problem.headroom)
    try:
        known = restricted(problem) if known is None else known
    except InfeasibleError:
        return None
    feasible, mixed = known.feasible, Q
    allowed = known.headroom
    forbidden = known.problem.forbidden
    if forbidden is not None:
        safe = feasible.channel(problem.m)
        mixed = np.where(forbidden, 0.0, mixed)
        total = mixed.sum(axis=1, keepdims=True)
        mixed = np.where(total > 0, mixed / np.where(total > 0, total, 1.0), safe)
    margin = rounding.expectation(problem.n, problem.m)
    # Only the atoms that an overshot row weighs need to move; all of them do if that upsets others.
    for everywhere in (False, False, False, True, True):
        over = known.overshoot(mixed)
        bad = over > 0
        if not bad.any():
            break
        above = known.problem.above(mixed)
        run = above - feasible.above
        kept = (allowed * (1 - 4 * margin) - feasible.above) / np.where(run > 0, run, 1.0)
        kept = np.where(bad, np.where(run > 0, np.clip(kept, 0.0, 1.0), 0.0), 1.0)
        touched = (problem.rows.weights > 0) | everywhere
        keep = np.where(touched, kept[:, None], 1.0).min(axis=0, initial=1.0)
        mixed = feasible.mixed_into(mixed * keep[:, None], 1 - keep)
    else:
        mixed = feasible.channel(problem.m)
    if known.problem is problem:
        headroom = allowed
    else:
        # In units above the floors of the problem itself the forbidden pairs are not missing.
        needs = problem.above(mixed) * (1 + margin)
        raised = allowed > known.problem.headroom
        headroom = np.where(raised, np.maximum(problem.headroom, needs), problem.headroom)
    return _Mended(mixed, headroom)


def meet_levels(problem: Problem, channel: Array, known: Restricted | None = None) -> Array:
    """Mix a channel (n, m) that overshoots with one that has slack, as little as is needed.

    Returns the channel as it was if it does not overshoot, or if no channel meets the levels.

    Parameters
    ----------
    problem : Problem
        A problem on a fixed codebook.
    channel : array, (n, m)
        P(Y=j | X=x).
    known : optional
        The problem without its forbidden pairs, where the caller has it.

    Returns
    -------
    array, (n, m)
        The mixture.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.5)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> meet_levels(task, np.full((2, 2), 0.5)).round(3).tolist()
    [[0.9, 0.1], [0.1, 0.9]]
    """
    mended = _mended(problem, channel, known)
    return channel if mended is None else mended.channel


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
    return total + rounding.information(problem.n, problem.m, size)


def _log_supremum(dual: Dual, over: Problem, theta: Array, peaks: Array | None) -> float:
    """Bound log sup c over a problem's codewords from above, the weights scaled by θ (n,)."""
    alive = dual.problem.source.pmf > 0
    logs = dual.log_weights[alive] + np.log(theta[alive])
    margin = rounding.exponential_sum(logs, dual.problem.n)
    if over.every and over.distortions == ["squared_error"]:
        gaussians = replace(gaussian_sum(dual), log_weights=logs)
        return float(np.log(supremum(gaussians, _PRECISION, peaks).bound)) + margin
    among = over.with_codebook(over.sufficient) if over.every else over
    return float(np.log(dual.constraint(among, theta).max())) + margin


def _dual_below(
    problem: Problem,
    at: tuple[Array, Array],
    headroom: Array,
    over: Problem | Rivals | None,
) -> float:
    """Dual value at r (m,) and λ (K,), with what the levels leave (K,), nats, rounded down."""
    marginal, slopes = at
    dual = dual_at(problem, marginal, slopes)
    if dual is None:
        return -np.inf
    pmf = problem.source.pmf
    logs = np.log(dual.Z)
    paid = float(slopes @ np.maximum(headroom, 0.0))
    value = float(pmf @ (dual.least - logs)) - paid
    c, moment = np.zeros(problem.m), np.zeros(problem.m)
    for _, share, tilt in dual.shares():
        c += share.sum(axis=0)
        np.copyto(tilt, 0.0, where=np.isinf(tilt))
        moment += np.einsum("xj,xj->j", share, tilt)
    excess, scaled = _excess(dual, c, over)
    margin = rounding.dual(
        problem.n,
        problem.m,
        rows=len(slopes),
        moment=float(moment.max()) + float(pmf @ dual.least) + paid,
        size=float(pmf @ np.abs(logs)) + scaled,
    )
    return value - excess - margin


def _excess(dual: Dual, c: Array, over: Problem | Rivals | None) -> tuple[float, float]:
    """Return what must be taken off the dual value so that c ≤ 1 everywhere, nats.

    Dividing all weights p_x / Z_x by max c costs log max c. Where c > 1 only at columns or places
    that few atoms feed, it is cheaper to scale down just those atoms: Σ_x p_x log(1/θ_x), which
    comes second.
    """
    first = Scaling(np.ones(dual.problem.n), 0.0, float(np.log(c.max())))
    if over is None:
        best = first if first.seen <= 0 else min(first, _with_columns(dual, c, first), key=_cost)
    elif not isinstance(over, Problem):
        best = first._replace(seen=max(first.seen, over.log_supremum(dual)))
    elif over.every and over.distortions == ["squared_error"]:
        best = _over_space(dual, c, over, first)
    else:
        best = _topped(dual, over, first)
        if best.seen > _WORTH_SCALING:
            best = min(best, _topped(dual, over, _with_columns(dual, c, first)), key=_cost)
    return best.excess, best.paid


def _cost(scaling: Scaling) -> float:
    return scaling.excess


def _over_space(dual: Dual, c: Array, over: Problem, first: Scaling) -> Scaling:
    """Return the better scaling over a free codebook.

    A supremum takes long; what is seen at the maxima of c tells which one will be lower.
    """
    gaussians, alive = gaussian_sum(dual), dual.problem.source.pmf > 0
    peaks = gaussians.maxima()
    best = first._replace(seen=max(first.seen, gaussians.log_largest(peaks)))
    if best.seen > _WORTH_SCALING:
        some = scaled_down(gaussians, dual.problem.source.pmf[alive], peaks)
        theta = first.theta.copy()
        theta[alive] = some.theta
        best = min(best, _with_columns(dual, c, some._replace(theta=theta)), key=_cost)
    return _topped(dual, over, best, peaks)


def _topped(dual: Dual, over: Problem, one: Scaling, peaks: Array | None = None) -> Scaling:
    """Return a scaling with a bound on c over all codewords of a problem."""
    return one._replace(seen=max(one.seen, _log_supremum(dual, over, one.theta, peaks)))


def _with_columns(dual: Dual, c: Array, one: Scaling) -> Scaling:
    """Scale down also the atoms that feed codewords where c (m,) exceeds 1."""
    pmf, theta, scaled = dual.problem.source.pmf, one.theta.copy(), np.zeros_like(c)
    for some, share, _ in dual.shares():
        feeds = share * dual.marginal > 1e-3 * pmf[some, None]
        mine = 1.0 / np.where(feeds, np.maximum(c, 1.0), 1.0).max(axis=1)
        theta[some] = np.minimum(theta[some], mine)
        scaled += theta[some] @ share
    seen = float(np.log(scaled.max()))
    if one.paid > 0:
        seen = max(seen, one.seen)
    return Scaling(theta, -float(pmf @ np.log(theta)), seen)
