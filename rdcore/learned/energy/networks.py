"""Networks of the energy and of the bound: small dense networks as trees of arrays."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from rdcore._arrays import Array

Parameters = dict[str, Any]
Layers = list[tuple[jax.Array, jax.Array]]


def dense(key: jax.Array, sizes: tuple[int, ...], *, gain: float = 1.0) -> Layers:
    """Return the weights and biases of a network of these widths; its initial output is 0."""
    layers = []
    for k, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        key, one, two = jax.random.split(key, 3)
        last = k == len(sizes) - 2
        scale = 0.0 if last else (gain if k == 0 else 1.0) / np.sqrt(fan_in)
        weights = jnp.float32(scale) * jax.random.normal(one, (fan_in, fan_out))
        reach = gain if k == 0 else 0.0
        layers.append((weights, jnp.float32(reach) * jax.random.normal(two, (fan_out,))))
    return layers


def through(layers: Layers, inputs: jax.Array) -> jax.Array:
    """Apply a network with one output to (..., d), giving (...)."""
    for weights, biases in layers[:-1]:
        inputs = jnp.tanh(inputs @ weights + biases)
    weights, biases = layers[-1]
    return jnp.asarray((inputs @ weights + biases)[..., 0])


def energy_network(key: jax.Array, mean: Array, variances: Array, width: int) -> Parameters:
    """Return parameters of an energy whose initial distribution is Gaussian.

    Parameters
    ----------
    mean, variances : arrays, (d,)
        Moments of the source, which the initial distribution has.
    width : int
        Width of the two hidden layers.
    """
    return {
        "layers": dense(key, (len(mean), width, width, 1), gain=2.0),
        "centre": jnp.asarray(mean, jnp.float32),
        "log_precision": -jnp.log(jnp.asarray(variances, jnp.float32)),
    }


def correction(
    parameters: Parameters, unit: tuple[jax.Array, jax.Array], x: jax.Array
) -> jax.Array:
    """Return the network part of the energy (...) at x (..., d)."""
    mean, scale = unit
    return through(parameters["layers"], (x - mean) / scale)


def confinement(parameters: Parameters, x: jax.Array) -> jax.Array:
    """Return the quadratic part (...) at x (..., d), which makes exp(-E) integrable."""
    precision = jnp.exp(parameters["log_precision"])
    return jnp.asarray(0.5 * (precision * (x - parameters["centre"]) ** 2).sum(axis=-1))


def energy(parameters: Parameters, unit: tuple[jax.Array, jax.Array], x: jax.Array) -> jax.Array:
    """Return E(x), nats, (...), up to a constant, at x (..., d)."""
    return confinement(parameters, x) + correction(parameters, unit, x)
