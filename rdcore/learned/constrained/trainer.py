r"""One update for all three methods: weights by Adam, log λ by momentum on D/c - 1.

D-CO, β-VAE and hinge have the loss R + λe with e = D/c - 1, or its positive part for hinge. Only
D-CO adjusts λ. A factor exp(κv) on λ, with the running mean v of D/c - 1, damps the oscillation of
λ and D (Platt and Barr, "Constrained Differential Optimization", 1987). A β-VAE has λ = c/β,
because R + (c/β)(D/c - 1) equals D + βR up to scale and a constant.

The parameters of the settings are part of the state, so one compilation serves all runs of a batch
size.

Reference: T. van Rozendaal, G. Sautière and T. S. Cohen, "Lossy Compression with Distortion
Constrained Optimization", CVPR Workshops, 2020, equations (3) and (4).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from rdcore.learned.constrained.networks import decode, encode, initial_autoencoder, quantise
from rdcore.learned.constrained.prior import initial_prior, rate
from rdcore.learned.constrained.settings import CLIP, RECIPES, CodecSettings
from rdcore.learned.constrained.start import first_multiplier
from rdcore.learned.photographs import Grey

Tree = Any
_MOMENTUM = 0.99
# Fraction of the training after which the learning rate is constant and the multiplier settles.
_LATE = 0.85
# Two running means of log D over the last 1/16 and the last quarter of the updates so far.
_WINDOWS = (1 / 16, 1 / 4)
# 2³² times the golden ratio conjugate.
_GOLDEN = 2_654_435_769


def initial_parameters(settings: CodecSettings) -> Tree:
    """Return the initial weights of autoencoder and prior, from the seed."""
    chance = np.random.default_rng(settings.seed)
    return {
        "autoencoder": initial_autoencoder(chance, settings.size, settings.channels),
        "prior": initial_prior(chance, settings.channels),
    }


def initial_state(settings: CodecSettings, training: Grey) -> Tree:
    """Return the initial state: weights, moments, multiplier, patches and parameters."""
    recipe = RECIPES[settings.recipe]
    parameters = jax.tree.map(jnp.asarray, initial_parameters(settings))
    start = first_multiplier(settings, training)
    chance = np.random.default_rng((settings.seed, 1))
    figures = {
        "target": settings.target,
        "unit": recipe.unit or 0.0,
        "hinged": settings.method == "hinge",
        "steps": settings.steps,
        "first_limit": np.log(start),
        "last_limit": np.log(max(CLIP, start)),
        "held": recipe.held,
        "free": recipe.free,
        "foreseen": recipe.foreseen,
        "largest_excess": recipe.largest_excess,
        "lowest_mean": recipe.lowest_mean,
        "multiplier_rate": recipe.multiplier_rate if settings.method == "dco" else 0.0,
        "autoencoder_rate": recipe.learning_rate,
        "prior_rate": recipe.prior_rate,
        "last_share": recipe.last_share,
        "warm_up": recipe.warm_up,
        "second_moment": recipe.second_moment,
        "damping": recipe.damping if settings.method == "dco" else 0.0,
        "last_damping": recipe.last_damping if settings.method == "dco" else 0.0,
        "divided": recipe.divided,
        "even": recipe.even,
    }
    return {
        "parameters": parameters,
        "moments": optax.scale_by_adam().init(parameters),
        "log_multiplier": jnp.asarray(np.log(start), jnp.float32),
        "velocity": jnp.zeros((), jnp.float32),
        "log_errors": jnp.zeros(len(_WINDOWS), jnp.float32),
        "measured": jnp.zeros((), jnp.float32),
        "step": jnp.zeros((), jnp.int32),
        "offsets": jnp.asarray(chance.integers(1 << 32, size=settings.batch), jnp.uint32),
        "patches": jnp.asarray(training[..., None]),
        "figures": {name: jnp.asarray(value, jnp.float32) for name, value in figures.items()},
    }


@lru_cache(maxsize=8)
def update_of(batch: int) -> Callable[[Tree, jax.Array], tuple[Tree, dict[str, jax.Array]]]:
    """Return the update (state, key) → (state, metrics) for minibatches of ``batch`` patches."""

    def update(state: Tree, key: jax.Array) -> tuple[Tree, dict[str, jax.Array]]:
        images = minibatch(state, key, batch)
        figures, multiplier = state["figures"], jnp.exp(state["log_multiplier"])
        damped = state["log_multiplier"] + _damping(state) * state["velocity"]
        weight = jnp.exp(jnp.minimum(damped, _limit(state)))
        slope = jax.value_and_grad(loss, has_aux=True)
        (_, (bpp, mse)), gradient = slope(state["parameters"], images, weight, figures)
        state = _moved_multiplier(_moved_weights(state, gradient), mse)
        metrics = {"rate_bpp": bpp, "mse": mse, "lambda": multiplier}
        return {**state, "step": state["step"] + 1}, metrics

    return update


def rate_and_error(parameters: Tree, images: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Return the bits and the squared error per pixel of each image (B, h, w, 1)."""
    autoencoder = parameters["autoencoder"]
    chosen = quantise(autoencoder["codebook"], encode(autoencoder, images))
    values = chosen @ autoencoder["codebook"]
    bits = rate(parameters["prior"], values, chosen).sum((1, 2, 3))
    error = jnp.square(decode(autoencoder, values) - images).mean((1, 2, 3))
    return bits / (images.shape[1] * images.shape[2]), error


