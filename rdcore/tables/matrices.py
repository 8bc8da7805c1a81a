"""Matrices of distortions between the symbols of two finite alphabets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import TableError
from rdcore.tables.table import Column, Table
from rdcore.words import counted, short

MAX_SYMBOLS = 256
"""Symbols of one alphabet that are accepted."""


@dataclass(frozen=True, eq=False)
class DistortionMatrix:
    """A matrix of distortions, with the symbols of its rows and columns.

    Attributes
    ----------
    name : str
        The heading of the symbols.
    symbols, codewords : tuple of str
        What the rows and the columns are for.
    values : array, (n, m)
        The distortion of each pair, at least 0; ∞ forbids a pair.
    pmf : array, (n,)
        The probability of each row's symbol.
    """

    name: str
    symbols: tuple[str, ...]
    codewords: tuple[str, ...]
    values: NDArray[np.float64]
    pmf: NDArray[np.float64]


def distortion_matrix(table: Table, weight: str = "") -> DistortionMatrix:
    r"""Read a table as a matrix of distortions.

    The first column has the symbols of the source, texts or numbers. The names of the other columns
    are the codewords, and each cell is the distortion of its row and column.

    Parameters
    ----------
    table : Table
        What was read from a file.
    weight : str
        The column with the probability or frequency of each symbol; "" makes all equal.

    Returns
    -------
    DistortionMatrix
        Symbols, codewords, distortions and probabilities.

    Raises
    ------
    TableError
        If a cell is not a distortion; the message names its row, column and value.

    Examples
    --------
    >>> from rdcore.tables import read_table
    >>> text = b"symbol,a,b,p\nlow,0,1,0.25\nhigh,3,0,0.75\n"
    >>> found = distortion_matrix(read_table("costs.csv", text), "p")
    >>> found.symbols, found.codewords, found.values.tolist(), found.pmf.tolist()
    (('low', 'high'), ('a', 'b'), [[0.0, 1.0], [3.0, 0.0]], [0.25, 0.75])
    """
    name, symbols, columns = _symbols(table)
    columns = [column for column in columns if column.name != weight]
    strange = [(other, why) for other, why in table.left_out if other != name]
    if strange:
        left_out, why = strange[0]
        raise TableError(
            f"Column “{left_out}” of {table.name} cannot be a codeword: {why}. A matrix of"
            " distortions has a number of at least 0 in every cell."
        )
    for what, count in (("symbols", len(symbols)), ("codewords", len(columns))):
        least = 2 if what == "symbols" else 1
        if not least <= count <= MAX_SYMBOLS:
            raise TableError(
                f"{table.name} has {counted(count)} {what}; a matrix of distortions with"
                f" {least} to {MAX_SYMBOLS} is accepted."
            )
    twice = next((one for k, one in enumerate(symbols) if one in symbols[:k]), None)
    if twice is not None:
        raise TableError(f"Two rows of {table.name} are for “{twice}”; each symbol has one row.")
    values = np.column_stack([column.values for column in columns])
    wrong = np.argwhere(~(values >= 0))
    if len(wrong):
        row, place = wrong[0]
        raise TableError(
            f"Row “{symbols[row]}”, column “{columns[place].name}” of {table.name}"
            f" {_cell(columns[place], row)}; a number of at least 0 is accepted."
        )
    pmf = np.full(len(symbols), 1 / len(symbols))
    if weight:
        pmf = _probabilities(table, weight, symbols)
    return DistortionMatrix(name, symbols, tuple(one.name for one in columns), values, pmf)


def is_distortion_matrix(table: Table) -> bool:
    r"""Return whether the rows and the columns of a table are for the same symbols, in one order.

    Each symbol must be nearest to itself. One more column may follow, for probabilities.

    Parameters
    ----------
    table : Table
        What was read from a file.

    Returns
    -------
    bool
        Such a table is a matrix of distortions more likely than anything else.

    Examples
    --------
    >>> from rdcore.tables import read_table
    >>> is_distortion_matrix(read_table("costs.csv", b"from,a,b\na,0,1\nb,3,0\n"))
    True
    """
    try:
        _, symbols, columns = _symbols(table)
    except (TableError, IndexError, ValueError):
        return False
    count, names = len(symbols), tuple(column.name for column in columns)
    if not 2 <= count <= MAX_SYMBOLS or names[:count] != symbols or len(names) > count + 1:
        return False
    values = np.column_stack([column.values for column in columns[:count]])
    return bool((values >= 0).all() and (values.diagonal() <= values.min(axis=1)).all())


def _symbols(table: Table) -> tuple[str, tuple[str, ...], list[Column]]:
    """Return the heading of the symbols, the symbols, and the columns of numbers."""
    if not table.labels:
        first, *columns = table.columns
        return first.name, tuple(short(float(one), 12) for one in first.values), columns
    names = table.labels[0]
    empty = np.flatnonzero(names.codes < 0)
    if len(empty):
        raise TableError(
            f"Row {empty[0] + 1} of {table.name} has no symbol in column “{names.name}”; each row"
            " needs one."
        )
    return names.name, tuple(names.texts[code] for code in names.codes), list(table.columns)


def _cell(column: Column, row: int) -> str:
    value = float(column.values[row])
    if column.empty[row]:
        return "is empty"
    return "is not a number" if np.isnan(value) else f"is {short(value, 6)}"


def _probabilities(table: Table, weight: str, symbols: tuple[str, ...]) -> NDArray[np.float64]:
    column = table.column(weight)
    wrong = np.flatnonzero(~((column.values >= 0) & np.isfinite(column.values)))
    if len(wrong):
        raise TableError(
            f"Row “{symbols[wrong[0]]}”, column “{weight}” of {table.name}"
            f" {_cell(column, wrong[0])}; a probability or frequency of at least 0 is accepted."
        )
    if (column.values > 0).sum() < 2:
        raise TableError(f"Column “{weight}” of {table.name} must be above 0 in two rows or more.")
    shares = column.values / column.values.max()
    return np.asarray(shares / shares.sum())
