"""Sample files for the tests of tables, as bytes, written by the libraries that users save with."""

from __future__ import annotations

import base64
import gzip
import io
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import scipy.io

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


def gzipped(data: bytes) -> bytes:
    """Return the data packed by gzip."""
    return gzip.compress(data, mtime=0)


def matlab(variables: dict[str, Any], *, compressed: bool = True) -> bytes:
    """Return a MATLAB file of version 5."""
    out = io.BytesIO()
    scipy.io.savemat(out, variables, do_compression=compressed)
    return out.getvalue()


def wav(samples: np.ndarray, rate: int = 8000) -> bytes:
    """Return a WAV file of samples (n,) or (n, channels)."""
    out = io.BytesIO()
    scipy.io.wavfile.write(out, rate, samples)
    return out.getvalue()


_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEETS = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: dict[str, list[list[Any]]], *, padding: int = 0) -> bytes:
    """Return an .xlsx file with the rows of each sheet, and as many bytes of padding."""
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    names = list(sheets)
    types = "".join(
        f'<Override PartName="/xl/worksheets/sheet{k}.xml" ContentType="application/vnd.openxml'
        'formats-officedocument.spreadsheetml.worksheet+xml"/>'
        for k in range(len(names))
    )
    parts = {
        "[Content_Types].xml": f'{head}<Types xmlns="{_PACKAGE}/content-types"><Default Extension='
        '"rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override'
        ' PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument'
        f'.spreadsheetml.sheet.main+xml"/>{types}</Types>',
        "_rels/.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships"><Relationship'
        f' Id="r" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{head}<workbook xmlns="{_SHEETS}" xmlns:r="{_RELATIONS}"><sheets>'
        + "".join(
            f'<sheet name="{name}" sheetId="{k + 1}" r:id="s{k}"/>' for k, name in enumerate(names)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{head}<Relationships xmlns="{_PACKAGE}/relationships">'
        + "".join(
            f'<Relationship Id="s{k}" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet{k}'
            '.xml"/>'
            for k in range(len(names))
        )
        + "</Relationships>",
    }
    for k, rows in enumerate(sheets.values()):
        body = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
        parts[f"xl/worksheets/sheet{k}.xml"] = (
            f'{head}<worksheet xmlns="{_SHEETS}"><sheetData>{body}</sheetData></worksheet>'
        )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)
        if padding:
            archive.writestr("padding", bytes(padding))
    return out.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c><v>{value!r}</v></c>"
