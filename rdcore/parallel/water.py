"""Reverse water-filling: independent Gaussians under one level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, Mask, floats, positive
from rdcore.errors import InputError

_LN2 = float(np.log(2))


@dataclass(frozen=True, eq=False)
class WaterFilling:
    r"""The optimum of independent Gaussians at a total squared error.

    Attributes
    ----------
    level : float
        Water level θ, in the unit of the variances; ∞ if no component needs bits.
    distortions : array, (L,)
        :math:`D_i = \min(θ, σ_i^2)`.
    rates : array, (L,)
        :math:`\max(0, \frac12 \log(σ_i^2/θ))`, nats.
    """

    level: float
    distortions: Array
    rates: Array

    @property
    def active(self) -> Mask:
        """Which components get bits, (L,)."""
        return np.asarray(self.rates > 0)

    @property
    def rate(self) -> float:
        """Total rate, nats."""
        return float(self.rates.sum())

    @property
    def rate_bits(self) -> float:
        """Total rate in bits."""
        return self.rate / _LN2

    @property
    def rates_bits(self) -> Array:
        """Rate of each component in bits, (L,)."""
        return self.rates / _LN2


def water_filling(variances: ArrayLike, D: float) -> WaterFilling:
    r"""Distribute a total squared error over independent Gaussians.

    .. math::

        D_i = \min(θ, σ_i^2), \qquad \sum_i D_i = D, \qquad
        R_i = \max(0, \tfrac12 \log(σ_i^2 / θ)).

    ``closed_forms.vector_gaussian`` gives only the total rate, for many levels at once.

    Parameters
    ----------
    variances : array, (L,)
        :math:`σ_i^2 \ge 0`.
    D : float
        Total squared error, above 0.

    Returns
    -------
    WaterFilling
        The water level, and the distortion and the rate of each component, nats.

    Raises
    ------
    InputError
        If a variance is negative or not finite, or D is not positive.

    References
    ----------
    T. M. Cover and J. A. Thomas, Elements of Information Theory, 2nd ed., theorem 10.3.3.

    Examples
    --------
    >>> found = water_filling([4.0, 1.0, 0.25], 2.25)
    >>> found.level, found.distortions.tolist(), round(found.rate_bits, 12)
    (1.0, [1.0, 1.0, 0.25], 1.0)
    """
    spread, total = floats(variances, "variances"), positive(D, "D")
    if spread.ndim != 1 or not spread.size:
        raise InputError(f"variances must have shape (L,) with L at least 1; got {spread.shape}")
    if not (np.isfinite(spread) & (spread >= 0)).all():
        wrong = spread[~(np.isfinite(spread) & (spread >= 0))][0]
        raise InputError(f"variances must be finite and non-negative; got {wrong:g}")
    order = np.sort(spread)
    below = np.concatenate([[0.0], np.cumsum(order)[:-1]])
    left = np.arange(len(order), 0, -1)
    corners = below + left * order
    if total >= corners[-1]:
        return WaterFilling(float("inf"), spread.copy(), np.zeros(len(spread)))
    dry = int(np.searchsorted(corners, total, side="left"))
    level = float((total - below[dry]) / left[dry])
    active = spread > level
    rates = np.where(active, 0.5 * np.log(np.where(active, spread, level) / level), 0.0)
    return WaterFilling(level, np.minimum(spread, level), rates)
