"""Codes of fixed length: the normal approximation of their rate, from the dispersion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import count, real
from rdcore.errors import InputError
from rdcore.solvers import Solution

_LN2 = float(np.log(2))


@dataclass(frozen=True)
class BlocklengthEstimate:
    """Estimated rate of codes of fixed length that may miss a level.

    It is an approximation, not a bound.

    Attributes
    ----------
    n : int
        Number of symbols that are coded together.
    epsilon : float
        Probability with which a level may be missed.
    rate : float
        Estimated rate, nats per symbol.
    dispersion : float
        Variance of the tilted information, nats².
    """

    n: int
    epsilon: float
    rate: float
    dispersion: float

    @property
    def rate_bits(self) -> float:
        """Estimated rate, bits per symbol."""
        return self.rate / _LN2

    @property
    def dispersion_bits(self) -> float:
        """Variance of the tilted information, bits²."""
        return self.dispersion / _LN2**2


def finite_blocklength(solution: Solution, n: int, epsilon: float) -> BlocklengthEstimate:
    r"""Estimate the rate of a code of fixed length over n symbols.

    The code may miss a level with probability ε. The normal approximation is

    .. math:: R(n,\varepsilon)\approx R+\sqrt{V/n}\;Q^{-1}(\varepsilon),

    with the dispersion V, the variance of the tilted information

    .. math:: j(x)=-\log\sum_y r(y)\,e^{-\sum_k\lambda_k w_k(x)d_k(x,y)}
              -\sum_k\lambda_k b_k(x),

    where :math:`b_k(x)` is the level, and for a level on a conditional mean
    :math:`w_k(x)` times the level. The approximation is **not a bound**, and it leaves out terms of
    the order (log n)/n. It does not apply to codes of variable length whose mean distortion
    meets a level, such as those of ``trellis``.

    Parameters
    ----------
    solution : Solution
        A solution, whose slopes and marginal should be those of the optimum.
    n : int
        Number of symbols that are coded together.
    epsilon : float
        Probability with which a level may be missed, between 0 and 1.

    Returns
    -------
    BlocklengthEstimate
        The rate and the dispersion that it follows from.

    References
    ----------
    V. Kostina and S. Verdú, "Fixed-length lossy compression in the finite blocklength regime", IEEE
    Trans. Inf. Theory 58(6), 2012.

    Raises
    ------
    InputError
        If `epsilon` is not between 0 and 1.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.11)
    >>> found = rd.solve(rd.Problem(coin, [0.0, 1.0], "hamming", [rd.average(0.05)]))
    >>> estimate = finite_blocklength(found, 1000, 0.01)
    >>> round(estimate.dispersion_bits, 4), round(estimate.rate_bits - found.rate_bits, 4)
    (0.8907, 0.0694)
    """
    from scipy.special import ndtri

    n, chance = count(n, "n"), real(epsilon, "epsilon")
    if not 0 < chance < 1:
        raise InputError(f"epsilon must lie between 0 and 1; got {chance:g}")
    variance = solution.dispersion
    rate = solution.rate - float(np.sqrt(variance / n) * ndtri(chance))
    return BlocklengthEstimate(n, chance, max(rate, 0.0), variance)
