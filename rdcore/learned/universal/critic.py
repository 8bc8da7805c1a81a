r"""A critic that estimates the Wasserstein distance, kept near slope 1 by a gradient penalty.

.. math:: W_1(p_X, p_{\hat X}) = \sup_{\|h\|_L \le 1} E\,h(X) - E\,h(\hat X)

Reference: Gulrajani et al., "Improved training of Wasserstein GANs", 2017.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from rdcore.learned.universal.nets import Layers, dense

_PENALTY = 10.0


def score(critic: Layers, images: jax.Array) -> jax.Array:
    """Return the critic's mean over images, (n, pixels) to a scalar."""
    return dense(critic, images).mean()


def distance(critic: Layers, real: jax.Array, made: jax.Array) -> jax.Array:
    """Return E h(real) − E h(made), which the best h of slope 1 makes the distance W1."""
    return score(critic, real) - score(critic, made)


def critic_loss(critic: Layers, real: jax.Array, made: jax.Array, key: jax.Array) -> jax.Array:
    """Return what the critic minimises: −distance, and its slope between the two being off 1.

    Parameters
    ----------
    critic : layers
        From pixels to one number.
    real, made : array, (n, pixels)
        Originals and reconstructions.
    key : key
        Draws where between them the slope is looked at.
    """
    share = jax.random.uniform(key, (len(real), 1))
    between = share * real + (1 - share) * made
    slopes = jax.vmap(jax.grad(lambda image: dense(critic, image)[0]))(between)
    norms = jnp.sqrt((slopes**2).sum(axis=1) + 1e-12)
    return _PENALTY * ((norms - 1) ** 2).mean() - distance(critic, real, made)
