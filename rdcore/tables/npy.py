"""NPY files, read from their bytes; object arrays, which are pickles, are refused."""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import TableError
from rdcore.tables.options import Reading
from rdcore.tables.table import Column, Table, assemble, check_size, unique_names
from rdcore.words import clean, counted

MAGIC = b"\x93NUMPY"

# Only these tokens reach literal_eval, so that no header causes warnings or excessive work.
_HEADER = re.compile(
    r"""(?:'[^'\\\n]*'|"[^"\\\n]*"|\d{1,18}(?![\w.])|True|False|[\[\]{}(),:\s])*"""
)
_MAX_HEADER = 20_000
_DTYPE = re.compile(r"[<>=|]?(?:([biufcSUV])(\d{1,9})|([Mm])8(?:\[[\w/]{1,12}\])?)")
_READABLE = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}
_REASONS = {
    "c": "complex numbers",
    "S": "text",
    "U": "text",
    "V": "raw bytes",
    "M": "dates",
    "m": "times",
}


@dataclass(frozen=True)
class _Header:
    descr: Any
    fortran: bool
    shape: tuple[int, ...]
    offset: int


def read_npy(name: str, data: bytes, _reading: Reading) -> Table:
    """Return the columns of an NPY file: one for (n,), k for (n, k), the fields of records."""
    header = _read_header(name, data)
    if isinstance(header.descr, list):
        return _read_records(name, data, header)
    dtype = _readable_dtype(name, header.descr)
    shape, notes = _column_shape(name, header.shape)
    count = math.prod(shape)
    notes += _check_length(name, data, header.offset, count * dtype.itemsize)
    flat = np.frombuffer(data, dtype, count, header.offset)
    # Fortran order only matters when both axes are longer than one.
    grid = flat.reshape(shape[::-1]).T if header.fortran else flat.reshape(shape)
    return _of_grid(name, "NPY", grid, label="x", notes=notes)


def of_array(
    name: str,
    kind: str,
    array: NDArray[Any],
    *,
    label: str,
    sheets: tuple[str, ...] = (),
    notes: tuple[str, ...] = (),
) -> Table:
    """Return the columns of an array (n,) or (n, k) of real numbers from a file of some kind."""
    shape, more = _column_shape(name, array.shape)
    grid = array.reshape(shape)
    table = _of_grid(name, kind, grid, label=label, notes=[*notes, *more])
    return replace(table, sheets=sheets)


def _of_grid(name: str, kind: str, grid: NDArray[Any], *, label: str, notes: list[str]) -> Table:
    width = grid.shape[1]
    names = unique_names([label] if width == 1 else [f"column {j + 1}" for j in range(width)])
    columns = [_column(one, grid[:, j]) for j, one in enumerate(names)]
    return assemble(name, kind, columns=columns, left_out=[], notes=notes)


