"""The columns of a choice, and their usable rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.formatting import clean, counted, short
from dashboard.uploads.choices import Choice
from dashboard.uploads.limits import LARGEST_VALUE, MAX_BINS, MAX_BINS_2D, UploadError
from dashboard.uploads.tables import Column, Table

_Floats = NDArray[np.float64]
# Below this relative range, the differences in a column are rounding errors.
_SMALLEST_SPREAD = 1e-12


def chosen_columns(table: Table, choice: Choice) -> tuple[list[Column], Column | None]:
    """Return the atom columns and the weight column; raise if the choice is invalid."""
    if choice.kind not in ("samples", "weighted"):
        raise UploadError(
            f"The rows of {table.name} are “samples” or “weighted”, "
            f"not “{clean(str(choice.kind))}”."
        )
    names = list(choice.axes)
    if choice.kind == "weighted":
        if not choice.weight:
            raise UploadError(
                f"Choose the column of {table.name} with the weights, or read its rows as samples."
            )
        names.append(choice.weight)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UploadError(
            f"Column “{clean(str(twice))}” of {table.name} is chosen twice: choose another column."
        )
    most = MAX_BINS if len(choice.axes) == 1 else MAX_BINS_2D
    if type(choice.bins) is not int or not (choice.bins == 0 or 2 <= choice.bins <= most):
        raise UploadError(
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
    ]
    result = []
    for name, low, high in given[: len(choice.axes)]:
        pair = (_bound(low, -np.inf), _bound(high, np.inf))
        if not pair[0] < pair[1]:
            raise UploadError(
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


def kept_rows(
    table: Table,
    columns: list[Column],
    *,
    weights: Column | None,
    bounds: list[tuple[float, float]],
) -> tuple[_Floats, _Floats, tuple[tuple[str, int], ...], NDArray[np.intp]]:
    """Return the usable rows (n, d), their weights, the dropped rows, and their places (n,)."""
    values = np.column_stack([column.values for column in columns])
    cells = [*columns, weights] if weights else columns
    lows, highs = np.array(bounds, dtype=float).T
    tests = [
        ("empty", np.any([column.empty for column in cells], axis=0)),
        ("not a number", np.any([np.isnan(column.values) for column in cells], axis=0)),
        ("infinite", np.any([np.isinf(column.values) for column in cells], axis=0)),
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
        raise UploadError(_nothing_left(table, weights, _counts(dropped)))
    # Divided by the largest first, because a sum of large weights overflows.
    masses = masses[keep] / masses[keep].max()
    light = masses / masses.sum() == 0
    if light.any():
        dropped["with zero weight"] += int(np.count_nonzero(light))
    places = np.flatnonzero(keep)[~light]
    return values[places], masses[~light], _counts(dropped), places


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
        raise UploadError(
            f"Column “{name}” of {table.name} reaches {short(high if high == size else low, 6)}, "
            f"which overflows when squared: rescale it to below {short(LARGEST_VALUE)}."
        )
    if low == high:
        raise UploadError(
            f"Column “{name}” of {table.name} has only one value, {short(low, 6)}: "
            "a source needs at least two."
        )
    if high - low < max(_SMALLEST_SPREAD * size, 1 / LARGEST_VALUE):
        raise UploadError(
            f"Column “{name}” of {table.name} varies by only {short(high - low, 6)} around "
            f"{short(high, 6)}: subtract the offset or rescale it first."
        )
