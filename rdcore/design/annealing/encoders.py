"""Deterministic encoders for a problem, and mixtures of them by time sharing."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, frozen
from rdcore.design.quantisers import Quantiser
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate, certify
from rdcore.proof.feasibility import row_scales

_LN2 = float(np.log(2))
# Relative excess over a level that counts as rounding.
_ROUNDING = 1e-10


@dataclass(frozen=True, eq=False)
class Encoder:
    """A deterministic encoder: each atom has one codeword.

    Attributes
    ----------
    problem : Problem
        The problem on a codebook that includes the codewords of the encoder.
    assignment : array of int, (n,)
        The codeword of each atom.
    """

    problem: Problem
    assignment: NDArray[np.intp]

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.problem.n} atoms, {self.m} codewords,"
            f" {self.entropy_bits:.5g} bits)"
        )

    @property
    def codebook(self) -> Array:
        """The codewords, (m,) or (m, d)."""
        codewords = self.problem.codewords
        return codewords[:, 0] if self.problem.source.dim == 1 else codewords

    @property
    def m(self) -> int:
        """Number of codewords in use."""
        return int((self.masses > 0).sum())

    @cached_property
    def masses(self) -> Array:
        """Distribution of Y, (m,)."""
        masses = np.bincount(self.assignment, self.problem.source.pmf, self.problem.m)
        return frozen(np.asarray(masses, dtype=np.float64))

    @cached_property
    def entropy(self) -> float:
        """H(Y) in nats, which is also I(X;Y)."""
        used = self.masses[self.masses > 0]
        return float(-(used * np.log(used)).sum())

    @property
    def entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.entropy / _LN2

    @property
    def quantiser(self) -> Quantiser:
        """The encoder as a quantiser, which ``rdcore.coding`` and ``rdcore.export`` accept."""
        problem = self.problem
        whole = Quantiser(problem.source, self.codebook, self.assignment, problem.distortion)
        return whole.trimmed()

    @cached_property
    def channel(self) -> Array:
        """The encoder as a channel (n, m) of zeros and ones."""
        channel = np.zeros((self.problem.n, self.problem.m))
        channel[np.arange(self.problem.n), self.assignment] = 1.0
        return frozen(channel)

    @cached_property
    def above(self) -> Array:
        """Value of each row minus its level, (K,); never positive if all levels are met."""
        return np.asarray(self.problem.above(self.channel) - self.problem.headroom)

    @cached_property
    def distortions(self) -> Array:
        """Distortion of each fidelity in the order given; for "each", the largest."""
        return _by_fidelity(self.problem, self.problem.expected(self.channel))

    @property
    def allowed(self) -> bool:
        """Whether every atom has a codeword at a finite distortion."""
        forbidden = self.problem.forbidden
        return forbidden is None or not self.channel[forbidden].any()

    @cached_property
    def meets_levels(self) -> bool:
        """Whether every level is met up to rounding."""
        return self.allowed and bool((self.above <= _ROUNDING * row_scales(self.problem)).all())

    def certify(self) -> Certificate:
        """Compute the rate and the violation of the levels from the data of the problem alone."""
        return certify(self.problem, self.channel, np.zeros_like(self.problem.rows.levels))


@dataclass(frozen=True, eq=False)
class Mixture:
    """Deterministic encoders with time sharing, in an order known to encoder and decoder.

    With K rows at most K + 1 encoders are needed. The rate is the mean of their entropies, so it is
    on the lower convex hull of deterministic encoders. A single encoder rarely is at given levels.

    Attributes
    ----------
    encoders : tuple of Encoder
        The encoders with a positive share.
    shares : array, (T,)
        Share of the symbols that each encodes; they sum to 1.
    slopes : array, (K,)
        Prices of the rows on the hull, nats per unit of their level.
    """

    encoders: tuple[Encoder, ...]
    shares: Array
    slopes: Array

    @property
    def entropy(self) -> float:
        """Mean of H(Y) over the encoders, nats."""
        return float(self.shares @ [one.entropy for one in self.encoders])

    @property
    def entropy_bits(self) -> float:
        """Mean of H(Y) over the encoders, bits."""
        return self.entropy / _LN2

    @cached_property
    def distortions(self) -> Array:
        """Mean distortion of each fidelity in the order given; for "each", the largest."""
        rows = [one.problem.expected(one.channel) for one in self.encoders]
        return _by_fidelity(self.encoders[0].problem, self.shares @ np.stack(rows))


def _by_fidelity(problem: Problem, reached: Array) -> Array:
    owner = problem.rows.fidelity
    return np.array([reached[owner == k].max(initial=0.0) for k in range(len(problem.fidelities))])
