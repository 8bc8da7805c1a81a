"""The words of the two books of a trellis code, with their branches and code lengths."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array
from rdcore.design.trellis.states import Numbers

# Occurrences that a word is given in advance, so that its code length stays finite.
_ADVANCE = 0.5
# Farthest that a word may be moved, in units of the root mean square.
_FARTHEST = 8.0


@dataclass(frozen=True, eq=False)
class Words:
    """Words of ℓ codewords each, in the order of their branches.

    Parameters
    ----------
    values : array, (M, ℓ, d)
        The codewords.
    indices : array of int, (M, ℓ), or None
        Their indices in a fixed codebook; None if the codebook is free.
    branch : array of int, (M,)
        2 · book + label of each word, not decreasing.
    lengths : array, (M,)
        Code length of each word in its book, nats.
    """

    values: Array
    indices: Numbers | None
    branch: Numbers
    lengths: Array

    def __len__(self) -> int:
        """Return the number of words."""
        return len(self.branch)

    @property
    def books(self) -> Numbers:
        """The book of each word, (M,)."""
        return self.branch >> 1

    @property
    def pmf(self) -> Array:
        """Probability of each word in its book, (M,)."""
        return np.asarray(np.exp(-self.lengths))

    def taking(self, chosen: Numbers) -> Words:
        """Return the words with the given indices."""
        indices = None if self.indices is None else self.indices[chosen]
        return Words(self.values[chosen], indices, self.branch[chosen], self.lengths[chosen])

    def shortened(self, unit: float) -> Words:
        """Return words whose coordinates are numbers of 16, 32 or 64 bits, as few as possible.

        Their root mean square move is at most ``unit``, and the largest some times as much.
        """
        if self.indices is None:
            for form in (np.float16, np.float32):
                with np.errstate(over="ignore", invalid="ignore"):
                    short = self.values.astype(form).astype(np.float64)
                    moved = np.abs(short - self.values).max(axis=(1, 2))
                    mean = np.sqrt(self.pmf @ moved**2 / 2)
                if mean < unit and moved.max() < _FARTHEST * unit:
                    return replace(self, values=short)
        return self

    def counted(self, used: Array, advance: float = _ADVANCE) -> Words:
        """Return the same words with the code lengths of their numbers of occurrences (M,)."""
        raised = used + advance
        total = np.bincount(self.books, raised, 2)[self.books]
        with np.errstate(divide="ignore", invalid="ignore"):
            lengths = np.where(total > 0, np.log(total) - np.log(raised), 0.0)
        return replace(self, lengths=lengths)


def without_rare(words: Words, used: Array, share: float) -> tuple[Words, Numbers]:
    """Return the words of more than a share of all occurrences (M,), and their indices.

    Each book keeps its most frequent word.
    """
    kept = used > share * max(float(used.sum()), 1.0)
    for book in (0, 1):
        mine = np.flatnonzero(words.books == book)
        if len(mine):
            kept[mine[used[mine].argmax()]] = True
    chosen = np.flatnonzero(kept)
    return words.taking(chosen).counted(used[chosen]), chosen


def in_order(values: Array, indices: Numbers | None, branch: Numbers, weights: Array) -> Words:
    """Return words in the order of their branches, with code lengths of weights (M,)."""
    order = np.argsort(branch, kind="stable")
    words = Words(values, indices, branch, np.zeros(len(branch))).taking(order)
    return words.counted(weights[order], 0.0)
