"""All numbers of a page: its figures in numbers, tables and charts, by names with their units."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboard.figures import theme
from dashboard.figures.report import Chart, Heading, Number, Part, Rows, Sentence, Values
from dashboard.formatting import Written
from dashboard.model.exports import as_npz

Arrays = dict[str, NDArray[Any]]
_TAGS = re.compile(r"<[^>]*>")
_SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_LONGEST = 60
_NUMBER = r"([−\d.]+(?:×10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|0|∞)"
_ERRORS = {
    "standard error": rf"^± {_NUMBER}(?: bits$|(?=; ))",
    "gap": rf"gap ≤ {_NUMBER}(?: bits|$|(?=,))",
}
_AXES = {"x": "xaxis", "y": "yaxis"}


def collected(parts: Sequence[Part]) -> Arrays:
    """Return the numbers of a page by their names: that of the card, the series and the axis.

    In a card, a short line of text above a number tells what it is about.
    """
    found: Arrays = {}
    title = about = ""
    for part in parts:
        if isinstance(part, Heading):
            title, about = part.title, ""
        elif isinstance(part, Sentence):
            about = "" if part.text.endswith(".") or len(part.text) > _LONGEST else part.text
        for name, values in _named(part):
            before = (title, about if isinstance(part, Number) else "", name)
            found[_free(": ".join(one for one in before if one), found)] = values
    return found


def _free(name: str, taken: Mapping[str, Any]) -> str:
    """Return the name, with a number if it is taken."""
    first, count = name, 2
    while name in taken:
        name, count = f"{first} #{count}", count + 1
    return name


def _named(part: Part) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(part, Number):
        unit = f" ({part.unit})" if part.unit else ""
        yield f"{part.label}{unit}", np.asarray(_value(part.value))
        yield from _said(part)
    elif isinstance(part, Values):
        yield from ((name, np.asarray(values)) for name, values in part.columns.items())
    elif isinstance(part, Rows):
        for k, name in enumerate(part.titles):
            yield name, _column([row[k] for row in part.rows])
    elif isinstance(part, Chart):
        yield from _drawn(part.figure)


def _said(part: Number) -> Iterator[tuple[str, NDArray[Any]]]:
    """Return what the line below a number says: errors as numbers, else the text."""
    rest = part.below
    for name, pattern in _ERRORS.items():
        while match := re.search(pattern, rest):
            yield f"{part.label}: {name} (bits)", np.asarray(_value(match[1]))
            rest = rest.replace(match[0], "", 1).strip("; ")
    if rest:
        yield f"{part.label}: note", np.asarray(part.below)


def _value(text: str) -> float | str:
    """Return the number that a text is, in full precision if it knows it; else the text."""
    if isinstance(text, Written):
        return text.value
    mantissa, times, power = text.replace("−", "-").partition("×10")
    try:
        exponent = int(power.translate(_SUPERSCRIPTS)) if times else 0
        return float(f"{float(mantissa)!r}e{exponent}") if times else float(mantissa)
    except ValueError:
        return text


def _column(texts: Sequence[str]) -> NDArray[Any]:
    values = [np.nan if text == "—" else _value(text) for text in texts]
    if any(isinstance(one, str) for one in values):
        return np.asarray(texts, dtype=np.str_)
    return np.asarray(values, dtype=np.float64)


def _drawn(figure: go.Figure) -> Iterator[tuple[str, NDArray[Any]]]:
    """Return the coordinates of each trace, by the names of the trace and its axes."""
    layout = figure.to_plotly_json().get("layout", {})
    for k, trace in enumerate(theme.traces(figure)):
        series = _plain(trace.get("name") or "") or f"series {k + 1}"
        for letter, axis in _AXES.items():
            values = _numbers(trace.get(f"_{letter}", trace.get(letter)))
            if values is not None:
                number = str(trace.get(f"{letter}axis", letter))[1:]
                yield f"{series}: {_axis(layout.get(axis + number, {}), letter)}", values
        values = _numbers(trace.get("z"))
        if values is not None:
            bar = trace.get("colorbar", {}).get("title", {})
            yield f"{series}: {_plain(bar.get('text', '')) or 'value'}", values


def _axis(axis: Mapping[str, Any], letter: str) -> str:
    title = axis.get("title") or {}
    text = title if isinstance(title, str) else title.get("text", "")
    return _plain(text) or letter


def _plain(text: str) -> str:
    return html.unescape(_TAGS.sub(" ", text)).strip()


def _numbers(values: Any) -> NDArray[Any] | None:
    """Return coordinates as numbers, or as texts if they are names; None if there are none."""
    if isinstance(values, dict):  # as Plotly packs arrays
        packed = np.frombuffer(base64.b64decode(values["bdata"]), dtype=f"<{values['dtype']}")
        shape = [int(one) for one in str(values.get("shape", len(packed))).split(",")]
        return _double(packed).reshape(shape)
    if values is None or len(values) == 0:
        return None
    try:
        return _double(np.asarray(values))
    except (TypeError, ValueError):
        return np.asarray([str(one) for one in values], dtype=np.str_)


def _double(values: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers in double precision; one in single precision by its shortest decimals."""
    single = values.dtype == np.float32
    return (values.astype(np.str_) if single else values).astype(np.float64)


def npz(parts: Sequence[Part]) -> bytes:
    """Return the numbers as arrays for ``numpy.load``, without pickle."""
    return as_npz(collected(parts))


def table(parts: Sequence[Part]) -> bytes:
    """Return the numbers as CSV: a line each, with its name and its row."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("name", "row", "value"))
    for name, values in collected(parts).items():
        for place, value in np.ndenumerate(values):
            row = " ".join(str(one + 1) for one in place)
            writer.writerow((name, row, _written(value)))
    return out.getvalue().encode()


def tree(
    title: str, parts: Sequence[Part], settings: Mapping[str, str], *, link: str, made: str
) -> bytes:
    """Return the numbers as JSON, with the settings of the page."""
    numbers = {name: _listed(values) for name, values in collected(parts).items()}
    about = {"page": title, "made": made, "link": link, "settings": dict(settings)}
    return json.dumps({**about, "numbers": numbers}, ensure_ascii=False, allow_nan=False).encode()


def _listed(values: NDArray[Any]) -> Any:
    """Return an array as lists; null where there is no number."""
    if values.dtype.kind != "f":
        return values.tolist()
    listed = values.astype(object)
    listed[~np.isfinite(values)] = None
    return listed.tolist()


def _written(value: Any) -> str:
    return "" if isinstance(value, float) and np.isnan(value) else str(value)
