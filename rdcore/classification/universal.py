r"""The rate penalty of one encoder whose output Z serves every pair (D, C) of a set Θ.

Each decoder sees only Z. Its best reproduction for squared error is E[X|Z] and its best label
distribution for log loss is P(S|Z), for every pair. So Z serves Θ if and only if it serves (min D,
min C), and

.. math:: R(Θ) = R(\min D, \min C), \qquad A(Θ) = R(Θ) - \max_{Θ} R(D, C) \ge 0.

The same holds for any distortion, with the best reproduction given Z in place of E[X|Z].
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, count, positive
from rdcore.classification.rates import Classified, solved, task
from rdcore.classification.tasks import Task
from rdcore.errors import InputError
from rdcore.problem import EVERY, Every
from rdcore.problem.distortions import Distortion
from rdcore.problem.sources import Source

_LN2 = float(np.log(2))
Pair = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Penalty:
    """The extra rate of one encoder for all demands, over the most expensive single demand.

    Attributes
    ----------
    pairs : tuple of (float, float)
        Θ, each (D, C), C in nats.
    each : tuple of Classified
        R(D, C) of each pair.
    universal : Classified
        R(min D, min C).
    """

    pairs: tuple[Pair, ...]
    each: tuple[Classified, ...]
    universal: Classified

    @cached_property
    def lower(self) -> float:
        """Certified lower bound on A(Θ), nats."""
        largest = max(found.certificate.upper for found in self.each)
        return max(0.0, self.universal.certificate.lower - largest)

    @cached_property
    def upper(self) -> float:
        """Certified upper bound on A(Θ), nats."""
        largest = max(found.certificate.lower for found in self.each)
        return max(self.lower, self.universal.certificate.upper - largest)

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @property
    def upper_bits(self) -> float:
        """Upper bound in bits."""
        return self.upper / _LN2


def rate_penalty(
    source: Source,
    posterior: ArrayLike,
    pairs: Iterable[Pair],
    distortion: Distortion = "squared_error",
    codebook: ArrayLike | Every = EVERY,
    *,
    tol: float = 1e-7,
) -> Penalty:
    """Return certified bounds on the rate penalty A(Θ) of one encoder for a set of demands.

    Parameters
    ----------
    source : Source
        n atoms.
    posterior : array, (n, |S|)
        P(S = s | X = x).
    pairs : iterable of (float, float)
        Θ: levels (D, C), C in nats.
    distortion, codebook
        As in ``rate``.
    tol : float
        Certified gap of each rate, nats.

    Returns
    -------
    Penalty
        Bounds on A(Θ), nats.

    Raises
    ------
    InputError
        If there are no pairs.
    InfeasibleError
        If a level is below its minimum.

    References
    ----------
    G. Zhang, J. Qian, J. Chen and A. Khisti, "Universal rate–distortion–perception representations
    for lossy compression", NeurIPS 2021, for the definition of universality.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> die = rd.sources.from_pmf([0, 1, 2, 3], [0.25] * 4)
    >>> parity = [[1, 0], [0, 1], [1, 0], [0, 1]]
    >>> apart = rd.classification.rate_penalty(die, parity, [(0.25, 0.7), (1.25, 0.1)])
    >>> apart.lower_bits > 0.3
    True
    """
    asked = tuple((float(D), float(C)) for D, C in pairs)
    if not asked:
        raise InputError("pairs must have at least one pair (D, C); got none")
    base = task(source, posterior, *asked[0], distortion, codebook)
    gap = positive(tol, "tol")
    return penalty_of(base, asked, gap)


def penalty_of(base: Task, pairs: Sequence[Pair], tol: float) -> Penalty:
    """Return the penalty for pairs of levels of a task's first fidelity and its label."""
    found: dict[Pair, Classified] = {}

    def at(pair: Pair) -> Classified:
        if pair not in found:
            found[pair] = solved(levelled(base, *pair), tol, tidy=False)
        return found[pair]

    corner = (min(D for D, _ in pairs), min(C for _, C in pairs))
    return Penalty(tuple(pairs), tuple(at(pair) for pair in pairs), at(corner))


