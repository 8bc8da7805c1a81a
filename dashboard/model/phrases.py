"""Parts of a subset as people write them: comparisons, ranges and shares.

    >80   x >= 80   -1 < x <= 1   |x| < 1   |x - 3| > 2   x = 5
    80..100   80 to 100   between 80 and 100
    top 5%   bottom 10 %   middle 50%
    x > 80 and x < 100

    status = alarm   status in (alarm, fault)   status != ok

In the plane x and y, or the names of the columns, stand before the sign.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rdcore.tables import units

_NUMBER = r"[+-]?(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?"
_SIGN = r"<=|=<|≤|>=|=>|≥|<|>|==?"
_ENDS = {
    "<=": "≤", "=<": "≤", "≤": "≤", ">=": "≥", "=>": "≥", "≥": "≥",
    "<": "<", ">": ">", "=": "=", "==": "=",
}  # fmt: skip
_FLIPPED = {"≤": "≥", "≥": "≤", "<": ">", ">": "<", "=": "="}
_SHARES: dict[str, Literal["top", "bottom", "middle"]] = {
    "top": "top", "highest": "top", "upper": "top", "bottom": "bottom", "lowest": "bottom",
    "lower": "bottom", "middle": "middle", "central": "middle",
}  # fmt: skip
_SHARE = re.compile(
    rf"\s*(?P<which>{'|'.join(_SHARES)})\s*(?P<share>{_NUMBER})\s*(?:%|percent\b)", re.IGNORECASE
)
_AND = re.compile(r"\s*(?:\band\b(?!\s+not\b)|&&?|∧)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Interval:
    """An interval of one coordinate; ``ends`` are its brackets, such as "(]"."""

    axis: int
    low: float = -math.inf
    high: float = math.inf
    ends: str = "[]"

    def met(self, other: Interval) -> Interval:
        """Return the intersection with an interval of the same coordinate."""
        low, high = max(self.low, other.low), min(self.high, other.high)
        opens = [one.ends[0] for one in (self, other) if one.low == low]
        closes = [one.ends[1] for one in (self, other) if one.high == high]
        first, last = "(" if "(" in opens else "[", ")" if ")" in closes else "]"
        return Interval(self.axis, low, high, first + last)

    def closed(self) -> tuple[float, float]:
        """Return the ends of the closed interval with the same floats."""
        low = self.low if self.ends[0] == "[" else float(np.nextafter(self.low, np.inf))
        high = self.high if self.ends[1] == "]" else float(np.nextafter(self.high, -np.inf))
        return low, high


_Meaning = Callable[[dict[str, str], int], list[Interval]]

Texts = Mapping[str, Sequence[str]]
_NO_TEXTS: Texts = {}

Boxes = tuple[tuple[Interval, ...], ...]
"""A union of boxes, each with at most one interval of each coordinate."""


@dataclass(frozen=True)
class Share:
    """The atoms with the highest, lowest or middle values, of a total probability."""

    which: Literal["top", "bottom", "middle"]
    percent: float


@dataclass(frozen=True)
class Phrase:
    """A part of a text: what it says, and where it ends."""

    said: Boxes | Share
    end: int


def read(
    text: str, start: int, dim: int, names: Sequence[str] = (), texts: Texts = _NO_TEXTS
) -> Phrase | None:
    """Read a phrase at a place of the text; None if there is none.

    ``names`` are the names of the coordinates, beside x and y; ``texts`` are columns of text, whose
    coordinates follow.
    """
    if dim == 1:
        found = _SHARE.match(text, start)
        if found:
            said = Share(_SHARES[found["which"].lower()], _float(found["share"]))
            return Phrase(said, found.end())
    first = _compared(text, start, dim, names, texts)
    if first is None:
        return None
    boxes, end = first
    while True:
        joint = _AND.match(text, end)
        more = _compared(text, joint.end(), dim, names, texts) if joint else None
        if more is None:
            return Phrase(boxes, end)
        boxes, end = _both(boxes, more[0]), more[1]


def member(text: str, start: int, names: Sequence[str] = ()) -> int:
    """Return where the bracket of "x in [80,100]" begins; ``start`` if there is no "in"."""
    axes = _axes(1, names)
    variable = "|".join(re.escape(name) for name in sorted(axes, key=len, reverse=True))
    pattern = rf"\s*(?:[“\"]?(?:{variable})[”\"]?\s*)?(?:in\b|∈)\s*(?=[\[(])"
    found = re.compile(pattern, re.IGNORECASE).match(text, start)
    return found.end() if found else start


def _compared(
    text: str, start: int, dim: int, names: Sequence[str], texts: Texts
) -> tuple[Boxes, int] | None:
    """Read a comparison or a range: a union of intervals, and where it ends."""
    labelled = _labelled(text, start, max(dim, len(names)), texts)
    if labelled is not None:
        return labelled
    axes = _axes(dim, names)
    variable = "|".join(re.escape(name) for name in sorted(axes, key=len, reverse=True))
    for pattern, meaning in _patterns(variable, bare=dim == 1):
        found = pattern.match(text, start)
        if found:
            parts = found.groupdict()
            axis = axes.get((parts.get("x") or "x").lower(), 0)
            return tuple((one,) for one in meaning(parts, axis)), found.end()
    return None


def _labelled(text: str, start: int, first: int, texts: Texts) -> tuple[Boxes, int] | None:
    """Read a condition on a column of text, such as "status = alarm" or "status in (a, b)"."""
    for place, (name, values) in enumerate(texts.items()):
        value = "|".join(re.escape(one) for one in sorted(values, key=len, reverse=True))
        value = rf"[“\"']?(?:{value})[”\"']?(?![\w])"
        pattern = (
            rf"\s*[“\"]?{re.escape(name)}[”\"]?\s*(?:(?P<op>!=|≠|==?|is\s+not\b|is\b)\s*(?P<one>{value})"
            rf"|(?:in\b|∈)\s*[({{\[]\s*(?P<many>{value}(?:\s*,\s*{value})*)\s*[)}}\]])"
        )
        found = re.compile(pattern, re.IGNORECASE).match(text, start)
        if not found:
            continue
        said = re.findall(value, found["one"] or found["many"], re.IGNORECASE)
        wanted = {one.strip("“”\"'").lower() for one in said}
        codes = {k for k, one in enumerate(values) if one.lower() in wanted}
        if found["op"] and (
            (found["op"] in "!=≠" and found["op"][0] in "!≠") or "not" in found["op"]
        ):
            codes = set(range(len(values))) - codes
        axis = first + place
        return tuple((Interval(axis, float(k), float(k)),) for k in sorted(codes)), found.end()
    return None


def _axes(dim: int, names: Sequence[str]) -> dict[str, int]:
    found = {"x": 0, "x1": 0, "x₁": 0}
    if dim == 2:
        found |= {"y": 1, "x2": 1, "x₂": 1}
    bare = [units.parse(name)[0].lower() for name in names]
    # “temp” is “temp [°C]”, if no other column is.
    short = {name: axis for axis, name in enumerate(bare) if name and bare.count(name) == 1}
    return short | found | {name.lower(): axis for axis, name in enumerate(names) if name}


def _patterns(variable: str, *, bare: bool) -> list[tuple[re.Pattern[str], _Meaning]]:
    x = rf"[“\"]?(?P<x>{variable})[”\"]?"
    optional = rf"(?:{x}\s*)?" if bare else rf"{x}\s*"
    inside = rf"(?:{x}\s*(?:in\b|∈|=)\s*)?" if bare else rf"{x}\s*(?:in\b|∈|=)\s*"
    sources: list[tuple[str, _Meaning]] = [
        (rf"\|\s*{x}\s*(?P<shift>[+-]\s*{_NUMBER})?\s*\|\s*(?P<op>{_SIGN})\s*(?P<a>{_NUMBER})",
         _distance),
        (rf"(?P<a>{_NUMBER})\s*(?P<op>{_SIGN})\s*{x}(?:\s*(?P<op2>{_SIGN})\s*(?P<b>{_NUMBER}))?",
         _chain),
        (rf"{inside}(?P<a>{_NUMBER})\s*(?:\.\.+|…|–|—|to\b)\s*(?P<b>{_NUMBER})", _range),
        (rf"{optional}between\s+(?P<a>{_NUMBER})\s+and\s+(?P<b>{_NUMBER})", _range),
        (rf"{optional}(?P<op>{_SIGN})\s*(?P<a>{_NUMBER})", _one_sided),
    ]  # fmt: skip
    return [(re.compile(r"\s*" + one, re.IGNORECASE), meaning) for one, meaning in sources]


def _one_sided(parts: dict[str, str], axis: int) -> list[Interval]:
    return [_side(axis, _ENDS[parts["op"]], _float(parts["a"]))]


def _side(axis: int, sign: str, value: float) -> Interval:
    if sign == "=":
        return Interval(axis, value, value)
    if sign in ">≥":
        return Interval(axis, value, math.inf, ("[" if sign == "≥" else "(") + "]")
    return Interval(axis, -math.inf, value, "[" + ("]" if sign == "≤" else ")"))


def _chain(parts: dict[str, str], axis: int) -> list[Interval]:
    found = _side(axis, _FLIPPED[_ENDS[parts["op"]]], _float(parts["a"]))
    if parts["op2"]:
        found = found.met(_side(axis, _ENDS[parts["op2"]], _float(parts["b"])))
    return [found]


def _range(parts: dict[str, str], axis: int) -> list[Interval]:
    low, high = sorted((_float(parts["a"]), _float(parts["b"])))
    return [Interval(axis, low, high)]


def _distance(parts: dict[str, str], axis: int) -> list[Interval]:
    """Read |x - c| against a number."""
    centre = -_float((parts["shift"] or "0").replace(" ", ""))
    sign, radius = _ENDS[parts["op"]], _float(parts["a"])
    low, high = centre - radius, centre + radius
    if sign in "<≤":
        return [_side(axis, _FLIPPED[sign], low).met(_side(axis, sign, high))]
    if sign == "=":
        return [_side(axis, "=", low), _side(axis, "=", high)]
    return [_side(axis, _FLIPPED[sign], low), _side(axis, sign, high)]


def _both(one: Boxes, other: Boxes) -> Boxes:
    """Return the intersection of two unions of boxes."""
    found = []
    for a in one:
        for b in other:
            sides = {side.axis: side for side in a}
            for side in b:
                mine = sides.get(side.axis)
                sides[side.axis] = side if mine is None else mine.met(side)
            found.append(tuple(sides[axis] for axis in sorted(sides)))
    return tuple(found)


def _float(text: str) -> float:
    return float(text)
