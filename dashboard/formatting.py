"""Numbers, counts and names as text for the screen."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from rdcore import words
from rdcore.words import clean, counted, listed, short

__all__ = [
    "LN2",
    "NOTHING",
    "Written",
    "alike",
    "as_markdown",
    "as_text",
    "clean",
    "counted",
    "decibels",
    "duration",
    "figure",
    "listed",
    "ordinal",
    "percent",
    "rounded_up",
    "scale",
    "short",
    "written",
]

LN2 = math.log(2)
"""Nats in a bit."""

NOTHING = 1e-7
"""A rate or price below this, in bits, is rounded to zero."""

_SYMBOLS = {
    r"\frac12": "½",
    r"\hat X": "X̂",
    r"\lambda": "λ",
    r"\theta": "θ",
    r"\sigma": "σ",
    r"\times": "×",
    r"\approx": "≈",
    r"\beta": "β",
    r"\tau": "τ",
    r"\log": "log",
    r"\le": "≤",
    "^{-5}": "⁻⁵",
    "^2": "²",
    "_2": "₂",
}
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")


class Written(str):
    """A number as text, which knows its value.

    Attributes
    ----------
    value : float
        The number in full precision.
    """

    __slots__ = ("value",)

    value: float


def figure(value: float, digits: int = 4) -> Written:
    """Write a value with this number of significant digits, as ``rdcore.words.figure`` does.

    Examples
    --------
    >>> figure(2 / 3), figure(2 / 3).value
    ('0.6667', 0.6666666666666666)
    """
    return written(words.figure(value, digits), value)


def written(text: str, value: float) -> Written:
    """Return a text that knows the number it stands for."""
    found = Written(text)
    found.value = float(value)
    return found


def alike(values: Sequence[float], digits: int = 4) -> tuple[str, ...]:
    """Write values with equal decimals; ``digits`` counts the significant ones of the largest.

    Examples
    --------
    >>> alike([0.04627, 0.0028])
    ('0.04627', '0.00280')
    """
    largest = max((abs(value) for value in values), default=0.0)
    if not 1e-9 < largest < 1e6:
        return tuple(figure(value, digits) for value in values)
    decimals = max(0, digits - 1 - math.floor(math.log10(largest)))
    texts = (f"{value:.{decimals}f}".replace("-", "−") for value in values)
    return tuple(written(text, value) for text, value in zip(texts, values, strict=True))


def rounded_up(value: float, digits: int = 3) -> float:
    """Return the value rounded up to this number of significant digits."""
    if value <= 0:
        return 0.0
    power = math.floor(math.log10(value)) - digits + 1
    scaled = math.ceil(value / 10.0**power * (1 - 1e-12))
    return float(f"{scaled}e{power}")


def at_most(value: float, digits: int = 2) -> str:
    """Write an upper bound with this number of significant digits, rounded up.

    Examples
    --------
    >>> at_most(0.0625), at_most(2.31e-10), at_most(math.inf)
    ('0.063', '2.4×10⁻¹⁰', '∞')
    """
    return figure(rounded_up(value, digits) if math.isfinite(value) else value, digits)


def scale(low: float, high: float) -> tuple[float, ...]:
    """Return round numbers from low to high, with smaller steps for smaller numbers.

    There are about 43 per decade with at most two significant digits, as users type them.
    """
    if not 0 < high < math.inf:
        return (0.0,)
    low = max(low, high * 1e-4)
    steps = (*range(10, 30), *range(30, 60, 2), *range(60, 100, 5))
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    values = [float(f"{m}e{e - 1}") for e in range(first, last + 1) for m in steps]
    return tuple(v for v in values if low <= v <= high * (1 + 1e-9)) or (high,)


def duration(seconds: float) -> str:
    """Write a time in milliseconds below one second, else in seconds.

    Examples
    --------
    >>> duration(0.0314), duration(2.5)
    ('31 ms', '2.5 s')
    """
    return f"{1e3 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


def percent(share: float, decimals: int = 1) -> str:
    """Write a relative change with its sign.

    Examples
    --------
    >>> percent(0.25), percent(-0.0312, 2)
    ('+25.0 %', '−3.12 %')
    """
    return f"{100 * share:+.{decimals}f} %".replace("-", "−")


def ordinal(place: int) -> str:
    """Write a position as an ordinal number.

    Examples
    --------
    >>> [ordinal(place) for place in (1, 2, 3, 11, 22)]
    ['1st', '2nd', '3rd', '11th', '22nd']
    """
    ending = (
        "th" if place % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    )
    return f"{place}{ending}"


def as_markdown(text: str) -> str:
    """Return `text` with all Markdown markup escaped."""
    return _PUNCTUATION.sub(r"\\\1", text)


def as_text(text: str) -> str:
    r"""Return a user's text as Markdown in which only paragraphs and $formulas$ are markup.

    Examples
    --------
    >>> as_text("*Why* is $D_1 < D_2$")
    '\\*Why\\* is $D_1 < D_2$'
    """
    parts = re.split(r"(\$[^$\n]+\$)", text)
    return "".join(part if k % 2 else as_markdown(part) for k, part in enumerate(parts))


def as_plain(markdown: str) -> str:
    r"""Return a text without the Markdown of the app: bold, code, colours, escapes and formulas.

    Examples
    --------
    >>> as_plain(r"**Half**: $\frac12\log_2(\sigma^2/\theta)$ bits")
    'Half: ½log₂(σ²/θ) bits'
    """
    text = re.sub(r"(?<!\\)\$([^$\n]+)(?<!\\)\$", lambda found: _formula(found[1]), markdown)
    before = ""
    while text != before:
        text, before = re.sub(r":\w+\[([^\[\]]*)\]", r"\1", text), text
    text = re.sub(r"(?<!\\)[*`]", "", text)
    return re.sub(r"\\([^A-Za-z0-9\s])", r"\1", text)


def decibels(bits: float) -> float:
    """Return the distortion, in dB, that this many bits per symbol are worth at high rates."""
    return 20 * math.log10(2) * bits


def _formula(tex: str) -> str:
    """Return a formula as plain text, as far as the texts of the app use TeX."""
    for name, symbol in _SYMBOLS.items():
        tex = tex.replace(name, symbol)
    return tex.replace("{", "").replace("}", "")
