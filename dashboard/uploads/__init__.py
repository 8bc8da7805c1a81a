"""Uploads: from the bytes of a file to atoms and probabilities. Pure functions without streamlit.

    table = read_table(name, data)        # CSV, Parquet or NPY -> columns of numbers
    choice = propose(table)               # start values of the widgets
    understood = understand(table, choice)
    source = rd.sources.from_pmf(understood.atoms, understood.pmf, name=understood.name)

`read_table(name: str, data: bytes) -> Table`
    The content determines the format, then the file extension; a mismatch is one of `Table.notes`.
    At most `MAX_BYTES` bytes, `MAX_COLUMNS` columns and `MAX_CELLS` cells, checked before anything
    is unpacked. Nothing is unpickled. Parquet is read in a separate process with bounded memory
    (0.2 s), because a damaged file can crash its reader.
`Table` (frozen): `name`, `format` ("CSV" | "Parquet" | "NPY"), `columns` (tuple of `Column`),
    `names`, `rows` (rows kept), `ragged` (rows dropped for their number of fields), `left_out`
    (pairs of column name and reason), `notes` (sentences), `column(name)`.
`Column` (frozen): `name` (unique in its table), `values` (rows,) float64 with NaN where
    unreadable, `empty` (rows,) bool: which of those NaN were empty cells.
`Choice` (frozen, scalars only, hashable): `kind` "samples" | "weighted", `first`, `second` (""
    in 1-D), `weight` (read only when weighted), `bins` per axis (0: the distinct values are the
    atoms), `low`, `high`, `second_low`, `second_high` (None: no bound; rows outside are dropped,
    and with bins the cells divide this range).
`propose(table: Table) -> Choice`: never raises.
`understand(table: Table, choice: Choice, groups=()) -> Understood`: `groups`, masks of rows, split
    the atoms, and `Understood.groups` (k, n) says which atoms are in each.
`Labels` (frozen): a column of a few texts in `Table.labels`: `name`, `texts` and `codes` (rows,).
`Understood` (frozen): `name`, `axes` (names of the atom columns), `atoms` (n,) or (n, 2) sorted,
    `pmf` (n,) positive with sum 1, `rows_read`, `rows_used`, `dropped` (pairs of reason and
    count), `ranges` (name, low, high of the used rows), `variance` and `within_variance` (squared
    units of the columns, summed over the axes), `cell_variances` and `cell_diameters` ((n,), or
    None without bins: needed for bounds for the rows themselves), `sentences` (for the screen, the
    first of them counts the rows).
`digest(data: bytes) -> str`: 32 hex characters that identify the bytes in a spec.
For all bytes, names and choices the only exception is `UploadError`, a `ValueError` whose message
is one sentence for the user.

Cells are of equal width and an atom is the mean of its cell, not the midpoint. For squared error
this is exact: by the law of total variance, a code that depends only on the cell has
E(X - Y)^2 = V + E(T - Y)^2 with T the cell's mean and V = E Var(X | cell) = `within_variance`.
So a level D for the atoms is the level D + V for the rows themselves.
"""

from __future__ import annotations

from dashboard.uploads.choices import Choice, propose
from dashboard.uploads.limits import (
    LARGEST_VALUE,
    MAX_ATOMS,
    MAX_BINS,
    MAX_BINS_2D,
    MAX_BYTES,
    MAX_CELLS,
    MAX_COLUMNS,
    UploadError,
)
from dashboard.uploads.reading import digest, read_table
from dashboard.uploads.tables import Column, Labels, Table
from dashboard.uploads.understanding import Understood, understand

__all__ = [
    "LARGEST_VALUE",
    "MAX_ATOMS",
    "MAX_BINS",
    "MAX_BINS_2D",
    "MAX_BYTES",
    "MAX_CELLS",
    "MAX_COLUMNS",
    "Choice",
    "Column",
    "Labels",
    "Table",
    "Understood",
    "UploadError",
    "digest",
    "propose",
    "read_table",
    "understand",
]
