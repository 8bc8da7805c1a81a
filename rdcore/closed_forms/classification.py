"""Closed forms with a limit on the uncertainty about a label, in nats."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive, real
from rdcore.closed_forms._arguments import as_levels, as_probability, shaped
from rdcore.errors import InfeasibleError, InputError


def bernoulli_classification(p: float, flip: float, *, D: ArrayLike, C: ArrayLike) -> float | Array:
    r"""Rate of a Bernoulli source with a limit on the uncertainty about a noisy label.

    The label is :math:`S = X \oplus \mathrm{Bern}(e)`; with :math:`E[X \ne Y] \le D` and :math:`H(S
    | Y) \le C`,

    .. math::

        R = H_b(p) - H_b(\min\{D, C_1, p\}), \qquad C_1 = \frac{H_b^{-1}(C) - e}{1 - 2e},

    for :math:`p, e \le 1/2`: an error probability of q in X gives an error probability of :math:`q
    (1 - 2e) + e` in S.

    Parameters
    ----------
    p : float
        P(X = 1); p and 1 - p give the same rate.
    flip : float
        e, the probability that the label differs from X, below 1/2.
    D : float or array
        Largest probability of an error.
    C : float or array
        Largest H(S|Y), nats.

    Returns
    -------
    float or array
        The rate, nats; an array where a level is one.

    Raises
    ------
    InfeasibleError
        If C is below :math:`H(S|X) = H_b(e)`.

    References
    ----------
    Y. Wang, Y. Wu, S. Ma and Y.-J. A. Zhang, "Lossy compression with data, perception, and
    classification constraints", IEEE Information Theory Workshop, 2024.

    Examples
    --------
    >>> from math import log
    >>> round(bernoulli_classification(0.3, 0.1, D=0.2, C=0.7 * log(2)) / log(2), 12)
    0.376501407385
    """
    p, e = as_probability(p, "p"), as_probability(flip, "flip")
    p = min(p, 1.0 - p)
    if not e < 0.5:
        raise InputError(f"flip must be below 1/2; got {e:g} (above 1/2, swap the classes)")
    D, C = np.broadcast_arrays(as_levels(D), as_levels(C, "C"))
    least = float(_binary_entropy(np.array(e)))
    if (least > C).any():
        raise InfeasibleError(
            f"C={float(C.min()):g} is below the minimum level H(S|X)={least:.6g}",
            (least,),
        )
    errors = np.array([_inverse_entropy(float(level)) for level in C.ravel()]).reshape(C.shape)
    wrong = np.minimum(np.minimum(D, np.maximum(errors - e, 0.0) / (1 - 2 * e)), p)
    rate = _binary_entropy(np.array(p)) - _binary_entropy(wrong)
    return shaped(np.where(wrong < p, np.maximum(rate, 0.0), 0.0))


def gaussian_classification(
    variance: float, correlation: float, *, D: ArrayLike, C: ArrayLike, label_variance: float = 1.0
) -> float | Array:
    r"""Rate of a Gaussian with a limit on the uncertainty about a jointly Gaussian label.

    With :math:`E[(X-Y)^2] \le D`, :math:`h(S|Y) \le C` and :math:`h(S) = \frac12 \log(2 \pi e
    \sigma_S^2)`,

    .. math::

        R = \max\Bigl\{0,\ \tfrac12 \log\frac{\sigma^2}{D},\
            -\tfrac12 \log\Bigl(1 - \frac{1 - e^{2C - 2h(S)}}{\rho^2}\Bigr)\Bigr\}.

    A Gaussian Y of correlation :math:`\sqrt{1 - e^{-2R}}` with X has the correlation :math:`\rho
    \sqrt{1 - e^{-2R}}` with S, the largest of all channels of rate R.

    Parameters
    ----------
    variance : float
        :math:`\sigma^2 > 0` of X.
    correlation : float
        Correlation :math:`\rho` of X and S, from -1 to 1.
    D : float or array
        Mean squared error.
    C : float or array
        Largest differential entropy h(S|Y), nats; it may be negative.
    label_variance : float
        :math:`\sigma_S^2 > 0`.

    Returns
    -------
    float or array
        The rate, nats; an array where a level is one.

    Raises
    ------
    InfeasibleError
        If C is below :math:`h(S|X) = h(S) + \frac12 \log(1 - \rho^2)`.

    References
    ----------
    Y. Wang, Y. Wu, S. Ma and Y.-J. A. Zhang, "Lossy compression with data, perception, and
    classification constraints", IEEE Information Theory Workshop, 2024.

    Examples
    --------
    >>> from math import log
    >>> round(gaussian_classification(1.0, 0.9, D=0.9, C=1.0) / log(2), 6)
    0.869588
    """
    variance = positive(variance, "variance")
    label = positive(label_variance, "label_variance")
    rho = real(correlation, "correlation")
    if not abs(rho) <= 1:
        raise InputError(f"correlation must be in [-1, 1]; got {rho:g}")
    entropy = 0.5 * np.log(2 * np.pi * np.e * label)
    levels, known = np.broadcast_arrays(as_levels(D), floats(C, "C"))
    least = entropy + 0.5 * np.log1p(-(rho**2)) if abs(rho) < 1 else -np.inf
    if np.isnan(known).any() or (known < least).any():
        raise InfeasibleError(
            f"C={float(np.min(known)):g} is below the minimum level h(S|X)={least:.6g}",
            (float(least),),
        )
    with np.errstate(divide="ignore"):
        first = 0.5 * (np.log(variance) - np.log(levels))
    second = _label_rate(rho, known, entropy)
    return shaped(np.maximum(np.maximum(first, second), 0.0))


def _label_rate(rho: float, C: Array, entropy: float) -> Array:
    """Return the rate that h(S|Y) ≤ C needs; ∞ at h(S|X)."""
    if rho**2 == 0:
        return np.zeros_like(C)
    if abs(rho) == 1:
        return np.maximum(entropy - C, 0.0)
    share = np.maximum(-np.expm1(2 * (C - entropy)), 0.0)
    near = share < rho**2 / 2
    # The two are the same; each is exact at its end.
    above = np.where(near, 1.0, C - (entropy + 0.5 * np.log1p(-(rho**2))))
    with np.errstate(divide="ignore"):
        low = -0.5 * np.log((1 - rho**2) * np.expm1(2 * above) / rho**2)
    return np.where(near, -0.5 * np.log1p(-np.where(near, share, 0.0) / rho**2), low)


def _inverse_entropy(level: float) -> float:
    """Return the q in [0, 1/2] with H_b(q) = level; 1/2 above log 2."""
    from scipy.optimize import brentq

    if level >= np.log(2):
        return 0.5
    if level == 0:
        return 0.0
    return float(
        brentq(
            lambda q: float(_binary_entropy(np.array(q))) - level, 0.0, 0.5, xtol=1e-17, rtol=1e-15
        )
    )


def _binary_entropy(q: Array) -> Array:
    from scipy.special import entr

    return np.asarray(entr(q) + entr(1.0 - q))
