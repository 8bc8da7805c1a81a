"""Certificates from atoms in shards: the sums over atoms that a proof needs, and what they prove.

A shard has some of the atoms. Each pass over it returns sums; nothing of the size of all atoms is
built. The distortion is one function of an atom and a codeword, so that the channel that takes the
nearest codeword meets every level that can be met.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Any, NamedTuple

import numpy as np

from rdcore._arrays import Array, Indices
from rdcore.problem.distortions import Distortion, matrix
from rdcore.problem.exact_sums import dot_parts
from rdcore.proof import rounding
from rdcore.proof.certificates import Certificate, above

# Pairs of an atom and a codeword that are processed at a time.
_BLOCK = 1 << 16
# An atom feeds the columns from which it gets more than this share of its mass.
_FEEDS = 1e-3
# log max c above which it may pay to scale single atoms down.
_WORTH_SCALING = 1e-10
_MIXTURES = 5


@dataclass(frozen=True, eq=False)
class Shard:
    """Some atoms of a problem, all of positive probability.

    Attributes
    ----------
    points : array, (a, d)
        The atoms.
    pmf : array, (a,)
        Their probabilities in the whole source.
    weights : array, (K, a)
        The weights of the rows.
    candidates : array, (M, d)
        All codewords.
    distortion : str or callable
        The distortion of all rows.
    """

    points: Array
    pmf: Array
    weights: Array
    candidates: Array
    distortion: Distortion

    def blocks(self, codewords: int) -> Iterator[slice]:
        """Yield slices of atoms so short that arrays (atoms, codewords) stay small."""
        size = max(1, _BLOCK // codewords)
        for first in range(0, len(self.pmf), size):
            yield slice(first, first + size)

    def costs(self, some: slice, codewords: Array) -> Array:
        """Return the distortion of some atoms to codewords, (atoms, codewords)."""
        x = self.points[some]
        if self.distortion != "squared_error":
            return np.array(matrix(self.distortion, x, codewords))
        total = np.subtract.outer(x[:, 0], codewords[:, 0])
        np.square(total, out=total)
        for axis in range(1, x.shape[1]):
            part = np.subtract.outer(x[:, axis], codewords[:, axis])
            total += np.square(part, out=part)
        return total

    def over(self, some: slice, codewords: Array) -> tuple[Array, Array]:
        """Return the distortion minus its smallest value, and that value (atoms,)."""
        cost = self.costs(some, codewords)
        floor = cost.min(axis=1)
        cost -= floor[:, None]
        return cost, floor


class DualPoint(NamedTuple):
    """Active codewords (m,) among the candidates, their masses r (m,) and the slopes λ (K,)."""

    active: Indices
    r: Array
    slopes: Array


class Sums(NamedTuple):
    """What a pass returns: terms that add up over shards, and terms of which the largest counts.

    Tuples among the terms are joined.
    """

    added: tuple[Any, ...]
    largest: tuple[float, ...] = ()


Pass = Callable[..., Sums]
Each = Callable[..., Sequence[Sums]]
"""``each(work, *arguments)`` returns ``work(shard, *arguments)`` for all shards in order."""


def total(parts: Sequence[Sums]) -> Sums:
    """Add the sums of shards in order."""
    added = list(parts[0].added)
    for part in parts[1:]:
        added = [one + other for one, other in zip(added, part.added, strict=True)]
    columns = zip(*(part.largest for part in parts), strict=True)
    return Sums(tuple(added), tuple(max(column) for column in columns))


class Levels(NamedTuple):
    """What the levels leave on some codewords.

    Attributes
    ----------
    least, headroom : arrays, (K,)
        The smallest value of each row, and the level minus it.
    typical, mass, largest : arrays, (K,)
        What each row costs above ``least`` with a codeword drawn at random, Σ p w and max w.
    spread : float
        Mean cost above the smallest of each atom.
    """

    least: Array
    headroom: Array
    typical: Array
    mass: Array
    largest: Array
    spread: float


def floor_sums(shard: Shard, active: Indices) -> Sums:
    """Sum the smallest costs without rounding, (row, high, low) a block, and the mean costs."""
    codewords = shard.candidates[active]
    typical, spread = np.zeros(len(shard.weights)), 0.0
    parts: list[tuple[int, float, float]] = []
    for some in shard.blocks(len(active)):
        cost, floor = shard.over(some, codewords)
        weights, pmf = shard.weights[:, some], shard.pmf[some]
        mean = pmf * cost.mean(axis=1)
        typical += weights @ mean
        spread += float(mean.sum())
        parts += [(k, *dot_parts(row, pmf, floor)) for k, row in enumerate(weights)]
    exact = tuple((k, *_two(parts, k)) for k in range(len(typical)))
    largest = tuple(float(row.max()) for row in shard.weights)
    return Sums((exact, typical, shard.weights @ shard.pmf, spread), largest)


def _two(parts: Sequence[tuple[int, float, float]], row: int) -> tuple[float, float]:
    """Return the sum of a row's parts as a float, and what rounding took from it."""
    terms = [value for k, *both in parts if k == row for value in both]
    whole = fsum(terms)
    return whole, fsum([*terms, -whole])


