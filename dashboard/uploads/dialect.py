"""The CSV dialect of a text, detected from its first lines: delimiter, decimal mark, header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

SAMPLE = 2**16
_MAX_LINES = 200
_MAX_TITLE_LINES = 20

# The order decides ties. A blank means any run of spaces and tabs.
DELIMITERS = (",", ";", "\t", "|", " ")
MISSING = ("", "na", "n/a", "#n/a", "null", "none", "-", "?", ".")

_EXPONENT = r"(?:[eE][+-]?\d{1,5})?"
PLAIN = {
    ".": rf"^[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}$",
    ",": rf"^[+-]?(?:\d+,?\d*|,\d+){_EXPONENT}$",
}
# Thousands separators: comma or point, a blank (plain, no-break, narrow no-break), an apostrophe.
GROUPED = {
    ".": "^[+-]?\\d{1,3}(?:[, \u00a0\u202f'’]\\d{3})+(?:\\.\\d*)?$",
    ",": "^[+-]?\\d{1,3}(?:[. \u00a0\u202f'’]\\d{3})+(?:,\\d*)?$",
}
NOT_FINITE = r"^(?i:[+-]?(?:nan|inf|infinity))$"

_PLAIN = {mark: re.compile(pattern, re.ASCII) for mark, pattern in PLAIN.items()}
_GROUPED = {mark: re.compile(pattern, re.ASCII) for mark, pattern in GROUPED.items()}
_NOT_FINITE = re.compile(NOT_FINITE)
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+", re.ASCII)
_COMMA_ZERO = re.compile(r",0\d", re.ASCII)
_COMMA_DECIMAL = re.compile(r"[+-]?\d+,\d+", re.ASCII)


@dataclass(frozen=True)
class Dialect:
    """The format of rows and cells in a text.

    Parameters
    ----------
    delimiter : str
        One of `DELIMITERS`, or "" for one cell per line.
    decimal : str
        "." or ",".
    names : tuple of str
        One per column; "" for a column without a name.
    skip : int
        Lines before the first row of data.
    quoted : bool
        Whether double quotes enclose cells.
    titles : int
        Number of skipped lines that were read as a title.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    skip: int = 0
    quoted: bool = True
    titles: int = 0


@dataclass(frozen=True)
class _Row:
    """One row of the sample, and the number of lines up to its end."""

    cells: list[str]
    end: int


def is_number(cell: str, decimal: str) -> bool:
    """Whether `cell` is a number, including infinities and NaN."""
    cell = cell.strip()
    patterns = (_PLAIN[decimal], _GROUPED[decimal], _NOT_FINITE)
    return any(pattern.match(cell) for pattern in patterns)


def is_missing(cell: str) -> bool:
    """Whether `cell` is one of the usual marks of a missing value."""
    return cell.strip().lower() in MISSING


def detect(text: str, *, comment: str = "") -> Dialect:
    """Return the dialect of `text`; the last `comment` above the data may name the columns."""
    quoted = text.count('"') % 2 == 0
    lines = _sample(text)
    single = _single_column(lines)
    if single is not None:
        return single
    delimiter = max(DELIMITERS, key=lambda mark: _score(_rows(lines, mark, quoted)))
    rows = _rows(lines, delimiter, quoted)
    if _score(rows) <= 0:
        delimiter, rows = "", [_Row([line], k + 1) for k, line in enumerate(lines) if line.strip()]
    rows = rows or [_Row([lines[0]], 1)]
    decimal = _decimal([row.cells for row in rows[1:] or rows], delimiter)
    return _with_header(rows, Dialect(delimiter, decimal, (), quoted=quoted), comment)


def _sample(text: str) -> list[str]:
    """Return the first lines; the last one is complete unless it is the only one."""
    head = text[:SAMPLE]
    if len(text) > SAMPLE and "\n" in head:
        head = head[: head.rindex("\n")]
    return head.split("\n")[:_MAX_LINES]


def _single_column(lines: list[str]) -> Dialect | None:
    """Return the dialect of one column of numbers that contain commas, else None.

    Either the column has one name, or a zero after a comma shows that no number starts there.
    """
    body = [line.strip() for line in lines if line.strip()]
    header = body[0] if body else ""
    named = not any(mark in header for mark in DELIMITERS) and not is_number(header, ".")
    body = body[named:]
    if not any("," in line if named else _COMMA_ZERO.search(line) for line in body):
        return None
    for decimal, pattern in ((".", _COMMA_THOUSANDS), (",", _COMMA_DECIMAL)):
        if all(pattern.fullmatch(line) or line.isdigit() for line in body):
            return Dialect("", decimal, (header.strip('"') if named else "",), int(named))
    return None


