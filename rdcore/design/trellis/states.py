"""Trellises: systematic convolutional codes of rate 1/2 with feedback, by their parity checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import frozen
from rdcore.errors import InputError

# Parity checks (h0, h1) for each number of states. With 4, 8 and 512: the amplitude codes of
# G. Ungerboeck, "Trellis-coded modulation with redundant signal sets, part II", IEEE Commun. Mag.
# 25(2), 1987, and the largest free distance of 20,000 random pairs, as with 2048 and 4096. The
# others quantise uniform numbers with the least squared error of up to 6000 random pairs, for
# instance 1.345 dB below a scalar quantiser with 256 states, where Ungerboeck's has 1.338 dB.
PARITY_CHECKS = {
    4: (0o5, 0o2),
    8: (0o13, 0o4),
    16: (0o23, 0o10),
    32: (0o51, 0o26),
    64: (0o127, 0o42),
    128: (0o235, 0o176),
    256: (0o625, 0o242),
    512: (0o1125, 0o206),
    1024: (0o2447, 0o1006),
    2048: (0o6121, 0o2414),
    4096: (0o13553, 0o4376),
}
# For vectors and blocks, whose words differ in one coordinate or in two: the largest free distance
# for weights 1, 2 and 1, which is that of the best convolutional codes, found in the same way; with
# 64 and 256 states the least errors for a fair coin at rate 1/2, of 992 and of 4600 pairs.
VECTOR_PARITY_CHECKS = {
    4: (0o5, 0o2),
    8: (0o13, 0o4),
    16: (0o31, 0o16),
    32: (0o53, 0o26),
    64: (0o107, 0o52),
    128: (0o367, 0o144),
    256: (0o625, 0o242),
    512: (0o1271, 0o766),
    1024: (0o3323, 0o1256),
    2048: (0o6745, 0o2416),
    4096: (0o10751, 0o3072),
}
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Trellis:
    """A trellis in which each state has two branches.

    The low bit of a state is its book. The branch with label z leads from the state s to
    (s >> 1) ^ (s & 1)·(h0 >> 1) ^ z·(h1 >> 1).

    Parameters
    ----------
    h0, h1 : int
        Parity checks as bit masks. For 2^v states, bits 0 and v of h0 are set, and of h1 only bits
        between them may be.
    """

    h0: int
    h1: int

    def __post_init__(self) -> None:
        ends = 1 | 1 << self.memory
        if self.memory < 1 or self.h0 & 1 == 0 or self.h1 & ends or not 0 < self.h1 < self.h0:
            raise InputError(f"h0 and h1 must be parity checks; got {self.h0:o} and {self.h1:o}")

    @classmethod
    def of(cls, states: int, *, vectors: bool = False) -> Trellis:
        """Return the trellis with this number of states, for numbers or for vectors."""
        if states not in PARITY_CHECKS:
            known = ", ".join(map(str, PARITY_CHECKS))
            raise InputError(f"states must be one of {known}; got {states!r}")
        return cls(*(VECTOR_PARITY_CHECKS if vectors else PARITY_CHECKS)[states])

    @property
    def memory(self) -> int:
        """Number of bits of a state."""
        return int(self.h0).bit_length() - 1

    @property
    def states(self) -> int:
        """Number of states."""
        return 1 << self.memory

    @cached_property
    def following(self) -> Numbers:
        """The state after each state, for each label, (2, S)."""
        s = np.arange(self.states)
        straight = s >> 1 ^ (s & 1) * (self.h0 >> 1)
        return frozen(np.stack([straight, straight ^ self.h1 >> 1]))

    @cached_property
    def preceding(self) -> Numbers:
        """The state before each state, for each label of the branch between them, (2, S)."""
        found = np.empty_like(self.following)
        for label in (0, 1):
            found[label, self.following[label]] = np.arange(self.states)
        return frozen(found)

    def free_distance(self, weights: tuple[float, float, float]) -> float:
        """Return the least weight of a path that leaves state 0 and returns to it.

        Parameters
        ----------
        weights : tuple of float
            Weights of a branch of book 1 with label 0, of book 0 with label 1, and of book 1 with
            label 1. On a line of equally spaced codewords they are 1, 4 and 1, the squared
            distances.
        """
        weight = np.array([[0.0, weights[0]], [weights[1], weights[2]]])
        book = np.arange(self.states) & 1
        arriving = weight[np.arange(2)[:, None], book[self.preceding]]
        best, at = np.inf, np.full(self.states, np.inf)
        at[self.following[1, 0]] = weight[1, 0]
        while at.min() < best:
            before = at[self.preceding]
            at = np.minimum(at, (before + arriving).min(axis=0))
            best, at[0] = min(best, float(at[0])), np.inf
            if (at[self.preceding] == before).all():
                break
        return best