def levels_on(each: Each, levels: Array, active: Indices) -> Levels:
    """Return what levels (K,) leave on the active codewords."""
    found = total(each(floor_sums, active))
    parts, typical, mass, spread = found.added
    exact = np.array([_two(parts, k) for k in range(len(levels))]).reshape(-1, 2)
    headroom = (levels - exact[:, 0]) - exact[:, 1]
    return Levels(exact[:, 0], headroom, typical, mass, np.array(found.largest), spread)


class _Kernel(NamedTuple):
    """A block of atoms: their weights, K / Z (atoms, m), costs above the floor, floors and Z."""

    some: slice
    pmf: Array
    weights: Array
    kernel: Array
    over: Array
    floor: Array
    Z: Array


def kernels(shard: Shard, at: DualPoint) -> Iterator[_Kernel]:
    """Yield blocks of K_xj / Z_x with what it is made of.

    The nearest codeword has the exponent 0, so that Z is at least its mass.
    """
    codewords = shard.candidates[at.active]
    for some in shard.blocks(len(at.active)):
        over, floor = shard.over(some, codewords)
        weights, pmf = shard.weights[:, some], shard.pmf[some]
        kernel = over * -(at.slopes @ weights)[:, None]
        np.exp(kernel, out=kernel)
        Z = kernel @ at.r
        kernel /= Z[:, None]
        yield _Kernel(some, pmf, weights, kernel, over, floor, Z)


def dual_sums(shard: Shard, at: DualPoint) -> Sums:
    """Sum p log Z, c and the mean exponents by column, p |log Z|, and the rows' costs."""
    m, count = len(at.active), len(at.slopes)
    value = size = 0.0
    c, moment, cost = np.zeros(m), np.zeros(m), np.zeros(count)
    least = np.inf
    for block in kernels(shard, at):
        logs = np.log(block.Z)
        value += float(block.pmf @ logs)
        size += float(block.pmf @ np.abs(logs))
        c += block.pmf @ block.kernel
        block.kernel[...] *= block.over
        moment += (block.pmf * (at.slopes @ block.weights)) @ block.kernel
        cost += block.weights @ (block.pmf * (block.kernel @ at.r))
        least = min(least, float(block.Z.min()))
    return Sums((value, c, moment, size, cost), (-least,))


class MixedChannel(NamedTuple):
    """The channel r_j K_xj / Z_x, mixed with that to the nearest codeword.

    Attributes
    ----------
    at : DualPoint
        r and λ.
    kept : array, (K,)
        The share of r K / Z that is kept for the atoms that a row weighs: the least over the rows.
    """

    at: DualPoint
    kept: Array

    def of(self, block: _Kernel) -> Array:
        """Return the rows of a block of atoms, (atoms, m)."""
        Q = block.kernel * self.at.r
        if (self.kept == 1).all():
            return Q
        kept = np.where(block.weights > 0, self.kept[:, None], 1.0).min(axis=0)
        Q *= kept[:, None]
        Q[np.arange(len(Q)), block.over.argmin(axis=1)] += 1 - kept
        return Q


def channel_sums(shard: Shard, channel: MixedChannel) -> Sums:
    """Sum the marginal of a channel and the rows' costs."""
    marginal, cost = np.zeros(len(channel.at.active)), np.zeros(len(channel.kept))
    for block in kernels(shard, channel.at):
        Q = channel.of(block)
        marginal += block.pmf @ Q
        Q *= block.over
        cost += block.weights @ (block.pmf * Q.sum(axis=1))
    return Sums((marginal, cost))


def information_sums(shard: Shard, channel: MixedChannel, marginal: Array) -> Sums:
    """Sum p Q log(Q / q), the sizes of its terms, and -p Q log Q."""
    information = size = entropy = 0.0
    for block in kernels(shard, channel.at):
        Q = channel.of(block)
        used = Q > 0
        logs = np.log(Q, out=np.zeros_like(Q), where=used)
        joint = Q * block.pmf[:, None]
        entropy -= float(np.vdot(joint, logs))
        logs -= np.log(marginal, out=np.zeros_like(marginal), where=marginal > 0)
        joint *= logs
        information += float(joint.sum())
        size += float(np.abs(joint, out=joint).sum())
    return Sums((information, size, entropy))


