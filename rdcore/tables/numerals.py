"""TextCells of text as numbers: decimal marks, thousands separators and marks of missing values.

A cell is read under one of two marks. Under the point, "2,480.50" is 2480.5; under the comma it is
not a number. "1,250" is 1250 under the point and 1.25 under the comma. A cell that is a number
under one mark only decides for its column.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

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
_COMMA_NUMBER = re.compile(r"[+-]?(?:\d+,\d*|,\d+)", re.ASCII)
_COMMA_GROUP = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_DIGITS = str.maketrans("", "", "0123456789")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_CODED = re.compile(r"0\d+", re.ASCII)
_HEXADECIMAL = re.compile(r"[\da-fA-F]{3,}", re.ASCII)
_POINT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+", re.ASCII)
_DROP = {mark: str.maketrans("", "", other + _SEPARATORS) for mark, other in (".,", ",.")}
_BOOLEANS = {"true": 1.0, "false": 0.0}
_BLANK = ' \t\u00a0"'
# Names such as "12a" and "7" are labels; one or two words among numbers mark missing values.
_ALIKE = 2
_GROUP = 1000
_MOSTLY = 0.9


@dataclass(frozen=True)
class Evidence:
    """What the cells of a column say about the decimal mark.

    Parameters
    ----------
    point, comma : int
        TextCells that are numbers under this mark only; without any under the comma, 1 stands for
        all under the point.
    either : str
        A cell that is one number under the point and another under the comma; "" if there is none.
    numbers : int
        TextCells that are numbers under the better mark.
    there : int
        TextCells that are not missing.
    words : int
        Different cells that are neither numbers nor missing.
    coded : bool
        Whether a number has leading zeros, as codes such as "007" do, or all cells are hexadecimal.
    """

    point: int
    comma: int
    either: str
    numbers: int
    there: int
    words: int
    coded: bool

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


class _Meaning(NamedTuple):
    """The number that a cell is under the point and under the comma, None for none.

    ``grouped`` has the marks under which it has thousands separators.
    """

    point: float | None
    comma: float | None
    grouped: str = ""
    missing: bool = False


class _Commas(NamedTuple):
    """The cells that are plain numbers under the comma: digits, one comma, perhaps a sign.

    ``places`` are theirs among the cells and ``values`` the numbers (k,); ``alike`` says which (k,)
    are groups of thousands under the point.
    """

    places: NDArray[np.intp]
    values: NDArray[np.float64]
    alike: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TextCells:
    """The cells of a column, most of them read at once.

    Parameters
    ----------
    texts : sequence of str
        All cells.
    plain : (rows,) float64
        The numbers that are plain under the point; NaN elsewhere.
    others : list of int
        The places of the cells that are no such numbers.
    all_commas : (rows,) float64 or None
        The numbers under the comma, if all cells are digits with one comma.
    """

    texts: Sequence[str]
    plain: NDArray[np.float64]
    others: list[int]
    all_commas: NDArray[np.float64] | None = None

    @staticmethod
    def of(texts: Sequence[str]) -> TextCells:
        """Read the plain numbers of a column."""
        others: list[int] = []
        try:
            plain = np.fromiter(map(float, texts), np.float64, len(texts))
        except ValueError:
            commas = _all_commas(texts)
            if commas is not None:
                every = list(range(len(texts)))
                return TextCells(texts, np.full(len(texts), np.nan), every, commas)
            try:
                # Most often the other cells are empty.
                filled = (text or "nan" for text in texts)
                plain = np.fromiter(map(float, filled), np.float64, len(texts))
            except ValueError:
                return TextCells._of_some(texts)
            others = [k for k, text in enumerate(texts) if not text]
        # float reads "1_000" too.
        if "_" in "".join(texts):
            others = [k for k, text in enumerate(texts) if not text or "_" in text]
            plain[others] = np.nan
        return TextCells(texts, plain, others)

    @staticmethod
    def _of_some(texts: Sequence[str]) -> TextCells:
        """Read a column with other cells than numbers; each different one once."""
        different = set(texts)
        # No number has a comma, and to ask is cheaper than to fail.
        known = {text: _plain(text) for text in different if "," not in text}
        if all(value is None for value in known.values()):
            return TextCells(texts, np.full(len(texts), np.nan), list(range(len(texts))))
        found = [known.get(text) for text in texts]
        others = [k for k, value in enumerate(found) if value is None]
        return TextCells(texts, np.array(found, dtype=np.float64), others)

    @property
    def has_commas(self) -> bool:
        """Whether a cell has a comma."""
        return any("," in self.texts[k] for k in self.others)

    @cached_property
    def commas(self) -> _Commas:
        """The other cells that are read at once; ``rest`` has those that are read one by one."""
        texts = self.texts
        places = self.others
        cells = texts if self.all_commas is not None else [texts[k] for k in places]
        values = _all_commas(cells) if self.all_commas is None else self.all_commas
        if values is None:
            # In a column of words few cells are different.
            plain = {text for text in set(cells) if _COMMA_NUMBER.fullmatch(text)}
            places = [k for k in places if texts[k] in plain] if plain else []
            cells = [texts[k] for k in places]
            values = np.array([float(text.replace(",", ".")) for text in cells])
        # A group of thousands is a number from 1 to below 1000 under the comma.
        alike = (np.abs(values) >= 1) & (np.abs(values) < _GROUP)
        for k in np.flatnonzero(alike).tolist():
            alike[k] = cells[k][-4:-3] == "," and _COMMA_GROUP.fullmatch(cells[k]) is not None
        return _Commas(np.array(places, dtype=np.intp), values, alike)

    @cached_property
    def rest(self) -> list[int]:
        """The places of the cells that are plain under neither mark, without the ``blank`` ones."""
        if self.all_commas is not None:
            return []
        there, texts = set(self.commas.places.tolist()), self.texts
        if not there and not len(self.blank):
            return self.others
        return [k for k in self.others if texts[k] and k not in there]

    @cached_property
    def blank(self) -> NDArray[np.intp]:
        """The places of the cells without a character."""
        texts = self.texts
        found = [k for k in self.others if not texts[k]] if self.all_commas is None else []
        return np.array(found, dtype=np.intp)

    @cached_property
    def known(self) -> dict[str, _Meaning]:
        """What each of the ``rest`` means."""
        return {raw: _meaning(raw) for raw in {self.texts[k] for k in self.rest}}

    def evidence(self) -> Evidence:
        """Return what the cells say about their decimal mark."""
        point = comma = both = words = 0
        missing = len(self.blank)
        either, coded = "", False
        alone = len(self.rest) == len(self.texts)
        for raw, count in Counter(
            self.texts if alone else [self.texts[k] for k in self.rest]
        ).items():
            meaning = self.known[raw]
            if meaning.point is not None and meaning.comma is not None:
                both += count
                either = either or (raw.strip(_BLANK) if "," in raw or "." in raw else "")
            elif meaning.point is not None:
                point += count
            elif meaning.comma is not None:
                comma += count
            elif meaning.missing:
                missing += count
            else:
                words += 1
        together = int(self.commas.alike.sum())
        if together:
            first_alike = int(self.commas.places[self.commas.alike.argmax()])
            earlier = [k for k in self.rest if self.texts[k].strip(_BLANK) == either]
            if not either or first_alike < earlier[0]:
                either = self.texts[first_alike]
        both, comma = both + together, comma + len(self.commas.places) - together
        if words:
            different = {text.strip(_BLANK) for text in set(self.texts)}
            coded = any(map(_CODED.fullmatch, different)) or _are_hexadecimal(different)
        plain, there = len(self.texts) - len(self.others), len(self.texts) - missing
        if not comma:
            numbers = plain + both + point
            if not point:
                # The first cell that is no group decides.
                first = next((one for one in self._pointed() if not _is_grouped(one)), "")
                either = either or next(self._pointed(), "")
                point = int(bool(first))
            return Evidence(point, 0, either, numbers, there, words, coded)
        pointed = list(self._pointed())
        alike = sum(map(_is_grouped, pointed))
        numbers = both + max(plain + point, plain - len(pointed) + alike + comma)
        point += len(pointed) - alike
        return Evidence(point, comma, either, numbers, there, words, coded)

    def numerals(self, mark: str) -> Numerals:
        """Return the numbers under a decimal mark."""
        values, empty = self.plain.copy(), np.zeros(len(self.texts), dtype=bool)
        empty[self.blank] = True
        grouped = False
        for k in self.rest:
            meaning = self.known[self.texts[k]]
            value = meaning.point if mark == "." else meaning.comma
            if value is not None:
                values[k] = value
                grouped = grouped or mark in meaning.grouped
            elif meaning.missing:
                empty[k] = True
        places, plain, alike = self.commas
        if mark == ",":
            values[places] = plain
            for k in self._pointed_places():
                value = _value(self.texts[k].strip(_BLANK), ",")
                values[k] = np.nan if value is None else value
                grouped = grouped or value is not None
        else:
            grouped = grouped or bool(alike.any())
            for k in places[alike]:
                values[k] = float(self.texts[k].replace(",", ""))
        return Numerals(values, empty, grouped)

    def _pointed(self) -> Iterator[str]:
        """Yield the plain numbers with a point."""
        return (self.texts[k] for k in self._pointed_places())

    def _pointed_places(self) -> Iterator[int]:
        """Yield the places of the plain numbers with a point."""
        if len(self.others) == len(self.texts) or "." not in "".join(self.texts):
            return iter(())
        others = set(self.others)
        return (k for k, text in enumerate(self.texts) if "." in text and k not in others)


def is_missing(cell: str) -> bool:
    """Whether a cell is one of the usual marks of a missing value."""
    return cell.strip(_BLANK).lower() in MISSING


def is_number(cell: str, mark: str = "") -> bool:
    """Whether a cell is a number under a mark, or under any; also infinities and NaN."""
    cell = cell.strip(_BLANK)
    if _NOT_FINITE.fullmatch(cell):
        return True
    return any(_NUMBER[one].fullmatch(cell) for one in mark or ".,")


def exact(value: float) -> str:
    """Write a number so that it is the same under both marks.

    Examples
    --------
    >>> exact(20.5), exact(-3.0), float(exact(0.1)) == 0.1
    ('205e-1', '-3', True)
    """
    if not math.isfinite(value):
        return repr(value)
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    return f"{'-' if sign else ''}{''.join(map(str, digits))}e{exponent}"


def booleans(cells: Sequence[str]) -> Numerals | None:
    """Return a column of true and false as 1 and 0, or None if it has other cells."""
    known = {cell: cell.strip(_BLANK).lower() for cell in set(cells)}
    texts = set(known.values())
    if not texts - MISSING or not texts <= MISSING | _BOOLEANS.keys():
        return None
    values = np.array([_BOOLEANS.get(known[cell], np.nan) for cell in cells])
    return Numerals(values, np.isnan(values), grouped=False)


def example(cells: Iterable[str]) -> str:
    """Return a cell that is neither missing nor a number."""
    found = (c.strip(_BLANK) for c in cells if not is_missing(c) and not is_number(c))
    return next(found, "")


def _all_commas(texts: Sequence[str]) -> NDArray[np.float64] | None:
    """Return the numbers of cells that are all digits with one comma, else None."""
    joined = "\n".join(texts)
    shape = joined.translate(_DIGITS).replace("-,", ",").replace("+,", ",")
    if not texts or shape != ",\n" * (len(texts) - 1) + ",":
        return None
    try:
        # That a sign stands first, and that there is a digit, float finds out.
        return np.fromiter(map(float, joined.replace(",", ".").split("\n")), np.float64)
    except ValueError:
        return None


def _plain(text: str) -> float | None:
    """Return the number that a cell plainly is under the point, else None."""
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _are_hexadecimal(cells: set[str]) -> bool:
    """Whether all cells are codes of one length, such as "2a7", "3e8" and "ff0"."""
    there = {cell for cell in cells if cell.lower() not in MISSING}
    words = [cell for cell in there if _plain(cell) is None]
    alike = len({len(cell) for cell in there}) == 1 and all(map(_HEXADECIMAL.fullmatch, there))
    return alike and len(words) > 1 and any(map(str.isdigit, "".join(words)))


def _is_grouped(text: str) -> bool:
    return _POINT_GROUPS.fullmatch(text.strip(_BLANK)) is not None


def _meaning(raw: str) -> _Meaning:
    """Return what a cell means that is no plain number under the point."""
    cell = raw.strip(_BLANK)
    point = _value(cell, ".")
    if point is None:
        comma = _value(cell, ",")
    else:
        # What is grouped under the point is a number under the comma if it has no point and at
        # most one comma; that saves the second search.
        comma = _value(cell, ",") if "." not in cell and cell.count(",") < 2 else None
    if point is None and comma is None:
        if _NOT_FINITE.fullmatch(cell):
            return _Meaning(float(cell), float(cell))
        return _Meaning(None, None, missing=cell.lower() in MISSING)
    return _Meaning(
        point, comma, "".join(mark for mark in ".," if cell.translate(_DROP[mark]) != cell)
    )


def _value(cell: str, mark: str) -> float | None:
    match = _NUMBER[mark].fullmatch(cell)
    if match is None:
        return None
    text = cell.translate(_DROP[mark]) if match.lastgroup else cell
    return float(text.replace(",", ".") if mark == "," else text)
