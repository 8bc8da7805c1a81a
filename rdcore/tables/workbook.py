"""Workbooks: one sheet of an .xlsx file, read by calamine."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from itertools import chain
from typing import Any

from rdcore._extras import require
from rdcore.errors import TableError
from rdcore.tables.cells import Origin, tabulate
from rdcore.tables.header import find
from rdcore.tables.limits import MAX_UNPACKED
from rdcore.tables.numerals import exact, is_number
from rdcore.tables.options import Reading
from rdcore.tables.table import Table, check_size
from rdcore.words import clean, counted, listed

_SAMPLE = 200


def is_workbook(data: bytes) -> bool:
    """Whether a ZIP archive is a workbook."""
    return b"xl/workbook" in data


def read_workbook(name: str, data: bytes, reading: Reading) -> Table:
    """Return the columns of one sheet: the one that is asked for, or the first with numbers.

    The unpacked size is read from the archive's directory before anything is unpacked.
    """
    require("read_table of a workbook", "python_calamine")
    _check_archive(name, data)
    rows, sheet, sheets = _rows(name, data, reading.sheet)
    rows = [row for row in rows if any(row)]
    width = max(map(len, rows), default=0)
    check_size(name, len(rows), width)
    rows = [row + [""] * (width - len(row)) for row in rows]
    # Empty columns at the left of the table are not part of it.
    filled = [j for j in range(width) if any(row[j] for row in rows)]
    rows = [[row[j] for j in filled] for row in rows]
    header = find(rows[:_SAMPLE], reading.header)
    body = rows[header.skip :]
    if not body:
        raise TableError(f"{name} has a header but no rows of numbers below it.")
    notes = [f"Sheet “{clean(sheet)}”." if len(sheets) > 1 else ""]
    if header.titles:
        notes.append(f"{counted(header.titles, 'row')} before the header skipped.")
    told = tuple(filter(None, notes))
    origin = Origin(name, "Excel", told, header.open, sheets=tuple(sheets))
    return tabulate(origin, header, list(zip(*body, strict=True)), reading)


def _check_archive(name: str, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        raise TableError(
            f"{name} is damaged or truncated: it cannot be unpacked; save or upload it again."
        ) from error
    if size > MAX_UNPACKED:
        raise TableError(
            f"{name} unpacks to {counted(size // 2**20)} MB, and at most {MAX_UNPACKED // 2**20}"
            " MB are accepted: keep fewer rows or sheets, or save one sheet as CSV."
        )


def _rows(name: str, data: bytes, asked: str) -> tuple[list[list[str]], str, list[str]]:
    """Return the cells of a sheet as text, its name, and the names of all sheets."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = list(book.sheet_names)
        if asked and asked not in sheets:
            raise TableError(
                f"{name} has no sheet “{clean(asked)}”: there are {listed(sheets, 8)}."
            )
        first: tuple[list[list[str]], str] | None = None
        for sheet in [asked] if asked else sheets:
            cells = book.get_sheet_by_name(sheet).to_python(skip_empty_area=True)
            rows = [[_text(cell) for cell in row] for row in cells]
            # A sheet of remarks may stand before that of the numbers.
            if asked or (len(rows) > 1 and any(map(is_number, chain.from_iterable(rows[1:])))):
                return rows, sheet, sheets
            first = first or ((rows, sheet) if len(rows) > 1 else None)
        if first:
            return *first, sheets
    except CalamineError as error:
        raise TableError(
            f"{name} cannot be read as a workbook ({clean(str(error), 60)}): save it again as"
            " .xlsx, or one sheet as CSV."
        ) from error
    raise TableError(f"{name} has no sheet with two rows: a header and numbers below it.")


def _text(cell: Any) -> str:
    """Return the text of a cell; a number keeps every digit."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return exact(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return str(cell.date())
    return str(cell)
