"""The limits of a file of the user."""

from __future__ import annotations

MAX_BYTES = 20 * 2**20
"""Bytes of a file."""
MAX_UNPACKED = 4 * MAX_BYTES
"""Bytes of a file after unpacking."""
MAX_CELLS = 5_000_000
"""Cells of a table: rows times columns."""
MAX_COLUMNS = 1000
"""Columns of a table."""
MAX_LABELS = 200
"""Different texts of a column that can be the groups of a subset."""
MAX_ATOMS = 4000
"""Atoms of a source of one or two columns."""
MAX_AXES = 16
"""Columns of a source."""
MAX_VECTORS = 100_000
"""Rows of a source of more than two columns."""
MAX_BINS = MAX_ATOMS
"""Bins of a source of one column."""
MAX_BINS_2D = 200
"""Bins of each axis of a source of two columns."""
LARGEST_VALUE = 1e100
"""The largest absolute value of a number: the square of a larger one may overflow."""
