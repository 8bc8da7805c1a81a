"""Units in the names of columns: "temp [°C]", "speed (m/s)", "temp_C", "length in mm"."""

from __future__ import annotations

import re

__all__ = ["LONGEST", "bare", "is_unit", "parse", "squared"]

LONGEST = 20
"""Characters of a unit in brackets."""
_BRACKETS = re.compile(r"^(?P<what>.+?)\s*(?:\[(?P<square>[^\[\]]+)\]|\((?P<round>[^()]+)\))\s*$")
_AFTER = re.compile(
    r"^(?P<what>.+?)(?P<by>\s+in\s+|\s*/\s*|\s*,\s*|[_.\s])(?P<unit>[^\s_.,/()\[\]]+)$"
)
# A round bracket may also hold a remark; a unit is short and has no ordinary word.
_UNIT = re.compile(r"(?:[^\W\d_]{1,4}|[°µμΩ%‰$€£]|[·*/^⁻⁰¹²³⁴⁵-]|\d(?!\d)|\s){1,16}")

_TEMPERATURES = {"c": "°C", "f": "°F", "k": "K"}
_KNOWN = {
    "degc": "°C", "deg_c": "°C", "celsius": "°C", "degf": "°F", "fahrenheit": "°F", "kelvin": "K",
    "pct": "%", "percent": "%", "um": "µm", "us": "µs", "ug": "µg", "mps": "m/s", "kmh": "km/h",
    "kph": "km/h", "deg": "°", "degrees": "°", "usd": "USD", "eur": "EUR", "gbp": "GBP",
}  # fmt: skip
_EXACT = re.compile(
    r"[nckmµ]?m|km|in|ft|mi|[nmkµ]?g|t|lbs?|oz|[nmµ]?s|min|h|hrs?|[kMG]?Hz|[mk]?V|mA|[mkM]?W"
    r"|[kM]?J|k?Wh|[hkM]?Pa|m?bar|psi|k?N|mol|dBm?|rpm|pp[mb]|c?m[23]|m?[lL]|mph|px|K|Ω|°[CF]?|%"
)
_TEMPERATURE = re.compile(r"(^|[_.\s])(t|temp\w*|dew\w*)$", re.IGNORECASE)
# What may be in minutes; after other words "min" is the smallest value.
_DURATION = re.compile(
    r"time|dur|elapsed|delay|wait|latency|interval|period|age|zeit|dauer", re.IGNORECASE
)


def parse(name: str) -> tuple[str, str]:
    """Return what a column holds and its unit, "" if its name has none.

    Parameters
    ----------
    name : str
        The name of a column.

    Returns
    -------
    what : str
        What it holds.
    unit : str
        Its unit.

    Examples
    --------
    >>> parse("temp [°C]"), parse("speed (m/s)"), parse("temp_C")
    (('temp', '°C'), ('speed', 'm/s'), ('temp', '°C'))
    >>> parse("bill_length_mm"), parse("class_C"), parse("x (2)")
    (('bill_length', 'mm'), ('class_C', ''), ('x (2)', ''))
    >>> parse("temp_min"), parse("wait_min"), parse("x_t")
    (('temp_min', ''), ('wait', 'min'), ('x_t', ''))
    """
    match = _BRACKETS.match(name)
    if match and match["square"]:
        return match["what"], match["square"].strip()[:LONGEST]
    if match:
        inner = match["round"].strip()
        return (match["what"], inner) if _looks_like_unit(inner) else (name, "")
    match = _AFTER.match(name)
    if match is None:
        return name, ""
    what, word = match["what"].rstrip(" ,/"), match["unit"]
    # "group m", "log.g", "x_t" and "temp_min" have no unit.
    by = match["by"]
    loose = by in (" ", ".", "_") and len(word) == 1 and (by != "_" or len(what) == 1)
    loose = loose or (word == "min" and by in (" ", ".", "_") and not _DURATION.search(what))
    if _EXACT.fullmatch(word) and not loose:
        return what, word
    if word.lower() in _TEMPERATURES and _TEMPERATURE.search(what):
        return what, _TEMPERATURES[word.lower()]
    if word.lower() in _KNOWN:
        return what, _KNOWN[word.lower()]
    return name, ""


def bare(text: str) -> str:
    """Return a unit without its brackets.

    Parameters
    ----------
    text : str
        A unit, perhaps in brackets.

    Returns
    -------
    str
        The unit.

    Examples
    --------
    >>> bare("[°C]"), bare("km")
    ('°C', 'km')
    """
    text = text.strip().strip('"')
    return text[1:-1].strip() if text[:1] + text[-1:] in ("[]", "()") else text


def is_unit(text: str) -> bool:
    """Whether a text is a well-known unit, also in brackets.

    Parameters
    ----------
    text : str
        A word.

    Returns
    -------
    bool
        Whether it is a unit.

    Examples
    --------
    >>> is_unit("[mm]"), is_unit("m/s"), is_unit("n/d"), is_unit("7")
    (True, True, False, False)
    """
    word = bare(text)
    parts = re.split(r"[/·*]", word)
    return word.lower() in _KNOWN or all(_EXACT.fullmatch(part.rstrip("²³")) for part in parts)


def squared(unit: str) -> str:
    """Return the square of a unit.

    Parameters
    ----------
    unit : str
        A unit.

    Returns
    -------
    str
        Its square.

    Examples
    --------
    >>> squared("°C"), squared("m/s"), squared("")
    ('°C²', '(m/s)²', '')
    """
    if not unit:
        return ""
    return f"({unit})²" if re.search(r"[\s/·*^²³\d]", unit) else f"{unit}²"


def _looks_like_unit(text: str) -> bool:
    return (
        _UNIT.fullmatch(text) is not None
        and not text.isdigit()
        and (
            len(text) <= 4
            or any(mark in text for mark in "/·*^²³°%")
            or text.lower() in _KNOWN
            or _EXACT.fullmatch(text.rpartition(" ")[2]) is not None
        )
    )
