r"""Certified bounds on the rate of components side by side, which add up.

At slopes λ the dual of the whole is the sum of those of the components less what the levels leave,

.. math:: R \ge \sum_i m_i \min_{r_i} \Phi_i(r_i, s_i) - λ \cdot b, \qquad s_i = \sum_k λ_k w_{ik},

and channels that meet the levels together have the rate :math:`\sum_i m_i I_i`. Only the data of
the components is used, and no solver.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices, Mask
from rdcore.parallel._batches import Stack
from rdcore.parallel.components import ParallelTask
from rdcore.problem import GaussianSum
from rdcore.proof import rounding
from rdcore.proof.certificates import above
from rdcore.proof.suprema import suprema
from rdcore.proof.supremum import supremum

# A codeword that takes a smaller share of an atom does not count as fed by it.
_FED = 1e-3
# How often atoms that make a maximum above 1 are scaled down at the most.
SCALINGS = 3
# Where c exceeds 1 by more, scaling atoms does not help enough.
_WORTH = 0.1
# Atoms in the tails whose scaling costs less than this share of the precision are scaled more.
_CHEAP, _MORE = 0.3, 1.5
# The supremum is bounded this closely in a component, relative to 1, at the least and at the most.
_FINEST, _COARSEST = 1e-11, 1e-3


class Parts(NamedTuple):
    """What is known of each component, (L,) unless stated otherwise, nats for one copy.

    Attributes
    ----------
    dual : array
        -Σ p log Z, with costs above the floors.
    excess : array
        What must be taken off the dual so that c ≤ 1 at all codewords that are admitted.
    information : array
        Rate of the channel.
    errors, floors : arrays
        Squared error above the floor of each atom, and those floors.
    margins : array, (L, 2)
        How far rounding can move the dual and the information.
    largest : array
        A bound on the rate of any channel on these codewords.
    owners, peaks, values, curvatures : arrays, (P,), (P, d), (P,) and (P,)
        Local maxima of c where the codebook is free: of which component, where, c there, and minus
        its second derivative in units of 2s.
    """

    dual: Array
    excess: Array
    information: Array
    errors: Array
    floors: Array
    margins: Array
    largest: Array
    owners: Indices
    peaks: list[Array]
    values: Array
    curvatures: Array

    def replaced(self, which: Mask, other: Parts) -> Parts:
        """Return the parts with those of ``other`` for the components in ``which`` (L,)."""

        def chosen(mine: Array, theirs: Array) -> Array:
            return np.asarray(np.where(which if mine.ndim == 1 else which[:, None], theirs, mine))

        return self._replace(
            dual=chosen(self.dual, other.dual),
            excess=chosen(self.excess, other.excess),
            information=chosen(self.information, other.information),
            errors=chosen(self.errors, other.errors),
            floors=chosen(self.floors, other.floors),
            margins=chosen(self.margins, other.margins),
            largest=chosen(self.largest, other.largest),
        )


class Bounds(NamedTuple):
    """Bounds on the rate, nats, and what each component contributes.

    Attributes
    ----------
    lower, upper : float
    mixed : float
        Share of the nearest codeword in the channels, which makes them meet the levels.
    rates, errors : arrays, (L,)
        Rate in nats and squared error of a copy of each component, under these channels.
    """

    lower: float
    upper: float
    mixed: float
    rates: Array
    errors: Array


def measured(
    task: ParallelTask,
    masses: list[tuple[Stack, Array]],
    slopes: Array,
    precision: float,
    *,
    everywhere: bool = True,
    scalings: int = SCALINGS,
) -> Parts:
    """Evaluate masses (B, m) at slopes (K,), and bound c over all admitted codewords.

    ``precision`` is how closely, in nats for each copy. Without ``everywhere`` the bound is one
    over the codewords of the batches only. ``scalings`` is how often atoms that make a maximum
    above 1 are scaled down.
    """
    count = len(task.copies)
    dual, excess, information, errors, floors, largest = (np.zeros(count) for _ in range(6))
    margins = np.zeros((count, 2))
    owners, peaks, values, curvatures = [], [], [], []
    close = float(np.clip(precision, _FINEST, _COARSEST))
    for batch, r in masses:
        i, s = batch.which, task.weights[batch.which] @ slopes
        one = _evaluated(batch, r / r.sum(axis=1, keepdims=True), s)
        dual[i], information[i] = one.dual, one.information
        errors[i], floors[i], margins[i] = one.error, one.floor, one.margins
        largest[i] = one.largest
        least = np.minimum(one.plain, one.scaled + one.paid)
        every = np.array([task.components[k].every for k in i])
        if everywhere and every.any():
            where = np.flatnonzero(every)
            better = (one.scaled + one.paid < one.plain)[where]
            theta = np.where(better[:, None], one.log_theta[where], 0.0)
            part = batch.only(where)
            found = _everywhere(part, one.logs[where], s[where], theta, close, scalings)
            least[where] = found.excess
            owners.append(i[where][found.owners])
            peaks.append(found.places)
            values.append(found.values)
            curvatures.append(found.curvatures)
        excess[i] = least
    return Parts(
        dual,
        excess,
        information,
        errors,
        floors,
        margins,
        largest,
        np.concatenate([np.empty(0, np.intp), *owners]),
        [point for block in peaks for point in block],
        np.concatenate([np.empty(0), *values]),
        np.concatenate([np.empty(0), *curvatures]),
    )


class _Evaluated(NamedTuple):
    dual: Array
    plain: Array
    scaled: Array
    paid: Array
    log_theta: Array
    logs: Array
    information: Array
    error: Array
    floor: Array
    largest: Array
    margins: Array


def _evaluated(batch: Stack, r: Array, s: Array) -> _Evaluated:
    B, n = batch.p.shape
    dual, plain, scaled, paid, information, error, floor, largest = np.zeros((8, B))
    theta, logs, margins = np.zeros((B, n)), np.empty((B, n)), np.empty((B, 2))
    m = batch.real.shape[1]
    for some in batch.parts():
        above_floor, least = batch.squares(some)
        kernel = np.exp(-s[some, None, None] * above_floor)
        if not batch.real[some].all():
            above_floor = np.where(np.isfinite(above_floor), above_floor, 0.0)
            kernel *= batch.real[some][:, None, :]
        p = batch.p[some]
        Z = np.maximum(np.matmul(kernel, r[some][:, :, None])[:, :, 0], rounding.LEAST_Z)
        log_Z, share = np.log(Z), p / Z
        c = np.matmul(share[:, None, :], kernel)[:, 0]
        costs = kernel * above_floor
        mean = np.matmul(costs, r[some][:, :, None])[:, :, 0] / Z
        moment = s[some] * np.matmul(share[:, None, :], costs)[:, 0].max(axis=1)
        dual[some] = -(p * log_Z).sum(axis=1)
        error[some], floor[some] = (p * mean).sum(axis=1), (p * least).sum(axis=1)
        q = r[some] * c
        nudge = (q * np.log(np.where(c > 0, c, 1.0))).sum(axis=1)
        information[some] = dual[some] - s[some] * error[some] - nudge
        # A kernel that was lost to underflow leaves no channel.
        lost = ((Z <= rounding.LEAST_Z) & (p > 0)).any(axis=1)
        information[some] = np.where(lost, np.inf, information[some])
        plain[some] = np.log(c.max(axis=1))
        theta[some], paid[some], scaled[some] = _scaled(kernel, r[some], Z, p, c)
        with np.errstate(divide="ignore"):
            logs[some] = np.log(p) - log_Z + s[some, None] * least
        size = (p * np.abs(log_Z)).sum(axis=1) + paid[some]
        unit = rounding.dual(n, m, rows=1, moment=0.0, size=0.0)
        moved = moment + s[some] * error[some]
        margins[some, 0] = unit * (1 + size) + 2 * rounding.exponent(1) * moved
        margins[some, 1] = margins[some, 0] + rounding.information(n, m, 1.0) * (1 + size + moved)
        live = np.where(p > 0, p, 1.0)
        entropy = -(p * np.log(live)).sum(axis=1)
        largest[some] = np.minimum(entropy, np.log(batch.sizes[some]))
        largest[some] += rounding.information(n, m, 1.0) * (1 + entropy)
    return _Evaluated(
        dual, plain, scaled, paid, theta, logs, information, error, floor, largest, margins
    )


def _scaled(kernel: Array, r: Array, Z: Array, p: Array, c: Array) -> tuple[Array, Array, Array]:
    """Scale down the atoms that feed columns above 1: log θ (b, n), its price (b,), log max c."""
    log_theta, paid = np.zeros_like(p), np.zeros(len(p))
    rest = np.log(c.max(axis=1))
    high = np.flatnonzero(rest > 0)
    if len(high):
        fed = kernel[high] * r[high][:, None, :] > _FED * Z[high][:, :, None]
        tops = np.where(fed, np.maximum(c[high], 1.0)[:, None, :], 1.0).max(axis=2)
        log_theta[high] = -np.log(tops)
        paid[high] = -(p[high] * log_theta[high]).sum(axis=1)
        weights = p[high] / Z[high] / tops
        rest[high] = np.log(np.matmul(weights[:, None, :], kernel[high])[:, 0].max(axis=1))
    return log_theta, paid, rest


class _Everywhere(NamedTuple):
    """Bounds on log sup c and what θ has cost, (B,), and the local maxima of c before that."""

    excess: Array
    owners: Indices
    places: list[Array]
    values: Array
    curvatures: Array


def _everywhere(
    batch: Stack, logs: Array, s: Array, theta: Array, close: float, scalings: int
) -> _Everywhere:
    """Bound log sup c of log weights (B, n) over the space, scaled down by log θ (B, n)."""
    first = _tops(batch, logs + theta, s, close)
    excess = first.excess - (batch.p * theta).sum(axis=1)
    high = first
    mine = np.arange(len(s))
    for _ in range(scalings):
        # The atoms that make a maximum above 1 are scaled down, which is cheap in the tails.
        worth = excess[mine] < _WORTH
        some = np.unique(high.owners[(high.values > 1 + close) & worth[high.owners]])
        if batch.x.shape[2] > 1 or not len(some):
            break
        own = mine[some]
        again = _lowered(batch.only(own), (logs[own], s[own], theta[own]), high, some, close)
        mine = own
        theta[mine] = again
        part = batch.only(mine)
        high = _tops(part, logs[mine] + again, s[mine], close)
        paid = -(part.p * again).sum(axis=1)
        excess[mine] = np.minimum(excess[mine], high.excess + paid)
    return first._replace(excess=excess)


def _lowered(
    batch: Stack,
    terms_of: tuple[Array, Array, Array],
    high: _Everywhere,
    some: Indices,
    close: float,
) -> Array:
    """Return log θ (B, n) that takes the maxima of the components ``some`` down to 1.

    It costs the least to scale the atoms whose term in c is largest for their probability, as few
    as make half of the maximum, or all those that cost next to nothing.
    """
    logs, s, theta = terms_of
    theta = theta.copy()
    place = np.searchsorted(some, high.owners)
    for peak in np.flatnonzero((high.values > 1 + close) & np.isin(high.owners, some)):
        k, top = place[peak], high.values[peak]
        far = ((batch.x[k] - high.places[peak]) ** 2).sum(axis=1)
        terms = np.exp(np.minimum(logs[k] + theta[k] - s[k] * far, 0.0))
        ratio = np.divide(terms, batch.p[k], out=np.zeros_like(terms), where=batch.p[k] > 0)
        order = np.argsort(-ratio)
        total = np.cumsum(terms[order])
        cheap = np.cumsum(batch.p[k, order]) <= _CHEAP * close / np.log(top)
        half = int(np.searchsorted(total, 0.5 * total[-1])) + 1
        count, log_keep = int(cheap.sum()), -_MORE * np.log(top)
        if count < half:
            count = half
            log_keep = np.log(max(1 - (top - 1) * total[-1] / top / total[half - 1], 1 / top))
        theta[k, order[:count]] += log_keep
    return theta


def _tops(batch: Stack, logs: Array, s: Array, close: float) -> _Everywhere:
    noise = np.array([rounding.exponential_sum(row, len(row)) for row in logs])
    if batch.x.shape[2] == 1:
        found = suprema(batch.x[:, :, 0], logs, s, np.full(len(s), close))
        tops = np.log(np.maximum(found.bounds, 1e-300)) + noise
        places = list(found.peaks[:, None])
        return _Everywhere(tops, found.owners, places, found.values, found.curvatures)
    tops, owners, places, values = np.empty(len(s)), [], [], []
    for k in range(len(s)):
        alive = logs[k] > -np.inf
        count = int(alive.sum())
        one = GaussianSum(batch.x[k][alive], logs[k][alive], np.full(count, max(s[k], 1e-300)))
        tops[k] = math.log(supremum(one, close).bound) + noise[k]
        summits = one.climb(one.summits(0.9), steps=20)
        owners += [k] * len(summits)
        places += list(summits)
        values += one.values(summits).tolist()
    return _Everywhere(
        tops, np.array(owners, np.intp), places, np.array(values), np.ones(len(values))
    )


def combined(task: ParallelTask, parts: Parts, slopes: Array) -> Bounds:
    """Add up the bounds of the components at slopes (K,), rounded outward."""
    size = float(task.copies @ (np.abs(parts.dual) + np.abs(parts.excess)))
    floors, errors = task.total(parts.floors), task.total(parts.errors)
    blur = rounding.levels(task.bounds + floors)
    duals = task.copies * (parts.dual - parts.excess - parts.margins[:, 0])
    left = task.bounds - floors
    paid = float(slopes @ np.maximum(left + blur, 0.0))
    lower = math.fsum(duals) - paid - rounding.terms(size + paid)
    n = max(part.source.n for part in task.components)
    room = left * (1 - 2 * rounding.expectation(n, n)) - blur
    kept = np.divide(room, errors, out=np.ones_like(room), where=errors > 0)
    mixed = 1 - float(np.clip(kept.min(initial=1.0), 0.0, 1.0))
    if not (room >= 0).all():
        return Bounds(max(lower, 0.0), np.inf, 1.0, parts.information, parts.floors)
    rates = (1 - mixed) * (parts.information + parts.margins[:, 1]) + mixed * parts.largest
    rates = np.maximum(rates, 0.0)
    upper = math.fsum(task.copies * rates) * (1 + rounding.terms(1.0))
    lower = max(lower, 0.0)
    reached = parts.floors + (1 - mixed) * parts.errors
    return Bounds(lower, above(upper, lower), mixed, rates, reached)
