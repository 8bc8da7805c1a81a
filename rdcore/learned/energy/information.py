r"""Lower bound on mutual information from samples, by the variational form of an f-divergence.

For any function T

.. math::

    E_{p(x, \hat x)} T(x, \hat x) - E_{p(x) p(\hat x)} e^{T(x, \hat x) - 1} \le I(X; \hat X),

with equality at :math:`T = 1 + \log p(\hat x | x) / p(\hat x)`. For a channel :math:`p(\hat x | x)
\propto p(\hat x) e^{-\beta \rho(x, \hat x)}` the log ratio is :math:`-\beta\rho(x, \hat x)` plus a
function of x alone, so only :math:`g` is learned in

.. math:: T(x, \hat x) = 1 - \beta \rho(x, \hat x) + g(x).

For an energy that is only its confinement, quadratic with precisions κ and centre c, g has a closed
form, for squared error

.. math::

    \sum_i \frac{\beta \kappa_i (x_i - c_i)^2}{\kappa_i + 2\beta}
    + \frac12 \log\Bigl(1 + \frac{2\beta}{\kappa_i}\Bigr);

In general, g is that function for the confinement of the energy, plus a network of x.

The bound holds for any g, even if the output of the channel does not have the distribution of the
energy. For each x it is concave in g(x), with its maximum at :math:`-\log E_{p(\hat x)}
e^{-\beta\rho(x, \hat x)}`.

References
----------
X. Nguyen, M. J. Wainwright and M. I. Jordan, IEEE Trans. Inf. Theory 56(11), 2010.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp

from rdcore.learned.energy import errors
from rdcore.learned.energy.errors import Error
from rdcore.learned.energy.networks import Layers, Parameters, dense, through


def bound_network(key: jax.Array, dim: int, width: int) -> Layers:
    """Return the parameters of the network in g; its initial output is 0."""
    return dense(key, (dim, width, width, 1), gain=2.0)


def potential(
    layers: Layers,
    confined: Parameters,
    unit: tuple[jax.Array, jax.Array],
    beta: float,
    error: Error = "squared_error",
) -> Callable[[jax.Array], jax.Array]:
    """Return g in nats, a function of samples (..., d) to (...).

    Parameters
    ----------
    layers : list
        The network.
    confined : dict
        Parameters of the energy, for its confinement.
    unit : tuple of arrays, (d,)
        Mean and standard deviation of the source.
    beta : float
        Slope, nats per unit of distortion.
    error : str
        ``squared_error`` or ``absolute``.
    """
    precision, (mean, scale) = jnp.exp(confined["log_precision"]), unit

    def g(x: jax.Array) -> jax.Array:
        plain = errors.log_partition(error, beta, precision, x - confined["centre"])
        return jnp.asarray(plain + through(layers, (x - mean) / scale))

    return g


def bound(
    g: jax.Array,
    x: jax.Array,
    y: jax.Array,
    slope: jax.Array | float,
    error: Error = "squared_error",
) -> tuple[jax.Array, jax.Array]:
    """Return the two terms of the bound for each of N samples, nats.

    Pairs with different indices are samples of the product of the marginals.

    Parameters
    ----------
    g : array, (N,)
        g(x).
    x, y : arrays, (N, d)
        Samples of the joint distribution.
    slope : float
        β, nats per unit of distortion.
    error : str
        ``squared_error`` or ``absolute``.

    Returns
    -------
    tuple of arrays, (N,) each
        T at the joint sample, and the mean of exp(T - 1) over the y of the other samples.
    """
    joint = 1 + g - slope * errors.between(error, x, y)
    ratio = jnp.exp(g[:, None] - slope * errors.between(error, x[:, None, :], y[None, :, :]))
    return joint, (ratio.sum(axis=1) - jnp.diagonal(ratio)) / (len(x) - 1)
