"""The dual constraint c(y, u) ≤ 1 on pairs of a reproduction and a label distribution.

c(y, u) = Σ_x exp(w_x - Σ_k λ_k w_k(x) d_k(x, y) + Σ_i e_xi log u_i), where e are the concatenated
posteriors, each times the price of its label. A pair with c > 1 may lower the rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.classification.tasks import LEAST, Task
from rdcore.errors import InputError
from rdcore.proof.dual import Dual

# Combinations of a pair and an atom that are processed at a time.
_BLOCK = 1 << 18
_SETTLED = 1e-9
_DEEPEST = float(np.log(LEAST))


class Places(NamedTuple):
    """Pairs: reproductions (N, d) or indices of codewords (N,), and label distributions (N, L)."""

    where: Array
    laws: Array

    def some(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Places:
        """Return the chosen pairs."""
        return Places(self.where[chosen], self.laws[chosen])


@dataclass(frozen=True, eq=False)
class DualConstraint:
    """The function c on all pairs, at a marginal and slopes.

    Attributes
    ----------
    task : Task
    log_weights : array, (n,)
        w_x; -∞ for atoms of probability 0.
    sharpness : array, (n,), or None
        For a free codebook: Σ_k λ_k w_k(x), for squared error.
    exponents : array, (M, n), or None
        For a fixed codebook: the exponents of each codeword, without the terms of the labels.
    shares : array, (n, L)
        e, the concatenated posteriors times the prices of the labels.
    prices : array, (K,)
        Prices of the labels, nats per nat.
    """

    task: Task
    log_weights: Array
    sharpness: Array | None
    exponents: Array | None
    shares: Array
    prices: Array

    @property
    def free(self) -> bool:
        """Whether the reproductions are all points of the space."""
        return self.sharpness is not None

    @property
    def indifferent(self) -> bool:
        """Whether c is the same for every reproduction."""
        if self.sharpness is not None:
            return not self.sharpness.any()
        return self.exponents is not None and bool((self.exponents == self.exponents[0]).all())

    @property
    def tamed(self) -> DualConstraint:
        """An upper bound on c: label prices with a sum above 1 are scaled to a sum of 1."""
        total = max(float(self.prices.sum()), 1.0)
        return replace(self, shares=self.shares / total, prices=self.prices / total)

    def terms(self, places: Places) -> Array:
        """Return the terms of c at pairs, (N, n), one per atom."""
        total = np.log(np.maximum(places.laws, LEAST)) @ self.shares.T
        if self.exponents is not None:
            total += self.exponents[places.where.astype(np.intp)]
        elif self.sharpness is not None:
            total += self.log_weights
            points = self.task.source.points
            for k in range(points.shape[1]):
                total -= self.sharpness * (points[:, k] - places.where[:, k : k + 1]) ** 2
        return np.exp(total, out=total)

    def logs(self, places: Places) -> Array:
        """Return log c at pairs, (N,)."""
        found = np.empty(len(places.laws))
        with np.errstate(divide="ignore", over="ignore"):
            for some in self.blocks(len(found)):
                found[some] = np.log(self.terms(places.some(some)).sum(axis=1))
        return found

    def on_codebook(self, laws: Array) -> Array:
        """Return log c of every codeword with every label distribution (N, L), as (M, N)."""
        if self.exponents is None:
            raise InputError("codebook must be fixed; got EVERY")
        scale = self.exponents.max(axis=0)
        scale = np.where(np.isfinite(scale), scale, 0.0)
        told = np.log(np.maximum(laws, LEAST)) @ self.shares.T
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.exp(self.exponents - scale) @ np.exp(told + scale).T))

    def blocks(self, count: int) -> list[NDArray[np.intp]]:
        """Return the indices of ``count`` pairs in blocks so short that temporaries stay small."""
        size = max(1, _BLOCK // max(len(self.log_weights), 1))
        return [np.arange(i, min(i + size, count)) for i in range(0, count, size)]

    def climb(self, places: Places, rounds: int = 40) -> tuple[Places, Array]:
        """Increase c: move y to the centroid and u to the posterior under the terms of c.

        Every two moves are extrapolated, unless that decreases c. Return the pairs and log c, (N,).
        """
        with np.errstate(over="ignore", invalid="ignore"):
            ends = [self._climbed(places.some(b), rounds) for b in self.blocks(len(places.laws))]
        if not ends:
            return places, np.zeros(0)
        tops = Places(*(np.concatenate(part) for part in zip(*(e[0] for e in ends), strict=True)))
        return tops, np.concatenate([e[1] for e in ends])

    def _climbed(self, places: Places, rounds: int) -> tuple[Places, Array]:
        here, value = self._moved(places)
        for _ in range(rounds):
            first, _ = self._moved(here)
            second, at_first = self._moved(first)
            ahead, kept = self._beyond(here, first, second), np.asarray(at_first)
            after, at_ahead = self._moved(ahead)
            better = at_ahead > kept
            here = Places(
                np.where(_column(better, second.where), after.where, second.where),
                np.where(better[:, None], after.laws, second.laws),
            )
            now = np.maximum(kept, at_ahead)
            rise, value = float((now - value).max(initial=0.0)), now
            if rise < _SETTLED:
                break
        return here, self.logs(here)

    def _moved(self, places: Places) -> tuple[Places, Array]:
        """Return each pair moved to the means under its terms, and log c before the move."""
        terms = self.terms(places)
        total = np.maximum(terms.sum(axis=1), 1e-300)
        laws = (terms @ self.task.joint) / total[:, None]
        where = places.where
        if self.sharpness is not None:
            pull = terms if self.indifferent else terms * self.sharpness
            mass = np.maximum(pull.sum(axis=1), 1e-300)
            where = (pull @ self.task.source.points) / mass[:, None]
        return Places(where, laws), np.log(total)

    def _beyond(self, start: Places, first: Places, second: Places) -> Places:
        """Extrapolate two moves, separately for the reproductions and the label distributions."""
        where = second.where
        if self.free:
            where = _extrapolated(start.where, first.where, second.where)
        logs = [np.log(np.maximum(p.laws, LEAST)) for p in (start, first, second)]
        laws = np.exp(np.clip(_extrapolated(*logs), _DEEPEST, 0.0))
        for side in self.task.sides:
            laws[:, side] /= laws[:, side].sum(axis=1, keepdims=True)
        return Places(where, laws)


def _extrapolated(a: Array, b: Array, c: Array) -> Array:
    """Return the limit of moves from a (N, D) to b to c that shrink at a constant rate."""
    r, v = b - a, (c - b) - (b - a)
    bend = np.sqrt((v * v).sum(axis=1))
    length = np.divide(np.sqrt((r * r).sum(axis=1)), bend, out=np.ones(len(a)), where=bend > 0)
    length = np.maximum(length, 1.0)[:, None]
    return np.asarray(a + 2 * length * r + length**2 * v)


def _column(chosen: NDArray[np.bool_], like: Array) -> NDArray[np.bool_]:
    return chosen[:, None] if like.ndim == 2 else chosen


def dual_constraint(task: Task, dual: Dual, theta: Array | float = 1.0) -> DualConstraint:
    """Return c for the dual of a task on some pairs, with the atoms' weights scaled by θ (n,)."""
    count, slopes = len(task.levels), dual.slopes
    with np.errstate(divide="ignore"):
        logs = dual.log_weights + np.log(theta)
    prices = slopes[len(slopes) - count :]
    each = np.repeat(prices, [p.shape[1] for p in task.posteriors])
    own, rows = slopes[: len(slopes) - count], task.problem.rows
    sharpness = exponents = None
    if task.problem.every:
        sharpness = np.asarray(own @ rows.weights)
    else:
        exponents = np.empty((task.problem.m, task.problem.n))
        for some in task.problem.blocks():
            tilt = np.zeros((exponents.shape[1], exponents.shape[0]))[some]
            for k in range(len(task.problem.distortions)):
                mine = rows.matrix == k
                scale = (own[mine] @ rows.weights[mine][:, some])[:, None]
                cost = task.problem.cost(k, some)
                tilt += scale * np.where(np.isfinite(cost) | (scale > 0), cost, 0.0)
            exponents[:, some] = (logs[some, None] - tilt).T
    return DualConstraint(task, logs, sharpness, exponents, task.joint * each, prices)
