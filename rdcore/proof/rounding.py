r"""How far rounding can move what is proved: every margin of every proof, derived here once.

Let u = 2⁻⁵³. One operation changes a number by a share of u at the most, exp and log by 2u, and a
sum of k terms, in whatever order, by (k - 1)u Σ|term| (Higham, Accuracy and Stability of Numerical
Algorithms, 2002, ch. 4). ``EPS`` is 2u, so that every count below is twice what is needed, which
covers the terms of second order for as long as k·u is far below 1.

*Expectations.* Σ_x p_x w_x Σ_j Q_xj e_xj with e = d - min d: every term is nonnegative, so the
relative error is that of m + n additions, three products and the subtraction. Rows of Q that add
up to 1 but for (m + 8)u change it by as much again.

*Headroom.* The level minus the exact sum Σ p w min d: one subtraction.

*Information.* Σ p Q log(Q / q): q has a relative error of n u, which moves the logarithm by n u
with a total weight of 1; a term has a relative error of a few u, the sum one of (log nm) u.

*Kernel.* exp(-T) with T = Σ_k λ_k w_k e_k: T has a relative error of (K + 4)u, so that the entry
has one of (K + 4)u T + 2u, and its share of a sum c_j or Z_x counts as much of it. Entries below
1e-308 are lost; at Z ≥ 1e-290 they are below 1e-17 of anything.

*Dual value.* The bound holds for any α_x, so the computed 1/Z_x are exact by definition; what is
left is the error of c_j, that of Σ p log α, that of λ·headroom and that of log max c.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array

EPS = float(np.finfo(np.float64).eps)
# Rows of a channel that are off by no more than this need not be divided by their sum again.
ROW_SUM = 8 * EPS
# A partition function below this has lost kernel entries that may count.
LEAST_Z = 1e-290
# By how much, in nats, rounding may take a lower bound past an upper one, relatively.
CROSSING = 1e-9
# Exponents below this, relative to the largest, add nothing to a sum of up to 1e9 terms.
_DEEP = 60.0


def sums(n: int, m: int) -> float:
    """Relative error of sums over n atoms, m codewords or both, with what goes into a term."""
    return EPS * (n + m + 32)


class Margins(NamedTuple):
    """What the margins of a dual value and of a mutual information are made of.

    Attributes
    ----------
    eps : float
        The relative error of one operation.
    sums : float
        ``sums`` at n = m = 0; each atom and each codeword adds ``eps``.
    exponent : float
        The relative error of an exponent.
    """

    eps: float
    sums: float
    exponent: float


def margins(rows: int) -> Margins:
    """Return the numbers with which another program gets the same margins as ``certify``.

    Parameters
    ----------
    rows : int
        The number of rows of the problem: one a level, or one a symbol for "each".

    Returns
    -------
    Margins
        Relative errors, without a unit.

    Examples
    --------
    >>> margins(2).exponent == 6 * margins(2).eps
    True
    """
    return Margins(EPS, sums(0, 0), exponent(rows))


def expectation(n: int, m: int) -> float:
    """Relative error of an expected distortion above the floors, and of a headroom beside it."""
    return 2 * sums(n, m)


def information(n: int, m: int, size: float) -> float:
    """Error of a mutual information whose terms have the total size ``size``, nats."""
    return 2 * sums(n, m) * (1 + size)


def exponent(rows: int) -> float:
    """Relative error of an exponent made of so many rows and matrices."""
    return EPS * (rows + 4)


def dual(n: int, m: int, *, rows: int, moment: float, size: float) -> float:
    """Error of a dual value, nats.

    ``moment`` is the largest mean exponent in a column of c plus Σ p T_min + λ·headroom, and
    ``size`` is Σ p |log α|.
    """
    return 2 * (exponent(rows) * moment + 2 * sums(n, m) * (1 + size))


def exponential_sum(log_weights: Array, n: int) -> float:
    """Error of log Σ_x exp(w_x - s_x d_x), nats, for weights (n,) and sums of any nonnegative s d.

    A term that counts has s d ≤ w - log sum + 60: its exponent is the difference of two numbers of
    the size of the weights.
    """
    finite = log_weights[np.isfinite(log_weights)]
    size = float(np.abs(finite).max(initial=0.0))
    return EPS * (16 * (2 * size + _DEEP) + n)


def levels(values: Array) -> Array:
    """Error of levels that a few operations have changed, (K,)."""
    return np.asarray(8 * EPS * np.abs(values))


def terms(amount: float) -> float:
    """Error of a few operations on numbers of this total size."""
    return 16 * EPS * amount


def divergence(reach: float, n: int, m: int) -> float:
    """Error of a transport cost whose pairs cost ``reach`` at the most."""
    return 2 * sums(n, m) * reach
