"""Delimited text in various encodings and dialects."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from dashboard.formatting import clean, counted
from dashboard.uploads.dialect import GROUPED, MISSING, NOT_FINITE, PLAIN, Dialect, detect
from dashboard.uploads.limits import MAX_LABELS, UploadError
from dashboard.uploads.tables import Column, Labels, Table, assemble, check_size, unique_names

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
_JSON = re.compile(r"[\[{]\s*[\"\[{\d-]")
_BLANKS = re.compile(r"[ \t]+")
_EDGES = re.compile(r"^ | $", re.MULTILINE)
_MAX_COMMENTS = 10_000
_MAX_RAGGED = 100_000


def is_binary(data: bytes) -> bool:
    """Whether the bytes are not text: null bytes without a UTF-16 mark, or control characters."""
    if any(data.startswith(bom) for bom, _ in _BOMS):
        return False
    controls = len(data) - len(data.translate(None, _CONTROLS))
    return b"\0" in data or controls > 0.01 * len(data)


def read_text(name: str, data: bytes) -> Table:
    """Return the columns of a delimited text in which at least half of the cells are numbers."""
    body, notes = _decode(name, data)
    body, comment = _without_comments(body)
    if not body:
        raise UploadError(
            f"{name} has only blank lines or comments: one number per line is accepted."
        )
    _check_kind(name, body)
    dialect = detect(body, comment=comment)
    body, dialect, more = _unrolled(body, dialect)
    if dialect.titles:
        more.append(f"{counted(dialect.titles, 'line')} before the header skipped.")
    body = _after_lines(body, dialect.skip)
    if not body:
        words = clean(", ".join(filter(None, dialect.names))) or "blank"
        raise UploadError(f"{name} has a header ({words}) but no rows of numbers below it.")
    cells, ragged = _cells(name, body, dialect)
    return _table(name, cells, dialect, ragged=ragged, notes=notes + more)


def _decode(name: str, data: bytes) -> tuple[str, list[str]]:
    notes = []
    encoding = next((code for bom, code in _BOMS if data.startswith(bom)), "")
    try:
        body = data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if encoding:
            raise UploadError(
                f"{name} is damaged: it is marked as {encoding.upper()} but is not; "
                "save it again as UTF-8."
            ) from error
        body = data.decode("latin-1")
        notes.append("The text is not UTF-8 and was read as Latin-1.")
    if "\0" in body:
        raise UploadError(f"{name} contains null bytes, so it is not text: save it again as UTF-8.")
    # Old line ends, the end-of-file mark of DOS, and the typographic minus sign.
    body = body.replace("\r\n", "\n").replace("\r", "\n").replace("\u2212", "-")
    return body.strip("\n\x1a\f\x0b"), notes


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


def _check_kind(name: str, body: str) -> None:
    start = body[:200].lstrip().lower()
    if _JSON.match(start):
        raise UploadError(f"{name} looks like JSON: save the numbers as CSV, one row per line.")
    if start.startswith(("<!doctype", "<html", "<?xml", "<svg")):
        raise UploadError(f"{name} is a web page or XML, not a table: save the numbers as CSV.")


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
    if "\n" in body or '"' in body or len(dialect.names) < 3 or dialect.skip:
        return body, dialect, []
    mark = dialect.delimiter
    column = _BLANKS.sub("\n", body) if mark == " " else body.replace(mark, "\n")
    alone = replace(dialect, delimiter="", names=("",), quoted=False)
    return column, alone, ["The file’s single row was read as one column."]


@dataclass
class _Ragged:
    """Counts the rows of the wrong width and lets the parser skip them."""

    count: int = 0

    def __call__(self, _row: Any) -> str:
        self.count += 1
        return "skip" if self.count <= _MAX_RAGGED else "error"


def _cells(name: str, body: str, dialect: Dialect) -> tuple[list[Any], int]:
    """Return the text of every cell, one array per column, and the number of dropped rows."""
    width = len(dialect.names)
    if dialect.delimiter == " ":
        body = _EDGES.sub("", _BLANKS.sub(" ", body))
    check_size(name, body.count("\n") + 1, width)
    labels = [str(j) for j in range(width)]
    ragged = _Ragged()
    data = body.encode()
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),
            read_options=pacsv.ReadOptions(
                use_threads=False, block_size=len(data) + 1, column_names=labels
            ),
            parse_options=pacsv.ParseOptions(
                # The unit separator does not occur in text, so every line is one cell.
                delimiter=dialect.delimiter or "\x1f",
                quote_char='"' if dialect.quoted else False,
                newlines_in_values=dialect.quoted and '"' in body,
                ignore_empty_lines=width > 1,
                invalid_row_handler=ragged,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(labels, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise UploadError(
            f"{name} cannot be split into {counted(width, 'column')}: "
            "every row must have the same number of fields."
        ) from error
    return [column.combine_chunks() for column in table.itercolumns()], ragged.count


def _table(
    name: str, cells: list[Any], dialect: Dialect, *, ragged: int, notes: list[str]
) -> Table:
    given = list(dialect.names)
    if len(given) == 1 and not given[0]:
        given = ["x"]
    columns, left_out, grouped = [], [], False
    labels: list[Labels] = []
    for label, raw, texts in zip(unique_names(given), given, cells, strict=True):
        column, reason, separated = _column(label, texts, dialect)
        grouped = grouped or separated
        if column is not None:
            columns.append(column)
        # The empty column after a trailing delimiter is not reported.
        elif raw or reason != "empty":
            left_out.append((label, reason))
            labels += _labels(label, texts)
    if dialect.decimal == ",":
        notes.append("Commas were read as decimal marks.")
    if grouped:
        notes.append("Thousands separators were removed.")
    table = assemble(name, "CSV", columns=columns, left_out=left_out, ragged=ragged, notes=notes)
    return replace(table, labels=tuple(labels))


def _labels(name: str, cells: Any) -> list[Labels]:
    """Return a column of text; nothing if it has too many different texts, or none."""
    raw = pc.utf8_trim(cells, ' \t\u00a0"').to_pylist()
    known = {text: clean(text) for text in set(raw) if text.lower() not in MISSING}
    texts = sorted(set(known.values()))
    if not 0 < len(texts) <= MAX_LABELS:
        return []
    position = {text: k for k, text in enumerate(texts)}
    codes = [position[known[text]] if text in known else -1 for text in raw]
    return [Labels(name, tuple(texts), np.array(codes, dtype=np.intp))]


def _column(label: str, texts: Any, dialect: Dialect) -> tuple[Column | None, str, bool]:
    """Return the column, or the reason for none, and whether it had thousands separators."""
    texts = pc.utf8_trim(texts, " \t\u00a0" if dialect.quoted else ' \t\u00a0"')
    empty = pc.equal(texts, "")
    if pc.all(empty).as_py():
        return None, "empty", False
    quick = _parsed_at_once(pc.if_else(empty, None, texts), dialect.decimal)
    if quick is not None:
        return Column(label, quick, _flags(empty)), "", False
    empty = pc.is_in(pc.utf8_lower(texts), value_set=pa.array(MISSING))
    plain = pc.match_substring_regex(texts, PLAIN[dialect.decimal])
    other = pc.match_substring_regex(texts, NOT_FINITE)
    separated = pc.match_substring_regex(texts, GROUPED[dialect.decimal])
    separated = pc.and_not(separated, plain)
    numbers = pc.or_(pc.or_(plain, other), separated)
    there, readable = len(texts) - pc.sum(empty).as_py(), pc.sum(numbers).as_py()
    if not there:
        return None, "empty", False
    if 2 * readable < there:
        example = next(text.as_py() for text in texts.filter(pc.invert(pc.or_(numbers, empty))))
        return None, f"text such as “{clean(example, 20)}”", False
    values = _parsed(texts, _flags(numbers), dialect.decimal)
    return Column(label, values, _flags(empty)), "", bool(pc.any(separated).as_py())


def _parsed_at_once(texts: Any, decimal: str) -> np.ndarray | None:
    """Return the numbers, with NaN for null texts, or None unless all are plain numbers."""
    if decimal == ",":
        if pc.any(pc.match_substring(texts, ".")).as_py():
            return None
        texts = pc.replace_substring(texts, ",", ".")
    try:
        return _floats(texts.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None


def _parsed(texts: Any, numbers: np.ndarray, decimal: str) -> np.ndarray:
    """Return the numbers among `texts`, NaN elsewhere."""
    chosen = texts.filter(pa.array(numbers))
    marks = "[, \u00a0\u202f'’]" if decimal == "." else "[. \u00a0\u202f'’]"
    chosen = pc.replace_substring_regex(chosen, marks, "")
    if decimal == ",":
        chosen = pc.replace_substring(chosen, ",", ".")
    values = np.full(len(texts), np.nan)
    values[numbers] = _floats(chosen.cast(pa.float64()))
    return values


def _floats(array: Any) -> np.ndarray:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=np.float64)


def _flags(array: Any) -> np.ndarray:
    return np.array(array.to_numpy(zero_copy_only=False), dtype=bool)
