"""A table of numbers, independent of the file format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import TableError
from rdcore.tables.limits import MAX_CELLS, MAX_COLUMNS
from rdcore.words import clean, counted, listed


@dataclass(frozen=True, eq=False)
class Column:
    """One column of numbers.

    Parameters
    ----------
    name : str
        Unique in its table.
    values : (rows,) float64
        NaN if the cell is not a number; may contain infinities.
    empty : (rows,) bool
        Empty cells, as opposed to cells that are not numbers.
    """

    name: str
    values: NDArray[np.float64]
    empty: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Labels:
    """One column of a few different texts, such as a status.

    Parameters
    ----------
    name : str
        Unique in its table.
    texts : tuple of str
        The different texts, sorted.
    codes : (rows,) intp
        The position in `texts` of each row; -1 for an empty cell.
    """

    name: str
    texts: tuple[str, ...]
    codes: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Table:
    """The numeric columns of a file, and the omitted columns.

    Parameters
    ----------
    name : str
        The file's name, made printable.
    format : str
        "CSV", "Parquet" or "NPY".
    columns : tuple of Column
        At least one, all of the same length, each with at least one finite value.
    left_out : tuple of (str, str)
        Name of each omitted column, and the reason.
    ragged : int
        Number of rows dropped because of a wrong number of fields.
    notes : tuple of str
        Sentences about how the file was read.
    open : tuple of str
        Those notes that say what nothing in the file decides.
    labels : tuple of Labels
        Columns of text with at most `MAX_LABELS` different texts.
    sheets : tuple of str
        The sheets of a workbook, or the variables of a MATLAB file, that can be read.
    delimiter, decimal : str
        What was taken, "" where it does not matter.
    header : bool
        Whether the names of the columns come from the file.
    """

    name: str
    format: str
    columns: tuple[Column, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    ragged: int = 0
    notes: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    labels: tuple[Labels, ...] = ()
    sheets: tuple[str, ...] = ()
    delimiter: str = ""
    decimal: str = ""
    header: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numeric columns."""
        return tuple(column.name for column in self.columns)

    @property
    def rows(self) -> int:
        """Number of rows without the ragged ones."""
        return len(self.columns[0].values)

    def column(self, name: str) -> Column:
        """Return the column called `name`; raise `TableError` if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        there = f"the numeric columns are {listed(list(self.names))}"
        for left, reason in self.left_out:
            if left == name:
                raise TableError(
                    f"Column “{name}” of {self.name} cannot be used ({reason}): {there}."
                )
        raise TableError(f"{self.name} has no column “{clean(name)}”: {there}.")


def labelled(name: str, texts: Sequence[str], codes: NDArray[np.integer[Any]]) -> Labels:
    """Return a column of labels from texts in any order and the place of each row's text."""
    printed = [clean(text) for text in texts]
    different = sorted(set(printed) - {""})
    place = {text: k for k, text in enumerate(different)}
    order = np.array([*(place.get(text, -1) for text in printed), -1], dtype=np.intp)
    return Labels(name, tuple(different), order[codes])


def assemble(
    name: str,
    kind: str,
    *,
    columns: list[Column],
    left_out: list[tuple[str, str]],
    ragged: int = 0,
    notes: list[str],
) -> Table:
    """Return the table of the `columns` with at least one finite number."""
    useful: list[Column] = []
    left = list(left_out)
    for column in columns:
        if np.isfinite(column.values).any():
            useful.append(column)
        else:
            reason = "empty" if column.empty.all() else "no finite number"
            left.append((column.name, reason))
    if not useful:
        reasons = listed([f"“{column}” has {why}" for column, why in map(_having, left)], 3)
        raise TableError(
            f"{name} has no numeric column ({reasons}): one column of samples, or columns of"
            " values "
            "and weights, are accepted."
        )
    return Table(name, kind, tuple(useful), tuple(left), ragged, tuple(notes))


def _having(left: tuple[str, str]) -> tuple[str, str]:
    return left[0], left[1].replace("empty", "only empty cells")


def unique_names(names: list[str]) -> list[str]:
    """Return printable, unique names: a second "x" becomes "x (2)", a missing one "column 3"."""
    taken: set[str] = set()
    result = []
    for position, raw in enumerate(names, start=1):
        name = clean(raw) or f"column {position}"
        candidate, repeat = name, 1
        while candidate in taken:
            repeat += 1
            candidate = f"{name} ({repeat})"
        taken.add(candidate)
        result.append(candidate)
    return result


def check_size(name: str, rows: int, columns: int) -> None:
    """Raise `TableError` if a table of this size has no rows or is too large to read."""
    if rows < 1 or columns < 1:
        raise TableError(f"{name} has no rows: a column needs at least two different numbers.")
    if columns > MAX_COLUMNS:
        raise TableError(
            f"{name} has {counted(columns, 'column')}; at most {MAX_COLUMNS} are accepted: "
            "keep the one or two that you need, or transpose it if each row is one variable."
        )
    if rows * columns > MAX_CELLS:
        raise TableError(
            f"{name} unpacks to {counted(rows * columns, 'cell')}, more than the "
            f"{counted(MAX_CELLS)} that can be read: keep fewer rows or columns."
        )
