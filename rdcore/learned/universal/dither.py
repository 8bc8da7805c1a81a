r"""Subtractively dithered quantisation to equally spaced levels.

There are L levels on [−1, 1] with spacing Δ = 2/(L−1), and the dither u, uniform on [−Δ/2, Δ/2], is
known to encoder and decoder. For |y| ≤ 1 the nearest level z to y + u is at most Δ/2 away, so z − u
− y is uniform and independent of y for any distribution of y (Schuchman, 1964; Ziv, 1985; Gray and
Stockham, 1993).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

# Weights of the levels in soft gradients are exp(−SHARPNESS · squared distance), with distances in
# units of the spacing (Agustsson et al., 2019).
SHARPNESS = 3.0


def centres(levels: int) -> jax.Array:
    """Return L equally spaced levels on [−1, 1], (L,)."""
    return jnp.linspace(-1.0, 1.0, levels, dtype=jnp.float32)


def dither(key: jax.Array, shape: tuple[int, ...], levels: int) -> jax.Array:
    """Draw u, uniform within half a spacing."""
    half = 1.0 / (levels - 1)
    return jax.random.uniform(key, shape, jnp.float32, -half, half)


def nearest(values: jax.Array, levels: int) -> jax.Array:
    """Return the nearest level of each value, with soft gradients.

    Parameters
    ----------
    values : array
        Any shape.
    levels : int
        L.

    Returns
    -------
    array
        Levels, of the same shape; the derivative is that of the mean of the levels under the
        weights exp(−σ (y − c)²).
    """
    all_centres = centres(levels)
    spacing = 2.0 / (levels - 1)
    apart = (values[..., None] - all_centres) / spacing
    soft = jax.nn.softmax(-SHARPNESS * apart**2, axis=-1) @ all_centres
    places = jnp.clip(jnp.round((values + 1) / spacing), 0, levels - 1)
    hard = all_centres[places.astype(jnp.int32)]
    return soft + jax.lax.stop_gradient(hard - soft)
