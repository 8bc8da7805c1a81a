"""MATLAB files up to version 7: one variable, a matrix or a vector of real numbers."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np

from rdcore.errors import TableError
from rdcore.tables.limits import MAX_UNPACKED
from rdcore.tables.npy import of_array
from rdcore.tables.options import Reading
from rdcore.tables.table import Table
from rdcore.words import clean, listed

MAGIC = b"MATLAB 5.0 MAT"
_HEADER = 128
_COMPRESSED = 15
_NUMERIC = (
    "double",
    "single",
    "logical",
    *(f"{s}int{n}" for s in ("", "u") for n in (8, 16, 32, 64)),
)


def read_matlab(name: str, data: bytes, reading: Reading) -> Table:
    """Return the columns of one variable: the one that is asked for, or the largest."""
    from scipy.io import loadmat, whosmat

    _check_unpacked(name, data)
    try:
        found = [
            (label, shape)
            for label, shape, kind in whosmat(io.BytesIO(data))
            if kind in _NUMERIC and 0 < len(shape) <= 2 and np.prod(shape) > 1
        ]
        sheets = [label for label, _ in found]
        if not found or (reading.sheet and reading.sheet not in sheets):
            there = f"there are {listed(sheets, 8)}" if found else "it has no matrix of numbers"
            asked = f" “{clean(reading.sheet)}”" if reading.sheet else ""
            raise TableError(f"{name} has no variable{asked} that can be read: {there}.")
        chosen = reading.sheet or max(found, key=lambda one: int(np.prod(one[1])))[0]
        array = loadmat(io.BytesIO(data), variable_names=[chosen])[chosen]
    except TableError:
        raise
    except Exception as error:
        raise TableError(
            f"{name} is damaged or truncated: it cannot be read as a MATLAB file."
        ) from error
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise TableError(f"Variable “{clean(chosen)}” of {name} has no real numbers.")
    note = (f"Variable “{clean(chosen)}”.",) if len(sheets) > 1 else ()
    return of_array(name, "MATLAB", array, label=chosen, sheets=tuple(sheets), notes=note)


def _check_unpacked(name: str, data: bytes) -> None:
    """Raise if the compressed elements of a file unpack to too many bytes."""
    order = "<" if data[126:128] == b"IM" else ">"
    position, left = _HEADER, MAX_UNPACKED
    while position + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, position)
        position += 8
        if kind == _COMPRESSED:
            unpacker = zlib.decompressobj()
            try:
                left -= len(unpacker.decompress(data[position : position + size], left + 1))
            except zlib.error as error:
                raise TableError(
                    f"{name} is damaged or truncated: it cannot be read as a MATLAB file."
                ) from error
            if left < 0:
                raise TableError(
                    f"{name} unpacks to more than {MAX_UNPACKED // 2**20} MB: keep fewer rows."
                )
        position += size
