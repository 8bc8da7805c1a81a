"""Detects the format of some bytes from their content, and reads them as a table."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

from dashboard.formatting import clean
from dashboard.uploads import npy, parquet, text
from dashboard.uploads.limits import MAX_BYTES, UploadError
from dashboard.uploads.tables import Table

_ENDINGS = {"csv": "CSV", "tsv": "CSV", "txt": "CSV", "dat": "CSV"}
_ENDINGS |= {"parquet": "Parquet", "pq": "Parquet", "npy": "NPY"}

# First bytes of other file formats, and how to convert such a file.
_OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"\x89PNG\r\n", "a PNG image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"\xff\xd8\xff", "a JPEG image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"GIF8", "a GIF image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"%PDF-", "a PDF document, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save the sheet as CSV"),
    (b"\x89HDF\r\n", "an HDF5 file: save one array with numpy.save"),
    (b"MATLAB 5.0 MAT", "a MATLAB file: save one array as CSV"),
    (b"ARROW1", "an Arrow or Feather file: save it as Parquet"),
    (b"SQLite format 3", "an SQLite database: save the table as CSV"),
    (
        b"\x80\x02",
        "a Python pickle, which is not read for security: save the array with numpy.save",
    ),
    (
        b"\x80\x03",
        "a Python pickle, which is not read for security: save the array with numpy.save",
    ),
    (
        b"\x80\x04",
        "a Python pickle, which is not read for security: save the array with numpy.save",
    ),
    (
        b"\x80\x05",
        "a Python pickle, which is not read for security: save the array with numpy.save",
    ),
)


def digest(data: bytes) -> str:
    """Return the first 32 hex characters of the SHA-256 hash, which identify `data`."""
    return hashlib.sha256(data).hexdigest()[:32]


def read_table(name: str, data: bytes) -> Table:
    """Return the columns of numbers in an uploaded file.

    Parameters
    ----------
    name : str
        The file name; its extension matters only if the content does not determine the format.
    data : bytes
        The file's content, at most `MAX_BYTES` long.

    Raises
    ------
    UploadError
        For all content without a usable column; no other exception is raised.
    """
    label = clean(name) or "The file"
    _check_bytes(label, data)
    try:
        table = _reader(label, data)(label, data)
    except UploadError:
        raise
    # The bytes are untrusted: any error of a parser becomes one sentence for the user.
    except Exception as error:
        raise UploadError(
            f"{label} cannot be read: save the numbers again as CSV, Parquet or NPY."
        ) from error
    expected = _ENDINGS.get(_ending(label))
    if expected in (None, table.format):
        return table
    note = f"{label} has the extension of {_an(expected)} file but is {_an(table.format)} file."
    return replace(table, notes=(note, *table.notes))


def _an(kind: str | None) -> str:
    return f"an {kind}" if kind == "NPY" else f"a {kind}"


def _ending(label: str) -> str:
    return label.rpartition(".")[2].lower() if "." in label else ""


def _check_bytes(label: str, data: bytes) -> None:
    if not data:
        raise UploadError(f"{label} is empty: choose a file with at least two different numbers.")
    if len(data) > MAX_BYTES:
        raise UploadError(
            f"{label} has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are "
            "accepted: keep fewer rows or columns, or save it as Parquet."
        )


def _reader(label: str, data: bytes) -> Callable[[str, bytes], Table]:
    if data.startswith(npy.MAGIC):
        return npy.read_npy
    if data.startswith(parquet.MAGIC):
        return parquet.read_parquet
    if data.startswith(b"PK\x03\x04"):
        raise UploadError(f"{label} is {_zip_kind(data)}.")
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        raise UploadError(f"{label} is a bzip2 archive: unpack it first.")
    for magic, what in _OTHER_FORMATS:
        if data.startswith(magic):
            raise UploadError(f"{label} is {what}.")
    if text.is_binary(data):
        raise UploadError(_junk(label))
    return text.read_text


def _zip_kind(data: bytes) -> str:
    if b"xl/" in data or b"[Content_Types].xml" in data:
        return "an Excel workbook or Office document: save the sheet as CSV"
    if b".npy" in data:
        return "an NPZ archive: save one array with numpy.save"
    return "a ZIP archive: unpack it first"


def _junk(label: str) -> str:
    expected = _ENDINGS.get(_ending(label))
    if expected in ("Parquet", "NPY"):
        return f"{label} is not {_an(expected)} file: save or upload it again."
    return f"{label} is not a text file of numbers: save it as CSV in UTF-8, as Parquet or as NPY."
