"""Sources of more than two columns: their candidates, weights and view."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dashboard.errors import UserError
from dashboard.formatting import clean

MOST_CANDIDATES = 1024
MOST_DRAWN = 3000
"""Rows that are drawn at most."""

Floats = NDArray[np.float64]


class WeightsError(UserError):
    """A text does not give the weights of columns."""


def weights(text: str, count: int) -> tuple[float, ...]:
    """Read the weights of columns; () for an empty text.

    Raises
    ------
    WeightsError
        One sentence: what cannot be read and what is accepted.

    Examples
    --------
    >>> weights("1, 0.25", 2)
    (1.0, 0.25)
    """
    words = [word for word in re.split(r"[\s,;]+", text.strip()) if word]
    if not words:
        return ()
    accepted = f"{count} numbers above 0, such as “{', '.join(['1'] * (count - 1))}, 0.25”"
    try:
        found = tuple(float(word) for word in words)
    except ValueError:
        found = ()
    if len(found) != count or not all(math.isfinite(one) and one > 0 for one in found):
        raise WeightsError(
            f"“{clean(text, 40)}” gives no weights of the columns; {accepted}, are accepted."
        )
    return found


@dataclass(frozen=True, eq=False)
class ColumnsView:
    """Rows of several columns coded together on candidates, and column by column.

    Lengths are in the unit of the weighted columns, levels and distortions in its square.

    Attributes
    ----------
    points : array, (k, 2)
        Some of the atoms along the two leading principal axes.
    inside : array of bool, (S, k)
        Which of them are in each subset.
    codewords, masses : arrays, (j, 2) and (j,)
        The codewords in use along the same axes, and their probabilities.
    explained : array, (2,)
        The share of the variance along each axis.
    leading : tuple of int
        The column that each axis follows most.
    atoms, candidates : int
        Their numbers.
    rate_bits, gap_bits : float
        Of the rows coded together, at every level.
    levels, reached, prices_bits : arrays, (F,)
        D first; prices in bits per unit of the distortion.
    alone_bits : float
        The rate of the rows coded together at D alone.
    apart_bits, apart_gap_bits : float
        Of the columns coded one by one at D.
    variances, together, apart : arrays, (d,)
        Of each column: its variance, and its part of D coded together and one by one.
    bits : array, (d,)
        The rate of each column coded by itself.
    scope, apart_scope, sentence : str
        For which codebooks the lower bounds hold, and both rates in one sentence.
    converged : bool
        Whether both gaps are within the tolerance.
    """

    points: Floats
    inside: NDArray[np.bool_]
    codewords: Floats
    masses: Floats
    explained: Floats
    leading: tuple[int, ...]
    atoms: int
    candidates: int
    rate_bits: float
    gap_bits: float
    levels: Floats
    reached: Floats
    prices_bits: Floats
    alone_bits: float
    apart_bits: float
    apart_gap_bits: float
    variances: Floats
    together: Floats
    apart: Floats
    bits: Floats
    scope: str
    apart_scope: str
    sentence: str
    converged: bool