def price_sums(shard: Shard, at: DualPoint, c: Array) -> Sums:
    """Sum c over all candidates, as it is and with single atoms scaled down, and what that costs.

    An atom is scaled by the least 1 / c_j of the active columns j that it feeds. The largest terms
    are the sizes of log(p / Z), as they are and scaled.
    """
    codewords, size = shard.candidates, len(shard.candidates)
    plain, scaled = np.zeros(size), np.zeros(size)
    paid, largest, most = 0.0, 0.0, 0.0
    above_one = np.maximum(c, 1.0)
    for some in shard.blocks(size):
        cost = shard.costs(some, codewords)
        sharpness, pmf = at.slopes @ shard.weights[:, some], shard.pmf[some]
        floor = cost[:, at.active].min(axis=1)
        cost -= floor[:, None]
        cost *= -sharpness[:, None]
        np.exp(cost, out=cost)
        own = cost[:, at.active] * at.r
        Z = own.sum(axis=1)
        own /= Z[:, None]
        theta = 1.0 / np.where(own > _FEEDS, above_one, 1.0).max(axis=1)
        weights = pmf / Z
        both = np.stack([weights, weights * theta]) @ cost
        plain += both[0]
        scaled += both[1]
        logs = np.log(weights) + sharpness * floor
        largest = max(largest, float(np.abs(logs).max()))
        logs += np.log(theta)
        most = max(most, float(np.abs(logs).max()))
        paid -= float(pmf @ np.log(theta))
    return Sums((plain, scaled, paid), (largest, most))


@dataclass(frozen=True, eq=False)
class ShardedProof:
    """Bounds from a dual point and its channel, and what else its passes found.

    Attributes
    ----------
    certificate : Certificate
        The bounds over all candidates.
    channel : MixedChannel
        The channel of the upper bound.
    marginal : array, (m,)
        Distribution of its codewords.
    reached : array, (K,)
        The value of each row under it.
    entropy : float
        H(Y|X) under it, nats.
    c : array, (M,)
        c at all candidates.
    """

    certificate: Certificate
    channel: MixedChannel
    marginal: Array
    reached: Array
    entropy: float
    c: Array


def certify_shards(each: Each, n: int, at: DualPoint, known: Levels) -> ShardedProof:
    """Prove the bounds that ``certify`` proves over all candidates, from sums over shards.

    Parameters
    ----------
    each : callable
        Runs a pass over all shards.
    n : int
        Number of atoms.
    at : DualPoint
        r and λ, which the bounds are about.
    known : Levels
        What the levels leave on the active codewords.

    Returns
    -------
    ShardedProof
        The bounds, nats, rounded outward.
    """
    m = len(at.active)
    at = at._replace(r=at.r / at.r.sum())
    found = total(each(dual_sums, at))
    if not -found.largest[0] >= rounding.LEAST_Z:
        at = at._replace(r=(at.r + 1e-12 / m) / (1 + 1e-12))
        found = total(each(dual_sums, at))
    value, c, moment, size, cost = found.added
    allowed = np.maximum(known.headroom, 0.0)
    priced = total(each(price_sums, at, c))
    paid = float(at.slopes @ allowed)
    excess, scaled = _excess(priced, c, n)
    margin = rounding.dual(
        n, m, rows=len(at.slopes), moment=float(moment.max()) + paid, size=size + scaled
    )
    lower = max(0.0, -value - paid - excess - margin)
    channel, marginal, used, violation = _met(each, n, at, allowed, cost)
    information, size, entropy = total(each(information_sums, channel, marginal)).added
    upper = information + rounding.information(n, m, size)
    scope = f"all {len(priced.added[0])} candidates"
    proof = Certificate(lower, above(upper, lower), violation, scope)
    return ShardedProof(proof, channel, marginal, known.least + used, entropy, priced.added[0])


def _excess(priced: Sums, c: Array, n: int) -> tuple[float, float]:
    """Return what must be taken off the dual value so that c ≤ 1 at all candidates, nats."""
    everywhere, scaled, paid = priced.added
    logs = [rounding.exponential_sum(np.array([size]), n) for size in priced.largest]
    plain = max(float(np.log(c.max())), float(np.log(everywhere.max())) + logs[0])
    if plain <= _WORTH_SCALING or paid == 0:
        return plain, 0.0
    rest = float(np.log(scaled.max())) + logs[1]
    return (plain, 0.0) if plain <= rest + paid else (rest + paid, paid)


def _met(
    each: Each, n: int, at: DualPoint, allowed: Array, cost: Array
) -> tuple[MixedChannel, Array, Array, float]:
    """Mix the channel with that to the nearest codeword, as little as needed to meet the levels.

    Returns the channel, its marginal, the rows' costs and the overshoot before.
    """
    margin = rounding.expectation(n, len(at.active))
    scale = np.where(allowed > 0, allowed, 1.0)
    violation = max(0.0, float(((cost * (1 - margin) - allowed) / scale).max(initial=0.0)))
    kept = np.ones(len(allowed))
    for _ in range(_MIXTURES):
        channel = MixedChannel(at, kept)
        marginal, used = total(each(channel_sums, channel)).added
        bad = used * (1 + margin) > allowed
        if not bad.any():
            return channel, marginal, used, violation
        share = allowed * (1 - 4 * margin) / np.where(used > 0, used, 1.0)
        kept = np.where(bad, kept * np.clip(share, 0.0, 1.0), kept)
    channel = MixedChannel(at, np.zeros(len(allowed)))
    marginal, used = total(each(channel_sums, channel)).added
    return channel, marginal, used, violation
