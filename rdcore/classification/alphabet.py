"""Channels to a fixed alphabet, where a reproduction carries no label distribution.

The set {H(S|X̂) ≤ C} is then not convex: for fair bits X = S, both X̂ = X and X̂ = 1 - X leave 0
bits, and their mixture leaves 1 bit. With a fixed label distribution for each reproduction the
program is convex, and replacing these distributions by the posteriors of its solution never
increases the rate. The iteration ends at a local optimum, an upper bound on the smallest rate. The
rate of labelled reproductions is a lower bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, count, positive
from rdcore.classification._dual_constraint import dual_constraint
from rdcore.classification.exchange import places
from rdcore.classification.rates import Classified
from rdcore.classification.tasks import Pairs, Task, entropies
from rdcore.errors import InfeasibleError, InputError
from rdcore.proof.certificates import achieved
from rdcore.proof.dual import dual_at
from rdcore.solvers import InteriorPoint, Solution, solve

_LN2 = float(np.log(2))
_ROUNDS = 60
_STILL = 1e-9


@dataclass(frozen=True, eq=False)
class FixedAlphabet:
    """A channel to a fixed alphabet that meets D and C, with bounds on the best one.

    Attributes
    ----------
    task : Task
        The task; its codebook is the alphabet.
    channel : array, (n, M), or None
        P(X̂ = y | X = x); None if no start led to a feasible channel.
    upper : float
        Rate of the channel, nats; ∞ if there is none.
    lower : float
        Certified lower bound, nats, from labelled reproductions.
    reached : int
        Number of starts that led to a feasible channel.
    starts : int
        Number of starts.
    """

    task: Task
    channel: Array | None
    upper: float
    lower: float
    reached: int
    starts: int

    @property
    def upper_bits(self) -> float:
        """Rate of the channel in bits."""
        return self.upper / _LN2

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @cached_property
    def posteriors(self) -> tuple[Array, ...] | None:
        """P(S_k = s | X̂ = y), (M, |S_k|) each; rows of nan for inactive codewords."""
        if self.channel is None:
            return None
        joint = self.channel.T * self.task.source.pmf
        with np.errstate(invalid="ignore"):
            shares = joint / joint.sum(axis=1, keepdims=True)
        return tuple(shares @ p for p in self.task.posteriors)

    @cached_property
    def uncertainties(self) -> tuple[float, ...] | None:
        """H(S_k|X̂) under the channel, nats."""
        if self.channel is None or self.posteriors is None:
            return None
        mass = self.task.source.pmf @ self.channel
        return tuple(float(mass[mass > 0] @ entropies(p[mass > 0])) for p in self.posteriors)


def on_alphabet(
    task: Task,
    known: Classified | None = None,
    *,
    starts: int = 6,
    seed: int = 0,
    tol: float = 1e-7,
) -> FixedAlphabet:
    """Search for the best channel to a fixed alphabet from several starts.

    Parameters
    ----------
    task : Task
        A task on a fixed codebook.
    known : Classified, optional
        The solution with labelled reproductions, for the lower bound and for starts.
    starts : int
        Number of starts. The label distributions of a start are those of the nearest atoms, of the
        most probable labelled reproductions, their averages, or random choices among them.
    seed : int
        Seed of the random choices.
    tol : float
        Certified gap of each convex program, nats.

    Returns
    -------
    FixedAlphabet
        The best channel found, and the bound on all of them.

    Raises
    ------
    InputError
        If the codebook is ``EVERY``, where a label costs no distortion.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.binary_symmetric(0.5, 0.1)
    >>> task = rd.classification.task(
    ...     bit.source, bit.posterior, 0.2, 0.5, "hamming", bit.source.atoms)
    >>> found = on_alphabet(task, starts=2)
    >>> round(found.upper_bits, 4)
    0.4575
    """
    if task.problem.every:
        raise InputError(
            "codebook must be fixed; got EVERY, where arbitrarily close reproductions carry"
            " any label without distortion"
        )
    precision, wanted = positive(tol, "tol"), count(starts, "starts")
    near = _posteriors(task, np.eye(task.problem.m)[np.argmin(_costs(task), axis=1)])
    begins = [near] if known is None else _starts(known, near, wanted, np.random.default_rng(seed))
    best: tuple[float, Array] | None = None
    reached = 0
    for laws in begins:
        ended = _alternated(task, laws, precision)
        if ended is None:
            continue
        reached += 1
        if best is None or ended[0] < best[0]:
            best = ended
    upper, channel = (np.inf, None) if best is None else best
    lower = 0.0 if known is None else known.certificate.lower
    if known is None:
        lower = solve(task.problem, tol=precision).certificate.lower
    return FixedAlphabet(task, channel, upper, lower, reached, len(begins))


def _starts(found: Classified, near: Array, count: int, rng: np.random.Generator) -> list[Array]:
    """Return the initial label distributions of the codewords, concatenated, (M, L) each."""
    m, index = found.task.problem.m, found.pairs.index
    assert index is not None
    mass, laws = found.marginal, np.hstack(list(found.posteriors))
    together, most_probable = near.copy(), near.copy()
    heaviest = np.zeros(m)
    for j in np.argsort(mass):
        if mass[j] > heaviest[index[j]]:
            heaviest[index[j]], most_probable[index[j]] = mass[j], laws[j]
    for y in np.unique(index):
        mine = index == y
        if mass[mine].sum() > 0:
            together[y] = mass[mine] @ laws[mine] / mass[mine].sum()
    made = [near, most_probable, together]
    while len(made) < count:
        made.append(laws[rng.choice(len(laws), m, p=mass / mass.sum())])
    return made[:count]


def _costs(task: Task) -> Array:
    total = np.zeros((task.problem.n, task.problem.m))
    for k in range(len(task.problem.distortions)):
        cost = task.problem.cost(k)
        total += np.where(np.isfinite(cost), cost, 1e9)
    return total


def _posteriors(task: Task, channel: Array) -> Array:
    """Return P(S = s | y) of a channel (n, M), (M, L); P(S) where y is inactive."""
    joint = channel.T * task.source.pmf
    mass = joint.sum(axis=1, keepdims=True)
    shares = np.where(mass > 0, joint / np.where(mass > 0, mass, 1.0), task.source.pmf)
    return np.asarray(shares @ task.joint)


def _alternated(task: Task, laws: Array, tol: float) -> tuple[float, Array] | None:
    """Alternate between the optimal channel and its posteriors until the rate stops decreasing."""
    every = np.arange(task.problem.m)
    best: tuple[float, Array] | None = None
    for _ in range(_ROUNDS):
        parts = tuple(laws[:, side] for side in task.sides)
        pairs = Pairs(task.problem.codewords, every, parts)
        try:
            solution = InteriorPoint().solve(task.on(pairs), tol)
        except InfeasibleError:
            return best
        rate = achieved(solution.problem, solution.channel)
        if not np.isfinite(rate):
            return best
        settled = best is not None and rate > best[0] - _STILL
        if best is None or rate < best[0]:
            best = (rate, solution.channel)
        if settled:
            return best
        laws = _better_laws(task, pairs, solution)
    return best


def _better_laws(task: Task, pairs: Pairs, solution: Solution) -> Array:
    """Return posteriors of codewords in use, and the most useful distributions of the others."""
    laws = np.hstack(list(pairs.laws))
    mass = solution.marginal
    used = mass > 1e-12
    changed = np.where(used[:, None], _posteriors(task, solution.channel), laws)
    dual = dual_at(solution.problem, np.maximum(mass, 1e-15), solution.slopes)
    if dual is None or used.all():
        return changed
    c = dual_constraint(task, dual)
    inactive = places(pairs).some(~used)
    changed[~used] = c.climb(inactive)[0].laws
    return changed
