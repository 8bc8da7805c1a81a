"""The subset S: an ordered list of shapes to add or remove, and its text form.

    +[-1,1] -[-0.2,0.2]            intervals on a line, closed with [ ] and open with ( )
    +box(-1,1,0,2)                 x from -1 to 1 and y from 0 to 2
    +disc(0,0,2)                   centre (0, 0), radius 2
    +lasso(0 0, 1 0, 1 1)          a closed polygon through these points
    +all -(-1,1)                   everything but an interval

Shapes are processed from left to right, starting with the empty set; a shape without a sign is
added.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.errors import UserError

Sign = Literal["+", "-"]
ShapeKind = Literal["interval", "box", "disc", "lasso", "all"]
Mask = NDArray[np.bool_]

MAX_OPS = 64
MAX_POINTS = 200
MAX_TEXT = 6000

_SHAPE = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?:(?P<all>all\b)"
    r"|(?P<open>[\[(])(?P<ends>[^\[\]()]*)(?P<close>[\])])"
    r"|(?P<name>[a-z]+)\((?P<body>[^()]*)\))",
    re.IGNORECASE,
)
_EXAMPLE = {
    1: "“+[-1,1] -[-0.2,0.2]” is accepted",
    2: "“+box(-1,1,0,2)”, “+disc(0,0,2)” or “+lasso(0 0, 1 0, 1 1)” is accepted",
}
_COUNTS = {"box": 4, "disc": 3}


class SubsetError(UserError):
    """The text of a subset cannot be read; the message says what is accepted."""


@dataclass(frozen=True)
class Op:
    """One shape, added to the subset or removed from it.

    Attributes
    ----------
    sign : {"+", "-"}
        Add or remove.
    kind : {"interval", "box", "disc", "lasso", "all"}
        What the numbers mean.
    numbers : tuple of float
        interval: low, high; box: x low, x high, y low, y high; disc: centre x, centre y, radius;
        lasso: x and y in turn.
    ends : str
        For an interval, whether each end belongs to it: "[]", "()", "[)" or "(]".
    """

    sign: Sign
    kind: ShapeKind
    numbers: tuple[float, ...] = ()
    ends: str = "[]"

    def __str__(self) -> str:
        values = [_number(value) for value in self.numbers]
        if self.kind == "all":
            body = "all"
        elif self.kind == "interval":
            body = f"{self.ends[0]}{values[0]},{values[1]}{self.ends[1]}"
        elif self.kind == "lasso":
            pairs = zip(values[::2], values[1::2], strict=True)
            body = "lasso(" + ", ".join(f"{x} {y}" for x, y in pairs) + ")"
        else:
            body = f"{self.kind}({','.join(values)})"
        return self.sign + body


Ops = tuple[Op, ...]


def parse(text: str, dim: int) -> Ops:
    """Read the text of a subset of atoms with ``dim`` coordinates.

    Raises
    ------
    SubsetError
        One sentence: what cannot be read and what is accepted.
    """
    if len(text) > MAX_TEXT:
        raise SubsetError(
            f"The text of the subset has {len(text)} characters; use at most {MAX_TEXT}."
        )
    text = text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf").strip()
    ops: list[Op] = []
    start = 0
    while start < len(text):
        found = _SHAPE.match(text, start)
        if found is None:
            raise _unreadable(text[start:], dim)
        ops.append(_op(found, dim))
        start = found.end()
        while start < len(text) and text[start] in " ,;\t":
            start += 1
    if len(ops) > MAX_OPS:
        raise SubsetError(f"The subset has {len(ops)} shapes; use at most {MAX_OPS}.")
    return tuple(ops)


def text_of(ops: Sequence[Op]) -> str:
    """Write the shapes so that ``parse`` reads them back."""
    return " ".join(str(op) for op in ops)


def mask(ops: Sequence[Op], atoms: NDArray[np.float64]) -> Mask:
    """Return which atoms are in the subset, (n,), for atoms (n,) or (n, 2)."""
    points = atoms.reshape(len(atoms), -1)
    inside = np.zeros(len(points), dtype=bool)
    for op in ops:
        hit = _hits(op, points)
        inside = inside | hit if op.sign == "+" else inside & ~hit
    return inside


def _op(found: re.Match[str], dim: int) -> Op:
    sign: Sign = "-" if found["sign"] == "-" else "+"
    whole = found[0].strip()
    if found["all"]:
        return Op(sign, "all")
    if found["open"]:
        if dim != 1:
            raise _unreadable(whole, dim)
        return _interval(sign, found, whole)
    kind = found["name"].lower()
    if dim != 2 or kind not in ("box", "disc", "lasso"):
        raise _unreadable(whole, dim)
    values = _floats(re.split(r"[\s,;]+", found["body"].strip()), whole, dim)
    if not all(math.isfinite(value) for value in values):
        raise _unreadable(whole, dim)
    if kind == "lasso":
        if len(values) < 6 or len(values) % 2 or len(values) > 2 * MAX_POINTS:
            raise SubsetError(
                f"“{_short(whole)}” has {len(values)} numbers;"
                f" 3 to {MAX_POINTS} points, as in “+lasso(0 0, 1 0, 1 1)”, are accepted."
            )
        return Op(sign, "lasso", values)
    if len(values) != _COUNTS[kind]:
        raise _unreadable(whole, dim)
    if kind == "box":
        return Op(sign, "box", (*sorted(values[:2]), *sorted(values[2:])))
    if values[2] <= 0:
        raise SubsetError(f"“{_short(whole)}” has radius {values[2]:g}; use a positive one.")
    return Op(sign, "disc", values)


def _interval(sign: Sign, found: re.Match[str], whole: str) -> Op:
    values = _floats(re.split(r"\s*[,;]\s*|\s+", found["ends"].strip()), whole, 1)
    if len(values) != 2:
        raise _unreadable(whole, 1)
    low, high = values
    ends = found["open"] + found["close"]
    if low > high:
        low, high = high, low
        ends = ("[" if ends[1] == "]" else "(") + ("]" if ends[0] == "[" else ")")
    return Op(sign, "interval", (low, high), ends)


def _floats(parts: Sequence[str], whole: str, dim: int) -> tuple[float, ...]:
    try:
        values = tuple(float(part) for part in parts)
    except ValueError:
        raise _unreadable(whole, dim) from None
    if any(math.isnan(value) for value in values):
        raise _unreadable(whole, dim)
    return values


def _unreadable(part: str, dim: int) -> SubsetError:
    return SubsetError(f"“{_short(part)}” is not a shape; {_EXAMPLE[dim]}.")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"


def _number(value: float) -> str:
    return repr(value + 0.0).removesuffix(".0")


def _hits(op: Op, points: NDArray[np.float64]) -> Mask:
    values = op.numbers
    if op.kind == "all":
        return np.ones(len(points), dtype=bool)
    x = points[:, 0]
    if op.kind == "interval":
        above = x >= values[0] if op.ends[0] == "[" else x > values[0]
        below = x <= values[1] if op.ends[1] == "]" else x < values[1]
        return np.asarray(above & below)
    y = points[:, 1]
    if op.kind == "box":
        return np.asarray((x >= values[0]) & (x <= values[1]) & (y >= values[2]) & (y <= values[3]))
    if op.kind == "disc":
        return np.asarray((x - values[0]) ** 2 + (y - values[1]) ** 2 < values[2] ** 2)
    return _in_polygon(x, y, np.array(values).reshape(-1, 2))


def _in_polygon(
    x: NDArray[np.float64], y: NDArray[np.float64], corners: NDArray[np.float64]
) -> Mask:
    """Even–odd rule: a point is inside if a ray to the right crosses an odd number of edges."""
    inside = np.zeros(len(x), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        crosses = (y0 > y) != (y1 > y)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            reach = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        inside ^= crosses & (x < reach)
    return inside
