"""The dual constraint c(y, u) ≤ 1, which a missing pair of reproduction and label law violates.

c(y, u) = Σ_x exp(w_x - Σ_k λ_k w_k(x) d_k(x, y) + Σ_i e_xi log u_i), with e the posteriors side by
side, each times the price of its label.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.classification.tasks import LEAST, Task
from rdcore.errors import InputError
from rdcore.proof.certificates import Dual

# Cells (pair, atom) that are worked on at a time.
_BLOCK = 1 << 18
_SETTLED = 1e-9
_DEEPEST = float(np.log(LEAST))


class Places(NamedTuple):
    """Pairs: the reproductions (N, d) or the indices of codewords (N,), and laws (N, L)."""

    where: Array
    laws: Array

    def some(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Places:
        """Return some of them."""
        return Places(self.where[chosen], self.laws[chosen])


@dataclass(frozen=True, eq=False)
class DualConstraint:
    """c over all pairs, at a marginal and slopes.

    Attributes
    ----------
    task : Task
    log_weights : array, (n,)
        w_x; -∞ for atoms without probability.
    sharpness : array, (n,), or None
        Where all of space is allowed: Σ_k λ_k w_k(x), for squared error.
    exponents : array, (M, n), or None
        Else the exponents of each codeword, without the labels.
    shares : array, (n, L)
        e, the posteriors side by side times the labels' prices.
    prices : array, (K,)
        The labels' prices, nats per nat.
    """

    task: Task
    log_weights: Array
    sharpness: Array | None
    exponents: Array | None
    shares: Array
    prices: Array

    @property
    def free(self) -> bool:
        """Whether the reproductions range over all of space."""
        return self.sharpness is not None

    @property
    def indifferent(self) -> bool:
        """Whether c is the same for every reproduction."""
        if self.sharpness is not None:
            return not self.sharpness.any()
        return self.exponents is not None and bool((self.exponents == self.exponents[0]).all())

    @property
    def tamed(self) -> DualConstraint:
        """The same with the labels' prices scaled to add up to 1 if they are more: no smaller."""
        total = max(float(self.prices.sum()), 1.0)
        return replace(self, shares=self.shares / total, prices=self.prices / total)

    def terms(self, places: Places) -> Array:
        """Return the terms of c at pairs, (N, n)."""
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
        """Return log c of every codeword with every law (N, L), (M, N)."""
        if self.exponents is None:
            raise InputError("codebook=EVERY has no codewords of its own")
        scale = self.exponents.max(axis=0)
        scale = np.where(np.isfinite(scale), scale, 0.0)
        told = np.log(np.maximum(laws, LEAST)) @ self.shares.T
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(np.exp(self.exponents - scale) @ np.exp(told + scale).T))

    def blocks(self, count: int) -> list[NDArray[np.intp]]:
        """Return the indices of ``count`` pairs in so few at a time that temporaries stay small."""
        size = max(1, _BLOCK // max(len(self.log_weights), 1))
        return [np.arange(i, min(i + size, count)) for i in range(0, count, size)]

    def climb(self, places: Places, rounds: int = 40) -> tuple[Places, Array]:
        """Move pairs uphill: y to the centroid, u to the posterior, of what they are used for.

        Every second move is carried on beyond where it led, and taken back where that went down.

        Returns the pairs and log c there, (N,).
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
        """Return each pair moved to the means of its terms, and log c where it was."""
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
        """Extrapolate two moves, each coordinate system for itself."""
        where = second.where
        if self.free:
            where = _extrapolated(start.where, first.where, second.where)
        logs = [np.log(np.maximum(p.laws, LEAST)) for p in (start, first, second)]
        laws = np.exp(np.clip(_extrapolated(*logs), _DEEPEST, 0.0))
        for side in self.task.sides:
            laws[:, side] /= laws[:, side].sum(axis=1, keepdims=True)
        return Places(where, laws)


def _extrapolated(a: Array, b: Array, c: Array) -> Array:
    """Return where moves from a (N, D) over b to c lead if they shrink at a constant rate."""
    r, v = b - a, (c - b) - (b - a)
    bend = np.sqrt((v * v).sum(axis=1))
    length = np.divide(np.sqrt((r * r).sum(axis=1)), bend, out=np.ones(len(a)), where=bend > 0)
    length = np.maximum(length, 1.0)[:, None]
    return np.asarray(a + 2 * length * r + length**2 * v)


def _column(chosen: NDArray[np.bool_], like: Array) -> NDArray[np.bool_]:
    return chosen[:, None] if like.ndim == 2 else chosen


def dual_constraint(task: Task, dual: Dual, theta: Array | float = 1.0) -> DualConstraint:
    """Return c for the dual of a task on some pairs, the atoms' weights scaled by θ (n,)."""
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
