r"""Dithered quantisation on uniform centres.

With L centres on [−1, 1], Δ = 2/(L−1) apart, and u uniform on [−Δ/2, Δ/2] known to both sides, the
nearest centre z of y + u is never further than Δ/2 away, for |y| ≤ 1. Hence z − u − y is uniform
and independent of y, whatever the law of y (Schuchman; Ziv, 1985; Gray and Stockham, 1993).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

# Softness of the gradient: in units of the spacing, the centres next to a value weigh
# exp(−SHARPNESS · squared distance), as in Agustsson et al., 2019.
SHARPNESS = 3.0


def centres(levels: int) -> jax.Array:
    """Return L uniform centres on [−1, 1], (L,)."""
    return jnp.linspace(-1.0, 1.0, levels, dtype=jnp.float32)


def dither(key: jax.Array, shape: tuple[int, ...], levels: int) -> jax.Array:
    """Draw u, uniform within half a spacing."""
    half = 1.0 / (levels - 1)
    return jax.random.uniform(key, shape, jnp.float32, -half, half)


def nearest(values: jax.Array, levels: int) -> jax.Array:
    """Return the nearest centre of each value: exactly, with soft gradients.

    Parameters
    ----------
    values : array
        Any shape.
    levels : int
        L.

    Returns
    -------
    array
        Centres, of the same shape; the derivative is that of the centres' mean under weights
        exp(−σ (y − c)²).
    """
    all_centres = centres(levels)
    spacing = 2.0 / (levels - 1)
    apart = (values[..., None] - all_centres) / spacing
    soft = jax.nn.softmax(-SHARPNESS * apart**2, axis=-1) @ all_centres
    places = jnp.clip(jnp.round((values + 1) / spacing), 0, levels - 1)
    hard = all_centres[places.astype(jnp.int32)]
    return soft + jax.lax.stop_gradient(hard - soft)
