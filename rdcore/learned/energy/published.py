r"""The updates of Li et al. (2023) as they are printed, to compare them with those of ``channel``.

The chains make Langevin steps without correction, equation (8),

.. math:: y' = y - \lambda \nabla U(y) + \sqrt{2 \lambda}\, z, \qquad z \sim N(0, I),

with one λ for the channel and for the marginal. A critic T(x, y), a network without structure,
ascends equation (9),

.. math:: L = E_{q(y|x)} T(x, y) - E_x E_{q(y)} e^{T(x, y) - 1}
          \le E_x \mathrm{KL}(q(\cdot|x) \| q),

and the energy descends equation (10), L + β E ρ(X, Y), for this T. The samples depend on φ through
their distributions, so the gradient is a covariance: for any f,

.. math:: \nabla_\phi E_{q(y|x)} f(y) = -\mathrm{Cov}_{q(y|x)}(f, \nabla_\phi E_\phi),

and likewise for the marginal. At the best T, 1 - βρ minus the logarithm of the mean of
:math:`e^{-\beta\rho}`, the covariance of T + βρ vanishes and that of :math:`e^{T - 1}` is the
difference of the means of :math:`\nabla_\phi E_\phi` that ``channel`` follows: the two algorithms
differ in the critic and in the samples only.
"""

from __future__ import annotations

from collections.abc import Mapping

import jax
import jax.numpy as jnp

from rdcore.learned.energy import errors, networks
from rdcore.learned.energy.channel import Channel, State, begun, stepped
from rdcore.learned.energy.langevin import ChainTarget
from rdcore.learned.energy.networks import Layers, Parameters
from rdcore.learned.energy.settings import EnergySettings
from rdcore.learned.training import Update

# Chains of the channel for each sample of the source, from which covariances are estimated.
EACH = 8
# λ relative to the reciprocal of the initial curvature of U of the channel.
_STEP = 0.1
# Steps in a round of the training, and in all when a run is measured.
_MOVES, _LONG = 10, 60
# Outputs of other samples that a sample is paired with, when a run is measured.
_PAIRED = 8


def first_state(channel: Channel, settings: EnergySettings) -> State:
    """Return the initial state, with the critic T."""
    widths = (2 * channel.sampled.dim, settings.width, settings.width, 1)
    return begun(
        channel, settings, lambda key: networks.dense(key, widths, gain=2.0), _step(channel)
    )


def _step(channel: Channel) -> float:
    """Return λ, in the square of the unit of the source."""
    pull = errors.sharpness(channel.error, jnp.asarray(channel.beta))
    return _STEP / float(1 / channel.sampled.variances.min() + pull)