def levelled(base: Task, D: float, C: float) -> Task:
    """Return the task with other levels of its first fidelity and its first label.

    Parameters
    ----------
    base : Task
        The task.
    D : float
        The level of its first fidelity, in the unit of the distortion.
    C : float
        The level of H(S|X̂) of its first label, nats.

    Returns
    -------
    Task
        The same task at these levels.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.parity(4)
    >>> task = rd.classification.task(bit.source, bit.posterior, 0.4, 0.4)
    >>> levelled(task, 0.2, 0.1).levels
    (0.1,)
    """
    fidelities = [fidelity.level for fidelity in base.problem.fidelities]
    return base.with_levels([D, *fidelities[1:]], [C, *base.levels[1:]])


def largest_penalty(
    base: Task,
    *,
    points: int = 9,
    tol: float = 1e-5,
    progress: Callable[[float], None] | None = None,
) -> Penalty:
    r"""Search for the two demands with the largest rate penalty.

    Among all Θ with the same (min D, min C) the penalty is largest for {(D, ∞), (∞, C)}. At a fixed
    D, a lower C increases R(D, C), and the largest single rate stays R(D, ∞) until R(∞, C) exceeds
    it. So both demands have the same rate r at the largest penalty, and r is found by a line
    search.

    Parameters
    ----------
    base : Task
        A task with one label. The levels of its first fidelity and of the label are varied.
    points : int
        Number of rates to try on a uniform grid, and again on a finer grid around the best.
    tol : float
        Certified gap of each rate, nats.
    progress : callable, optional
        Called with the completed fraction.

    Returns
    -------
    Penalty
        Bounds on the penalty of the two demands, nats.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.parity(4)
    >>> task = rd.classification.task(
    ...     bit.source, bit.posterior, 0.4, 0.4, "squared_error", bit.source.atoms)
    >>> largest_penalty(task, points=3).lower > 0
    True
    """
    count(points, "points", 3)
    slack = (_slack(base), base.most[0])
    D_at = _inverse(lambda D: levelled(base, D, slack[1]), slack[0], tol)
    C_at = _inverse(lambda C: levelled(base, slack[0], C), slack[1], tol, base.least[0])
    most = min(D_at.most, C_at.most)
    best: Penalty | None = None
    low, high, done = 0.0, most, 0
    for _ in range(2):
        rates = np.linspace(low, high, points + 2)[1:-1]
        found = []
        for r in rates:
            D, C = D_at(float(r)), C_at(float(r))
            found.append(penalty_of(base, [(D, slack[1]), (slack[0], C)], tol))
            done += 1
            if progress is not None:
                progress(done / (2 * points))
        values = [one.lower for one in found]
        top = int(np.argmax(values))
        if best is None or found[top].lower > best.lower:
            best = found[top]
        step = float(rates[1] - rates[0])
        low, high = max(0.0, float(rates[top]) - step), min(most, float(rates[top]) + step)
    assert best is not None
    return best


def _slack(base: Task) -> float:
    """Return a level at which the first fidelity is slack."""
    from rdcore.curves import largest_level

    return largest_level(base.problem)


@dataclass(frozen=True, eq=False)
class _Inverse:
    """The inverse of a decreasing rate as a function of a level, by linear interpolation."""

    levels: Array
    rates: Array

    @property
    def most(self) -> float:
        return float(self.rates.max())

    def __call__(self, rate: float) -> float:
        return float(np.interp(rate, self.rates[::-1], self.levels[::-1]))


def _inverse(
    at: Callable[[float], Task], high: float, tol: float, low: float = 0.0, points: int = 17
) -> _Inverse:
    """Solve a task at levels that are denser where the rate is steep."""
    share = np.linspace(0, 1, points + 1)[1:] ** 2
    levels = low + (high - low) * share
    levels[0] = max(levels[0], low + 0.02 * (high - low))
    levels = np.unique(levels)
    rates = np.array([solved(at(float(v)), tol, tidy=False).rate for v in levels])
    return _Inverse(levels, rates)
