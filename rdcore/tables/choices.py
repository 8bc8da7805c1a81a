"""The user's choice for a table, and a proposal."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rdcore.tables import units
from rdcore.tables.table import Column, Table
from rdcore.words import short

_TIME = re.compile(
    r"(rownames?|row|index|idx|id|no|nr|unnamed: ?\d+|years?|yr|months?|mon|days?|dates?|times?"
    r"|timestamps?|datetime|hours?|jahr|année|año|year\w*|\w*[_. ](id|year|date))",
    re.IGNORECASE,
)
_WEIGHT = re.compile(r"(w|wts?|weights?|mass(es)?|counts?|n|freq\w*)", re.IGNORECASE)
_PROBABILITY = re.compile(r"(p|prob\w*|pmf|pdf|p\(.*\))", re.IGNORECASE)
# The proposed number of bins, and the number of distinct values up to which none are proposed.
_BINS, _BINS_2D = 200, 40
_FEW, _FEW_2D = 200, 400
_FEW_WEIGHTED, _FEW_WEIGHTED_2D = 1000, 1600
_FEW_WHOLE = 1000
# The share of the rows that two columns must have in common to be proposed as a pair.
_SHARED = 0.5

Outliers = Literal["keep", "drop"]


@dataclass(frozen=True)
class Choice:
    """The columns of atoms and weights, and the number of bins.

    Parameters
    ----------
    kind : {"samples", "weighted", "matrix"}
        Every row has weight 1, or the weight in its column; or the table is a matrix of
        distortions for ``distortion_matrix``, and `first` has its symbols.
    first, second : str
        Names of the atom columns; `second` is "" in one dimension.
    weight : str
        Name of the weight column; read only when `kind` is "weighted".
    bins : int
        Cells of equal width per axis; 0 makes the distinct values the atoms.
    low, high, second_low, second_high : float or None
        Rows outside these bounds are dropped; None is no bound.
    outliers : {"keep", "drop"}
        Whether rows far outside the quartiles are used.
    missing : str
        Numbers that stand for a missing value, such as "-999, 9999".
    unit : str
        The unit of the values; "" takes it from the names of the columns.
    more : tuple of str
        Names of further atom columns, after `second`; with these no bins are made.
    column_weights : tuple of float
        What the squared error of each of several atom columns counts, above 0; () for 1 each.
    standardise : bool
        Whether the weight of each of several atom columns is one over its variance.
    """

    kind: Literal["samples", "weighted", "matrix"] = "samples"
    first: str = ""
    second: str = ""
    weight: str = ""
    bins: int = 0
    low: float | None = None
    high: float | None = None
    second_low: float | None = None
    second_high: float | None = None
    outliers: Outliers = "keep"
    missing: str = ""
    unit: str = ""
    more: tuple[str, ...] = ()
    column_weights: tuple[float, ...] = ()
    standardise: bool = False

    @property
    def axes(self) -> tuple[str, ...]:
        """Names of the atom columns."""
        return (self.first, self.second, *self.more) if self.second else (self.first,)

    @property
    def standardised(self) -> bool:
        """Whether the columns are standardised: there are several, and that is chosen."""
        return self.standardise and len(self.axes) > 1

    @property
    def weighted_columns(self) -> bool:
        """Whether the columns have weights that differ from 1."""
        several = len(self.axes) > 1 and not self.standardise
        return several and any(one != 1 for one in self.column_weights)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the atom columns with their units, such as "temp (°C)"."""
        parsed = [units.parse(name) for name in self.axes]
        if self.standardised:
            return tuple(f"{what} (σ)" for what, _ in parsed)
        if self.weighted_columns:
            given = (*self.column_weights, *[1.0] * len(parsed))
            parsed = [
                (what if weight == 1 else f"{what} × {short(weight**0.5, 4)}", unit)
                for (what, unit), weight in zip(parsed, given, strict=False)
            ]
        found = [(what, self.unit or unit) for what, unit in parsed]
        return tuple(f"{what} ({unit})" if unit else what for what, unit in found)

    @property
    def common_unit(self) -> str:
        """The unit of the values: σ if standardised, the given one, that of all columns, or ""."""
        if self.standardised:
            return "σ"
        found = {units.parse(name)[1] for name in self.axes}
        return self.unit or (found.pop() if len(found) == 1 else "")


