"""A subset of the atoms: an ordered list of shapes to add or remove, and its text form.

    >80   80..100   |x| < 1        comparisons and ranges; see ``dashboard.model.phrases``
    top 5%                         the highest values with a probability of 5 % or slightly more
    +[-1,1] -[-0.2,0.2]            intervals on a line, closed with [ ] and open with ( )
    +box(-1,1,0,2)                 x from -1 to 1 and y from 0 to 2
    +disc(0,0,2)                   centre (0, 0), radius 2
    +lasso(0 0, 1 0, 1 1)          a closed polygon through these points
    +all -(-1,1)                   everything but an interval

Shapes are processed from left to right, starting with the empty set; a shape without a sign is
added. "or" adds the next one as well, and "except" removes it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dashboard.errors import UserError
from dashboard.model import phrases

Sign = Literal["+", "-"]
ShapeKind = Literal["interval", "box", "disc", "lasso", "all", "top", "bottom", "middle", "where"]
Mask = NDArray[np.bool_]
SHARES = ("top", "bottom", "middle")

MAX_OPS = 64
MAX_POINTS = 200
MAX_TEXT = 6000

_SHAPE = re.compile(
    r"\s*(?P<sign>[+-]?)\s*(?:(?P<all>all\b)"
    r"|(?P<open>[\[(])(?P<ends>[^\[\]()]*)(?P<close>[\])])"
    r"|(?P<name>[a-z]+)\((?P<body>[^()]*)\))",
    re.IGNORECASE,
)
_JOINT = re.compile(
    r"(?:[\s,;]|∪|\bor\b|(?P<minus>\b(?:and\s+not|but\s+not|except|without)\b|∖))+", re.IGNORECASE
)
_SIGN = re.compile(r"\s*(?P<sign>[+-])\s*")
_EXAMPLE = {
    1: "“>80”, “80..100”, “|x|<1”, “top 5%” or “+[-1,1] -[-0.2,0.2]” is accepted",
    2: "“x>1 and y<2”, “+box(-1,1,0,2)”, “+disc(0,0,2)” or “+lasso(0 0, 1 0, 1 1)” is accepted",
    3: "a condition on columns, such as “temp>80” or “temp>80 and hum<5”, is accepted",
}
_TINY = 1e-12  # probabilities are equal within this
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
    kind : str
        What the numbers mean.
    numbers : tuple of float
        interval: low, high; box: x low, x high, y low, y high; disc: centre x, centre y, radius;
        lasso: x and y in turn; top, bottom, middle: percent; where: coordinate, low and high in
        turn.
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
        elif self.kind in SHARES:
            body = f"{self.kind} {values[0]}%"
        else:
            body = f"{self.kind}({','.join(values)})"
        return self.sign + body


Ops = tuple[Op, ...]


def parse(
    text: str, dim: int, names: Sequence[str] = (), texts: phrases.Texts | None = None
) -> Ops:
    """Read the text of a subset of atoms with ``dim`` coordinates.

    ``names`` are names of the coordinates that may be used beside x and y, and ``texts`` are
    columns of text with their values. A shape that uses more than ``dim`` coordinates, or more than
    two, is of kind "where".

    Raises
    ------
    SubsetError
        One sentence: what was read, what cannot be read, and what is accepted.
    """
    if len(text) > MAX_TEXT:
        raise SubsetError(
            f"The text of the subset has {len(text)} characters; use at most {MAX_TEXT}."
        )
    text = text.replace("\N{MINUS SIGN}", "-").replace("∞", "inf").strip()
    ops: list[Op] = []
    start = 0
    while start < len(text):
        joint = _JOINT.match(text, start) if ops else None
        away = bool(joint and joint["minus"])
        at = joint.end() if joint else start
        found = _part(text, at, dim, names, texts or {}) if at < len(text) else None
        if found is None:
            if joint and not text[at:] and not joint[0].strip(" ,;"):
                break
            raise _unreadable(text[start:].strip(" ,;"), dim, after=text[:start], texts=texts)
        new, start = found
        ops += [replace(op, sign="-") for op in new] if away else new
    if len(ops) > MAX_OPS:
        raise SubsetError(f"The subset has {len(ops)} shapes; use at most {MAX_OPS}.")
    return tuple(ops)


def _part(
    text: str, start: int, dim: int, names: Sequence[str], texts: phrases.Texts
) -> tuple[list[Op], int] | None:
    """Read one part of a text: its shapes, and where it ends."""
    sign: Sign = "+"
    phrase = phrases.read(text, start, dim, names, texts)
    if phrase is None:
        signed = _SIGN.match(text, start)
        if signed and not text[signed.end() : signed.end() + 1].isdigit():
            phrase = phrases.read(text, signed.end(), dim, names, texts)
            sign = "-" if signed["sign"] == "-" else "+"
    if phrase is not None:
        return _ops(phrase.said, sign, dim, text[start : phrase.end].strip()), phrase.end
    found = _SHAPE.match(text, phrases.member(text, start, names) if dim == 1 else start)
    return ([_op(found, dim)], found.end()) if found else None


def _ops(said: phrases.Boxes | phrases.Share, sign: Sign, dim: int, whole: str) -> list[Op]:
    if isinstance(said, phrases.Share):
        if not 0 < said.percent <= 100:
            raise SubsetError(
                f"“{_short(whole)}” has a share of {said.percent:g} %; use more than 0 and at most"
                " 100 %."
            )
        return [Op(sign, said.which, (said.percent,))]
    found = []
    for box in said:
        if dim > 2 or any(side.axis >= dim for side in box):
            triples = [(float(side.axis), *side.closed()) for side in box]
            found.append(Op(sign, "where", tuple(value for one in triples for value in one)))
            continue
        if dim == 1:
            found += [Op(sign, "interval", (one.low, one.high), one.ends) for one in box]
            continue
        ends = [(-math.inf, math.inf), (-math.inf, math.inf)]
        for side in box:
            ends[side.axis] = side.closed()
        found.append(Op(sign, "box", (*ends[0], *ends[1])))
    return found


def text_of(ops: Sequence[Op]) -> str:
    """Write the shapes so that ``parse`` reads them back."""
    return " ".join(str(op) for op in ops)


def mask(
    ops: Sequence[Op], atoms: NDArray[np.float64], pmf: NDArray[np.float64] | None = None
) -> Mask:
    """Return which atoms are in the subset, (n,), for atoms (n,) or (n, 2).

    A part such as "top 5 %" needs their probabilities; by default all are equal.
    """
    points = atoms.reshape(len(atoms), -1)
    masses = np.full(len(points), 1.0 / max(len(points), 1)) if pmf is None else pmf
    inside = np.zeros(len(points), dtype=bool)
    for op in ops:
        share = op.kind in SHARES
        hit = _within(op, points[:, 0], masses) if share else _hits(op, points)
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


def _unreadable(
    part: str, dim: int, *, after: str = "", texts: phrases.Texts | None = None
) -> SubsetError:
    for name, values in (texts or {}).items():
        if part.lower().lstrip('+-“" ').startswith(name.lower()):
            some = ", ".join(f"“{one}”" for one in values[:6]) + (" …" if len(values) > 6 else "")
            return SubsetError(
                f"“{_short(part)}” is not a condition on “{name}”; “{name} = {values[0]}” is"
                f" accepted, with one of {some}."
            )
    before = f"After “{_short(after)}”, " if after.strip() else ""
    return SubsetError(f"{before}“{_short(part)}” is not a shape; {_EXAMPLE[min(dim, 3)]}.")


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 30 else text[:29] + "…"


def _number(value: float) -> str:
    return repr(value + 0.0).removesuffix(".0")


def _within(op: Op, x: NDArray[np.float64], pmf: NDArray[np.float64]) -> Mask:
    """Return the atoms with the highest, lowest or middle values of a total probability."""
    values, place = np.unique(x, return_inverse=True)
    mass = np.bincount(place, weights=pmf, minlength=len(values)) / pmf.sum()
    upto = np.cumsum(mass)
    below, above = upto - mass, 1.0 - upto
    share = op.numbers[0] / 100
    if op.kind == "middle":
        inside = np.minimum(upto, 1.0 - below) > (1 - share) / 2 + _TINY
    else:
        inside = (above if op.kind == "top" else below) < share - _TINY
    return np.asarray(inside[place])


def _hits(op: Op, points: NDArray[np.float64]) -> Mask:
    values = op.numbers
    if op.kind == "all":
        return np.ones(len(points), dtype=bool)
    if op.kind == "where":
        sides = zip(values[::3], values[1::3], values[2::3], strict=True)
        held = [(points[:, int(k)] >= low) & (points[:, int(k)] <= high) for k, low, high in sides]
        return np.asarray(np.all(held, axis=0))
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