def critic(layers: Layers, channel: Channel, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return T, nats, (...), at samples x and reproductions y (..., d)."""
    mean, scale = channel.unit
    return networks.through(layers, jnp.concatenate([x - mean, y - mean], -1) / jnp.tile(scale, 2))


def unadjusted(
    target: ChainTarget, y: jax.Array, key: jax.Array, size: jax.Array, moves: int
) -> jax.Array:
    """Make Langevin steps of length λ without correction with N chains (N, d)."""
    slope = jax.grad(lambda points: target.energy(points).sum())

    def step(y: jax.Array, key: jax.Array) -> tuple[jax.Array, None]:
        return y - size * slope(y) + jnp.sqrt(2 * size) * jax.random.normal(key, y.shape), None

    return jax.lax.scan(step, y, jax.random.split(key, moves))[0]


def descent(
    channel: Channel, energy: Parameters, layers: Layers, *samples: jax.Array
) -> Parameters:
    """Return the gradient of equation (10) in the parameters of the energy, from samples.

    Parameters
    ----------
    channel : Channel
    energy : dict
    layers : list
        The critic.
    x, y, free : arrays, (B, d), (B, K, d) and (N, d)
        Samples of the source, K outputs of the channel for each, and samples of the marginal.
    """
    x, y, free = samples
    wide = jnp.broadcast_to(x[:, None], y.shape)
    cost = critic(layers, channel, wide, y) + channel.beta * errors.between(channel.error, wide, y)
    ratio = _ratios(channel, layers, x, free).mean(axis=0)

    def surrogate(energy: Parameters) -> jax.Array:
        return _covariance(ratio, channel.energy(energy, free)) - _covariance(
            cost, channel.energy(energy, y)
        )

    found: Parameters = jax.grad(surrogate)(energy)
    return found


def _ratios(channel: Channel, layers: Layers, x: jax.Array, free: jax.Array) -> jax.Array:
    """Return exp(T - 1) for all pairs of x (B, d) and the marginal (N, d), as (B, N)."""
    shape = (len(x), *free.shape)
    pairs = jnp.broadcast_to(x[:, None], shape), jnp.broadcast_to(free, shape)
    return jnp.exp(critic(layers, channel, *pairs) - 1)


def _covariance(values: jax.Array, energy: jax.Array) -> jax.Array:
    """Return the mean covariance along the last axis."""
    count = values.shape[-1]
    around = values - values.mean(axis=-1, keepdims=True)
    return (around * energy).mean() * (count / (count - 1))


def _information(
    layers: Layers, channel: Channel, x: jax.Array, y: jax.Array, free: jax.Array
) -> jax.Array:
    """Return equation (9) from samples, nats."""
    joint = critic(layers, channel, jnp.broadcast_to(x[:, None], y.shape), y)
    return joint.mean() - _ratios(channel, layers, x, free).mean()


def update_of(channel: Channel, settings: EnergySettings) -> Update[State]:
    """Return the update of the algorithm, for ``training.train``."""
    objective = channel.objective()
    groups = -(-settings.chains // EACH)
    posterior, marginal = groups * EACH, settings.chains
    slopes = jnp.concatenate([jnp.full(posterior, channel.beta), jnp.zeros(marginal)])

    def update(state: State, key: jax.Array) -> tuple[State, Mapping[str, jax.Array]]:
        draw, rest = jax.random.split(key)
        energy, layers = state["energy"], state["bound"]
        x = channel.sampled.draw(draw, groups)
        begin = jnp.repeat(x, EACH, axis=0)
        # The place of the marginal's chains in x is not used: their slope is 0.
        places = jnp.concatenate([begin, state["chains"]])
        found = unadjusted(
            channel.target(energy, places, slopes),
            places,
            rest,
            jnp.exp(state["log_sizes"][0]),
            _MOVES * settings.rounds,
        )
        y, chains = found[:posterior].reshape(groups, EACH, -1), found[posterior:]
        downhill = descent(channel, energy, layers, x, y, chains)
        value, uphill = jax.value_and_grad(_information)(layers, channel, x, y, chains)
        after = stepped(state, settings.steps, downhill, jax.tree.map(jnp.negative, uphill)) | {
            "chains": chains
        }
        metrics = {
            "rate_bits": value / jnp.log(2.0),
            "distortion": errors.between(channel.error, x[:, None], y).mean(),
        }
        if objective is not None:
            metrics["objective_bits"] = objective(energy) / jnp.log(2.0)
        return after, metrics

    return update


def through(
    channel: Channel, count: int, state: State, key: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the distortions and the terms of the critic's bound for new samples, (count,) each.

    The second term is over outputs for other samples, so its bound is one on I(X; Y).
    """
    draw, forth = jax.random.split(key)
    x = channel.sampled.draw(draw, count)
    target = channel.target(state["energy"], x, jnp.full(count, channel.beta, jnp.float32))
    y = unadjusted(target, x, forth, jnp.exp(state["log_sizes"][0]), _LONG)
    joint = critic(state["bound"], channel, x, y)
    others = jnp.stack([jnp.roll(y, shift, axis=0) for shift in range(1, _PAIRED + 1)])
    wide = jnp.broadcast_to(x, others.shape)
    product = jnp.exp(critic(state["bound"], channel, wide, others) - 1).mean(axis=0)
    return errors.between(channel.error, x, y), joint, product
