"""Closed forms with a limit on the distribution of the reproduction, in nats."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, positive
from rdcore.closed_forms._arguments import as_levels, as_probability, shaped
from rdcore.closed_forms.discrete import bernoulli


def bernoulli_perception(p: float, *, D: ArrayLike, P: ArrayLike) -> float | Array:
    r"""Rate of a Bernoulli source at error probability D and total variation P.

    For :math:`p \le 1/2` let :math:`q = P(Y=1)`, between :math:`p - P` and p. Without a perception
    level the optimum is :math:`q_0 = (p - D)/(1 - 2D)`. If :math:`q_0 < p - P`, then :math:`q = p -
    P`, and with the error masses :math:`a = P(X=0, Y=1) = (D - P)/2` and :math:`b = P(X=1, Y=0) =
    (D + P)/2`,

    .. math::

        R = a \log\frac{a}{(1-p)q} + b \log\frac{b}{p(1-q)} + (1-p-a) \log\frac{1-p-a}{(1-p)(1-q)}
            + (p-b) \log\frac{p-b}{pq},

    and 0 if an independent Y of that distribution meets D.

    Parameters
    ----------
    p : float
        P(X = 1); p and 1 - p give the same rate.
    D, P : float or array
        Largest probability of an error, and largest total variation distance of X and Y.

    Returns
    -------
    float or array
        The rate, nats; an array where a level is one.

    References
    ----------
    Y. Blau and T. Michaeli, "Rethinking lossy compression: the rate-distortion-perception
    tradeoff", ICML 2019.

    Examples
    --------
    >>> from math import log
    >>> round(bernoulli_perception(0.3, D=0.2, P=0.05) / log(2), 6)
    0.173451
    """
    from scipy.special import rel_entr

    p = as_probability(p, "p")
    p = min(p, 1.0 - p)
    D, P = np.broadcast_arrays(as_levels(D), as_levels(P, "P"))
    inner = np.minimum(D, 0.499999)
    free = np.where(p > D, (p - inner) / (1 - 2 * inner), 0.0)
    law = np.maximum(p - P, 0.0)
    held = free < law
    alone = p + law - 2 * p * law
    wrong = np.minimum(D, alone)
    a = np.where(held, np.maximum(wrong - (p - law), 0.0) / 2, 0.0)
    b = np.where(held, a + p - law, 0.0)
    rate = (
        rel_entr(a, (1 - p) * law)
        + rel_entr(b, p * (1 - law))
        + rel_entr(np.maximum(1 - p - a, 0.0), (1 - p) * (1 - law))
        + rel_entr(np.maximum(p - b, 0.0), p * law)
    )
    rate = np.where(alone > D, np.maximum(rate, 0.0), 0.0)
    return shaped(np.where(held, rate, bernoulli(p, D)))


def gaussian_perception(variance: float, *, D: ArrayLike, P: ArrayLike) -> float | Array:
    r"""Rate of a Gaussian at mean squared error D and squared Wasserstein-2 distance P.

    Y is a Gaussian of standard deviation :math:`\tau = \max(\sigma - \sqrt P, 0)`, or
    :math:`\sqrt{\sigma^2 - D}`, the optimum without a perception level, if that is larger. With the
    correlation :math:`\rho = (\sigma^2 + \tau^2 - D) / (2 \sigma \tau)`,

    .. math:: R = -\tfrac12 \log(1 - \rho^2), \qquad 0 \text{ if } D \ge \sigma^2 + \tau^2.

    At P = 0, perfect realism, :math:`D = 2 \sigma^2 (1 - \sqrt{1 - e^{-2R}})`.

    Parameters
    ----------
    variance : float
        :math:`\sigma^2 > 0`.
    D, P : float or array
        Mean squared error and W2², in the unit of the variance.

    Returns
    -------
    float or array
        The rate, nats; an array where a level is one.

    References
    ----------
    G. Zhang, J. Qian, J. Chen and A. Khisti, "Universal rate-distortion-perception
    representations for lossy compression", NeurIPS 2021.

    Examples
    --------
    >>> from math import log
    >>> round(gaussian_perception(1.0, D=0.25, P=0.01) / log(2), 6)
    1.003213
    """
    variance = positive(variance, "variance")
    D, P = np.broadcast_arrays(as_levels(D) / variance, as_levels(P, "P") / variance)
    spread = np.maximum(1.0 - np.sqrt(P), 0.0)
    held = np.maximum(1.0 - D, 0.0) < spread**2
    safe = np.where(spread > 0, spread, 1.0)
    # 1 - ρ² as a product, which avoids cancellation for small D.
    below = ((D - (1 - safe) ** 2) / (2 * safe)) * (((1 + safe) ** 2 - D) / (2 * safe))
    with np.errstate(divide="ignore", invalid="ignore"):
        kept = np.where(1.0 + spread**2 > D, -0.5 * np.log(np.maximum(below, 0.0)), 0.0)
        free = np.where(D < 1.0, -0.5 * np.log(D), 0.0)
    return shaped(np.where(held, np.maximum(kept, 0.0), free))


def gaussian_perfect_realism(variance: float, R: ArrayLike) -> float | Array:
    r"""Smallest squared error at rate R if Y has exactly the distribution of a Gaussian X.

    .. math:: D = 2 \sigma^2 \bigl(1 - \sqrt{1 - e^{-2R}}\bigr).

    Parameters
    ----------
    variance : float
        :math:`\sigma^2 > 0`.
    R : float or array
        Rate, nats.

    Returns
    -------
    float or array
        The mean squared error; an array where R is one.

    References
    ----------
    Blau and Michaeli, 2019; Zhang et al., 2021.

    Examples
    --------
    >>> from math import log
    >>> round(gaussian_perfect_realism(1.0, log(2)), 7)
    0.2679492
    """
    lost = np.exp(-2 * as_levels(R, "R"))
    return shaped(2 * positive(variance, "variance") * lost / (1 + np.sqrt(1 - lost)))
