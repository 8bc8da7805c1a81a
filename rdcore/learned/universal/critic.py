r"""A critic that estimates the Wasserstein distance, with a gradient penalty for slope 1.

.. math:: W_1(p_X, p_{\hat X}) = \sup_{\|h\|_L \le 1} E\,h(X) - E\,h(\hat X)

Reference: Gulrajani et al., "Improved training of Wasserstein GANs", 2017.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from rdcore.learned.universal.nets import Layers, dense

_PENALTY = 10.0


def score(critic: Layers, images: jax.Array) -> jax.Array:
    """Return the mean of the critic over images, (n, pixels) to a scalar."""
    return dense(critic, images).mean()


def distance(critic: Layers, real: jax.Array, made: jax.Array) -> jax.Array:
    """Return E h(real) − E h(made), which is W1 for the best h of slope 1."""
    return score(critic, real) - score(critic, made)


def critic_loss(critic: Layers, real: jax.Array, made: jax.Array, key: jax.Array) -> jax.Array:
    """Return the loss of the critic: −distance plus a penalty on slopes different from 1.

    Parameters
    ----------
    critic : layers
        A network from pixels to a scalar.
    real, made : array, (n, pixels)
        Originals and reconstructions.
    key : key
        Random key for the points between the two at which the slope is evaluated.
    """
    share = jax.random.uniform(key, (len(real), 1))
    between = share * real + (1 - share) * made
    slopes = jax.vmap(jax.grad(lambda image: dense(critic, image)[0]))(between)
    norms = jnp.sqrt((slopes**2).sum(axis=1) + 1e-12)
    return _PENALTY * ((norms - 1) ** 2).mean() - distance(critic, real, made)