def loss(
    parameters: Tree, images: jax.Array, multiplier: jax.Array | float, figures: Tree
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    """Return the loss of the weights, and rate and distortion."""
    bpp, mse = (values.mean() for values in rate_and_error(parameters, images))
    excess = _excess(mse, figures["target"], figures["unit"])
    excess = jnp.where(figures["hinged"] > 0, jnp.maximum(excess, 0), excess)
    divisor = jnp.where(figures["divided"] > 0, 1 + multiplier, 1)
    return (bpp + multiplier * excess) / divisor, (bpp, mse)


def minibatch(state: Tree, key: jax.Array, batch: int) -> jax.Array:
    """Draw patches at random, or evenly: one from each of ``batch`` intervals of their order.

    Even draws move through each interval by steps of the golden ratio from a random start, so that
    the mean distortion over some hundred minibatches is close to that of all patches.
    """
    number = len(state["patches"])
    steps = state["step"].astype(jnp.uint32) * jnp.uint32(_GOLDEN) + state["offsets"]
    within = steps.astype(jnp.float32) / 2.0**32
    even = (jnp.arange(batch) + within) / batch
    spread = jnp.where(state["figures"]["even"] > 0, even, jax.random.uniform(key, (batch,)))
    places = jnp.minimum((spread * number).astype(jnp.int32), number - 1)
    drawn: jax.Array = state["patches"][places].astype(jnp.float32)
    return drawn


def _moved_weights(state: Tree, gradient: Tree) -> Tree:
    figures, step = state["figures"], state["step"]
    adam = optax.scale_by_adam(0.9, figures["second_moment"])
    direction, moments = adam.update(gradient, state["moments"])
    share = _falling(jnp.minimum(_share(state) / _LATE, 1), figures["last_share"])
    share *= jnp.minimum((step + 1) / figures["warm_up"], 1)
    parameters = {
        part: jax.tree.map(
            lambda weight, way, speed=share * figures[f"{part}_rate"]: weight - speed * way,
            weights,
            direction[part],
        )
        for part, weights in state["parameters"].items()
    }
    return {**state, "parameters": parameters, "moments": moments}


def _moved_multiplier(state: Tree, mse: jax.Array) -> Tree:
    """Move log λ along the running mean of D/c - 1, up to its limit."""
    figures, log_errors = state["figures"], _followed(state, mse)
    later = mse * jnp.exp(_expected(log_errors, state))
    excess = _excess(later, figures["target"], figures["unit"])
    excess = jnp.minimum(excess, figures["largest_excess"])
    velocity = _MOMENTUM * state["velocity"] + (1 - _MOMENTUM) * excess
    velocity = jnp.maximum(velocity, figures["lowest_mean"])
    velocity = jnp.where(state["measured"] > 0, state["velocity"], velocity)
    velocity = jnp.where(_share(state) < figures["held"], 0.0, velocity)
    moved = state["log_multiplier"] + figures["multiplier_rate"] * velocity
    return {
        **state,
        "log_multiplier": jnp.minimum(moved, _limit(state)),
        "velocity": velocity,
        "log_errors": log_errors,
    }


def measured(state: Tree, mse: float) -> Tree:
    """Make the multiplier follow the D of all patches, until it is measured again.

    A patch that is drawn is one that was trained on longest ago. Where there are few patches, its D
    is one or two percent larger than the mean.
    """
    figures, expected = state["figures"], _expected(state["log_errors"], state)
    excess = _excess(mse * jnp.exp(expected), figures["target"], figures["unit"])
    velocity = jnp.clip(excess, figures["lowest_mean"], figures["largest_excess"])
    return {**state, "velocity": velocity, "measured": jnp.ones((), jnp.float32)}


def _followed(state: Tree, mse: jax.Array) -> jax.Array:
    """Return the running means of log D, with windows that grow with the number of updates."""
    before, latest = state["log_errors"], jnp.log(jnp.maximum(mse, 1e-9))
    weights = jnp.minimum(1 / (jnp.asarray(_WINDOWS) * (state["step"] + 1)), 1)
    found: jax.Array = before + weights * (latest - before)
    return found


def _expected(log_errors: jax.Array, state: Tree) -> jax.Array:
    """Return the change of log D that is expected until the learning rate is constant.

    Where D falls as the power -a of the number t of updates, a mean of log D over the share w of t
    is behind by a·w. Early, log D goes on to fall by a for each unit of log t; late, in proportion
    to the learning rate. The smaller of both falls is expected.
    """
    power = jnp.maximum(log_errors[1] - log_errors[0], 0) / (_WINDOWS[1] - _WINDOWS[0])
    done = jnp.clip(_share(state) / _LATE, 1e-6, 1 - 1e-4)
    fading = jnp.pi / 2 * done * jnp.sin(jnp.pi * done)
    left = jnp.minimum(-jnp.log(done), _falling(done, 0.0) / fading)
    change: jax.Array = -power * left * state["figures"]["foreseen"]
    return change


def _excess(mse: jax.Array, target: jax.Array, unit: jax.Array | float) -> jax.Array:
    """Return D/c - 1, or (D - c)/unit if the unit is not 0."""
    excess: jax.Array = (mse - target) / jnp.where(unit > 0, unit, target)
    return excess


def _share(state: Tree) -> jax.Array:
    """Return the completed fraction of the training."""
    done: jax.Array = state["step"] / state["figures"]["steps"]
    return done


def _limit(state: Tree) -> jax.Array:
    """Return the largest log λ: its initial value at first, and that of 10³ later."""
    figures = state["figures"]
    first, last, held = figures["first_limit"], figures["last_limit"], figures["held"]
    opened = (_share(state) - held) / jnp.maximum(figures["free"] - held, 1e-6)
    limit: jax.Array = first + (last - first) * jnp.clip(opened, 0, 1)
    return limit


def _damping(state: Tree) -> jax.Array:
    """Return κ, which changes to its last value while the learning rate is constant."""
    figures = state["figures"]
    late = jnp.clip((_share(state) - _LATE) / (1 - _LATE), 0, 1)
    damping: jax.Array = figures["damping"] + (figures["last_damping"] - figures["damping"]) * late
    return damping


def _falling(share: jax.Array, last: jax.Array | float) -> jax.Array:
    """Return a cosine decay from 1 to ``last``."""
    return last + (1 - last) * (1 + jnp.cos(jnp.pi * share)) / 2
