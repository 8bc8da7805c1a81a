"""A fixed alphabet of reproductions, where X̂ carries nothing but itself.

There {H(S|X̂) ≤ C} is not convex: fair bits X = S with X̂ = X, or with X̂ = 1 - X, leave 0 bits, and
the mixture of both leaves 1. With one law of the label for each reproduction the program is convex;
taking for the laws the posteriors of its solution can only lower the rate. Where that settles is a
local optimum: a rate that is really reached, an upper bound on the least. What carries a label
bounds it from below.
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
from rdcore.proof.certificates import achieved, dual_at
from rdcore.solvers import InteriorPoint, Solution, solve

_LN2 = float(np.log(2))
_ROUNDS = 60
_STILL = 1e-9


@dataclass(frozen=True, eq=False)
class FixedAlphabet:
    """A channel to a fixed alphabet that meets D and C, and what bounds the best one.

    Attributes
    ----------
    task : Task
        What was asked; its codebook is the alphabet.
    channel : array, (n, M), or None
        P(X̂ = y | X = x); None if no start led to a channel that meets the levels.
    upper : float
        Its rate, nats; ∞ if there is none.
    lower : float
        Certified lower bound, nats: that of the convexified problem.
    reached : int
        How many of the starts led to a channel that meets the levels.
    starts : int
        How many there were.
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
        """P(S_k = s | X̂ = y), (M, |S_k|) each; rows of nan where y is never used."""
        if self.channel is None:
            return None
        joint = self.channel.T * self.task.source.pmf
        with np.errstate(invalid="ignore"):
            shares = joint / joint.sum(axis=1, keepdims=True)
        return tuple(shares @ p for p in self.task.posteriors)

    @cached_property
    def uncertainties(self) -> tuple[float, ...] | None:
        """H(S_k|X̂) that the channel leaves, nats."""
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
    """Look for the best channel to the codebook alone, from several starts.

    Parameters
    ----------
    task : Task
        On a codebook of its own.
    known : Classified, optional
        The convexified problem's solution: its lower bound, and laws to begin from.
    starts : int
        How many laws of the label to begin from: those of the convexified solution put together,
        its likeliest, and random choices among them; and those of the nearest atoms.
    seed : int
        For the random ones.
    tol : float
        Certified gap of each convex program, nats.

    Raises
    ------
    InputError
        If the codebook is ``EVERY``: there a label costs nothing.
    """
    if task.problem.every:
        raise InputError(
            "codebook=EVERY: reproductions next to each other carry any label at no distortion; a"
            " codebook of its own makes the alphabet fixed"
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
    """Return laws of the labels side by side, one a codeword, (M, L) each."""
    m, index = found.task.problem.m, found.pairs.index
    assert index is not None
    mass, laws = found.marginal, np.hstack(list(found.posteriors))
    together, likeliest = near.copy(), near.copy()
    heaviest = np.zeros(m)
    for j in np.argsort(mass):
        if mass[j] > heaviest[index[j]]:
            heaviest[index[j]], likeliest[index[j]] = mass[j], laws[j]
    for y in np.unique(index):
        mine = index == y
        if mass[mine].sum() > 0:
            together[y] = mass[mine] @ laws[mine] / mass[mine].sum()
    made = [near, likeliest, together]
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
    """Return P(S = s | y) of a channel (n, M), (M, L); P(S) where y is never used."""
    joint = channel.T * task.source.pmf
    mass = joint.sum(axis=1, keepdims=True)
    shares = np.where(mass > 0, joint / np.where(mass > 0, mass, 1.0), task.source.pmf)
    return np.asarray(shares @ task.joint)


def _alternated(task: Task, laws: Array, tol: float) -> tuple[float, Array] | None:
    """Solve for the channel, take its posteriors for the laws, and so on until nothing is won."""
    every = np.arange(task.problem.m)
    best: tuple[float, Array] | None = None
    for _ in range(_ROUNDS):
        parts = tuple(laws[:, side] for side in task.sides)
        pairs = Pairs(task.problem.codewords, every, parts)
        try:
            solution = InteriorPoint().solve(task.on(pairs), tol)
        except InfeasibleError:
            return best
        rate = achieved(solution.problem, solution.channel, solution.slopes)
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
    """Return the posteriors of the codewords in use; for the others the laws that call for them."""
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
