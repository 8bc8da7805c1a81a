r"""Exact Markov kernels for an unnormalised density: Langevin steps and jumps.

Both have the invariant distribution :math:`\pi \propto e^{-U}`. The Metropolis-adjusted Langevin
step

.. math::

    x' = x - h P \nabla U(x) + \sqrt{2 h P}\, z, \qquad z \sim N(0, I)

with diagonal P is accepted with probability :math:`\min(1, \pi(x') k(x', x) / \pi(x) k(x, x'))`.
Its step length h is adapted to an acceptance rate of 0.574, which is optimal in high dimensions. A
jump draws several points from a proposal of known density and selects one of them, or stays, with
probabilities proportional to :math:`\pi / \text{proposal}` (iterated sampling importance
resampling). It reaches modes that Langevin steps do not.

References
----------
G. O. Roberts and R. L. Tweedie, Bernoulli 2(4), 1996; G. O. Roberts and J. S. Rosenthal, J. R.
Stat. Soc. B 60(1), 1998; C. Andrieu, A. Lee and M. Vihola, Bernoulli 24(2), 2018.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import jax
import jax.numpy as jnp

WANTED_ACCEPTANCE = 0.574
_ADAPTATION = 0.05
# Candidates of the jump, and Langevin steps, in each round.
_CANDIDATES, _MOVES = 4, 2
# Points (N, d), U there (N,), and its gradient (N, d).
ChainState = tuple[jax.Array, jax.Array, jax.Array]


@dataclass(frozen=True, eq=False)
class ChainTarget:
    """The target distribution of each of N chains, with a proposal and a preconditioner.

    Attributes
    ----------
    energy : callable
        U, (..., N, d) → (..., N), nats up to a constant.
    means, variances : arrays, (C, N, d)
        Means and variances of the mixture of C equally likely Gaussians that proposes jumps.
    preconditioner : array, (N, d)
        Diagonal of P, in the square of the unit of x.
    """

    energy: Callable[[jax.Array], jax.Array]
    means: jax.Array
    variances: jax.Array
    preconditioner: jax.Array

    def propose(self, key: jax.Array, count: int) -> jax.Array:
        """Draw ``count`` points for each chain, (count, N, d)."""
        which, noise = jax.random.split(key)
        kinds, chains, dim = self.means.shape
        one = jax.random.randint(which, (count, chains, 1), 0, kinds)
        z = jax.random.normal(noise, (count, chains, dim))
        points = self.means[0] + jnp.sqrt(self.variances[0]) * z
        for k in range(1, kinds):
            other = self.means[k] + jnp.sqrt(self.variances[k]) * z
            points = jnp.where(one == k, other, points)
        return points

    def log_proposal(self, x: jax.Array) -> jax.Array:
        """Return the log density of the proposal at (..., N, d), as (..., N)."""
        kinds = len(self.means)
        each = [
            -0.5
            * (
                (x - self.means[k]) ** 2 / self.variances[k]
                + jnp.log(2 * jnp.pi * self.variances[k])
            ).sum(axis=-1)
            for k in range(kinds)
        ]
        return jax.nn.logsumexp(jnp.stack(each), axis=0) - jnp.log(float(kinds))

    def log_weights(self, x: jax.Array) -> jax.Array:
        """Return log(exp(-U) / proposal) at (..., N, d), as (..., N)."""
        return -self.energy(x) - self.log_proposal(x)


def jump(target: ChainTarget, x: jax.Array, key: jax.Array, candidates: int) -> jax.Array:
    """Move each of N chains (N, d) to one of its candidates or keep it; π is invariant."""
    draw, pick = jax.random.split(key)
    points = jnp.concatenate([x[None], target.propose(draw, candidates)])
    chosen = jax.random.categorical(pick, target.log_weights(points), axis=0)
    return jnp.take_along_axis(points, chosen[None, :, None], axis=0)[0]


def start(target: ChainTarget, key: jax.Array, candidates: int) -> jax.Array:
    """Draw the initial point of each of N chains, (N, d), by importance resampling."""
    draw, pick = jax.random.split(key)
    points = target.propose(draw, candidates)
    chosen = jax.random.categorical(pick, target.log_weights(points), axis=0)
    return jnp.take_along_axis(points, chosen[None, :, None], axis=0)[0]


def log_acceptance(
    target: ChainTarget, old: ChainState, new: ChainState, size: jax.Array
) -> jax.Array:
    """Return log π(x')k(x', x) / π(x)k(x, x'), (N,), for step lengths h (N,)."""
    (x, U, slope), (y, V, other) = old, new
    hP = size[:, None] * target.preconditioner
    forth = ((y - x + hP * slope) ** 2 / hP).sum(axis=-1)
    back = ((x - y + hP * other) ** 2 / hP).sum(axis=-1)
    return U - V + (forth - back) / 4


def langevin(
    target: ChainTarget, x: jax.Array, key: jax.Array, size: jax.Array, moves: int
) -> tuple[jax.Array, jax.Array]:
    """Make Metropolis-adjusted Langevin steps of length h (N,) with N chains (N, d).

    Returns
    -------
    tuple of arrays
        The chains, (N, d), and their mean acceptance probabilities, (N,).
    """
    hP = size[:, None] * target.preconditioner

    def at(points: jax.Array) -> ChainState:
        """Return points with U and its gradient."""
        values, back = jax.vjp(target.energy, points)
        return points, values, back(jnp.ones_like(values))[0]

    def step(here: ChainState, key: jax.Array) -> tuple[ChainState, jax.Array]:
        noise, chance = jax.random.split(key)
        z = jax.random.normal(noise, x.shape)
        there = at(here[0] - hP * here[2] + jnp.sqrt(2 * hP) * z)
        log_ratio = log_acceptance(target, here, there, size)
        accepted = jnp.log(jax.random.uniform(chance, log_ratio.shape)) < log_ratio
        wide = accepted[:, None]
        now = (
            jnp.where(wide, there[0], here[0]),
            jnp.where(accepted, there[1], here[1]),
            jnp.where(wide, there[2], here[2]),
        )
        return now, jnp.minimum(1.0, jnp.exp(log_ratio))

    (x, _, _), shares = jax.lax.scan(step, at(x), jax.random.split(key, moves))
    return x, shares.mean(axis=0)


def sample(
    target: ChainTarget,
    x: jax.Array,
    key: jax.Array,
    size: jax.Array,
    *,
    rounds: int,
) -> tuple[jax.Array, jax.Array]:
    """Make rounds of a jump and Langevin steps; the results are those of ``langevin``."""

    def one(x: jax.Array, key: jax.Array) -> tuple[jax.Array, jax.Array]:
        first, second = jax.random.split(key)
        return langevin(target, jump(target, x, first, _CANDIDATES), second, size, _MOVES)

    x, shares = jax.lax.scan(one, x, jax.random.split(key, rounds))
    return x, shares.mean(axis=0)


def adapted(log_size: jax.Array, acceptance: jax.Array) -> jax.Array:
    """Return the adapted log h: larger if the acceptance is too high."""
    moved = log_size + _ADAPTATION * (acceptance - WANTED_ACCEPTANCE)
    return jnp.clip(moved, -12.0, 1.0)
