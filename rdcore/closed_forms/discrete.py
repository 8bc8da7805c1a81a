"""Closed forms of discrete sources, in nats."""

from __future__ import annotations

from math import log

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, count
from rdcore.closed_forms._arguments import as_levels, as_nonnegative, as_pmf, as_probability, shaped
from rdcore.errors import InputError


def bernoulli(p: float, D: ArrayLike) -> float | Array:
    r"""Rate of a Bernoulli source at error probability D: :math:`H_b(p) - H_b(D)` if :math:`D < p`.

    Parameters
    ----------
    p : float
        Probability of a 1; p and 1 - p give the same rate.
    D : float or array
        Largest probability of an error.

    Returns
    -------
    float or array
        Nats; 0 for D ≥ min(p, 1 - p).

    References
    ----------
    Cover and Thomas, theorem 10.3.1.

    Examples
    --------
    >>> from math import log
    >>> round(bernoulli(0.5, 0.1) / log(2), 12)
    0.531004406411
    """
    p = as_probability(p, "p")
    return hamming([p, 1.0 - p], D)


def hamming_uniform(m: int, D: ArrayLike) -> float | Array:
    r"""Rate of m equally likely symbols at error probability D.

    .. math::

        R(D) = \log m - H_b(D) - D \log(m - 1), \qquad D < 1 - 1/m.

    Parameters
    ----------
    m : int
        Number of symbols, at least 1.
    D : float or array
        Largest probability of an error.

    Returns
    -------
    float or array
        The rate, nats; an array where D is one.

    References
    ----------
    T. Berger, Rate Distortion Theory, 1971.

    Examples
    --------
    >>> from math import log
    >>> round(hamming_uniform(5, 0.3) / log(2), 12)
    0.840637195657
    """
    m = count(m, "m")
    inner = np.minimum(as_levels(D), 1.0 - 1.0 / m)
    # math.log takes whole numbers of any size.
    excess = log(m) - _binary_entropy(inner) - inner * log(max(m - 1, 1))
    return shaped(np.where(inner < 1.0 - 1.0 / m, np.maximum(excess, 0.0), 0.0))


def hamming(pmf: ArrayLike, D: ArrayLike) -> float | Array:
    r"""Rate of any finite source at error probability D, by Erokhin's formula.

    Sort :math:`p_1 \ge p_2 \ge \dots` and let :math:`S_k = \sum_{i>k} p_i`. If k symbols are
    reproduced, an error has the same probability :math:`\theta = (D - S_k)/(k-1)` for each of the
    others among them, and

    .. math::

        R(D) = (1-D) \log(1-D) + (k-1)\, \theta \log \theta - \sum_{i \le k} p_i \log p_i .

    k is the largest number with :math:`\theta \le p_k`. Neighbouring pieces agree at the corners
    :math:`S_k + (k-1) p_k`, so rounding of D does not matter there.

    Parameters
    ----------
    pmf : array, (n,)
        Probabilities, which sum to 1. Symbols of probability 0 are ignored.
    D : float or array
        Largest probability of an error.

    Returns
    -------
    float or array
        Nats; the entropy at D = 0, and 0 for :math:`D \ge 1 - p_1`.

    References
    ----------
    V. Erokhin, Theory Probab. Appl. 3(1), 1958; T. Berger, Rate Distortion Theory, 1971.

    Examples
    --------
    >>> from math import log
    >>> round(hamming([0.4, 0.3, 0.2, 0.1], 0.45) / log(2), 12)
    0.159772862754
    """
    from scipy.special import entr

    p = np.sort(as_pmf(pmf))[::-1]
    p = p[p > 0]
    tail = np.concatenate([np.cumsum(p[::-1])[::-1][1:], [0.0]])
    order = np.arange(len(p))
    corners = (tail + order * p)[::-1]
    top = float(corners[-1])
    levels = np.minimum(as_levels(D), top)
    extra = len(p) - 1 - np.minimum(np.searchsorted(corners, levels, side="left"), len(p) - 1)
    theta = np.maximum(levels - tail[extra], 0.0) / np.maximum(extra, 1)
    kept = np.cumsum(entr(p))[extra]
    rate = kept - entr(1.0 - levels) - extra * entr(theta)
    return shaped(np.where(levels < top, np.maximum(rate, 0.0), 0.0))