def propose(table: Table) -> Choice:
    r"""Return a suitable choice for the table.

    A column holds the weights if its name says so (weight, p, pmf, count and similar), or if it is
    the last of several, nonnegative, and sums to one; a flag of zeros and ones does not. Row
    numbers, years, dates and constant columns are skipped. The first remaining column, or both if
    there are two that share rows, become the atoms. They are binned only if they have many
    distinct values; integers with few never are.

    Parameters
    ----------
    table : Table
        What was read from a file.

    Returns
    -------
    Choice
        For ``understand``.

    Examples
    --------
    >>> from rdcore.tables import read_table
    >>> propose(read_table("counts.csv", b"value,count\n1,4\n2,6\n")).weight
    'count'
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
    useful = [column for column in varied if not _is_position(column)] or varied[-1:]
    measured = [column for column in useful if not _is_flag(_finite(column))] or useful
    chosen = measured if len(measured) == 2 and _share_rows(measured) else measured[:1]
    return Choice(
        kind="weighted" if weight else "samples",
        first=chosen[0].name,
        second=chosen[1].name if len(chosen) == 2 else "",
        weight=weight.name if weight else "",
        bins=_bins(chosen, weighted=weight is not None),
    )


def proposed_bins(table: Table, choice: Choice) -> int:
    r"""Return a suitable number of bins for the columns of a choice, 0 for none.

    Parameters
    ----------
    table : Table
        What was read from a file.
    choice : Choice
        The columns.

    Returns
    -------
    int
        Cells per axis.

    Raises
    ------
    TableError
        If the table has no such column.

    Examples
    --------
    >>> from rdcore.tables import read_table
    >>> table = read_table("counts.csv", b"value,count\n1,4\n2,6\n")
    >>> proposed_bins(table, propose(table))
    0
    """
    columns = [table.column(name) for name in choice.axes]
    if len(columns) > 2:
        return 0
    return _bins(columns, weighted=choice.kind == "weighted")


def _finite(column: Column) -> NDArray[np.float64]:
    return column.values[np.isfinite(column.values)]


def _weight_column(table: Table) -> Column | None:
    if len(table.columns) < 2:
        return None
    for column in table.columns:
        if _is_weight(column.name, _finite(column)):
            return column
    last = _finite(table.columns[-1])
    sums_to_one = abs(float(last.sum()) - 1) < 1e-6
    if last.min() >= 0 and sums_to_one and len(last) > 1 and not _is_flag(last):
        return table.columns[-1]
    return None


def _is_flag(values: NDArray[np.float64]) -> bool:
    """Whether a column has only zeros and ones."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def _is_weight(name: str, values: NDArray[np.float64]) -> bool:
    """Whether the name means weight and the values are consistent with it."""
    if values.max() <= 0 or (values.min() < 0 and len(name) == 1):
        return False
    if _PROBABILITY.fullmatch(name):
        return bool(name.lower() != "p" or values.max() <= 1 + 1e-9)
    return _WEIGHT.fullmatch(name) is not None


def _is_position(column: Column) -> bool:
    """Whether the column says where or when: row numbers, years, dates.

    That is so if its name says so, or if it has integers that increase by 1 in each row.
    """
    values = _finite(column)
    whole = bool(np.all(values == np.floor(values)))
    if whole and _TIME.fullmatch(column.name.strip()):
        return True
    complete = len(values) == len(column.values) > 2
    return complete and whole and bool(np.all(np.diff(values) == 1.0))


def _share_rows(columns: list[Column]) -> bool:
    """Whether two columns have numbers in the same rows."""
    there = np.array([np.isfinite(column.values) for column in columns])
    return int(there.all(axis=0).sum()) >= max(2, _SHARED * int(there.sum(axis=1).max()))


def _bins(columns: list[Column], *, weighted: bool) -> int:
    values = np.column_stack([column.values for column in columns])
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values):
        return 0
    distinct = [len(np.unique(axis)) for axis in values.T]
    if len(columns) == 1:
        few = _FEW_WEIGHTED if weighted else _FEW
        if (values == np.floor(values)).all():
            few = max(few, _FEW_WHOLE)
        return 0 if distinct[0] <= few else _BINS
    few = _FEW_WEIGHTED_2D if weighted else _FEW_2D
    return 0 if max(distinct) <= few and _pairs(values) <= few else _BINS_2D


def _pairs(values: NDArray[np.float64]) -> int:
    codes = [np.unique(axis, return_inverse=True)[1] for axis in values.T]
    return len(np.unique(codes[0] * (int(codes[1].max(initial=0)) + 1) + codes[1]))
