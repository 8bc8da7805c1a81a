"""What a trellis code encodes at a time: samples, or blocks of them, each value once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.design.trellis.states import Numbers
from rdcore.design.trellis.viterbi import Costs
from rdcore.design.trellis.words import Words
from rdcore.problem import Problem
from rdcore.problem.distortions import matrix

# Pairs of a letter and a word that are processed at a time.
_BLOCK = 1 << 21
_LEAST = 1e-290
# Measures whose mean is over the subset instead of over all samples.
_OWN_MEAN = ("conditional", "each")


@dataclass(frozen=True, eq=False)
class Letters:
    """A sequence of letters, each a block of ℓ samples, and what their distortion weighs.

    Parameters
    ----------
    problem : Problem
        The problem that gives distortions and subsets.
    points : array, (u, ℓ, d)
        The samples of each letter.
    atoms : array of int, (u, ℓ)
        The atom to which each sample belongs; n where a block ends before its last sample.
    weights : array, (K, n + 1)
        What the distortion of a sample of each atom adds to its row, per sample; 0 for n.
    sequence : array of int, (N,)
        The letters in their order.
    samples : int
        Number of samples in the sequence.
    """

    problem: Problem
    points: Array
    atoms: Numbers
    weights: Array
    sequence: Numbers
    samples: int

    @property
    def length(self) -> int:
        """Samples in a letter, ℓ."""
        return int(self.atoms.shape[1])

    def _errors(self, part: slice, words: Words, place: int) -> Iterator[tuple[int, Array]]:
        """Yield each distortion's index and its values at a place of the block, (part, M)."""
        atoms = np.minimum(self.atoms[part, place], self.problem.n - 1)
        for index, distortion in enumerate(self.problem.distortions):
            if isinstance(distortion, np.ndarray):
                assert words.indices is not None
                yield index, distortion[atoms][:, words.indices[:, place]]
            else:
                yield (
                    index,
                    matrix(distortion, self.points[part, place], words.values[:, place]),
                )

    def _blocks(self, width: int) -> Iterator[slice]:
        size = max(1, _BLOCK // max(width, 1))
        for first in range(0, len(self.points), size):
            yield slice(first, first + size)

    def tilt(self, slopes: Array, words: Words, part: slice) -> Array:
        """Return Σ_k λ_k w_k d_k of each letter and word, nats, (part, M)."""
        total = np.zeros((len(self.points[part]), len(words)))
        for place in range(self.length):
            # Even at price 0 an infinite distortion forbids the pair.
            scales = self.weights[:, self.atoms[part, place]] * np.maximum(slopes, _LEAST)[:, None]
            for index, errors in self._errors(part, words, place):
                scale = scales[self.problem.rows.matrix == index].sum(axis=0)
                with np.errstate(invalid="ignore"):
                    cost = scale[:, None] * errors
                total += np.where(np.isnan(cost), 0.0, cost)
        return total

    def branches(self, slopes: Array, words: Words) -> tuple[Costs, Numbers]:
        """Return the least cost of each branch for each letter, (4, u), and the word that has it.

        The cost is the priced distortion and the code length, nats; ∞ where no word is allowed.
        """
        costs = np.full((4, len(self.points)), np.inf, np.float32)
        best = np.zeros((4, len(self.points)), np.int64)
        ends = np.searchsorted(words.branch, np.arange(5))
        for part in self._blocks(len(words)):
            priced = self.tilt(slopes, words, part) + words.lengths
            rows = np.arange(len(priced))
            for branch in range(4):
                low, high = ends[branch : branch + 2]
                if low < high:
                    found = priced[:, low:high].argmin(axis=1) + low
                    best[branch, part] = found
                    costs[branch, part] = priced[rows, found]
        return costs, best

    def spent(self, words: Words, best: Numbers) -> Array:
        """Return what each row gets from each letter on each branch, (K, 4, u)."""
        rows = self.problem.rows
        found = np.zeros((len(rows.levels), *best.shape))
        for part in self._blocks(len(words)):
            chosen = best[:, part]
            across = np.arange(chosen.shape[1])
            for place in range(self.length):
                scale = self.weights[:, self.atoms[part, place]]
                for index, errors in self._errors(part, words, place):
                    mine = np.flatnonzero(rows.matrix == index)
                    with np.errstate(invalid="ignore"):
                        one = scale[mine, None] * errors[across, chosen]
                    found[mine, :, part] += np.where(np.isnan(one), 0.0, one)
        return found


def of_samples(problem: Problem, samples: Array, length: int = 1) -> Letters:
    """Return the letters of samples (N, d), each with the nearest atom's weights."""
    from scipy.spatial import cKDTree

    values, inverse = _distinct(samples)
    atoms = cKDTree(problem.source.points).query(values)[1]
    weights = _weights(problem, np.bincount(atoms[inverse], minlength=problem.n))
    if length == 1:
        return Letters(problem, values[:, None], atoms[:, None], weights, inverse, len(samples))
    count = -(-len(inverse) // length) * length
    padded = np.full(count, len(values))
    padded[: len(inverse)] = inverse
    blocks, sequence = np.unique(padded.reshape(-1, length), axis=0, return_inverse=True)
    points = np.vstack([values, values[:1]])[blocks]
    owners = np.append(atoms, problem.n)[blocks]
    return Letters(problem, points, owners, weights, sequence.ravel(), len(samples))


def of_type(problem: Problem, number: int, length: int = 1, seed: int = 0) -> Letters:
    """Return the letters of a sequence of the type of the source, with ``number`` letters.

    Each letter occurs as often as it is expected to, up to one occurrence.
    """
    source, draw = problem.source, np.random.default_rng(seed)
    chance, parts = source.pmf, [np.arange(source.n)]
    for _ in range(length - 1):
        chance = np.multiply.outer(chance, source.pmf).ravel()
        parts = [np.repeat(one, source.n) for one in parts]
        parts.append(np.tile(np.arange(source.n), len(chance) // source.n))
    edges = np.floor(np.cumsum(chance / chance.sum()) * number + draw.random())
    edges[-1] = max(edges[-1], edges[-2] if len(edges) > 1 else 0)
    counts = np.diff(np.append(0, edges)).astype(np.int64)
    kept = np.flatnonzero(counts)
    atoms = np.stack(parts, axis=1)[kept]
    seen = np.bincount(atoms.ravel(), np.repeat(counts[kept], length), source.n)
    sequence = draw.permutation(np.repeat(np.arange(len(kept)), counts[kept]))
    weights = _weights(problem, seen)
    return Letters(problem, source.points[atoms], atoms, weights, sequence, length * len(sequence))


def _distinct(samples: Array) -> tuple[Array, Numbers]:
    if samples.shape[1] == 1:
        values, inverse = np.unique(samples[:, 0], return_inverse=True)
        return values[:, None], inverse
    values, inverse = np.unique(samples, axis=0, return_inverse=True)
    return values, inverse.ravel()


def _weights(problem: Problem, counts: NDArray[Any]) -> Array:
    """Return what a sample of each atom weighs in each row, per sample, (K, n + 1)."""
    rows, total = problem.rows, counts.sum()
    found = np.zeros((len(rows.levels), problem.n + 1))
    for k, owner in enumerate(rows.fidelity):
        inside = rows.weights[k] > 0
        seen = counts[inside].sum()
        own = problem.fidelities[owner].measure in _OWN_MEAN
        found[k, :-1] = inside * ((total / seen if seen else 0.0) if own else 1.0)
    return found