def _read_header(name: str, data: bytes) -> _Header:
    try:
        version, wide = data[6], data[6] > 1
        start = 12 if wide else 10
        length = int.from_bytes(data[8:start], "little")
        if version not in (1, 2, 3) or length > _MAX_HEADER or start + length > len(data):
            raise ValueError("header length")
        text = data[start : start + length].decode("utf-8" if version == 3 else "latin-1")
        if not _HEADER.fullmatch(text):
            raise ValueError("header text")
        fields = ast.literal_eval(text.strip())
        shape, fortran = fields["shape"], fields["fortran_order"]
        if not all(type(size) is int for size in shape) or type(fortran) is not bool:
            raise ValueError("header fields")
        return _Header(fields["descr"], fortran, tuple(shape), start + length)
    except (ValueError, SyntaxError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise TableError(
            f"{name} is damaged or truncated: its NPY header cannot be read; "
            "save the array again with numpy.save."
        ) from error


def _readable_dtype(name: str, descr: Any) -> np.dtype[Any]:
    kind = _kind(name, descr)
    if kind not in _READABLE:
        what = _REASONS.get(kind[0], f"numbers of type {kind}")
        raise TableError(
            f"{name} contains {what}, but real numbers are required: save it again as float64, "
            "for example numpy.save(file, array.astype(float))."
        )
    dtype: np.dtype[Any] = np.dtype(descr)
    return dtype


def _kind(name: str, descr: Any) -> str:
    """Return the type code without its byte order, as "f8"."""
    if isinstance(descr, str) and descr.lstrip("<>=|").startswith("O"):
        raise TableError(
            f"{name} contains Python objects (a pickle), which are not read for security: "
            "save numbers only, for example numpy.save(file, array.astype(float))."
        )
    match = _DTYPE.fullmatch(descr) if isinstance(descr, str) else None
    if match is None:
        raise TableError(
            f"{name} contains values of type {clean(repr(descr), 40)}, which cannot be read: "
            "save it again as float64."
        )
    return (match[1] + match[2]) if match[1] else match[3] + "8"


def _column_shape(name: str, shape: tuple[int, ...]) -> tuple[tuple[int, int], list[str]]:
    if len(shape) not in (1, 2):
        raise TableError(
            f"{name} has shape {clean(str(shape))}, which is neither (n,) for samples nor "
            "(n, k) for columns: reshape it before saving."
        )
    rows, columns = shape if len(shape) == 2 else (shape[0], 1)
    notes = []
    if rows == 1 and columns > 2:
        rows, columns = columns, 1
        notes.append("The file’s single row was read as one column.")
    check_size(name, rows, columns)
    return (rows, columns), notes


def _check_length(name: str, data: bytes, offset: int, needed: int) -> list[str]:
    """Raise if the file has fewer bytes than its header says; return a note if it has more."""
    there = len(data) - offset
    if there < needed:
        raise TableError(
            f"{name} is truncated: its header specifies {counted(needed, 'byte')} of data,"
            " but it has "
            f"{counted(there)}; save or upload it again."
        )
    return ["Only the first array in the file was read."] if there > needed else []


@dataclass(frozen=True)
class _Field:
    """One field of a record: its size and dtype, or the reason why it cannot be read."""

    name: str
    size: int
    dtype: np.dtype[Any] | None
    reason: str = ""


def _read_records(name: str, data: bytes, header: _Header) -> Table:
    if len(header.shape) != 1:
        raise TableError(
            f"{name} has records of shape {clean(str(header.shape))}: "
            "a 1-D array of records, (n,), is accepted."
        )
    fields = [_record_field(name, field) for field in header.descr]
    rows, itemsize = header.shape[0], sum(field.size for field in fields)
    check_size(name, rows, len(fields))
    notes = _check_length(name, data, header.offset, rows * itemsize)
    columns, left_out, position = [], [], header.offset
    for label, field in zip(unique_names([f.name for f in fields]), fields, strict=True):
        if field.dtype is not None:
            view: NDArray[Any] = np.ndarray(
                (rows,), field.dtype, data, offset=position, strides=(itemsize,)
            )
            columns.append(_column(label, view))
        elif field.name or field.reason != _REASONS["V"]:
            # Unnamed raw bytes are the padding of an aligned record and are not reported.
            left_out.append((label, field.reason))
        position += field.size
    return assemble(name, "NPY", columns=columns, left_out=left_out, notes=notes)


def _record_field(name: str, field: Any) -> _Field:
    """Return one field of a record; raise if the header is invalid."""
    if not isinstance(field, tuple) or len(field) not in (2, 3) or isinstance(field[1], list):
        raise TableError(f"{name} contains nested records, which cannot be read: save flat fields.")
    label = field[0][-1] if isinstance(field[0], tuple) and field[0] else field[0]
    kind = _kind(name, field[1])
    repeat = field[2] if len(field) == 3 else ()
    repeats = repeat if isinstance(repeat, tuple) else (repeat,)
    if not isinstance(label, str) or not all(type(size) is int for size in repeats):
        raise TableError(f"{name} is damaged: the fields of its records cannot be read.")
    size = int(kind[1:]) * (4 if kind[0] == "U" else 1) * math.prod(repeats)
    if kind in _READABLE and not repeats:
        return _Field(label, size, np.dtype(field[1]))
    reason = _REASONS.get(kind[0], f"numbers of type {kind}")
    return _Field(label, size, None, "several values per row" if repeats else reason)


def _column(label: str, values: NDArray[Any]) -> Column:
    # The conversion of a signalling NaN to float64 raises a warning.
    with np.errstate(invalid="ignore"):
        wide = values.astype(np.float64)
    return Column(label, wide, np.zeros(len(values), dtype=bool))
