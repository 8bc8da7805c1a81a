"""The limits of an upload, and the error of this package."""

from __future__ import annotations

from dashboard.errors import UserError

MAX_BYTES = 10 * 2**20
MAX_CELLS = 5_000_000
MAX_COLUMNS = 200
MAX_LABELS = 200
MAX_ATOMS = 4000
MAX_BINS = MAX_ATOMS
MAX_BINS_2D = 200
LARGEST_VALUE = 1e100


class UploadError(UserError):
    """An upload or a choice cannot be used; the message is one sentence for the user."""
