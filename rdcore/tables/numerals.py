"""Cells of text as numbers: decimal marks, thousands separators and marks of missing values.

A cell is read under one of two marks. Under the point, "2,480.50" is 2480.5; under the comma it is
not a number. "1,250" is 1250 under the point and 1.25 under the comma. A cell that is a number
under one mark only decides for its column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

MISSING = frozenset(
    {"", "na", "n/a", "#n/a", "#na", "<na>", "#n/a n/a", "null", "none", "-", "--", "?", "."}
    | {"-1.#ind", "1.#ind", "-1.#qnan", "1.#qnan"}
)
"""The usual marks of a missing value, in lower case."""

_EXPONENT = r"(?:[eE][+-]?\d{1,5})?"
_SEPARATORS = " \u00a0\u2009\u202f'’"
# Thousands separators: the other mark, a blank (plain, no-break, thin, narrow), an apostrophe. One
# separator throughout; no leading zero. Groups of two, as in 12,34,567, have the other mark.
_NUMBER = {
    mark: re.compile(
        rf"[+-]?(?:\d+\{mark}?\d*|\{mark}\d+){_EXPONENT}"
        rf"|(?P<grouped>[+-]?[1-9]\d{{0,2}}(?P<by>[\{other}{_SEPARATORS}])\d{{3}}(?:(?P=by)\d{{3}})*"
        rf"(?:\{mark}\d*)?|[+-]?[1-9]\d?(?:\{other}\d\d)+\{other}\d{{3}}(?:\{mark}\d*)?)",
        re.ASCII,
    )
    for mark, other in (".,", ",.")
}
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CODED = re.compile(r"0\d+", re.ASCII)
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
_DROP = {mark: str.maketrans("", "", other + _SEPARATORS) for mark, other in (".,", ",.")}
_BOOLEANS = {"true": 1.0, "false": 0.0}
_BLANK = ' \t\u00a0"'
_FEW = 1000
# Names such as "12a" and "7" are labels; one or two words among numbers mark missing values.
_ALIKE = 2
_MOSTLY = 0.9


@dataclass(frozen=True)
class Evidence:
    """What the cells of a column say about the decimal mark.

    Parameters
    ----------
    point, comma : int
        Distinct cells that are numbers under this mark only.
    either : str
        A cell that is one number under the point and another under the comma; "" if there is none.
    numbers : int
        Cells that are numbers under the better mark.
    there : int
        Cells that are not missing.
    words : int
        Different cells that are neither numbers nor missing.
    coded : bool
        Whether a number has leading zeros, as codes such as "007" do.
    """

    point: int
    comma: int
    either: str
    numbers: int
    there: int
    words: int = 0
    coded: bool = False

    @property
    def is_numeric(self) -> bool:
        """Whether at least half of the cells are numbers, and the others are few or alike."""
        if not 0 < self.there <= 2 * self.numbers or (self.words and self.coded):
            return False
        return self.words <= _ALIKE or self.numbers >= _MOSTLY * self.there

    @property
    def mark(self) -> str:
        """The mark that the cells decide on, or ""."""
        if self.point == self.comma:
            return ""
        return "." if self.point > self.comma else ","


@dataclass(frozen=True, eq=False)
class Numerals:
    """The numbers of a column.

    Parameters
    ----------
    values : (rows,) float64
        NaN where a cell is not a number.
    empty : (rows,) bool
        Missing cells.
    grouped : bool
        Whether thousands separators were removed.
    """

    values: NDArray[np.float64]
    empty: NDArray[np.bool_]
    grouped: bool


def is_missing(cell: str) -> bool:
    """Whether a cell is one of the usual marks of a missing value."""
    return cell.strip(_BLANK).lower() in MISSING


def is_number(cell: str, mark: str = "") -> bool:
    """Whether a cell is a number under a mark, or under any; also infinities and NaN."""
    cell = cell.strip(_BLANK)
    if _NOT_FINITE.fullmatch(cell):
        return True
    return any(_NUMBER[one].fullmatch(cell) for one in mark or ".,")


def evidence(cells: Sequence[str]) -> Evidence:
    """Return what the cells of a column say about their decimal mark."""
    if _plain(cells) is not None:
        return _plain_evidence(cells)
    counts: dict[str, int] = {}
    for cell in cells:
        counts[cell] = counts.get(cell, 0) + 1
    point = comma = there = both = pointed = commaed = words = 0
    either, coded = "", False
    for raw, count in counts.items():
        cell = raw.strip(_BLANK)
        if cell.lower() in MISSING:
            continue
        there += count
        if _NOT_FINITE.fullmatch(cell):
            both += count
            continue
        coded = coded or _CODED.fullmatch(cell) is not None
        under_point, under_comma = (_NUMBER[mark].fullmatch(cell) for mark in ".,")
        if under_point and under_comma:
            both += count
            if not either and ("," in cell or "." in cell):
                either = cell
        elif under_point:
            point, pointed = point + 1, pointed + count
        elif under_comma:
            comma, commaed = comma + 1, commaed + count
        else:
            words += 1
    return Evidence(point, comma, either, both + max(pointed, commaed), there, words, coded)


def _plain_evidence(cells: Sequence[str]) -> Evidence:
    """Return the evidence of plain numbers with a point."""
    either, decided = "", 0
    for cell in cells:
        if "." in cell:
            if _POINT_GROUPS.fullmatch(cell.strip(_BLANK)) is None:
                decided = 1
                break
            either = either or cell.strip(_BLANK)
    return Evidence(decided, 0, either, len(cells), len(cells))


def numerals(cells: Sequence[str], mark: str) -> Numerals:
    """Return the numbers of a column under a decimal mark."""
    plain = _plain(cells)
    if plain is not None and (mark == "." or not any("." in cell for cell in cells)):
        return Numerals(plain, np.zeros(len(cells), dtype=bool), grouped=False)
    known: dict[str, tuple[float, bool]] = {}
    grouped = False
    values, empty = np.empty(len(cells)), np.zeros(len(cells), dtype=bool)
    for k, raw in enumerate(cells):
        found = known.get(raw)
        if found is None:
            value, separated = _value(raw, mark)
            grouped = grouped or separated
            found = known[raw] = value, is_missing(raw)
        values[k], empty[k] = found
    return Numerals(values, empty, grouped)


def booleans(cells: Sequence[str]) -> Numerals | None:
    """Return a column of true and false as 1 and 0, or None if it has other cells."""
    texts = [cell.strip(_BLANK).lower() for cell in cells]
    if not set(texts) - MISSING or not set(texts) <= MISSING | _BOOLEANS.keys():
        return None
    values = np.array([_BOOLEANS.get(text, np.nan) for text in texts])
    return Numerals(values, np.isnan(values), grouped=False)


def example(cells: Iterable[str]) -> str:
    """Return a cell that is neither missing nor a number."""
    found = (c.strip(_BLANK) for c in cells if not is_missing(c) and not is_number(c))
    return next(found, "")


def _value(raw: str, mark: str) -> tuple[float, bool]:
    cell = raw.strip(_BLANK)
    if _NOT_FINITE.fullmatch(cell):
        return float(cell), False
    match = _NUMBER[mark].fullmatch(cell)
    if match is None:
        return np.nan, False
    if match["grouped"]:
        cell = cell.translate(_DROP[mark])
    return float(cell.replace(mark, ".")), match["grouped"] is not None


def _plain(cells: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the numbers if all cells are plain numbers with a point, else None."""
    try:
        # Most columns of text end here.
        for cell in islice(cells, _FEW):
            float(cell)
        values = np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return None
    # float reads "1_000" and "nan" too; those go the longer way.
    if np.isnan(values).any() or any("_" in cell for cell in cells):
        return None
    return values
