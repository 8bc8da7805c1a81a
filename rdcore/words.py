"""Numbers, counts and names as text."""

from __future__ import annotations

import functools
import math

__all__ = ["clean", "counted", "figure", "listed", "short"]

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def figure(value: float, digits: int = 4) -> str:
    """Write a value with this number of significant digits; keep trailing zeros below 10⁶.

    Parameters
    ----------
    value : float
        The value.
    digits : int
        Number of significant digits.

    Returns
    -------
    str
        The value as text.

    Examples
    --------
    >>> figure(1.16), figure(-0.0412), figure(0.99999), figure(0.0)
    ('1.160', '−0.04120', '1.000', '0')
    >>> figure(2.31e-10, 2)
    '2.3×10⁻¹⁰'
    """
    return _written(float(value), digits)


@functools.lru_cache(4096)
def _written(value: float, digits: int) -> str:
    """Write a value; a page writes the same ones five hundred times in each run."""
    if value == 0:
        return "0"
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "—")
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    if -4 <= math.floor(math.log10(abs(value))) < 6:
        # The exponent is that of the rounded value: 0.99999 is written as 1.000.
        text = f"{value:.{max(0, digits - 1 - int(power))}f}"
    else:
        text = f"{mantissa}×10{str(int(power)).translate(_SUPERSCRIPTS)}"
    return text.replace("-", "−")


def short(value: float, digits: int = 4) -> str:
    """Write a value with at most this number of significant digits, without trailing zeros.

    Parameters
    ----------
    value : float
        The value.
    digits : int
        Largest number of significant digits.

    Returns
    -------
    str
        The value as text.

    Examples
    --------
    >>> short(0.6), short(12.0), short(0.041234), short(12345.0)
    ('0.6', '12', '0.04123', '12345')
    """
    if value == 0 or not math.isfinite(value) or not 1e-4 <= abs(value) < 1e6:
        return figure(value, 2)
    text = figure(value, digits)
    return text.rstrip("0").rstrip(".") if "." in text else text


def clean(text: str, length: int = 60) -> str:
    r"""Return `text` on one line, printable, at most `length` characters.

    Parameters
    ----------
    text : str
        Any text.
    length : int
        Largest number of characters.

    Returns
    -------
    str
        The text to show.

    Examples
    --------
    >>> clean("two\nlines"), clean("abcdefgh", 5)
    ('two lines', 'abcd…')
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= length else line[: length - 1] + "…"


def counted(number: int, noun: str = "") -> str:
    """Return 5000 as "5 000" with no-break spaces, followed by `noun` in the right number.

    Parameters
    ----------
    number : int
        The number.
    noun : str
        The noun in the singular.

    Returns
    -------
    str
        The number with its noun.

    Examples
    --------
    >>> counted(1, "atom"), counted(3, "atom")
    ('1 atom', '3 atoms')
    """
    digits = f"{number:,}".replace(",", "\u00a0")
    return f"{digits} {noun if number == 1 else noun + 's'}" if noun else digits


def listed(items: list[str], most: int = 4) -> str:
    """Return the first `most` items and the number of the others.

    Parameters
    ----------
    items : list of str
        The items.
    most : int
        How many are written.

    Returns
    -------
    str
        The list as text.

    Examples
    --------
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")
