"""The user's choice for a table, and a proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.uploads.tables import Column, Table

_WEIGHT = re.compile(r"(w|wts?|weights?|mass(es)?|counts?|n|freq\w*)", re.IGNORECASE)
_PROBABILITY = re.compile(r"(p|prob\w*|pmf|pdf|p\(.*\))", re.IGNORECASE)
# The proposed number of bins, and the number of distinct values up to which none are proposed.
_BINS, _BINS_2D = 200, 40
_FEW, _FEW_2D = 200, 400
_FEW_WEIGHTED, _FEW_WEIGHTED_2D = 1000, 1600


@dataclass(frozen=True)
class Choice:
    """The columns of atoms and weights, and the number of bins.

    Parameters
    ----------
    kind : {"samples", "weighted"}
        Every row has weight 1, or the weight in its column.
    first, second : str
        Names of the atom columns; `second` is "" in one dimension.
    weight : str
        Name of the weight column; read only when `kind` is "weighted".
    bins : int
        Cells of equal width per axis; 0 makes the distinct values the atoms.
    low, high, second_low, second_high : float or None
        Rows outside these bounds are dropped; None is no bound.
    """

    kind: Literal["samples", "weighted"] = "samples"
    first: str = ""
    second: str = ""
    weight: str = ""
    bins: int = 0
    low: float | None = None
    high: float | None = None
    second_low: float | None = None
    second_high: float | None = None

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the atom columns."""
        return (self.first, self.second) if self.second else (self.first,)


def propose(table: Table) -> Choice:
    """Return a suitable choice for the table.

    A column holds the weights if its name says so (weight, p, pmf, count and similar), or if it is
    the last of several, nonnegative, and sums to one. Row numbers and constant columns are skipped.
    The first remaining column, or both if there are two, become the atoms. They are binned only if
    they have many distinct values.
    """
    # The largest floats overflow here; `understand` reports that.
    with np.errstate(over="ignore", invalid="ignore"):
        return _proposed(table)


def _proposed(table: Table) -> Choice:
    weight = _weight_column(table)
    others = [column for column in table.columns if column is not weight]
    varied = [
        column for column in others if _finite(column).min() < _finite(column).max()
    ] or others
    useful = [column for column in varied if not _counts_rows(column)] or varied
    chosen = useful if len(useful) == 2 else useful[:1]
    return Choice(
        kind="weighted" if weight else "samples",
        first=chosen[0].name,
        second=chosen[1].name if len(chosen) == 2 else "",
        weight=weight.name if weight else "",
        bins=_bins(chosen, weighted=weight is not None),
    )


def _finite(column: Column) -> NDArray[np.float64]:
    return column.values[np.isfinite(column.values)]


def _weight_column(table: Table) -> Column | None:
    if len(table.columns) < 2:
        return None
    for column in table.columns:
        if _is_weight(column.name, _finite(column)):
            return column
    last = _finite(table.columns[-1])
    if last.min() >= 0 and last.max() <= 1 and abs(float(last.sum()) - 1) < 1e-6 and len(last) > 1:
        return table.columns[-1]
    return None


def _is_weight(name: str, values: NDArray[np.float64]) -> bool:
    """Whether the name means weight and the values are consistent with it."""
    if values.max() <= 0 or (values.min() < 0 and len(name) == 1):
        return False
    if _PROBABILITY.fullmatch(name):
        return bool(name.lower() != "p" or values.max() <= 1 + 1e-9)
    return _WEIGHT.fullmatch(name) is not None


def _counts_rows(column: Column) -> bool:
    """Whether the column is a row number: integers that increase by 1 in each row."""
    values = column.values
    return len(values) > 2 and values[0] in (0.0, 1.0) and bool(np.all(np.diff(values) == 1.0))


def _bins(columns: list[Column], *, weighted: bool) -> int:
    values = np.column_stack([column.values for column in columns])
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return 0
    distinct = [len(np.unique(axis)) for axis in values.T]
    if len(columns) == 1:
        return 0 if distinct[0] <= (_FEW_WEIGHTED if weighted else _FEW) else _BINS
    few = _FEW_WEIGHTED_2D if weighted else _FEW_2D
    return 0 if max(distinct) <= few and _pairs(values) <= few else _BINS_2D


def _pairs(values: NDArray[np.float64]) -> int:
    codes = [np.unique(axis, return_inverse=True)[1] for axis in values.T]
    return len(np.unique(codes[0] * (int(codes[1].max(initial=0)) + 1) + codes[1]))
