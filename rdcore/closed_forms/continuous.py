"""Closed forms of continuous sources, and the Shannon lower bound, in nats."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, count, positive, real
from rdcore.closed_forms._arguments import as_levels, as_nonnegative, as_row, shaped
from rdcore.errors import InputError


def gaussian(variance: float, D: ArrayLike) -> float | Array:
    r"""Rate of a Gaussian at mean squared error D: :math:`\max(0, \frac12 \log(\sigma^2/D))`.

    Parameters
    ----------
    variance : float
        :math:`\sigma^2 \ge 0`, in the unit of D. At 0 the source is constant and the rate is 0.
    D : float or array
        Mean squared error.

    Returns
    -------
    float or array
        Nats.

    Raises
    ------
    InputError
        If the variance or a level is negative or not a number.

    References
    ----------
    T. M. Cover and J. A. Thomas, Elements of Information Theory, 2nd ed., theorem 10.3.2.

    Examples
    --------
    >>> from math import log
    >>> round(gaussian(1.0, 0.25) / log(2), 12)
    1.0
    >>> gaussian(1.0, [0.0, 1.0, 2.0])
    array([inf,  0.,  0.])
    """
    return vector_gaussian([as_nonnegative(variance, "variance")], D)


def gaussian_slope(variance: float, D: ArrayLike) -> float | Array:
    r"""Return :math:`-dR/dD = 1/(2D)` of a Gaussian, nats per unit of D; 0 for D ≥ σ².

    Parameters
    ----------
    variance : float
        :math:`\sigma^2 \ge 0`.
    D : float or array
        Mean squared error.

    Returns
    -------
    float or array
        The slope, nats per unit of D; an array where D is one.

    Examples
    --------
    >>> gaussian_slope(1.0, [0.25, 2.0])
    array([2., 0.])
    """
    variance = as_nonnegative(variance, "variance")
    levels = as_levels(D)
    with np.errstate(divide="ignore"):
        return shaped(np.where(levels < variance, 0.5 / levels, 0.0))


def vector_gaussian(variances: ArrayLike, D: ArrayLike) -> float | Array:
    r"""Rate of independent Gaussians at total squared error D, by reverse water-filling.

    .. math::

        R(D) = \tfrac12 \sum_i \max(0, \log(\sigma_i^2 / \theta)), \qquad
        \sum_i \min(\theta, \sigma_i^2) = D.

    The water level :math:`\theta` is exact: D is piecewise linear in it, with corners at the
    variances.

    Parameters
    ----------
    variances : array, (d,)
        Component variances, each at least 0; for a correlated vector the eigenvalues of its
        covariance.
    D : float or array
        Total squared error :math:`E|X - Y|^2`, the sum over components.

    Returns
    -------
    float or array
        Nats per vector.

    References
    ----------
    Cover and Thomas, theorem 10.3.3; A. N. Kolmogorov, IRE Trans. Inf. Theory 2(4), 1956.

    Raises
    ------
    InputError
        If a variance is negative or infinite.

    Examples
    --------
    >>> from math import log
    >>> round(vector_gaussian([4.0, 1.0], 2.0), 12) == round(log(2), 12)
    True
    """
    spread = np.sort(as_row(variances, "variances"))
    wrong = spread[~(np.isfinite(spread) & (spread >= 0))]
    if wrong.size:
        raise InputError(f"variances must be finite and non-negative; got {wrong[0]:g}")
    levels, d = as_levels(D), len(spread)
    below = np.concatenate([[0.0], np.cumsum(spread)[:-1]])
    corners = below + np.arange(d, 0, -1) * spread
    dry = np.minimum(np.searchsorted(corners, levels, side="left"), d - 1)
    water = np.maximum((levels - below[dry]) / (d - dry), 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.log(spread) - np.log(water)[..., None]
    ratio[..., spread == 0] = 0.0
    return shaped(0.5 * np.maximum(ratio, 0.0).sum(axis=-1))


def laplace_absolute(rate_lambda: float, D: ArrayLike) -> float | Array:
    r"""Rate of a Laplacian at mean absolute error D: :math:`\max(0, -\log(\lambda D))`.

    Parameters
    ----------
    rate_lambda : float
        :math:`\lambda > 0` in the density :math:`\frac{\lambda}{2} e^{-\lambda |x|}`; the scale is
        :math:`1/\lambda`.
    D : float or array
        Mean absolute error, in the unit of x.

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
    >>> round(laplace_absolute(2.0, 0.25) / log(2), 12)
    1.0
    """
    scale = positive(rate_lambda, "rate_lambda")
    relative = scale * as_levels(D)
    with np.errstate(divide="ignore"):
        return shaped(np.where(relative < 1.0, -np.log(relative), 0.0))


def shannon_lower_bound(
    differential_entropy: float,
    D: ArrayLike,
    *,
    distortion: Literal["squared_error", "absolute"] = "squared_error",
    dim: int = 1,
) -> float | Array:
    r"""Shannon lower bound: h(X) minus the largest differential entropy of noise of distortion D.

    .. math::

        R(D) \ge h(X) - \tfrac{d}{2} \log(2 \pi e D / d)
        \quad\text{or}\quad R(D) \ge h(X) - d \log(2 e D / d)

    for total squared error and for the sum of absolute errors in d dimensions, and 0 where that is
    negative.

    Parameters
    ----------
    differential_entropy : float
        h(X) in nats.
    D : float or array
        Total distortion, the sum over the d components.
    distortion : {"squared_error", "absolute"}
        The distortion measure of D.
    dim : int
        Number of components d.

    Returns
    -------
    float or array
        The bound, nats, at least 0; an array where D is one.

    References
    ----------
    C. E. Shannon, IRE Nat. Conv. Rec. 7(4), 1959; R. M. Gray, Source Coding Theory, 1990;
    T. Berger, Rate Distortion Theory, 1971.

    Raises
    ------
    InputError
        If the distortion is another one.

    Examples
    --------
    The bound is tight for a Gaussian.

    >>> h = 0.5 * np.log(2 * np.pi * np.e)
    >>> bool(np.isclose(shannon_lower_bound(h, 0.3), gaussian(1.0, 0.3), rtol=1e-14))
    True
    """
    entropy, d = real(differential_entropy, "differential_entropy"), count(dim, "dim")
    levels = as_levels(D)
    if distortion == "squared_error":
        half, unit = 0.5 * d, 2 * np.pi * np.e / d
    elif distortion == "absolute":
        half, unit = float(d), 2 * np.e / d
    else:
        raise InputError(f"distortion must be 'squared_error' or 'absolute'; got {distortion!r}")
    with np.errstate(divide="ignore"):
        bound = entropy - half * (np.log(unit) + np.log(levels))
    return shaped(np.maximum(bound, 0.0))


def uniform_shannon_bound(
    width: float,
    D: ArrayLike,
    *,
    distortion: Literal["squared_error", "absolute"] = "squared_error",
) -> float | Array:
    r"""Shannon lower bound of a uniform density, whose entropy is the log of its width.

    Parameters
    ----------
    width : float
        Length of the interval, above 0.
    D : float or array
        Mean squared or absolute error.
    distortion : {"squared_error", "absolute"}
        The distortion measure of D.

    Returns
    -------
    float or array
        The bound, nats, at least 0; an array where D is one.

    Examples
    --------
    >>> from math import log
    >>> round(uniform_shannon_bound(1.0, 1 / (2 * np.pi * np.e) / 4) / log(2), 12)
    1.0
    """
    return shannon_lower_bound(np.log(positive(width, "width")), D, distortion=distortion)
