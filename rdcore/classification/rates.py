"""The rate–distortion–classification function R(D, C)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, positive
from rdcore._clock import clock
from rdcore.classification.exchange import exchange, tidied
from rdcore.classification.tasks import Pairs, Task, entropies, several, without_average
from rdcore.problem import EVERY, Every, Problem
from rdcore.problem.distortions import Distortion
from rdcore.problem.fidelity import Fidelity, average
from rdcore.problem.sources import Source
from rdcore.proof.certificates import Certificate
from rdcore.solvers import Solution, Status

_LN2 = float(np.log(2))
# Gap in nats above which a second lower bound is tried.
_WIDE = 1e-3


@dataclass(frozen=True, eq=False)
class Classified:
    """R(D, C), with the optimal pairs of a reproduction and a label distribution.

    Attributes
    ----------
    task : Task
        The task that was solved.
    pairs : Pairs
        The reproductions, (m, d), each with a distribution of every label, (m, |S_k|).
    solution : Solution
        The channel to the pairs, certified over all pairs.
    """

    task: Task
    pairs: Pairs
    solution: Solution

    @cached_property
    def certificate(self) -> Certificate:
        """Certificate of the rate over all pairs, nats.

        With many labels, c is hard to bound if the label prices sum to more than 1. The dual at
        prices scaled to a sum of 1 may then give a better lower bound, which is also valid.
        """
        return self._proved[0]

    @property
    def support(self) -> Array:
        """Slopes of the plane of support through the lower bound, one a row of the solution."""
        return self._proved[1]

    @cached_property
    def _proved(self) -> tuple[Certificate, Array]:
        proof, slopes = self.solution.certificate, self.solution.slopes
        total = float(self.label_prices.sum())
        if total <= 1 or proof.gap < _WIDE:
            return proof, slopes
        tamed = slopes.copy()
        tamed[len(slopes) - len(self.label_prices) :] /= total
        other = replace(self.solution, slopes=tamed).certificate
        if other.lower <= proof.lower:
            return proof, slopes
        return replace(proof, lower=other.lower), tamed

    @cached_property
    def among_pairs(self) -> Certificate:
        """Certificate of the rate over the pairs of the solution only, nats."""
        return replace(self.solution, among=None, every=False).certificate

    @property
    def status(self) -> Status:
        """Final state of the solver."""
        return self.solution.status

    @property
    def rate(self) -> float:
        """Certified upper bound on R(D, C), nats."""
        return self.solution.rate

    @property
    def rate_bits(self) -> float:
        """Rate in bits."""
        return self.rate / _LN2

    @property
    def channel(self) -> Array:
        """P(pair j | X = x), (n, m)."""
        return self.solution.channel

    @property
    def marginal(self) -> Array:
        """Probability of each pair, (m,)."""
        return self.solution.marginal

    @property
    def codebook(self) -> Array:
        """The reproductions, (m,) or (m, d)."""
        codewords = self.pairs.codewords
        return codewords[:, 0] if codewords.shape[1] == 1 else codewords

    @cached_property
    def posteriors(self) -> tuple[Array, ...]:
        """P(S_k = s | pair), (m, |S_k|) each; for unused pairs, their label distribution."""
        mass = self.marginal[:, None]
        joint = self.channel.T * self.task.source.pmf
        return tuple(
            np.where(mass > 0, (joint @ posterior) / np.where(mass > 0, mass, 1.0), law)
            for posterior, law in zip(self.task.posteriors, self.pairs.laws, strict=True)
        )

    @cached_property
    def uncertainties(self) -> tuple[float, ...]:
        """H(S_k|X̂) of the solution, nats."""
        return tuple(float(self.marginal @ entropies(p)) for p in self.posteriors)

    @property
    def uncertainties_bits(self) -> tuple[float, ...]:
        """H(S_k|X̂) of the solution, bits."""
        return tuple(u / _LN2 for u in self.uncertainties)

    @property
    def distortions(self) -> Array:
        """Distortion of each fidelity of the task, in its order."""
        return self.solution.distortions[: len(self.task.problem.fidelities)]

    @property
    def prices(self) -> Array:
        """-∂R/∂level of each fidelity, nats per unit of its level."""
        return self.solution.prices[: len(self.task.problem.fidelities)]

    @property
    def prices_bits(self) -> Array:
        """Prices of the fidelities, bits per unit of the level."""
        return self.prices / _LN2

    @property
    def label_prices(self) -> Array:
        """-∂R/∂C_k, nats per nat or bits per bit, (K,)."""
        return self.solution.prices[len(self.task.problem.fidelities) :]


def solved(
    task: Task,
    tol: float,
    start: Pairs | None = None,
    *,
    tidy: bool = True,
    time_limit: float | None = None,
) -> Classified:
    """Solve a task to a certified gap of ``tol`` nats over all pairs.

    Parameters
    ----------
    task : Task
        What to solve.
    tol : float
        Certified gap to reach, nats.
    start : Pairs, optional
        Pairs to begin with.
    tidy : bool
        Whether to drop pairs without mass from the result, which does not change its bounds.
    time_limit : float, optional
        Seconds after which the solver stops at its next step, with the best bounds so far.

    Returns
    -------
    Classified
        The rate, certified over all pairs.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.binary_symmetric(0.5, 0.1)
    >>> task = rd.classification.task(
    ...     bit.source, bit.posterior, 0.2, 0.5, "hamming", bit.source.atoms)
    >>> round(solved(task, 1e-7).rate_bits, 4)
    0.4575
    """
    until = clock(time_limit)
    pairs, solution = exchange(task, tol, start, until)
    if tidy and not until.over:
        pairs, solution = tidied(task, pairs, solution, tol)
    return Classified(task, pairs, solution)


def rate(  # noqa: PLR0913  (four arguments define the problem, and two the distortion and codebook)
    source: Source,
    posterior: ArrayLike | Sequence[ArrayLike],
    D: float | None,
    C: float | Sequence[float],
    distortion: Distortion = "squared_error",
    codebook: ArrayLike | Every = EVERY,
    *,
    fidelities: Sequence[Fidelity] = (),
    tol: float = 1e-7,
    time_limit: float | None = None,
) -> Classified:
    r"""Solve for the smallest rate under a distortion level and label levels.

    .. math::

        R(D, C) = \min I(X; \hat X) \quad\text{s.t.}\quad E\,d(X, \hat X) \le D,\;
        H(S_k | \hat X) \le C_k

    over reproductions that carry a label distribution. This is the lower convex envelope in (D, C)
    of the rates of channels to the codebook. With a free codebook, a label costs no distortion.

    Parameters
    ----------
    source : Source
        n atoms.
    posterior : array, (n, |S|), or a list of such
        P(S = s | X = x), for one or several labels.
    D : float or None
        Level of the average distortion; None for no such level.
    C : float, or a list of such
        Level of H(S|X̂), nats.
    distortion : str, array or callable
        As in ``Problem``.
    codebook : array, (m,) or (m, d), or EVERY
        The reproductions.
    fidelities : sequence of Fidelity
        Additional fidelities, such as ``subset``.
    tol : float
        Certified gap to reach, nats.
    time_limit : float, optional
        Seconds after which the solver stops at its next step, with the best bounds so far and the
        status ``TIME_LIMIT``.

    Returns
    -------
    Classified
        The rate, certified over all pairs of a reproduction and a label distribution.

    Raises
    ------
    InfeasibleError
        If a level is below its minimum; the message has the minimum.
    InputError
        If an argument is invalid.

    References
    ----------
    Y. Wang, Y. Wu, S. Ma and Y.-J. A. Zhang, "Lossy compression with data, perception, and
    classification constraints", IEEE Information Theory Workshop, 2024.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> noisy = [[0.9, 0.1], [0.1, 0.9]]
    >>> nats = 0.6931471805599453
    >>> found = rd.classification.rate(coin, noisy, 0.2, 0.7 * nats, "hamming", coin.atoms)
    >>> round(found.rate_bits, 5)
    0.3765
    """
    asked = task(source, posterior, D, C, distortion, codebook, fidelities=fidelities)
    return solved(asked, positive(tol, "tol"), time_limit=time_limit)


def task(  # noqa: PLR0913  (as ``rate``)
    source: Source,
    posterior: ArrayLike | Sequence[ArrayLike],
    D: float | None,
    C: float | Sequence[float],
    distortion: Distortion = "squared_error",
    codebook: ArrayLike | Every = EVERY,
    *,
    fidelities: Sequence[Fidelity] = (),
) -> Task:
    """Return the task that ``rate`` solves, from the same arguments.

    Parameters
    ----------
    source, posterior, D, C, distortion, codebook, fidelities
        As for ``rate``.

    Returns
    -------
    Task
        For ``solved``, ``surface``, ``on_alphabet`` and ``largest_penalty``.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.parity(4)
    >>> task(bit.source, bit.posterior, 0.4, 0.3).levels
    (0.3,)
    """
    codewords = codebook if isinstance(codebook, Every) else np.asarray(codebook)
    asked = [*([] if D is None else [average(D)]), *fidelities]
    problem = Problem(source, codewords, distortion, asked or [average(0.0)])
    if not asked:
        problem = replace(problem, fidelities=[average(without_average(problem))])
    levels = [float(C)] if isinstance(C, int | float | np.number) else list(C)
    return Task(problem, several(posterior), levels)
