"""One round of refinement: the optimum on a codebook, and what became of the codebook."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.design.codebook._merging import Merge, Merged
from rdcore.proof.certificates import Certificate, certify
from rdcore.solvers import Solution

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class Iteration:
    """One round of refinement: the optimal channel on a codebook, and the next codebook.

    Attributes
    ----------
    index : int
        Index of the round, from 0.
    solution : Solution
        The certified optimum on the initial codebook of the round.
    moved : array, (m, d)
        The codewords after the move.
    share : float
        Fraction of the full move; below 1 if the levels could not be met otherwise.
    merged : Merged
        The codewords after merging.
    inserted : array, (i, d)
        Codewords that were added after merging.
    """

    index: int
    solution: Solution
    moved: Array
    share: float
    merged: Merged
    inserted: Array

    @property
    def codebook(self) -> Array:
        """The codewords at the start of the round, (m,) or (m, d)."""
        return self.solution.codebook

    @property
    def m(self) -> int:
        """Number of codewords at the start of the round."""
        return self.solution.problem.m

    @property
    def masses(self) -> Array:
        """Distribution of Y, (m,)."""
        return self.solution.marginal

    @property
    def rate(self) -> float:
        """Certified upper bound on the rate, nats."""
        return self.solution.rate

    @property
    def rate_bits(self) -> float:
        """Certified upper bound on the rate, bits."""
        return self.rate / _LN2

    @property
    def entropy(self) -> float:
        """H(Y) in nats."""
        return self.solution.output_entropy

    @property
    def entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.entropy / _LN2

    @property
    def conditional_entropy(self) -> float:
        """H(Y|X) in nats."""
        return self.solution.conditional_entropy

    @property
    def conditional_entropy_bits(self) -> float:
        """H(Y|X) in bits."""
        return self.conditional_entropy / _LN2

    @property
    def distortions(self) -> Array:
        """Distortion of each fidelity, in its unit."""
        return self.solution.distortions

    @property
    def slopes(self) -> Array:
        """Price of each row, (K,), nats per unit of its level."""
        return self.solution.slopes

    @property
    def gap(self) -> float:
        """Certified gap on this codebook, nats."""
        return self.solution.certificate.gap

    @cached_property
    def reach(self) -> Certificate:
        """Certificate over every codebook: its gap bounds what another codebook could save."""
        return against_every(self.solution)

    @property
    def parents(self) -> NDArray[np.intp]:
        """Index of each codeword in the codebook of the next round, (m,)."""
        return self.merged.parents

    @property
    def merges(self) -> tuple[Merge, ...]:
        """The merged codewords, with reasons."""
        return self.merged.merges

    @property
    def next_codewords(self) -> Array:
        """The codewords of the next round, (m', d)."""
        return np.vstack([self.merged.codewords, self.inserted])


def against_every(solution: Solution) -> Certificate:
    """Certify a solution on its codebook over every codebook."""
    return certify(solution.problem, solution.channel, solution.slopes, solution.prior, every=True)