def erasure(p: float, D: ArrayLike) -> float | Array:
    r"""Rate of a Bernoulli source whose symbols may be erased but not reproduced wrongly.

    The reproduction is 0, 1 or an erasure. The correct symbol has distortion 0, an erasure 1 and
    the wrong symbol :math:`\infty`. With :math:`p \le 1/2`

    .. math::

        R(D) = \begin{cases} H_b(p) - D \log 2 & D \le 2p, \\
                             H_b(p) - D\, H_b(p / D) & 2p < D < 1. \end{cases}

    For D ≤ 2p both symbols are erased equally often; for larger D the rare one is always erased.

    Parameters
    ----------
    p : float
        Probability of a 1; p and 1 - p give the same rate.
    D : float or array
        Largest probability of an erasure.

    Returns
    -------
    float or array
        Nats; 0 for D ≥ 1.

    References
    ----------
    Cover and Thomas, problem 10.7, for the fair coin.

    Examples
    --------
    >>> from math import log
    >>> round(erasure(0.2, 0.6) / log(2), 12)
    0.170950594455
    """
    p = as_probability(p, "p")
    p = min(p, 1.0 - p)
    levels = np.minimum(as_levels(D), 1.0)
    share = np.divide(p, levels, out=np.full_like(levels, 0.5), where=levels > 2 * p)
    rate = _binary_entropy(np.array(p)) - levels * _binary_entropy(share)
    return shaped(np.where(levels < 1.0, np.maximum(rate, 0.0), 0.0))


def two_sided_binary(p: float, alpha: ArrayLike, beta: ArrayLike) -> float | Array:
    r"""Rate of a Bernoulli source with a separate level for each symbol.

    The least :math:`I(X;Y)` with :math:`P(Y=1 | X=0) \le \alpha` and
    :math:`P(Y=0 | X=1) \le \beta` is, for :math:`\alpha + \beta < 1`,

    .. math::

        R = H_b\bigl((1-p)(1-\alpha) + p\beta\bigr) - (1-p) H_b(\alpha) - p H_b(\beta).

    Parameters
    ----------
    p : float
        P(X = 1).
    alpha, beta : float or array
        Largest probability of an error on X = 0 and on X = 1; they broadcast.

    Returns
    -------
    float or array
        Nats; 0 for :math:`\alpha + \beta \ge 1`, where Y may be independent of X.

    Examples
    --------
    >>> from math import log
    >>> round(two_sided_binary(0.3, 0.05, 0.2) / log(2), 12)
    0.431491879847
    """
    p = as_probability(p, "p")
    a, b = np.broadcast_arrays(as_levels(alpha, "alpha"), as_levels(beta, "beta"))
    apart = a + b < 1.0
    a, b = np.where(apart, a, 0.0), np.where(apart, b, 1.0)
    first = (1 - p) * (1 - a) + p * b
    rate = _binary_entropy(first) - (1 - p) * _binary_entropy(a) - p * _binary_entropy(b)
    return shaped(np.where(apart, np.maximum(rate, 0.0), 0.0))


def two_sided_binary_slopes(p: float, alpha: float, beta: float) -> tuple[float, float]:
    r"""Prices of the joint masses :math:`P(X=0, Y=1)` and :math:`P(X=1, Y=0)`.

    They are :math:`-\partial R / \partial((1-p)\alpha)` and :math:`-\partial R / \partial(p\beta)`
    of ``two_sided_binary``: with :math:`q = (1-p)(1-\alpha) + p\beta`,

    .. math::

        \log\frac{1-\alpha}{\alpha} - \log\frac{q}{1-q}, \qquad
        \log\frac{1-\beta}{\beta} + \log\frac{q}{1-q} .

    Parameters
    ----------
    p : float
        P(X = 1), above 0 and below 1.
    alpha, beta : float
        Largest probability of an error on X = 0 and on X = 1.

    Returns
    -------
    tuple of float
        Nats per unit of joint mass; (0, 0) for :math:`\alpha + \beta \ge 1`. Multiply by 1 - p for
        the price of alpha and by p for that of beta.

    Raises
    ------
    InputError
        If `p` is not between 0 and 1, exclusive.

    Examples
    --------
    >>> first, second = two_sided_binary_slopes(0.3, 0.05, 0.2)
    >>> round(first, 8), round(second, 8)
    (1.97503842, 2.35569492)
    """
    from scipy.special import logit

    p = as_probability(p, "p")
    if not 0 < p < 1:
        raise InputError(f"p must be above 0 and below 1; got {p:g}")
    a, b = as_nonnegative(alpha, "alpha"), as_nonnegative(beta, "beta")
    if a + b >= 1:
        return 0.0, 0.0
    first = float(logit((1 - p) * (1 - a) + p * b))
    return float(-logit(a)) - first, float(-logit(b)) + first


def _binary_entropy(q: Array) -> Array:
    from scipy.special import entr

    return np.asarray(entr(q) + entr(1.0 - q))
