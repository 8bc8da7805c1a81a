"""Cells that hold a number and something around it: a currency, a unit, brackets, quotes.

A column is read without them if all its numbers have the same unit or currency. Then "$1,250.50" is
1250.5, "12,5 %" is 12.5 under the comma, "(3.5)" and "3.5-" are −3.5 as in ledgers, and "1.5D-03"
is 0.0015 as Fortran writes it. What differs from cell to cell, as in "12 mm" and "1.2 m", stays
text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from rdcore.tables import units
from rdcore.tables.numerals import is_missing, is_number

_CURRENCIES = r"US\$|[$€£¥₹₽₩₺]|USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|CZK"
_BEFORE = re.compile(rf"(?P<sign>[+-]?)\s*(?P<unit>{_CURRENCIES})\s*(?P<rest>[+-]?[\d.,].*)")
_AFTER = re.compile(r"(?P<rest>[+-]?[\d.,].*?)(?P<blank>\s*)(?P<unit>[^\d\s.,;:()+'-][^\d\s]{0,9})")
_CURRENCY = re.compile(_CURRENCIES)
_BRACKETS = re.compile(r"\(\s*(.*[\d.])\s*\)")
_MINUS_BEHIND = re.compile(r"(\d[^-]*?)\s*-")
_FORTRAN = re.compile(r"([+-]?(?:\d+\.\d*|\.\d+))[dD]([+-]?\d{1,3})", re.ASCII)
_QUOTED = re.compile(r"'(.*)'|=\"(.*)\"", re.DOTALL)
# Words that are looked at before a column is taken for text.
_SAMPLE = 50


@dataclass(frozen=True)
class Bare:
    """The cells of a column without what stands around its numbers.

    Parameters
    ----------
    texts : tuple of str
        All cells; those that hold no number are as they were.
    unit : str
        What stood beside each number; "" for nothing.
    before, after : str
        The first cell that changed, and what it is now.
    """

    texts: tuple[str, ...]
    unit: str
    before: str
    after: str


def unquoted(texts: Sequence[str]) -> Sequence[str]:
    """Return the cells of a column without apostrophes or ="…" around every one of them."""
    first = next((text for text in texts if text.strip()), "")
    if not first.lstrip().startswith(("'", '="')):
        return texts
    inner = {text: _QUOTED.fullmatch(text.strip()) for text in set(texts)}
    if any(found is None and not is_missing(text) for text, found in inner.items()):
        return texts
    bare = {
        text: text if found is None else found[found.lastindex or 0]
        for text, found in inner.items()
    }
    return [bare[text] for text in texts]


def without(texts: Sequence[str]) -> Bare | None:
    """Return the numbers of a column without what stands around them, None if nothing does."""
    different = dict.fromkeys(texts)
    words = [text for text in different if not is_number(text) and not is_missing(text)]
    if not any(_number(text) for text in islice(words, _SAMPLE)):
        return None
    found = {text: number for text in words if (number := _number(text))}
    kinds = {unit for _, unit in found.values()}
    unit = next(iter(kinds))
    if len(kinds) > 1 or (unit and not all(map(_is_bare, different.keys() - found.keys()))):
        return None
    bare = {text: number for text, (number, _) in found.items()}
    first = next(iter(found))
    return Bare(tuple(bare.get(text, text) for text in texts), unit, first.strip(), bare[first])


def of_column(cell: str, column: Iterable[str]) -> str:
    """Return a cell above a column, a number if it has the same around it as the numbers there."""
    own = _number(cell)
    body = without(list(column)) if own else None
    return own[0] if own and body is not None and own[1] == body.unit else cell


def _is_bare(cell: str) -> bool:
    """Whether a cell among numbers with a unit needs none: a word, nothing, or zero."""
    return not is_number(cell) or not any(digit in cell for digit in "123456789")


def _number(cell: str) -> tuple[str, str] | None:
    """Return the number in a cell as text, and its unit; None if there is none, or it is plain."""
    cell, sign = cell.strip(' \t\u00a0"'), ""
    ledger = _BRACKETS.fullmatch(cell) or _MINUS_BEHIND.fullmatch(cell)
    if ledger:
        cell, sign = ledger[1].strip(), "-"
    unit = ""
    before = _BEFORE.fullmatch(cell)
    after = None if before else _AFTER.fullmatch(cell)
    if before:
        cell, unit = before["sign"] + before["rest"], before["unit"]
    elif after and _is_unit(after["unit"], apart=bool(after["blank"])):
        cell, unit = after["rest"].rstrip(), after["unit"]
    cell = _FORTRAN.sub(r"\1e\2", cell) if _FORTRAN.fullmatch(cell) else cell
    if not is_number(cell) or not any(map(str.isdigit, cell)) or (sign and cell[:1] in "+-"):
        return None
    return sign + cell, unit


def _is_unit(word: str, *, apart: bool) -> bool:
    """Whether a word behind a number is its unit; without a blank, one letter may be a code."""
    if _CURRENCY.fullmatch(word):
        return True
    return units.is_unit(word) and (apart or len(word) > 1 or not word.isalpha())
