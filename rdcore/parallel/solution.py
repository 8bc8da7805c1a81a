"""The solution of a problem of components side by side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array, Mask
from rdcore.errors import InputError, NotConvergedError
from rdcore.parallel.components import ParallelTask
from rdcore.solvers import Status

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class ParallelSolution:
    """Channels for components side by side, with certified bounds on their total rate.

    Attributes
    ----------
    task : ParallelTask
        The components, their copies and weights, and the levels.
    lower, upper : float
        Certified bounds on the total rate, nats for all copies.
    slopes : array, (K,)
        λ: price of each level, -∂R/∂b, nats per unit of the level.
    rates : array, (L,)
        Rate of one copy of each component under these channels, nats, rounded up.
    distortions : array, (L,)
        Mean squared error of one copy of each component, in the square of the atoms' unit.
    codebooks : tuple of array, (m_i, d_i)
        The codewords of each component.
    marginals : tuple of array, (m_i,)
        r_i, of which the channels are made.
    mixed : float
        With this probability a channel takes the nearest codeword, so that the levels are met.
    status : Status
        Final state of the solver.
    trace : tuple of float
        Gap after each round, nats.
    """

    task: ParallelTask
    lower: float
    upper: float
    slopes: Array
    rates: Array
    distortions: Array
    codebooks: tuple[Array, ...]
    marginals: tuple[Array, ...]
    mixed: float
    status: Status
    trace: tuple[float, ...] = ()

    def __repr__(self) -> str:
        used, count = int(self.active.sum()), len(self.rates)
        return (
            f"ParallelSolution({self.rate_bits:.5g} bits ± {self.gap_bits:.1g}, {used} of {count}"
            f" components active, {self.status.name.lower().replace('_', ' ')})"
        )

    @property
    def rate(self) -> float:
        """Certified upper bound on the total rate, nats for all copies."""
        return self.upper

    @property
    def rate_bits(self) -> float:
        """Total rate in bits."""
        return self.upper / _LN2

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @property
    def gap(self) -> float:
        """Certified gap between the bounds, nats."""
        return self.upper - self.lower

    @property
    def gap_bits(self) -> float:
        """Gap in bits."""
        return self.gap / _LN2

    @property
    def copies(self) -> float:
        """Number of copies of all components: dividing by it gives the mean rate of a copy."""
        return float(self.task.copies.sum())

    @property
    def slopes_bits(self) -> Array:
        """Price of each level in bits per unit of the level, (K,)."""
        return self.slopes / _LN2

    @property
    def rates_bits(self) -> Array:
        """Rate of one copy of each component in bits, (L,)."""
        return self.rates / _LN2

    @property
    def active(self) -> Mask:
        """Which components get bits, (L,)."""
        return np.asarray(self.rates > 0)

    @property
    def component_slopes(self) -> Array:
        """Effective slope of a copy of each component, s_i = Σ_k λ_k w_ik, (L,).

        In nats per unit of its squared error. For active Gaussian components the squared error is
        1 / (2 s_i): equal weights give the common water level.
        """
        return np.asarray(self.task.weights @ self.slopes)

    @property
    def reached(self) -> Array:
        """What each level comes to under these channels, (K,)."""
        return self.task.total(self.distortions)

    @property
    def scope(self) -> str:
        """The codebooks for which the lower bound holds."""
        free = [part.every for part in self.task.components]
        if all(free):
            return "every codebook"
        return "these codebooks" if not any(free) else "these codebooks, and every one where free"

    def channel(self, component: int) -> Array:
        """Return P(Y=j | X=x) of a component, (n, m), on its ``codebooks`` entry."""
        if not 0 <= component < len(self.rates):
            raise InputError(f"component must be from 0 to {len(self.rates) - 1}; got {component}")
        x, y = self.task.components[component].source.points, self.codebooks[component]
        far = ((x[:, None, :] - y) ** 2).sum(axis=2)
        nearest = far.argmin(axis=1)
        far -= far.min(axis=1, keepdims=True)
        Q = self.marginals[component] * np.exp(-self.component_slopes[component] * far)
        Q *= (1 - self.mixed) / Q.sum(axis=1, keepdims=True)
        Q[np.arange(len(x)), nearest] += self.mixed
        return np.asarray(Q)

    def require(self) -> ParallelSolution:
        """Return itself if the gap was reached.

        Raises
        ------
        NotConvergedError
            If it was not; the message has the status and the certified gap.
        """
        if not self.status.converged:
            raise NotConvergedError(
                f"{self.status.value}; the certified gap is {self.gap:.3g} nats"
            )
        return self
