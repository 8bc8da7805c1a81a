"""The CSV dialect of a text, detected from its first lines: delimiter and header."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass

from rdcore.tables import affixes
from rdcore.tables.header import Header, find
from rdcore.tables.numerals import is_missing, is_number
from rdcore.tables.options import DELIMITERS, ONE_COLUMN, Reading

SAMPLE = 2**16
_MAX_LINES = 200

# The order of DELIMITERS decides ties, so a blank comes last.
_STRONG = frozenset(DELIMITERS) - {" "}
_SEP = re.compile(r'"?sep=(\\t|.)"?[ \t;,]*(?:\n|\Z)', re.IGNORECASE)
_SURE, _POSSIBLE = "sure", "possible"
_ALL_QUOTED = re.compile(r'"[^"]*"(?:[,;|\t ]+"[^"]*")+')
_BLANKS = re.compile(r"[ \t]+")
_COMMA_ZERO = re.compile(r",0\d", re.ASCII)
# What a number weighs against a cell that is only not torn: between 0 and 1.
_NUMBER_BONUS = 0.5
# Fewer rows of equal width than this are text, not a table.
_LEAST_REGULAR = 0.5
# What a blank is worth where another delimiter explains every cell.
_BLANK_DISCOUNT = 0.5


@dataclass(frozen=True)
class Dialect:
    """The format of rows and cells in a text.

    Parameters
    ----------
    delimiter : str
        One of `DELIMITERS`, or "" for one cell per line.
    header : Header
        The names of the columns, and the lines before the first row of data.
    quoted : bool
        Whether double quotes enclose cells.
    open : tuple of str
        What nothing in the text decides, and what was taken.
    """

    delimiter: str
    header: Header
    quoted: bool = True
    open: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    """One row of the sample, and the number of lines up to its end."""

    cells: list[str]
    end: int


def take_separator(text: str) -> tuple[str, str]:
    """Return the text without a first line such as "sep=;", and the delimiter that it names."""
    match = _SEP.match(text)
    mark = match[1].replace("\\t", "\t") if match else ""
    if match is None or mark not in DELIMITERS:
        return text, ""
    return text[match.end() :], mark


def detect(text: str, reading: Reading, *, comment: str = "") -> Dialect:
    """Return the dialect of `text`; the last `comment` above the data may name the columns."""
    quoted = text.count('"') % 2 == 0
    lines = _sample(text)
    delimiter, undecided = _delimiter(lines, reading.delimiter, quoted)
    if delimiter:
        rows = _rows(lines, delimiter, quoted)
    else:
        cells = [line.strip().strip('"') for line in lines]
        rows = [_Line([cell], k + 1) for k, cell in enumerate(cells) if lines[k].strip()]
    rows = rows or [_Line([lines[0]], 1)]
    asked = reading.header or ("yes" if delimiter and _is_quoted_header(lines) else "")
    header = find([row.cells for row in rows], asked)
    words = comment.split(delimiter.strip() or None)
    if not header.named and len(words) == len(header.names) and not any(map(is_number, words)):
        header = header.with_names(words)
    skip = header.skip
    return Dialect(
        delimiter,
        header.after(rows[skip - 1].end if skip else 0),
        quoted=quoted and bool(delimiter),
        open=(*undecided, *header.open),
    )


def _delimiter(lines: list[str], asked: str, quoted: bool) -> tuple[str, tuple[str, ...]]:
    """Return the delimiter, and a note if nothing decides."""
    if asked:
        return ("" if asked == ONE_COLUMN else asked), ()
    alone = _single_column(lines)
    if alone == _SURE:
        return "", ()
    scores = {mark: _score(_rows(lines, mark, quoted), mark) for mark in DELIMITERS}
    best = max(DELIMITERS, key=lambda mark: scores[mark][0])
    if best == " " and any(sure for mark, (_, sure) in scores.items() if mark in _STRONG):
        scores[" "] = scores[" "][0] * _BLANK_DISCOUNT, False
        best = max(DELIMITERS, key=lambda mark: scores[mark][0])
    if scores[best][0] <= 0 or (alone and scores[best][0] < 1 + _NUMBER_BONUS):
        return "", ()
    if alone and best in ", ":
        example = next(line.strip() for line in lines if line.strip())[:20]
        names = {",": "commas", " ": "blanks"}
        sentence = (
            f"Each line was read as cells between {names[best]}; “{example}” could also be one"
            " number: choose one column as delimiter for that."
        )
        return best, (sentence,)
    return best, ()


def _is_quoted_header(lines: list[str]) -> bool:
    """Whether all cells of the first line are quoted, and not all of the second."""
    body = [line.strip() for line in lines if line.strip()][:2]
    quoted = [_ALL_QUOTED.fullmatch(line) is not None for line in body]
    return quoted == [True, False]


def _sample(text: str) -> list[str]:
    """Return the first lines; the last one is complete unless it is the only one."""
    head = text[:SAMPLE]
    if len(text) > SAMPLE and "\n" in head:
        head = head[: head.rindex("\n")]
    return head.split("\n")[:_MAX_LINES]


def _single_column(lines: list[str]) -> str:
    """Return whether every line is one number, although some contain commas or blanks.

    That is sure if the column has one name, or if a zero after a comma shows that no number starts
    there; otherwise it is possible.
    """
    body = [line.strip() for line in lines if line.strip()]
    first = body[0] if body else ""
    named = not is_number(first) and not any(mark in first for mark in _STRONG)
    body = [line for line in body[named:] if not is_missing(line)]
    bare = affixes.without(body)
    if bare is not None and any(" " in line for line in body) and all(map(is_number, bare.texts)):
        return _SURE
    parted = [line for line in body if "," in line or any(map(str.isspace, line))]
    if not parted or not any(all(is_number(line, mark) for line in body) for mark in ".,"):
        return ""
    if named and len(first.split()) == len(parted[0].split()) > 1:
        return _POSSIBLE
    return _SURE if named or any(_COMMA_ZERO.search(line) for line in parted) else _POSSIBLE


def _rows(lines: list[str], delimiter: str, quoted: bool) -> list[_Line]:
    cut = [_BLANKS.sub(" ", line).strip(" ") for line in lines] if delimiter == " " else lines
    reader = csv.reader(
        (line + "\n" for line in cut),
        delimiter=delimiter,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    try:
        return [_Line(cells, reader.line_num) for cells in reader if cells]
    except csv.Error:
        return []


def _score(rows: list[_Line], mark: str) -> tuple[float, bool]:
    """Return a score of a delimiter, and whether it explains all rows and cells.

    A row is explained if it has the usual width. A cell is explained unless it looks torn: text
    with another delimiter in it, or several numbers with blanks between them.
    """
    body = rows[1:] or rows
    widths = Counter(len(row.cells) for row in body)
    width = max(widths, key=lambda one: (widths[one], one), default=0)
    if width < 2:
        return 0.0, False
    regular = [row.cells for row in body if len(row.cells) == width]
    first = len(rows[0].cells)
    fits = len(regular) + (len(rows) > 1 and (first == width or first == width - 1 > 1))
    share = fits / len(rows)
    if share < _LEAST_REGULAR:
        return 0.0, False
    cells = [cell for row in regular for cell in row if not is_missing(cell)]
    # Between commas, a cell has a decimal comma only in quotes.
    numbers = sum(is_number(cell, "." if mark == "," and "," not in cell else "") for cell in cells)
    torn = sum(_is_torn(cell, mark) for cell in cells)
    total = max(1, len(cells))
    score = share * (1 - torn / total + _NUMBER_BONUS * numbers / total)
    return score, share == 1 and not torn and first == width


def _is_torn(cell: str, mark: str) -> bool:
    if is_number(cell):
        return False
    if any(other in cell for other in _STRONG if other != mark):
        return True
    parts = cell.split()
    return len(parts) > 1 and all(map(is_number, parts))
