"""The columns of a choice, and their usable rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import TableError
from rdcore.tables.choices import Choice
from rdcore.tables.limits import LARGEST_VALUE, MAX_AXES, MAX_BINS, MAX_BINS_2D
from rdcore.tables.table import Column, Table
from rdcore.words import clean, counted, short

_Floats = NDArray[np.float64]
# Below this relative range, the differences in a column are rounding errors.
_SMALLEST_SPREAD = 1e-12
_FENCES = 3.0
_HEAVIEST = 1e9


def chosen_columns(table: Table, choice: Choice) -> tuple[list[Column], Column | None]:
    """Return the atom columns and the weight column; raise if the choice is invalid."""
    if choice.kind not in ("samples", "weighted"):
        raise TableError(
            f"The rows of {table.name} are “samples” or “weighted”, "
            f"not “{clean(str(choice.kind))}”."
        )
    names = list(choice.axes)
    if choice.kind == "weighted":
        if not choice.weight:
            raise TableError(
                f"Choose the column of {table.name} with the weights, or read its rows as samples."
            )
        names.append(choice.weight)
    if len(choice.axes) > MAX_AXES:
        raise TableError(
            f"{len(choice.axes)} columns of {table.name} are chosen; at most {MAX_AXES} are"
            " accepted."
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise TableError(
            f"Column “{clean(str(twice))}” of {table.name} is chosen twice: choose another column."
        )
    if len(choice.axes) > 2 and choice.bins:
        raise TableError(
            f"{len(choice.axes)} columns of {table.name} cannot be cut into bins; 0 bins are"
            " accepted for more than two."
        )
    most = MAX_BINS if len(choice.axes) == 1 else MAX_BINS_2D
    if type(choice.bins) is not int or not (choice.bins == 0 or 2 <= choice.bins <= most):
        raise TableError(
            f"The number of bins is {clean(str(choice.bins), 20)}; 0 (no binning) or "
            f"2 to {counted(most)} is accepted."
        )
    found = [table.column(name) for name in names]
    return found[: len(choice.axes)], found[-1] if choice.kind == "weighted" else None


def bounds_of(choice: Choice) -> list[tuple[float, float]]:
    """Return the smallest and the largest value to keep, per axis."""
    given = [
        (choice.first, choice.low, choice.high),
        (choice.second, choice.second_low, choice.second_high),
        *((name, None, None) for name in choice.more),
    ]
    result = []
    for name, low, high in given[: len(choice.axes)]:
        pair = (_bound(low, -np.inf), _bound(high, np.inf))
        if not pair[0] < pair[1]:
            raise TableError(
                f"The range of “{clean(name)}” goes from {clean(str(low), 20)} to "
                f"{clean(str(high), 20)}: "
                "its low end must be below its high end."
            )
        result.append(pair)
    return result


def _bound(value: object, missing: float) -> float:
    """Return a bound as a float, NaN if it is invalid; it may come from a link."""
    if value is None:
        return missing
    return float(value) if isinstance(value, int | float) and abs(value) < 1e308 else np.nan


@dataclass(frozen=True, eq=False)
class Kept:
    """The usable rows of some columns.

    Parameters
    ----------
    points : (n, d) float64
    masses : (n,) float64
        Relative weights; the largest is 1.
    dropped : tuple of (str, int)
        Reasons in the order of the checks, and the number of rows for each.
    bounds : list of (float, float)
        The range that the user chose for each axis.
    fences : tuple of (float, float)
        Outside these values, per axis, a row is an outlier; infinite if there is no spread.
    outliers : int
        Number of rows outside the fences, kept or dropped.
    rows : (n,) intp
        Their places in the table.
    """

    points: _Floats
    masses: _Floats
    dropped: tuple[tuple[str, int], ...]
    bounds: list[tuple[float, float]]
    fences: tuple[tuple[float, float], ...]
    outliers: int
    rows: NDArray[np.intp]


def kept_rows(table: Table, choice: Choice) -> Kept:
    """Return the usable rows for a choice, their relative weights, and the dropped rows."""
    columns, weights = chosen_columns(table, choice)
    bounds = bounds_of(choice)
    values = np.column_stack([column.values for column in columns])
    cells = [*columns, weights] if weights else columns
    lows, highs = np.array(bounds, dtype=float).T
    tests = [
        ("empty", np.any([column.empty for column in cells], axis=0)),
        ("not a number", np.any([np.isnan(column.values) for column in cells], axis=0)),
        ("infinite", np.any([np.isinf(column.values) for column in cells], axis=0)),
        ("marked as missing", np.isin(values, missing_codes(choice.missing)).any(axis=1)),
        ("outside the range", ((values < lows) | (values > highs)).any(axis=1)),
    ]
    masses = np.ones(table.rows)
    if weights:
        masses = weights.values
        tests += [("with a negative weight", masses < 0), ("with zero weight", masses == 0)]
    keep = np.ones(table.rows, dtype=bool)
    dropped = {"with the wrong number of fields": table.ragged}
    for reason, bad in tests:
        dropped[reason] = int(np.count_nonzero(keep & bad))
        keep &= ~bad
    if not keep.any():
        raise TableError(_nothing_left(table, weights, _counts(dropped)))
    # Divided by the largest first, because a sum of large weights overflows.
    masses = masses[keep] / masses[keep].max()
    light = masses / masses.sum() == 0
    if light.any():
        dropped["with zero weight"] += int(np.count_nonzero(light))
    rows = np.flatnonzero(keep)[~light]
    points, masses = values[rows], masses[~light]
    fences = tuple(_fences(axis, masses) for axis in points.T)
    low_fences, high_fences = np.array(fences).T
    outside = ((points < low_fences) | (points > high_fences)).any(axis=1)
    if choice.outliers == "drop" and outside.any():
        dropped["outliers"] = int(outside.sum())
        points, masses, rows = points[~outside], masses[~outside], rows[~outside]
    return Kept(points, masses, _counts(dropped), bounds, fences, int(outside.sum()), rows)


def column_scales(choice: Choice, kept: Kept) -> _Floats:
    """Return the factor of each axis, (d,): the root of its weight.

    Raises
    ------
    TableError
        If a weight is not a number above 0, or if there are more weights than columns.
    """
    axes = choice.axes
    if choice.standardised:
        shares = kept.masses / kept.masses.sum()
        centred = kept.points - shares @ kept.points
        return np.asarray((shares @ centred**2) ** -0.5)
    given = choice.column_weights if len(axes) > 1 and not choice.standardise else ()
    if len(given) > len(axes):
        raise TableError(
            f"{len(given)} weights are given for {len(axes)} columns; one for each is accepted."
        )
    for name, weight in zip(axes, given, strict=False):
        if not 1 / _HEAVIEST <= weight <= _HEAVIEST:
            raise TableError(
                f"The weight of column “{clean(name)}” is {clean(str(weight), 20)}; a number from"
                f" {1 / _HEAVIEST:g} to {_HEAVIEST:g} is accepted."
            )
    return np.sqrt([*given, *[1.0] * (len(axes) - len(given))])


def missing_codes(text: str) -> list[float]:
    """Return the numbers in a text such as "-999, 9999".

    Raises
    ------
    TableError
        If the text has anything else.
    """
    words = re.split(r"[\s;,]+", text.replace("\N{MINUS SIGN}", "-").strip())
    try:
        codes = [float(word) for word in words if word]
    except ValueError:
        codes = [np.nan]
    if not np.isfinite(codes).all():
        raise TableError(
            f"“{clean(text, 30)}” does not list numbers that stand for a missing value;"
            " “-999, 9999” is accepted."
        )
    return codes


def _fences(values: _Floats, masses: _Floats) -> tuple[float, float]:
    """Return the outer fences of Tukey (1977): 3 interquartile ranges outside the quartiles."""
    order = np.argsort(values, kind="stable")
    share = np.cumsum(masses[order])
    low, high = (
        float(values[order][min(int(np.searchsorted(share, part * share[-1])), len(order) - 1)])
        for part in (0.25, 0.75)
    )
    spread = high / 2 - low / 2
    if not 0 < spread <= LARGEST_VALUE:
        return -np.inf, np.inf
    return low - 2 * _FENCES * spread, high + 2 * _FENCES * spread


def _counts(dropped: dict[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((reason, count) for reason, count in dropped.items() if count)


def _nothing_left(
    table: Table, weights: Column | None, reasons: tuple[tuple[str, int], ...]
) -> str:
    why = ", ".join(f"{counted(count)} {reason}" for reason, count in reasons)
    remedy = "choose other columns or a wider range"
    if weights and any("weight" in reason for reason, _ in reasons):
        remedy = f"at least one weight in “{weights.name}” must be positive"
    return (
        f"None of the {counted(table.rows + table.ragged)} rows of {table.name} can be used "
        f"({why}): {remedy}."
    )


def check_axis(table: Table, name: str, values: _Floats) -> None:
    """Raise if all values of a column are equal, or if their squares overflow."""
    low, high = float(values.min()), float(values.max())
    size = max(abs(low), abs(high))
    if size > LARGEST_VALUE:
        raise TableError(
            f"Column “{name}” of {table.name} reaches {short(high if high == size else low, 6)}, "
            f"which overflows when squared: rescale it to below {short(LARGEST_VALUE)}."
        )
    if low == high:
        raise TableError(
            f"Column “{name}” of {table.name} has only one value, {short(low, 6)}: "
            "a source needs at least two."
        )
    if high - low < max(_SMALLEST_SPREAD * size, 1 / LARGEST_VALUE):
        raise TableError(
            f"Column “{name}” of {table.name} varies by only {short(high - low, 6)} around "
            f"{short(high, 6)}: subtract the offset or rescale it first."
        )
