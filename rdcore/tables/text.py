"""Delimited text in various encodings and dialects."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import replace

import numpy as np

from rdcore.errors import TableError
from rdcore.tables.cells import Origin, tabulate
from rdcore.tables.dialect import Dialect, detect, take_separator
from rdcore.tables.options import Reading
from rdcore.tables.table import Table, check_size
from rdcore.words import clean, counted

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x0b\x1a")) + b"\x7f"
# Error values of spreadsheets, such as #N/A, start a cell, not a comment.
_COMMENT = re.compile(r"^[ \t]*[#%](?!N/A|DIV/|REF!|VALUE!|NUM!|NAME\?)(.*)(?:\n|\Z)", re.MULTILINE)
_BLANKS = re.compile(r"[ \t]+")
_EDGES = re.compile(r"^ | $", re.MULTILINE)
_MAX_COMMENTS = 10_000
_MAX_RAGGED = 100_000
# Pairs of bytes that are looked at for UTF-16 without a mark.
_PAIRS = 2000


def is_binary(data: bytes) -> bool:
    """Whether the bytes are not text: null bytes without a UTF-16 mark, or control characters."""
    if encoding(data):
        return False
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" in data or controls > 0.01 * len(data)


def encoding(data: bytes) -> str:
    """Return the encoding of some bytes: by their mark, or that of UTF-16 without one; else ""."""
    for bom, code in _BOMS:
        if data.startswith(bom):
            return code
    head = data[: 2 * _PAIRS]
    for start, code in ((1, "utf-16-le"), (0, "utf-16-be")):
        # Of Latin letters, digits and marks, one byte in two is zero.
        zeros, others = head[start::2].count(0), head[1 - start :: 2].count(0)
        if len(head) > 3 and len(data) % 2 == 0 and not others and 2 * zeros > len(head) // 2:
            return code
    return ""


def read_text(name: str, data: bytes, reading: Reading) -> Table:
    """Return the columns of a delimited text in which at least half of the cells are numbers."""
    body, notes = decode(name, data)
    body, separator = take_separator(body)
    if separator and not reading.delimiter:
        reading = replace(reading, delimiter=separator)
    body, comment = _without_comments(body)
    if not body:
        raise TableError(
            f"{name} has only blank lines or comments: one number per line is accepted."
        )
    if body[:200].lstrip().lower().startswith(("<!doctype", "<html", "<?xml", "<svg")):
        raise TableError(f"{name} is a web page or XML, not a table: save the numbers as CSV.")
    dialect = detect(body, reading, comment=comment)
    body, dialect, more = _unrolled(body, dialect)
    if dialect.header.titles:
        more.append(f"{counted(dialect.header.titles, 'line')} before the header skipped.")
    body = _after_lines(body, dialect.header.skip)
    if not body:
        words = clean(", ".join(filter(None, dialect.header.names))) or "blank"
        raise TableError(f"{name} has a header ({words}) but no rows of numbers below it.")
    columns, ragged = _columns(name, body, dialect)
    origin = Origin(name, "CSV", tuple(notes + more), dialect.open, ragged, dialect.delimiter)
    return tabulate(origin, dialect.header, columns, reading)


def decode(name: str, data: bytes) -> tuple[str, list[str]]:
    """Return the text of some bytes, and notes."""
    notes = []
    code = encoding(data)
    try:
        body = data.decode(code or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if code:
            raise TableError(
                f"{name} is damaged: it is marked as {code.upper()} but is not; "
                "save it again as UTF-8."
            ) from error
        body, other = _western(data)
        notes.append(f"The text is not UTF-8 and was read as {other}.")
    if "\0" in body:
        raise TableError(f"{name} contains null bytes, so it is not text: save it again as UTF-8.")
    # Old line ends, the end-of-file mark of DOS, and the typographic minus sign.
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\u2212", "-")
    return body.strip("\n\x1a\f\x0b"), notes


def _western(data: bytes) -> tuple[str, str]:
    """Return the text of bytes that are not UTF-8, and the name of its encoding."""
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return data.decode("latin-1"), "Latin-1"


def _without_comments(body: str) -> tuple[str, str]:
    """Return the text without comment lines, and the last comment above the data."""
    comment = ""
    if "#" in body or "%" in body:
        position = 0
        for _ in range(_MAX_COMMENTS):
            match = _COMMENT.match(body, position)
            if match is None:
                break
            comment, position = match[1].strip(), match.end()
        body = _COMMENT.sub("", body)
    return _without_blank_ends(body), comment


def _without_blank_ends(body: str) -> str:
    """Return the text from its first to its last line that is not blank."""
    tail = body.find("\n", len(body.rstrip()))
    body = body[:tail] if tail >= 0 else body
    start = body.lstrip()
    return body[body.rfind("\n", 0, len(body) - len(start)) + 1 :] if start else ""


def _after_lines(body: str, count: int) -> str:
    position = 0
    for _ in range(count):
        end = body.find("\n", position)
        if end < 0:
            return ""
        position = end + 1
    return body[position:]


def _unrolled(body: str, dialect: Dialect) -> tuple[str, Dialect, list[str]]:
    """Return one long row of numbers as a column, and any other text as it is."""
    header = dialect.header
    if "\n" in body or '"' in body or len(header.names) < 3 or header.skip:
        return body, dialect, []
    mark = dialect.delimiter
    column = _BLANKS.sub("\n", body) if mark == " " else body.replace(mark, "\n")
    alone = replace(dialect, delimiter="", header=header.with_names([""]), quoted=False)
    return column, alone, ["The file’s single row was read as one column."]


def _columns(name: str, body: str, dialect: Dialect) -> tuple[list[list[str]], int]:
    """Return the text of every cell by columns, and the number of dropped rows."""
    width = len(dialect.header.names)
    if dialect.delimiter == " ":
        body = _EDGES.sub("", _BLANKS.sub(" ", body))
    check_size(name, body.count("\n") + 1, width)
    if width == 1 and not dialect.delimiter:
        return [body.split("\n")], 0
    # A short row lacks its last cells; between blanks it may lack any.
    pads = dialect.delimiter != " "
    if dialect.quoted and '"' in body:
        columns, ragged = _quoted_columns(name, body, dialect.delimiter, width)
    elif _is_regular(body, dialect.delimiter, width):
        # Without quotes the text can be cut at once, which is several times faster.
        cells = body.replace("\n", dialect.delimiter).split(dialect.delimiter)
        return [cells[j::width] for j in range(width)], 0
    else:
        mark = dialect.delimiter
        lines = [line for line in body.split("\n") if line]
        missing = [width - 1 - line.count(mark) for line in lines]
        regular = lines
        if any(missing):
            pairs = zip(lines, missing, strict=True)
            regular = [
                line + mark * short for line, short in pairs if short == 0 or (pads and short > 0)
            ]
        ragged = len(lines) - len(regular)
        cells = mark.join(regular).split(mark)
        columns = [cells[j::width] for j in range(width)] if regular else []
    if ragged > _MAX_RAGGED or not columns:
        raise TableError(
            f"{name} cannot be split into {counted(width, 'column')}: "
            "every row must have the same number of fields."
        )
    return columns, ragged


def _is_regular(body: str, mark: str, width: int) -> bool:
    """Whether each line has the same number of cells, and none is blank."""
    found = np.frombuffer(body.encode(), np.uint8)
    ends = np.append(np.flatnonzero(found == ord("\n")), len(found))
    marks = np.searchsorted(np.flatnonzero(found == ord(mark)), ends)
    return width > 1 and bool((np.diff(marks, prepend=0) == width - 1).all())


def _quoted_columns(
    name: str, body: str, delimiter: str, width: int
) -> tuple[list[list[str]], int]:
    """Return the cells by columns, and the number of rows with too many fields."""
    flat: list[str] = []
    ragged = 0
    try:
        for row in csv.reader(io.StringIO(body, newline=""), delimiter=delimiter):
            if len(row) == width:
                flat += row
            elif row and len(row) < width and delimiter != " ":
                flat += row + [""] * (width - len(row))
            elif row:
                ragged += 1
    except csv.Error as error:
        raise TableError(
            f'{name} has a quote (") that is not closed: check the quotes, or remove them.'
        ) from error
    return ([flat[j::width] for j in range(width)] if flat else []), ragged
