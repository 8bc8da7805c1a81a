"""The limits of a file of the user."""

from __future__ import annotations

MAX_BYTES = 20 * 2**20
MAX_UNPACKED = 4 * MAX_BYTES
MAX_CELLS = 5_000_000
MAX_COLUMNS = 1000
MAX_LABELS = 200
MAX_ATOMS = 4000
MAX_BINS = MAX_ATOMS
MAX_BINS_2D = 200
LARGEST_VALUE = 1e100
