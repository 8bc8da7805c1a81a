"""Solver of R(D, C) over all label distributions, and all reproductions for a free codebook.

Each round solves on a few pairs (y, u), moves pairs to maxima of c, adds those with c > 1 and drops
those without mass.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array, Mask
from rdcore._clock import Clock
from rdcore.classification._dual_constraint import DualConstraint, Places, dual_constraint
from rdcore.classification._start import begun, best_pairs, every_atom
from rdcore.classification._supremum import bound
from rdcore.classification.tasks import Pairs, Task, entropies
from rdcore.errors import InfeasibleError
from rdcore.proof import rounding
from rdcore.proof.dual import Dual, dual_at
from rdcore.proof.feasibility import interior
from rdcore.solvers import InteriorPoint, Solution, Status, solve

# Fractions of the label prices to try where they are higher than a proof needs.
_GENTLER = (0.3, 0.1, 0.03, 0.01)
_ROUNDS = 40
_LIGHT = 1e-7
_FADING = 0.01
_FIRST_ASKED = 1e-5
_MOST_ADDED = 48
# log c above which a pair is moved to a maximum of c.
_PROMISING = -0.5
# Smallest distance of different pairs, in units of the resolution of c.
_APART = 1e-4
_SHARE = 0.02
_PRECISE = 0.01
_INACTIVE, _INACTIVE_AT_LEAST = 0.5, 0.02
_CLIMB = 60
_SAME = 0.02
_FEW = 6
_ENDLESS = Clock()


@dataclass(frozen=True, eq=False)
class AllPairs:
    """All pairs of an allowed reproduction and a label distribution, for a lower bound.

    Attributes
    ----------
    task : Task
    pairs : Pairs
        The pairs of the certified problem.
    precision : float
        Precision of the bound on log sup c, nats.
    """

    task: Task
    pairs: Pairs
    precision: float

    @property
    def scope(self) -> str:
        """Description of the set of codewords."""
        reach = "every reproduction" if self.task.problem.every else "this codebook"
        return f"{reach}, with any label distribution"

    def log_supremum(self, dual: Dual) -> float:
        """Return an upper bound on log sup c over all pairs."""
        c = dual_constraint(self.task, dual)
        margin = rounding.exponential_sum(c.log_weights, self.task.source.n)
        return bound(c, places(self.pairs), self.precision).bound + margin


def places(pairs: Pairs) -> Places:
    """Return pairs as points of the domain of c."""
    where = pairs.codewords if pairs.index is None else pairs.index.astype(np.float64)
    return Places(where, np.hstack(list(pairs.laws)))


def paired(task: Task, found: Places) -> Pairs:
    """Return points of the domain of c as pairs."""
    laws = tuple(np.ascontiguousarray(found.laws[:, side]) for side in task.sides)
    laws = tuple(law / law.sum(axis=1, keepdims=True) for law in laws)
    if task.problem.every:
        return Pairs(found.where, None, laws)
    index = found.where.astype(np.intp)
    return Pairs(task.problem.codewords[index], index, laws)


def exchange(
    task: Task, tol: float, start: Pairs | None = None, until: Clock = _ENDLESS
) -> tuple[Pairs, Solution]:
    """Solve to a certified gap of ``tol`` nats over all pairs, until the time is over.

    ``start`` has initial pairs, for tasks whose labels bind.
    """
    task.require_feasible()
    alone = without_labels(task, tol, until) if start is None else None
    if alone is not None and tells(task, alone[0], alone[1]):
        return alone
    first = begun(task)
    pairs = first if start is None else start
    for others in (first, every_atom(task)):
        if _feasible(task, pairs):
            break
        pairs = pairs.joined(others)
    best: tuple[Pairs, Solution] | None = None
    trace: list[float] = []
    ask = _FIRST_ASKED
    for _ in range(_ROUNDS):
        found = _without_inactive(
            InteriorPoint().solve(
                task.on(pairs), max(min(ask, 1e-3), 0.1 * tol), time_limit=until.left
            ),
            tol,
        )
        proof = AllPairs(task, pairs, _SHARE * tol)
        r = found.marginal if found.prior is None else found.prior
        dual = dual_at(found.problem, r, found.slopes)
        assert dual is not None
        c = dual_constraint(task, dual)
        used = (r > _light(found)) & (found.marginal > 0)
        tops, logs = _peaks(task, c, pairs.some(used), first)
        missing = max(float(logs.max(initial=0.0)), 0.0) + found.certificate.gap
        trace.append(missing)
        if missing <= 0.8 * tol or best is None:
            whole = replace(found, among=proof)
        if missing <= 0.8 * tol:
            whole = _gentler(whole, len(task.levels), tol)
            if whole.certificate.gap <= tol:
                return pairs, whole.ended(Status.CONVERGED, tuple(trace))
            hidden = bound(c, places(pairs), _SHARE * tol)
            if hidden.best <= 0.1 * tol:
                # No pair is missing, but the bound on sup c cannot be tightened.
                return pairs, whole.ended(Status.STALLED, tuple(trace))
            tops = _both(tops, hidden.place)
            logs = np.append(logs, hidden.best)
        ask = min(ask, 0.05 * missing)
        above = np.flatnonzero(logs > 0.02 * tol)
        above = above[np.argsort(-logs[above])][:_MOST_ADDED]
        best = (pairs, found)
        if until.over:
            break
        if not len(above):
            ask = 0.01 * min(ask, tol)
        likely = _both(tops.some(above), places(pairs.some(used)))
        together = _together(task, c, found, pairs, used)
        pairs = _apart(c, together.joined(_placed(task, c, likely)))
        if not _feasible(task, pairs):
            pairs = pairs.joined(every_atom(task))
    assert best is not None
    pairs, found = best
    whole = replace(found, among=AllPairs(task, pairs, _SHARE * tol))
    status = Status.TIME_LIMIT if until.over else Status.ITERATION_LIMIT
    return pairs, whole.ended(status, tuple(trace))


def without_labels(task: Task, tol: float, until: Clock = _ENDLESS) -> tuple[Pairs, Solution]:
    """Return the solution of the problem without the label levels."""
    found = solve(task.problem, tol=tol, time_limit=until.left)
    r = found.marginal if found.prior is None else found.prior
    used = r > 0
    shares = (found.channel[:, used] * task.source.pmf[:, None]).T
    mass = shares.sum(axis=1, keepdims=True)
    laws = (shares / np.where(mass > 0, mass, 1.0)) @ task.joint
    laws = np.where(mass > 0, laws, task.source.pmf @ task.joint)
    index = None if task.problem.every else np.flatnonzero(used)
    where = found.problem.codewords[used]
    parts = tuple(laws[:, side] for side in task.sides)
    pairs = Pairs(where, index, parts)
    whole = Solution(
        task.on(pairs),
        found.channel[:, used] / found.channel[:, used].sum(axis=1, keepdims=True),
        np.append(found.slopes, np.zeros(len(task.levels))),
        found.status,
        found.trace,
        r[used],
        among=AllPairs(task, pairs, _SHARE * tol),
    )
    return pairs, whole


def tells(task: Task, pairs: Pairs, found: Solution) -> bool:
    """Return whether the label distributions of the pairs in use meet the levels C."""
    mass = found.marginal
    return all(
        float(mass @ entropies(law)) <= level
        for law, level in zip(pairs.laws, task.levels, strict=True)
    )


def condensed(task: Task, pairs: Pairs, found: Solution) -> Pairs | None:
    """Return the pairs in use, with clusters around one optimal pair merged."""
    r = found.marginal if found.prior is None else found.prior
    dual = dual_at(found.problem, r, found.slopes)
    if dual is None:
        return None
    return _together(
        task, dual_constraint(task, dual), found, pairs, (r > _light(found)) & (found.marginal > 0)
    )


def tidied(task: Task, pairs: Pairs, found: Solution, tol: float) -> tuple[Pairs, Solution]:
    """Return the solution with clusters of pairs merged, if that keeps the certified gap."""
    few = condensed(task, pairs, found)
    if few is None or len(few) >= len(pairs) or not found.status.converged:
        return pairs, found
    if not _feasible(task, few):
        return pairs, found
    again = _without_inactive(InteriorPoint().solve(task.on(few), _PRECISE * tol), tol)
    again = replace(again, among=AllPairs(task, few, _SHARE * tol))
    if again.certificate.gap > tol:
        return pairs, found
    return few, again.ended(Status.CONVERGED, found.trace)


def _light(found: Solution) -> float:
    """Return the mass below which a pair counts as unused, from complementarity."""
    gap = max(min(found.trace, default=0.0), 0.0)
    return min(max(_LIGHT, _FADING * float(np.sqrt(gap / found.problem.m))), 0.1 / found.problem.m)


def _without_inactive(found: Solution, tol: float) -> Solution:
    """Return the solution with prices of negligible worth set to 0.

    With fewer prices c varies less and is bounded faster.
    """
    worth = found.slopes * np.maximum(found.problem.headroom, 0.0)
    for share in (_INACTIVE, _INACTIVE_AT_LEAST):
        inactive = (worth < share * tol) & (found.slopes > 0)
        if not inactive.any():
            return found
        without = replace(found, slopes=np.where(inactive, 0.0, found.slopes))
        if without.certificate.gap <= found.certificate.gap + _INACTIVE_AT_LEAST * tol:
            return without
    return found


def _peaks(task: Task, c: DualConstraint, used: Pairs, first: Pairs) -> tuple[Places, Array]:
    """Return local maxima of c near the pairs in use and near others with large c.

    Reproductions of a fixed codebook cannot move, so the best label distribution of each is moved.
    """
    near, others = places(used), places(first)
    if c.exponents is None:
        promising = c.logs(others) > _PROMISING
        return c.climb(_both(near, others.some(promising)), rounds=_CLIMB)
    laws = np.vstack([near.laws, others.laws])
    each = np.arange(task.problem.m)
    high = c.on_codebook(laws)
    best = Places(each.astype(np.float64), laws[high.argmax(axis=1)])
    tops, logs = c.climb(best.some(high.max(axis=1) > _PROMISING), rounds=_CLIMB)
    heights_of = np.full(task.problem.m, -np.inf)
    heights_of[tops.where.astype(np.intp)] = logs
    summit = heights_of >= heights_of[task.neighbours].max(axis=1)
    summit[np.argsort(-heights_of)[:_FEW]] = True
    kept = summit[tops.where.astype(np.intp)]
    beside, at = c.climb(near, rounds=_CLIMB)
    return _both(tops.some(kept), beside), np.concatenate([logs[kept], at])


def _gentler(whole: Solution, labels: int, tol: float) -> Solution:
    """Choose lower prices of the labels if that is needed to prove the gap.

    At the minimum H(S|X) any price proves it that is high enough, and the highest costs precision.
    """
    tries, share = [whole], np.ones(len(whole.slopes))
    for factor in _GENTLER:
        if tries[-1].certificate.gap <= tol:
            break
        share[len(share) - labels :] = factor
        tries.append(replace(whole, slopes=whole.slopes * share))
    return min(tries, key=lambda one: one.certificate.gap)


def _both(one: Places, other: Places) -> Places:
    return Places(*(np.concatenate(parts) for parts in zip(one, other, strict=True)))


def _together(task: Task, c: DualConstraint, found: Solution, pairs: Pairs, used: Mask) -> Pairs:
    """Merge the pairs in use that lead to the same maximum of c.

    The centroid of a cluster is close to the optimal pair inside it.
    """
    here = places(pairs.some(used))
    spots = _spots(c, c.climb(here, rounds=_CLIMB)[0])
    order = np.unique(np.round(spots / _SAME), axis=0, return_inverse=True)[1].ravel()
    count = int(order.max()) + 1
    member = np.zeros((len(order), count))
    member[np.arange(len(order)), order] = 1.0
    shares = (found.channel[:, used] * task.source.pmf[:, None] @ member).T
    shares /= shares.sum(axis=1, keepdims=True)
    if task.problem.every or c.indifferent:
        return best_pairs(task, shares)
    where = np.zeros(count)
    where[order] = here.where
    return paired(task, Places(where, shares @ task.joint))


def _placed(task: Task, c: DualConstraint, found: Places) -> Pairs:
    """Return places as pairs; if c is the same for all codewords, take that of least distortion."""
    if not c.indifferent:
        return paired(task, found)
    terms = c.terms(found)
    best = best_pairs(task, terms / np.maximum(terms.sum(axis=1, keepdims=True), 1e-300))
    return paired(task, Places(places(best).where, found.laws))


def _feasible(task: Task, pairs: Pairs) -> bool:
    try:
        return interior(task.on(pairs)).excess < 0
    except InfeasibleError:
        return False


def _apart(c: DualConstraint, pairs: Pairs) -> Pairs:
    """Drop pairs that coincide with an earlier one."""
    spots = _spots(c, places(pairs))
    _, kept = np.unique(np.round(spots / _APART), axis=0, return_index=True)
    return pairs.some(np.sort(kept))


def _spots(c: DualConstraint, found: Places) -> Array:
    """Return places in coordinates in which c varies on a scale of about 1, (N, D)."""
    where, laws = found
    roots = np.sqrt(laws) * np.sqrt(max(float(c.prices.max()), 1e-9))
    if c.indifferent:
        return np.asarray(roots)
    if c.sharpness is not None:
        where = where * np.sqrt(max(float(c.sharpness.max()), 1e-300))
    else:
        where = where[:, None]
    return np.hstack([where, roots])
