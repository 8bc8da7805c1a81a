"""Sentences for the user about how the rows were used."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rdcore.tables import units
from rdcore.tables.choices import Choice
from rdcore.tables.selection import Kept
from rdcore.tables.table import Table
from rdcore.words import counted, figure, listed, short

_WHOLE = 1e15
# Numbers that files often use for a missing value.
_CODES = frozenset((9.0, 99.0, 99.9, 999.0, 999.9, 9999.0, 99999.0, 999999.0, 999.25))


def rows_sentence(table: Table, used: int, dropped: tuple[tuple[str, int], ...]) -> str:
    """Return the number of used rows, and of dropped rows by reason."""
    read = table.rows + table.ragged
    if used == read:
        return f"All {counted(read, 'row')} used."
    why = ", ".join(f"{counted(count)} {reason}" for reason, count in dropped)
    return f"{counted(used)} of {counted(read, 'row')} used; {counted(read - used)} dropped: {why}."


def ranges_sentence(ranges: tuple[tuple[str, float, float], ...]) -> str:
    """Return the range of each axis."""
    spans = [
        " ".join((name, "ranges from", " to ".join(_in_full(low, high))))
        for name, low, high in ranges
    ]
    return ", ".join(spans) + "."


def _in_full(low: float, high: float) -> tuple[str, str]:
    """Write the ends of a range with the digits that tell them apart; integers in full."""
    spread, size = high - low, max(abs(low), abs(high))
    digits = 6 if not 0 < spread < np.inf else 3 + math.ceil(math.log10(max(size / spread, 1e3)))
    return _written(low, min(digits, 17)), _written(high, min(digits, 17))


def _written(value: float, digits: int) -> str:
    if value != 0 and not 1e-4 <= abs(value) < _WHOLE:
        return figure(value, digits)
    whole = digits if value != int(value) else 15
    text = np.format_float_positional(value, precision=whole, fractional=False, trim="-")
    return text.replace("-", "−")


def outliers_sentences(choice: Choice, kept: Kept) -> list[str]:
    """Return the number of outliers and where they begin; nothing if there are none."""
    sentences = []
    if kept.outliers:
        ends = ", ".join(
            f"{name} below {short(low)} or above {short(high)}"
            for name, (low, high) in zip(choice.axes, kept.fences, strict=True)
            if low > -float("inf")
        )
        done = "used" if choice.outliers == "keep" else "left out"
        sentences.append(
            f"{counted(kept.outliers, 'outlier')} (more than 3 interquartile ranges outside the"
            f" quartiles: {ends}): {done}."
        )
    for name, axis, fence in zip(choice.axes, kept.points.T, kept.fences, strict=True):
        for end, outside in (
            (float(axis.min()), axis.min() < fence[0]),
            (float(axis.max()), axis.max() > fence[1]),
        ):
            times = int((axis == end).sum())
            if outside and abs(end) in _CODES and times > 1:
                sentences.append(
                    f"{short(end)} occurs {counted(times)} times in “{name}”, far from the other"
                    " values: it may stand for a missing value."
                )
    return sentences


def weights_sentences(choice: Choice, scales: NDArray[np.float64]) -> list[str]:
    """Return what the error of each column counts; nothing if all count 1."""
    if choice.standardised:
        spreads = [
            f"{name} {figure(float(1 / scale), 4)}"
            for name, scale in zip(choice.axes, scales, strict=True)
        ]
        sentence = (
            "Columns are standardised: the weight of each is one over its variance. Errors are in"
            f" standard deviations σ of the columns: {listed(spreads, 16)}. The variance is"
            f" {len(spreads)} σ² in all."
        )
        return [sentence]
    if not choice.weighted_columns:
        return []
    counts = [
        f"{short(float(scale**2), 6)} for {name}"
        for name, scale in zip(choice.axes, scales, strict=True)
    ]
    kinds = {units.parse(name)[1] for name in choice.axes}
    mixed = " The columns differ in unit, so D has none." if len(kinds) > 1 else ""
    return [f"The squared error of a row is a sum with the weights {listed(counts, 16)}.{mixed}"]


def atoms_sentences(choice: Choice, atoms: int, *, within: float, variance: float) -> list[str]:
    """Return the number of atoms, the variance within cells, and the scope of the rates."""
    rows = "the rows" if choice.kind == "samples" else "the weighted rows"
    scope = (
        f"Rates are for the empirical distribution of {rows}, not for the distribution they were"
        " drawn from."
    )
    if not choice.bins:
        return [f"{counted(atoms, 'atom')}: the distinct values.", scope]
    cells = " × ".join([counted(choice.bins)] * len(choice.axes))
    hidden = (
        f"The variance within bins is V = {short(within)}"
        f" ({short(100 * within / variance, 3)} % of "
        "the total). For squared error, a level D for the atoms is D + V for the rows."
    )
    means = f"{counted(atoms, 'atom')}: the means of the occupied bins among {cells} bins."
    return [means, hidden, scope]


def left_out_sentences(table: Table) -> list[str]:
    """Return the columns of groups, the omitted columns, and notes on how the file was read."""
    groups = [one for one in table.labels if one.texts and one.name not in table.names]
    named = [one.name for one in groups]
    left = [f"{name} ({reason})" for name, reason in table.left_out if name not in named]
    found = list(table.notes)
    if left:
        found.insert(0, f"Omitted columns: {listed(left)}.")
    if groups:
        one = groups[0]
        example = f"“{one.name} = {one.texts[0]}”"
        found.insert(0, f"Columns for subsets, such as {example}: {listed(named)}.")
    return found
