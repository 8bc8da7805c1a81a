"""The results of annealing: stages, and the deterministic encoders at its end."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing.encoders import Encoder, Mixture
from rdcore.problem import Problem
from rdcore.solvers import Solution
from rdcore.solvers.solution import conditional_entropy

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class Stage:
    """A channel at one temperature, at the levels of the problem.

    Attributes
    ----------
    tau : float
        The temperature.
    problem : Problem
        The problem on the codewords of the stage.
    channel : array, (n, m)
        P(Y=j | X=x); it meets every level.
    slopes : array, (K,)
        λ, nats per unit of each row's level.
    bound : float
        Certified lower bound on the rate of any channel at these levels, nats.
    rounds : int
        Number of updates.
    jumped : bool
        Whether the stage switched to a better path.
    """

    tau: float
    problem: Problem
    channel: Array
    slopes: Array
    bound: float
    rounds: int = 0
    jumped: bool = False

    @property
    def codebook(self) -> Array:
        """The codewords, (m,) or (m, d)."""
        codewords = self.problem.codewords
        return codewords[:, 0] if self.problem.source.dim == 1 else codewords

    @cached_property
    def masses(self) -> Array:
        """Distribution of Y, (m,)."""
        return np.asarray(self.problem.source.pmf @ self.channel)

    @property
    def m(self) -> int:
        """Number of codewords with a mass above 1e-9."""
        return int((self.masses > 1e-9).sum())

    @cached_property
    def entropy(self) -> float:
        """H(Y) in nats."""
        used = self.masses[self.masses > 0]
        return float(-(used * np.log(used)).sum())

    @cached_property
    def conditional_entropy(self) -> float:
        """H(Y|X) in nats."""
        return conditional_entropy(self.problem.source.pmf, self.channel)

    @property
    def rate(self) -> float:
        """I(X;Y) = H(Y) - H(Y|X) in nats."""
        return self.entropy - self.conditional_entropy

    @property
    def objective(self) -> float:
        """H(Y) - τ H(Y|X) in nats."""
        return self.entropy - self.tau * self.conditional_entropy

    @property
    def gap(self) -> float:
        """H(Y) minus the certified bound on the rate, nats: the largest cost of determinism."""
        return self.entropy - self.bound

    @cached_property
    def distortions(self) -> Array:
        """Distortion of each fidelity in the order given; for "each", the largest."""
        reached, owner = self.problem.expected(self.channel), self.problem.rows.fidelity
        return np.array(
            [reached[owner == k].max(initial=0.0) for k in range(len(self.problem.fidelities))]
        )

    @property
    def entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.entropy / _LN2

    @property
    def conditional_entropy_bits(self) -> float:
        """H(Y|X) in bits."""
        return self.conditional_entropy / _LN2

    @property
    def rate_bits(self) -> float:
        """I(X;Y) in bits."""
        return self.rate / _LN2

    @property
    def gap_bits(self) -> float:
        """H(Y) minus the certified bound, bits."""
        return self.gap / _LN2


@dataclass(frozen=True, eq=False)
class Annealing:
    """A path from the convex bound to deterministic encoders.

    Attributes
    ----------
    problem : Problem
        The problem that was solved.
    relaxed : Solution
        The certified optimum of I(X;Y) at τ = 1; over a free codebook if codewords move.
    stages : tuple of Stage
        One per temperature, in the order of the schedule.
    encoder : Encoder or None
        The deterministic encoder of least H(Y) found that meets every level alone; None if none was
        found, for example because only randomised encoders meet the levels.
    mixture : Mixture or None
        The deterministic encoders of least mean H(Y) found that meet the levels by time sharing.
    finished : bool
        Whether the annealing is complete; False for intermediate results of ``annealing``.
    """

    problem: Problem
    relaxed: Solution
    stages: tuple[Stage, ...] = ()
    encoder: Encoder | None = None
    mixture: Mixture | None = None
    finished: bool = False

    @property
    def bound(self) -> float:
        """Certified lower bound on the rate of any encoder at these levels, nats."""
        return self.relaxed.certificate.lower

    @property
    def bound_bits(self) -> float:
        """The bound in bits."""
        return self.bound / _LN2

    @property
    def end(self) -> Stage:
        """The stage at the lowest temperature."""
        return self.stages[-1]
