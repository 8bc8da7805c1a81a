r"""The rate penalty of one encoder for jointly Gaussian X and S, between proved bounds.

S is known to a resolution Δ: the label :math:`S_\Delta` is the number of its cell of width Δ, so
that :math:`H(S_\Delta | \hat X)` is finite. Within a cell the entropy is at most log Δ:

.. math:: h(S | \hat X) \le H(S_\Delta | \hat X) + \log \Delta,

so a pair (D, C) needs at least the closed form at :math:`C + \log \Delta`. A Gaussian channel that
meets both levels gives the upper bound. The bounds meet as Δ² where Δ shrinks. The closed form is
the larger of R(D, ∞) and R(∞, C), so one encoder for all pairs needs no more than the most
expensive pair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rdcore._arrays import positive, real
from rdcore.closed_forms import gaussian_classification
from rdcore.errors import InputError

_LN2 = float(np.log(2))
Pair = tuple[float, float]
# Nodes for the place of the mean in its cell, and the reach of the cells in deviations.
_PLACES, _REACH = 64, 9.0
# More nats than any level in use; a larger one is no limit.
_NO_LIMIT = 40.0
_BISECTIONS = 60


@dataclass(frozen=True)
class GaussianPenalty:
    """Bounds on the rates of several pairs and of one encoder for all of them.

    Attributes
    ----------
    pairs : tuple of (float, float)
        Θ, each (D, C), C in nats.
    each : tuple of (float, float)
        Lower and upper bound on R(D, C) of each pair, nats.
    universal : (float, float)
        Bounds on R(Θ) = R(min D, min C), nats.
    """

    pairs: tuple[Pair, ...]
    each: tuple[Pair, ...]
    universal: Pair

    @property
    def lower(self) -> float:
        """Lower bound on A(Θ), nats."""
        return max(0.0, self.universal[0] - max(upper for _, upper in self.each))

    @property
    def upper(self) -> float:
        """Upper bound on A(Θ), nats."""
        return max(self.lower, self.universal[1] - max(lower for lower, _ in self.each))

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @property
    def upper_bits(self) -> float:
        """Upper bound in bits."""
        return self.upper / _LN2


def gaussian_penalty(
    correlation: float, pairs: Iterable[Pair], *, cell: float = 0.02
) -> GaussianPenalty:
    r"""Return bounds on A(Θ) for jointly Gaussian X and S with unit variances.

    Parameters
    ----------
    correlation : float
        ρ, between -1 and 1.
    pairs : iterable of (float, float)
        Θ: levels (D, C) of :math:`E(X-\hat X)^2` and of :math:`H(S_\Delta|\hat X)` in nats; ∞ for
        no limit.
    cell : float
        Δ, the width of the cells of S.

    Returns
    -------
    GaussianPenalty
        Bounds on the rate of each pair, on that of all of them together, and on the difference.

    Raises
    ------
    InputError
        If there are no pairs, a level is not positive, or ρ is not between -1 and 1.
    InfeasibleError
        If a C is below :math:`h(S|X) - \log \Delta`.

    References
    ----------
    N. Nguyen, T. Nguyen, T. Nguyen and B. Bose, "Universal rate-distortion-classification
    representations for lossy compression", IEEE Information Theory Workshop, 2025.

    Examples
    --------
    >>> found = gaussian_penalty(0.9, [(0.3, np.inf), (np.inf, 4.9)])
    >>> found.lower_bits, found.upper_bits < 1e-3
    (0.0, True)
    """
    rho, width = real(correlation, "correlation"), positive(cell, "cell")
    if not -1 < rho < 1:
        raise InputError(f"correlation must be between -1 and 1, exclusive; got {rho:g}")
    asked = tuple((float(D), float(C)) for D, C in pairs)
    if not asked:
        raise InputError("pairs must have at least one pair (D, C); got none")
    for D, C in asked:
        if not (D > 0 and C > 0):
            raise InputError(f"levels must be positive; got D={D:g} and C={C:g}")
    corner = min(D for D, _ in asked), min(C for _, C in asked)
    each = tuple(_bounds(rho, width, D, C) for D, C in asked)
    return GaussianPenalty(asked, each, _bounds(rho, width, *corner))


def _bounds(rho: float, cell: float, D: float, C: float) -> Pair:
    level = min(C, _NO_LIMIT)
    lower = float(gaussian_classification(1.0, rho, D=min(D, 1.0), C=level + math.log(cell)))
    return lower, max(lower, _gaussian_channel(rho, cell, D, level))


def _gaussian_channel(rho: float, cell: float, D: float, C: float) -> float:
    """Return the smallest rate of a Gaussian channel that meets both levels, nats; ∞ if none."""

    def meets(rate: float) -> bool:
        known = -math.expm1(-2 * rate)
        return 1 - known <= D * (1 + 1e-15) and _uncertainty(rho, cell, known) <= C

    high = 1.0
    while not meets(high):
        high *= 2
        if high > _NO_LIMIT:
            return math.inf
    low = 0.0
    if meets(low):
        return low
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if meets(middle) else (middle, high)
    return high


def _uncertainty(rho: float, cell: float, known: float) -> float:
    """Return the largest entropy of the cell of S over the reproductions, an upper bound on H.

    ``known`` is the squared correlation of X and X̂. The entropy depends on the place of the mean
    of S in its cell only.
    """
    from scipy.special import entr, ndtr

    deviation = math.sqrt(1 - rho**2 * known)
    count = math.ceil(_REACH * deviation / cell) + 1
    edges = cell * np.arange(-count, count + 2)
    places = np.linspace(0.0, cell, _PLACES, endpoint=False)
    mass = np.diff(ndtr((edges - places[:, None]) / deviation), axis=1)
    return float(entr(mass).sum(axis=1).max())
