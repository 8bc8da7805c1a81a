"""Sample files for the upload tests, as bytes, written by the libraries that users save with."""

from __future__ import annotations

import base64
import io
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

# 296 bytes: one column x = 1, 2, null.
_SMALL_PARQUET = base64.b64decode(
    "UEFSMRUEFSAVIEwVBBUAEgAAAAAAAAAA8D8AAAAAAAAAQBUAFRIVEiwVBhUQFQYVBhwYCAAAAAAAAABAGAgAAAAA"
    "AADwPxYCKAgAAAAAAAAAQBgIAAAAAAAA8D8REQAAAAIAAAADAwEDAhUEGSw1ABgGc2NoZW1hFQIAFQolAhgBeAAW"
    "BhkcGRwmABwVChk1AAYQGRgBeBUAFgYWzAEWzAEmRCYIHBgIAAAAAAAAAEAYCAAAAAAAAPA/FgIoCAAAAAAAAABA"
    "GAgAAAAAAADwPxERABksFQQVABUCABUAFRAVAgA8KQYZJgIEAAAAFswBFgYmCBbMAQAoIHBhcnF1ZXQtY3BwLWFy"
    "cm93IHZlcnNpb24gMjYuMC4xGRwcAAAAtgAAAFBBUjE="
)
# From the end of the file; these flipped bits abort a process that asks Arrow for the footer.
ABORTING_BITS = ((171, 0), (170, 5), (67, 6))


def csv(rows: Any, *, header: str = "", delimiter: str = ",", decimal: str = ".") -> bytes:
    """Return rows of numbers as delimited text."""
    lines = [delimiter.join(f"{v:.12g}".replace(".", decimal) for v in row) for row in rows]
    return "\n".join([header, *lines] if header else lines).encode() + b"\n"


def npy(array: Any, *, allow_pickle: bool = False) -> bytes:
    """Return what numpy.save writes."""
    out = io.BytesIO()
    np.save(out, array, allow_pickle=allow_pickle)
    return out.getvalue()


def parquet(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    """Return what pyarrow writes."""
    out = io.BytesIO()
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    pq.write_table(table, out, **options)
    return out.getvalue()


def small_parquet(flipped: tuple[int, int] | None = None) -> bytes:
    """Return a small Parquet file, with one bit flipped: its distance from the end, and which."""
    data = bytearray(_SMALL_PARQUET)
    if flipped is not None:
        data[-flipped[0]] ^= 1 << flipped[1]
    return bytes(data)


def zipped(member: str) -> bytes:
    """Return a ZIP archive with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(member, "1\n2\n")
    return out.getvalue()


def samples(rows: int, columns: int = 2) -> np.ndarray:
    """Return reproducible normal samples (rows, columns)."""
    return np.random.default_rng(0).normal(size=(rows, columns))
