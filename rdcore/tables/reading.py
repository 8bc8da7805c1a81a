"""Detects the format of some bytes from their content, and reads them as a table."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import replace

from rdcore.errors import RDError, TableError
from rdcore.tables import audio, matlab, npy, parquet, records, text, workbook
from rdcore.tables.limits import MAX_BYTES, MAX_UNPACKED
from rdcore.tables.options import Reading
from rdcore.tables.table import Table
from rdcore.words import clean

AUTOMATIC = Reading()
"""The content of the file decides everything."""
_GZIP = b"\x1f\x8b"

_ENDINGS = {"csv": "CSV", "tsv": "CSV", "txt": "CSV", "dat": "CSV"}
_ENDINGS |= {"parquet": "Parquet", "pq": "Parquet", "npy": "NPY", "json": "JSON", "wav": "WAV"}
_ENDINGS |= {"xlsx": "Excel", "xlsm": "Excel", "mat": "MATLAB"}
_ACCEPTED = "CSV, Excel, Parquet, NPY, JSON, MATLAB or WAV"

# First bytes of other file formats, and how to convert such a file.
_OTHER_FORMATS: tuple[tuple[bytes, str], ...] = (
    (b"\xfd7zXZ\x00", "an xz archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first"),
    (b"\x89PNG\r\n", "a PNG image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"\xff\xd8\xff", "a JPEG image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"GIF8", "a GIF image, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"%PDF-", "a PDF document, not a table: save the numbers as CSV, Parquet or NPY"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save the sheet as .xlsx or CSV"),
    (
        b"\x89HDF\r\n",
        "an HDF5 file, as MATLAB 7.3 writes: save one array with numpy.save, or with -v7",
    ),
    (b"ARROW1", "an Arrow or Feather file: save it as Parquet"),
    (b"SQLite format 3", "an SQLite database: save the table as CSV"),
    *(
        (b"\x80" + version, "a Python pickle, which is not read for security: use numpy.save")
        for version in (b"\x02", b"\x03", b"\x04", b"\x05")
    ),
)


def digest(data: bytes) -> str:
    r"""Return the first 32 hex characters of the SHA-256 hash, which identify `data`.

    Parameters
    ----------
    data : bytes
        The content of a file.

    Returns
    -------
    str
        32 hexadecimal digits.

    Examples
    --------
    >>> digest(b"x\n1\n")
    'daff832f802000e645771a60983c76c9'
    """
    return hashlib.sha256(data).hexdigest()[:32]


def read_table(name: str, data: bytes, reading: Reading = AUTOMATIC) -> Table:
    r"""Return the columns of numbers in a file of the user.

    Parameters
    ----------
    name : str
        The file name; its extension matters only if the content does not determine the format.
    data : bytes
        The file's content, at most `MAX_BYTES` long.
    reading : Reading
        What the user decides about how the file is read.

    Returns
    -------
    Table
        The columns, and how the file was read.

    Raises
    ------
    TableError
        For all content without a usable column.
    MissingExtraError
        If a workbook or a Parquet file needs the extra `tables`.

    Examples
    --------
    >>> read_table("log.csv", b"temp [K];status\n280,5;ok\n281,5;ok\n").names
    ('temp [K]',)
    """
    label = clean(name) or "The file"
    _check_bytes(label, data)
    try:
        content = _unpacked(label, data)
        table = _reader(label, content)(label, content, reading)
    except RDError:
        raise
    # The bytes are untrusted: any error of a parser becomes one sentence for the user.
    except Exception as error:
        raise TableError(
            f"{label} cannot be read: save the numbers again as {_ACCEPTED}."
        ) from error
    expected = _ENDINGS.get(_ending(label))
    if expected in (None, table.format):
        return table
    note = f"{label} has the extension of {_an(expected)} file but is {_an(table.format)} file."
    return replace(table, notes=(note, *table.notes))


def _an(kind: str | None) -> str:
    return f"an {kind}" if kind in ("NPY", "Excel") else f"a {kind}"


def _ending(label: str) -> str:
    stem = label.lower().removesuffix(".gz")
    return stem.rpartition(".")[2] if "." in stem else ""


def _check_bytes(label: str, data: bytes) -> None:
    if not data:
        raise TableError(f"{label} is empty: choose a file with at least two different numbers.")
    if len(data) > MAX_BYTES:
        raise TableError(
            f"{label} has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} MB are "
            "accepted: keep fewer rows or columns, or save it as Parquet."
        )


def _unpacked(label: str, data: bytes) -> bytes:
    """Return the content of a gzip archive, and any other bytes as they are."""
    if not data.startswith(_GZIP):
        return data
    pieces, left, size = [], data, 0
    while left.startswith(_GZIP):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            piece = unpacker.decompress(left, MAX_UNPACKED - size + 1)
        except zlib.error as error:
            raise TableError(
                f"{label} is damaged: it cannot be unpacked; save or upload it again."
            ) from error
        size += len(piece)
        if size > MAX_UNPACKED:
            raise TableError(
                f"{label} unpacks to more than {MAX_UNPACKED // 2**20} MB: keep fewer rows."
            )
        if not unpacker.eof:
            raise TableError(f"{label} is truncated: save or upload it again.")
        pieces.append(piece)
        left = unpacker.unused_data
    content = b"".join(pieces)
    if not content or content.startswith(_GZIP):
        raise TableError(f"{label} has no table in it: pack one CSV file.")
    return content


def _reader(label: str, data: bytes) -> Callable[[str, bytes, Reading], Table]:
    if data.startswith(npy.MAGIC):
        return npy.read_npy
    if data.startswith(parquet.MAGIC):
        return parquet.read_parquet
    if data.startswith(matlab.MAGIC):
        return matlab.read_matlab
    if audio.is_wav(data):
        return audio.read_wav
    if data.startswith(b"PK\x03\x04"):
        if workbook.is_workbook(data):
            return workbook.read_workbook
        raise TableError(f"{label} is {_zip_kind(data)}.")
    if data.startswith(b"BZh") and data[4:10] == b"1AY&SY":
        raise TableError(f"{label} is a bzip2 archive: unpack it first.")
    for magic, what in _OTHER_FORMATS:
        if data.startswith(magic):
            raise TableError(f"{label} is {what}.")
    if text.is_binary(data):
        raise TableError(_junk(label))
    if records.is_json(data):
        return records.read_json
    return text.read_text


def _zip_kind(data: bytes) -> str:
    if b"[Content_Types].xml" in data:
        return "an Office document, not a workbook: save the table as .xlsx or CSV"
    if b".npy" in data:
        return "an NPZ archive: save one array with numpy.save"
    return "a ZIP archive: unpack it first"


def _junk(label: str) -> str:
    expected = _ENDINGS.get(_ending(label))
    if expected not in (None, "CSV", "JSON"):
        return f"{label} is not {_an(expected)} file: save or upload it again."
    return f"{label} is not a text file of numbers: save it as CSV in UTF-8, as Parquet or as NPY."