def _rows(lines: list[str], delimiter: str, quoted: bool) -> list[_Row]:
    cut = [" ".join(line.split()) for line in lines] if delimiter == " " else lines
    reader = csv.reader(
        (line + "\n" for line in cut),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    try:
        return [_Row(cells, reader.line_num) for cells in reader if cells]
    except csv.Error:
        return []


def _width(rows: list[_Row]) -> int:
    """Return the most frequent number of cells; ties go to the larger one."""
    counts = Counter(len(row.cells) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _score(rows: list[_Row]) -> float:
    """Return a score of a delimiter: rows of equal width, cells that are numbers."""
    body = rows[1:] or rows
    width = _width(body)
    if width < 2:
        return 0.0
    regular = [row.cells for row in body if len(row.cells) == width]
    share = sum(len(row.cells) == width for row in rows) / len(rows)
    cells = [cell for row in regular for cell in row if not is_missing(cell)]
    numbers = max(sum(is_number(cell, mark) for cell in cells) for mark in ".,")
    return share * (0.05 + numbers / max(1, len(cells)))


def _decimal(rows: list[list[str]], delimiter: str) -> str:
    """Return the decimal mark for which more cells are numbers; plain numbers count first."""
    cells = [cell.strip() for row in rows for cell in row]
    with_comma = [cell for cell in cells if "," in cell]
    if delimiter != ";" and all(_COMMA_THOUSANDS.fullmatch(cell) for cell in with_comma):
        return "."

    def evidence(mark: str) -> tuple[int, int]:
        plain = sum(_PLAIN[mark].match(cell) is not None for cell in cells)
        return plain, sum(_GROUPED[mark].match(cell) is not None for cell in cells)

    return max(".,", key=evidence)


def _with_header(rows: list[_Row], dialect: Dialect, comment: str) -> Dialect:
    """Return `dialect` with its names and the number of lines to skip."""
    width = max(1, _width(rows[1:] or rows))
    start = _title_rows(rows, width)
    first, body = rows[start], [row.cells for row in rows[start + 1 :] if len(row.cells) == width]
    names = _header_names(first.cells, body, width, dialect.decimal)
    skip = first.end if names else (rows[start - 1].end if start else 0)
    if names is None:
        words = comment.split(dialect.delimiter.strip() or None)
        named = len(words) == width and not any(is_number(word, ".") for word in words)
        names = words if named else [""] * width
    return Dialect(
        dialect.delimiter,
        dialect.decimal,
        tuple(name.strip().strip('"') for name in names),
        skip,
        dialect.quoted,
        start,
    )


def _title_rows(rows: list[_Row], width: int) -> int:
    """Return the number of rows to skip before the first possible header or data row."""
    for k, row in enumerate(rows[:-1][:_MAX_TITLE_LINES]):
        if _fits(row.cells, width) is not None or (k == 0 and len(row.cells) == width - 1 > 1):
            return k
    return 0


def _fits(cells: list[str], width: int) -> list[str] | None:
    """Return the first `width` cells if the others are blank, else None."""
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return None
    return cells[:width]


def _header_names(
    first: list[str], body: list[list[str]], width: int, decimal: str
) -> list[str] | None:
    """Return the column names in the first row, or None if it is data."""
    numbers = [cell.strip() for cell in first if is_number(cell, decimal)]
    if numbers and (first[0].strip() or not all(number.isdigit() for number in numbers)):
        return None
    cells = _fits(first, width)
    if cells is None:
        if len(first) != width - 1 or any(is_number(cell, decimal) for cell in first):
            return None
        # After a trailing delimiter the last cells are blank; a column of row names has no name.
        trailing = all(not row[-1].strip() for row in body)
        return [*first, ""] if trailing else ["row", *first]
    if not body:
        text = [cell for cell in cells if not is_missing(cell)]
        return cells if text and not any(is_number(cell, decimal) for cell in text) else None
    if not cells[0].strip() and width > 1 and all(row[0].strip() for row in body):
        return cells
    named = any(_names_numbers(cells[j], [row[j] for row in body], decimal) for j in range(width))
    unlike = not any(is_number(cell, decimal) or is_missing(cell) for cell in cells)
    return cells if named or unlike else None


def _names_numbers(name: str, column: list[str], decimal: str) -> bool:
    """Whether `name` is text above a column of numbers."""
    if is_missing(name) or is_number(name, decimal):
        return False
    there = [cell for cell in column if not is_missing(cell)]
    return 2 * sum(is_number(cell, decimal) for cell in there) > len(there)
