"""The rows of an upload as samples, and what its weights are: known, of samples, or counts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import counted, short

Weighs = Literal["law", "rows", "counts"]

MAX_COUNTED = 2_000_000
"""Rows for which counts may stand."""

_COUNT = re.compile(r"counts?|n|freq\w*", re.IGNORECASE)


class WeightError(UserError):
    """Weights are not what they are said to be; the message says what is accepted."""


@dataclass(frozen=True, eq=False)
class SampledRows:
    """The rows from which a source was made.

    Attributes
    ----------
    labels : array of int, (N,)
        The atom of each row, in their order.
    shares : array, (N,)
        The weight of each row, with sum 1.
    moving : tuple of int
        The places of the subsets that are shares of the rows, such as “top 5%”: 1 for the first.
    ordered : bool
        Whether the rows follow each other in time.
    """

    labels: NDArray[np.intp]
    shares: NDArray[np.float64]
    moving: tuple[int, ...]
    ordered: bool

    @property
    def effective(self) -> float:
        """Number of rows of equal weight that say as much (Kish), if they are independent."""
        return 1 / float((self.shares**2).sum())

    def error_of(self, influence: NDArray[np.float64]) -> float:
        """Return the standard error of what has this derivative with the probability of each atom.

        ``influence`` is (n,), with mean 0; the error has its unit.
        """
        change = influence[self.labels] * (len(self.shares) * self.shares)
        return rd.sampling.error_of_mean(change, ordered=self.ordered)


def probable(name: str, weights: NDArray[np.float64]) -> Weighs:
    """Return what the weights of a column are: counts if its name says so, and they can be."""
    used = weights[np.isfinite(weights) & (weights > 0)]
    whole = len(used) > 0 and bool((used == np.floor(used)).all())
    named = _COUNT.fullmatch(name.strip()) is not None
    return "counts" if whole and named and used.sum() <= MAX_COUNTED else "law"


def counts(weights: NDArray[np.float64], name: str) -> NDArray[np.intp]:
    """Return the weights of a column as counts of equal rows.

    Raises
    ------
    WeightError
        If one is not a whole number, or there are too many rows.
    """
    wrong = np.flatnonzero(weights != np.floor(weights))
    if len(wrong):
        raise WeightError(
            f"The weight {short(float(weights[wrong[0]]), 6)} in “{name}” is not a count; whole"
            " numbers are accepted. Choose what else the weights are."
        )
    if weights.sum() > MAX_COUNTED:
        raise WeightError(
            f"“{name}” counts {counted(round(float(weights.sum())), 'row')}; for a standard"
            f" error at most {counted(MAX_COUNTED)} are accepted. Their errors are small: choose"
            " “Known”."
        )
    return weights.astype(np.intp)
