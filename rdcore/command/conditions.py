"""Subsets of rows in the user's words: "status=alarm", ">80", "temp in 80..100"."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import InputError
from rdcore.tables import Table
from rdcore.words import clean, listed

_ACCEPTED = "“status=alarm”, “>80”, “temp<=5”, “80..100” and “temp in 80..100” are accepted"
_NUMBER = r"[+-]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(
    rf"(?:(?P<name>.+?)\s+in\s+)?(?P<open>[\[(]?)\s*(?P<low>{_NUMBER})\s*(?:\.\.|,)\s*"
    rf"(?P<high>{_NUMBER})\s*(?P<close>[\])]?)"
)
_COMPARISON = re.compile(r"(?P<name>.*?)\s*(?P<sign><=|>=|!=|==|=|<|>|≤|≥|≠)\s*(?P<value>.+)")
_SIGNS = {"==": "=", "≤": "<=", "≥": ">=", "≠": "!="}


@dataclass(frozen=True)
class Condition:
    """A condition on one column.

    Parameters
    ----------
    text : str
        As the user wrote it.
    column : str
        Its column; "" for the first column of the source.
    sign : str
        "=", "!=", "<", "<=", ">", ">=" or "in".
    value : str
        What the cell is compared with; "" for a range.
    low, high : float
        The range, closed unless the user wrote round brackets.
    ends : str
        The brackets of the range.
    """

    text: str
    column: str
    sign: str
    value: str = ""
    low: float = -math.inf
    high: float = math.inf
    ends: str = "[]"

    def of_numbers(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which numbers meet the condition.

        Raises
        ------
        InputError
            If the value of the condition is not a number.
        """
        if self.sign == "in":
            above = values >= self.low if self.ends[0] == "[" else values > self.low
            below = values <= self.high if self.ends[1] == "]" else values < self.high
            return np.asarray(above & below)
        try:
            bound = float(self.value)
        except ValueError:
            raise InputError(
                f"subset “{clean(self.text)}” compares numbers with “{clean(self.value)}”;"
                " a number is accepted"
            ) from None
        there = ~np.isnan(values)
        compared = {
            "=": values == bound,
            "!=": there & (values != bound),
            "<": values < bound,
            "<=": values <= bound,
            ">": values > bound,
            ">=": values >= bound,
        }
        return np.asarray(compared[self.sign])

    def of_rows(self, table: Table) -> NDArray[np.bool_]:
        """Return which rows of a table meet the condition.

        Raises
        ------
        InputError
            If there is no such column of numbers, or no such text in it.
        """
        for labels in table.labels:
            if labels.name == self.column:
                if self.sign not in ("=", "!=") or self.value not in labels.texts:
                    there = listed([f"“{text}”" for text in labels.texts], 8)
                    raise InputError(
                        f"subset “{clean(self.text)}”: column “{labels.name}” has texts;"
                        f" = or != and one of {there} are accepted"
                    )
                same = np.asarray(labels.codes == labels.texts.index(self.value))
                return same if self.sign == "=" else ~same & (labels.codes >= 0)
        return self.of_numbers(table.column(self.column).values)


@dataclass(frozen=True)
class SubsetLevel:
    """A subset and its level, as the user states it."""

    condition: Condition
    level: float


def condition(text: str) -> Condition:
    """Read a condition.

    Parameters
    ----------
    text : str
        Such as "status = alarm" or "80..100".

    Returns
    -------
    Condition
        The rows for which it holds.

    Raises
    ------
    InputError
        If the text cannot be read; the message says what is accepted.

    Examples
    --------
    >>> condition("status = alarm").column, condition(">80").value
    ('status', '80')
    >>> condition("temp in 80..100").high
    100.0
    """
    text = text.replace("\N{MINUS SIGN}", "-").strip()
    match = _RANGE.fullmatch(text)
    if match is not None:
        low, high = float(match["low"]), float(match["high"])
        if low > high:
            raise InputError(f"subset “{clean(text)}” is empty: {low:g} is above {high:g}")
        ends = (match["open"] or "[") + (match["close"] or "]")
        name = (match["name"] or "").strip()
        return Condition(text, name, "in", low=low, high=high, ends=ends)
    match = _COMPARISON.fullmatch(text)
    if match is None:
        raise InputError(f"subset “{clean(text)}” cannot be read; {_ACCEPTED}")
    sign = _SIGNS.get(match["sign"], match["sign"])
    return Condition(text, match["name"].strip(), sign, match["value"].strip().strip("\"'"))
