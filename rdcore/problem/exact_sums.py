"""Sums of products without rounding, for differences that would otherwise cancel.

A level close to the smallest one that can be met is the difference of two nearly equal sums; what
is left of it must not be their rounding. Dekker's splitting writes the product of two numbers as
the sum of two, without error, and ``math.fsum`` adds any number of them with one rounding.
"""

from __future__ import annotations

import math

import numpy as np

from rdcore._arrays import Array

# 2^27 + 1 splits a number of 53 bits into two of at most 26.
_SPLITTER = 134217729.0


def dot_parts(weights: Array, pmf: Array, values: Array) -> tuple[float, float]:
    """Return Σ_x w_x p_x v_x as a float and what rounding took from it; arrays (n,), finite."""
    used = np.flatnonzero((weights != 0) & (pmf != 0) & (values != 0))
    # Mantissas are multiplied and exponents added, so that nothing overflows on the way.
    w, first = np.frexp(weights[used])
    p, second = np.frexp(pmf[used])
    v, third = np.frexp(values[used])
    power = first + second + third
    high, low = _product(w, p)
    both, rest = _product(high, v)
    small, _ = _product(low, v)
    terms = np.concatenate([np.ldexp(part, power) for part in (both, rest, small)]).tolist()
    total = math.fsum(terms)
    return total, math.fsum([*terms, -total])


def _product(a: Array, b: Array) -> tuple[Array, Array]:
    """Return a · b, rounded, and the error, exactly."""
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error


def _halves(a: Array) -> tuple[Array, Array]:
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high
