"""The solution of a problem: the channel, the slopes and the status of the solver."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, count
from rdcore._html import table
from rdcore.errors import NotConvergedError
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate, Rivals, certify
from rdcore.solvers.tilted import tilted_information

_LN2 = float(np.log(2))


class Status(Enum):
    """Final state of a solver; the value is the text to display."""

    CONVERGED = "the certified gap is within the tolerance"
    ITERATION_LIMIT = "stopped at the iteration limit"
    TIME_LIMIT = "stopped at the time limit"
    STALLED = "stopped because rounding prevents further progress"
    FAILED = "the solver failed to find a usable solution"

    @property
    def converged(self) -> bool:
        """Whether the certified gap is within the requested tolerance."""
        return self is Status.CONVERGED


@dataclass(frozen=True, eq=False)
class Solution:
    """A channel for a problem, with the prices of its levels.

    Attributes
    ----------
    problem : Problem
        The problem that was solved; with a free or large codebook, on the codewords found.
    channel : array, (n, m)
        P(Y=j | X=x).
    slopes : array, (K,)
        -∂R/∂b for each row of ``problem.rows``, nats per unit of its level.
    status : Status
        Final state of the solver.
    trace : tuple of float
        The solver's own estimate of the gap at each iteration, nats.
    prior : array, (m,), optional
        The r of the lower bound; None: the marginal of the channel.
    every : bool
        Whether the lower bound holds for every codebook.
    among : Problem or Rivals, optional
        The larger set of codewords for which the lower bound holds; None: those of ``problem``.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> found = rd.solve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)]))
    >>> found.channel.round(3).tolist(), found.marginal.round(3).tolist()
    ([[0.964, 0.036], [0.25, 0.75]], [0.75, 0.25])
    >>> [round(float(price), 3) for price in found.prices_bits], found.status.name
    ([3.17], 'CONVERGED')
    """

    problem: Problem
    channel: Array
    slopes: Array
    status: Status
    trace: tuple[float, ...] = ()
    prior: Array | None = None
    every: bool = False
    among: Problem | Rivals | None = None

    def __repr__(self) -> str:
        gap, used = self.certificate.gap_bits, int((self.marginal > 0).sum())
        return (
            f"Solution({self.rate_bits:.5g} bits ± {gap:.1g}, {used} codeword{'s' * (used != 1)},"
            f" {self.status.name.lower().replace('_', ' ')})"
        )

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        rows = [
            ("rate", f"{self.rate_bits:.6g} bits, certified to {self.certificate.gap_bits:.1g}"),
            ("scope", self.certificate.scope),
            ("distortions", ", ".join(f"{value:.6g}" for value in self.distortions)),
            ("prices", ", ".join(f"{value:.6g}" for value in self.prices_bits) + " bits per unit"),
            ("codewords", f"{int((self.marginal > 0).sum())} of {self.problem.m} in use"),
            ("status", self.status.value),
        ]
        return table(rows)

    @cached_property
    def certificate(self) -> Certificate:
        """Certified bounds on the rate, from the data of the problem alone."""
        return certify(
            self.problem, self.channel, self.slopes, self.prior, every=self.every, among=self.among
        )

    @property
    def rate(self) -> float:
        """Certified upper bound on R in nats, at most ``certificate.gap`` above it."""
        return self.certificate.upper

    @property
    def rate_bits(self) -> float:
        """Rate in bits."""
        return self.rate / _LN2

    @property
    def slopes_bits(self) -> Array:
        """Slopes in bits per unit of each row's level, (K,)."""
        return self.slopes / _LN2

    @cached_property
    def prices(self) -> Array:
        """Price of each fidelity in the order given: -∂R/∂level, nats per unit of the level.

        For "each" it is the sum over the symbols, which is the price of their common level.
        """
        owner = self.problem.rows.fidelity
        count = len(self.problem.fidelities)
        return np.asarray(np.bincount(owner, self.slopes, count), dtype=np.float64)

    @property
    def prices_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self.prices / _LN2

    @cached_property
    def distortions(self) -> Array:
        """Distortion of each fidelity in the order given; for "each", the largest."""
        reached = self.problem.expected(self.channel)
        owner = self.problem.rows.fidelity
        return np.array(
            [reached[owner == k].max(initial=0.0) for k in range(len(self.problem.fidelities))]
        )

    @cached_property
    def tilted_information(self) -> Array:
        """The tilted information j(x) of each atom, (n,), nats; 0 for atoms of probability 0.

        Its mean is the rate. It is the change of the rate with the probability of the atom, at
        fixed levels.
        """
        prior = self.marginal if self.prior is None else self.prior
        return tilted_information(self.problem, self.slopes, prior)

    @cached_property
    def dispersion(self) -> float:
        """Variance of the tilted information, nats²."""
        pmf = self.problem.source.pmf
        away = self.tilted_information - pmf @ self.tilted_information
        return float(pmf @ away**2)

    @property
    def dispersion_bits(self) -> float:
        """Variance of the tilted information, bits²."""
        return self.dispersion / _LN2**2

    def standard_error(self, N: int) -> float:
        """Return the standard error of the rate, nats, if the source is N independent samples.

        It holds for levels, subsets and weights that were fixed before the samples were seen;
        ``rdcore.sampling`` serves other cases.
        """
        return float(np.sqrt(self.dispersion / count(N, "N")))

    @cached_property
    def marginal(self) -> Array:
        """Distribution of Y, (m,)."""
        return np.asarray(self.problem.source.pmf @ self.channel)

    @property
    def codebook(self) -> Array:
        """The codewords, (m,) or (m, d)."""
        codewords = self.problem.codewords
        return codewords[:, 0] if self.problem.source.dim == 1 else codewords

    @cached_property
    def output_entropy(self) -> float:
        """H(Y) in nats."""
        mass = self.marginal[self.marginal > 0]
        return float(-(mass * np.log(mass)).sum())

    @property
    def output_entropy_bits(self) -> float:
        """H(Y) in bits."""
        return self.output_entropy / _LN2

    @cached_property
    def conditional_entropy(self) -> float:
        """H(Y|X) in nats, computed from the channel."""
        return conditional_entropy(self.problem.source.pmf, self.channel)

    @property
    def conditional_entropy_bits(self) -> float:
        """H(Y|X) in bits."""
        return self.conditional_entropy / _LN2

    @property
    def iterations(self) -> int:
        """Number of iterations taken."""
        return len(self.trace)

    def ended(self, status: Status, trace: tuple[float, ...]) -> Solution:
        """Return the same solution with another status and trace, keeping its certificate."""
        other = replace(self, status=status, trace=trace)
        if "certificate" in self.__dict__:
            other.__dict__["certificate"] = self.certificate
        return other

    def require(self) -> Solution:
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


def conditional_entropy(pmf: Array, channel: Array) -> float:
    """Return H(Y|X) in nats of a channel (n, m)."""
    logs = np.log(channel, out=np.zeros_like(channel), where=channel > 0)
    return float(-(pmf @ (channel * logs).sum(axis=1)))
