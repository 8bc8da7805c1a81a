r"""The distortions ρ of energy-based Blahut–Arimoto: squared and absolute error.

Besides ρ itself, the algorithm needs the width of :math:`e^{-\beta\rho}`, for proposals, and its
expectation under a Gaussian, for the bound on the rate.
"""

from __future__ import annotations

from typing import Literal

import jax
import jax.numpy as jnp
from jax.scipy.special import log_ndtr

Error = Literal["squared_error", "absolute"]


def between(error: Error, x: jax.Array, y: jax.Array) -> jax.Array:
    """Return ρ of x and y (..., d), summed over the coordinates, (...)."""
    apart = x - y
    values: jax.Array = jnp.square(apart) if error == "squared_error" else jnp.abs(apart)
    return values.sum(axis=-1)


def sharpness(error: Error, beta: jax.Array) -> jax.Array:
    """Return 1/variance of the density proportional to exp(-βρ), per coordinate; 0 for β = 0."""
    found: jax.Array = 2 * beta if error == "squared_error" else jnp.square(beta) / 2
    return found


def log_partition(error: Error, beta: float, precision: jax.Array, centred: jax.Array) -> jax.Array:
    r"""Return :math:`-\log E\, e^{-\beta\rho(x, Y)}` for Gaussian Y, nats, (...).

    Parameters
    ----------
    error : str
        ``squared_error`` or ``absolute``.
    beta : float
        Slope, nats per unit of distortion.
    precision : array, (d,)
        1/variance of the coordinates of Y.
    centred : array, (..., d)
        x minus the mean of Y.
    """
    if error == "squared_error":
        sharp = beta * precision / (precision + 2 * beta)
        level = 0.5 * jnp.log1p(2 * beta / precision)
        return (sharp * jnp.square(centred) + level).sum(axis=-1)
    root = jnp.sqrt(precision)
    shift = beta / root
    sides = [
        sign * beta * centred + log_ndtr(-sign * root * centred - shift) for sign in (1.0, -1.0)
    ]
    each = -jnp.square(shift) / 2 - jnp.logaddexp(*sides)
    return each.sum(axis=-1)
