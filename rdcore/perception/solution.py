"""The solution of a problem with a perception level."""

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
    """A channel for a problem with a perception level, with the prices of all levels.

    Attributes
    ----------
    problem, perception : Problem, Perception
        The problem and the perception level that were solved.
    channel : array, (n, m)
        P(Y=j | X=x); it meets all levels.
    slopes : array, (K,)
        -∂R/∂b for each row of ``problem.rows``, nats per unit of its level.
    perception_price : float
        -∂R/∂P, nats per unit of the perception level. At the minimum level it is the smallest price
        of a tight lower bound, which is the derivative from the right.
    potential : array, (m,)
        Price of the mass of each codeword from the perception level, nats, up to a constant.
    status : Status
        Final state of the solver.
    iterations : int
        Number of iterations taken.
    certificate : Certificate
        Certified bounds on the rate, from the data of the problem alone.
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
        """Certified upper bound on R(D, P) in nats, at most ``certificate.gap`` above it."""
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
        """Price of each fidelity in the order given: -∂R/∂level, nats per unit of the level."""
        return self._plain.prices

    @property
    def prices_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self._plain.prices_bits

    @property
    def distortions(self) -> Array:
        """Distortion of each fidelity in the order given; for "each", the largest."""
        return self._plain.distortions

    @property
    def marginal(self) -> Array:
        """Distribution of Y, (m,)."""
        return self._plain.marginal

    @property
    def codebook(self) -> Array:
        """The codewords, (m,) or (m, d)."""
        return self._plain.codebook

    @cached_property
    def perception_reached(self) -> float:
        """Divergence of source and reproduction under the channel."""
        return transport(self.problem, self.perception).distance(self.channel)

    def require(self) -> PerceptionSolution:
        """Return itself if the solver converged.

        Raises
        ------
        NotConvergedError
            If it did not; the message has the status and the certified gap.
        """
        if not self.status.converged:
            raise NotConvergedError(
                f"{self.status.value}; the certified gap is {self.certificate.gap:.3g} nats"
            )
        return self
