"""What ``rate`` returns: a channel, the prices of all levels, and the proof."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import NotConvergedError
from rdcore.perception._transport import transport
from rdcore.perception.measures import Perception
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate
from rdcore.solvers import Solution, Status

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class PerceptionSolution:
    """A channel for a problem under a perception level, with the prices of all levels.

    Attributes
    ----------
    problem, perception : Problem, Perception
        What was solved.
    channel : array, (n, m)
        P(Y=j | X=x); meets all levels.
    slopes : array, (K,)
        -∂R/∂b for each row of ``problem.rows``, nats per unit of its level.
    perception_price : float
        -∂R/∂P, nats per unit of the perception level. At the minimum P that can be met it is the
        smallest price that makes the bound hold, which is the derivative to the right.
    potential : array, (m,)
        Price of each codeword's mass beyond the distortions, nats, up to a constant.
    status : Status
        How the solver ended.
    iterations : int
        Number of iterations taken.
    certificate : Certificate
        Proof of the rate, from the problem's data alone.
    """

    problem: Problem
    perception: Perception
    channel: Array
    slopes: Array
    perception_price: float
    potential: Array
    status: Status
    iterations: int
    certificate: Certificate

    @property
    def rate(self) -> float:
        """Certified upper bound on R(D, P), nats; within ``certificate.gap`` of it."""
        return self.certificate.upper

    @property
    def rate_bits(self) -> float:
        """Rate in bits."""
        return self.rate / _LN2

    @property
    def perception_price_bits(self) -> float:
        """Price of the perception level in bits per unit of it."""
        return self.perception_price / _LN2

    @cached_property
    def _plain(self) -> Solution:
        return Solution(self.problem, self.channel, self.slopes, self.status)

    @property
    def prices(self) -> Array:
        """Price of each fidelity, in the order given: -∂R/∂level, nats per unit of the level."""
        return self._plain.prices

    @property
    def prices_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self._plain.prices_bits

    @property
    def distortions(self) -> Array:
        """Distortion reached for each fidelity, in the order given; for "each" the largest."""
        return self._plain.distortions

    @property
    def marginal(self) -> Array:
        """Law of Y, (m,)."""
        return self._plain.marginal

    @property
    def codebook(self) -> Array:
        """The codewords, (m,) or (m, d)."""
        return self._plain.codebook

    @cached_property
    def perception_reached(self) -> float:
        """Divergence of the laws of source and reproduction under the channel."""
        return transport(self.problem, self.perception).distance(self.channel)

    def require(self) -> PerceptionSolution:
        """Return itself if the solver converged.

        Raises
        ------
        NotConvergedError
            If it did not; the message says how it ended and the gap that was certified.
        """
        if not self.status.converged:
            raise NotConvergedError(
                f"{self.status.value}; the certified gap is {self.certificate.gap:.3g} nats"
            )
        return self
