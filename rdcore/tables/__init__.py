"""Tables of the user: from the bytes of a file to atoms and probabilities.

    table = read_table(name, data)        # CSV, Excel, Parquet, NPY, ... -> columns of numbers
    choice = propose(table)               # a suitable choice of columns
    understood = understand(table, choice)
    source = rd.sources.from_pmf(understood.atoms, understood.pmf, name=understood.name)

The content determines the format, then the file extension; a mismatch is one of ``Table.notes``.
A file has at most ``MAX_BYTES`` bytes, ``MAX_UNPACKED`` after unpacking, ``MAX_COLUMNS`` columns
and ``MAX_CELLS`` cells; all are checked before memory is used. Nothing is unpickled. Parquet is
read in a separate process with bounded memory, because a damaged file can crash its reader.
``Reading`` overrides what the content decides: delimiter, decimal mark, header and sheet. For all
bytes, names and choices the only exceptions are ``TableError``, whose message is one sentence for
the user, and ``MissingExtraError``: workbooks and Parquet need the extra ``tables``.

Cells are of equal width and an atom is the mean of its cell, not the midpoint. For squared error
this is exact: by the law of total variance, a code that depends only on the cell has
E(X - Y)² = V + E(T - Y)² with T the cell's mean and V = E Var(X | cell) = ``within_variance``.
So a level D for the atoms is the level D + V for the rows themselves.
"""

from __future__ import annotations

from rdcore.tables import units
from rdcore.tables.choices import Choice, propose, proposed_bins
from rdcore.tables.limits import (
    LARGEST_VALUE,
    MAX_ATOMS,
    MAX_AXES,
    MAX_BINS,
    MAX_BINS_2D,
    MAX_BYTES,
    MAX_CELLS,
    MAX_COLUMNS,
    MAX_LABELS,
    MAX_UNPACKED,
    MAX_VECTORS,
)
from rdcore.tables.matrices import (
    MAX_SYMBOLS,
    DistortionMatrix,
    distortion_matrix,
    is_distortion_matrix,
)
from rdcore.tables.options import DECIMALS, DELIMITERS, HEADERS, ONE_COLUMN, Reading
from rdcore.tables.reading import AUTOMATIC, digest, read_table
from rdcore.tables.table import Column, Labels, Table
from rdcore.tables.understanding import Understood, understand

__all__ = [
    "AUTOMATIC",
    "DECIMALS",
    "DELIMITERS",
    "HEADERS",
    "LARGEST_VALUE",
    "MAX_ATOMS",
    "MAX_AXES",
    "MAX_BINS",
    "MAX_BINS_2D",
    "MAX_BYTES",
    "MAX_CELLS",
    "MAX_COLUMNS",
    "MAX_LABELS",
    "MAX_SYMBOLS",
    "MAX_UNPACKED",
    "MAX_VECTORS",
    "ONE_COLUMN",
    "Choice",
    "Column",
    "DistortionMatrix",
    "Labels",
    "Reading",
    "Table",
    "Understood",
    "digest",
    "distortion_matrix",
    "is_distortion_matrix",
    "propose",
    "proposed_bins",
    "read_table",
    "understand",
    "units",
]
