"""From a table and a choice to atoms and probabilities, with an account of every row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore.errors import TableError
from rdcore.tables.account import (
    atoms_sentences,
    left_out_sentences,
    outliers_sentences,
    ranges_sentence,
    rows_sentence,
    weights_sentences,
)
from rdcore.tables.choices import Choice
from rdcore.tables.limits import LARGEST_VALUE, MAX_ATOMS, MAX_VECTORS
from rdcore.tables.selection import check_axis, column_scales, kept_rows
from rdcore.tables.table import Table
from rdcore.words import counted, short

_Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Understood:
    """A source from the rows of a table, with an account of the rows.

    Parameters
    ----------
    name : str
        File and columns, for the source.
    axes : tuple of str
        Names of the atom columns.
    atoms : (n,) or (n, d) float64
        Sorted, the first axis slowest; all different unless rows were grouped.
    pmf : (n,) float64
        Positive, with sum 1.
    rows_read, rows_used : int
    outliers : int
        Rows more than 3 interquartile ranges outside the quartiles, used or dropped.
    dropped : tuple of (str, int)
        Reasons in the order of the checks, and the number of rows for each.
    ranges : tuple of (str, float, float)
        Smallest and largest value used, per axis, in the column's unit.
    variance : float
        E|X - EX|^2 over the used rows, summed over the axes, in squared units.
    within_variance : float
        V = E Var(X | cell), the variance within bins; 0 without bins. Squared units.
    cell_variances, cell_diameters : (n,) float64, or None without bins
        Variance and diameter of the rows in each cell, in squared units and in units.
    sentences : tuple of str
        The account for the screen, the rows first.
    groups : (k, n) bool
        Which atoms are in each group of rows.
    labels : (rows_used,) intp
        The atom of each used row, in their order.
    points : (rows_used, d) float64
        The values of each used row, in their order.
    scales : (d,) float64
        The factor by which atoms, points and variances differ from the columns: the root of the
        weight of each; 1 unless several columns are weighted or standardised.
    values : (n, d) float64
        The atoms in the units of the columns.
    weights : (rows_used,) float64
        The weight of each used row as its column has it, 1 without such a column.
    """

    name: str
    axes: tuple[str, ...]
    atoms: _Floats
    pmf: _Floats
    rows_read: int
    rows_used: int
    outliers: int
    dropped: tuple[tuple[str, int], ...]
    ranges: tuple[tuple[str, float, float], ...]
    variance: float
    within_variance: float
    cell_variances: _Floats | None
    cell_diameters: _Floats | None
    sentences: tuple[str, ...]
    groups: NDArray[np.bool_]
    labels: NDArray[np.intp]
    points: _Floats
    scales: _Floats
    values: _Floats
    weights: _Floats


def understand(
    table: Table, choice: Choice, groups: Sequence[NDArray[np.bool_]] = ()
) -> Understood:
    r"""Return the atoms and probabilities of `table` for `choice`.

    Each of `groups` says which rows (rows,) belong to it. Rows with equal values of which one is
    in a group and the other is not become two atoms, so that a fidelity can be for the group: the
    encoder then knows the group as well as the value.

    With bins, an atom is the mean of its cell, so that for squared error a level D of the atoms is
    the level D + V of the rows, V being the variance within the cells.

    Parameters
    ----------
    table : Table
        What was read from a file.
    choice : Choice
        The columns, weights and bins.
    groups : sequence of arrays of bool, (rows,)
        Which rows belong to each group.

    Returns
    -------
    Understood
        Atoms, probabilities, and an account of the rows.

    Raises
    ------
    TableError
        If the choice has no usable columns, fewer than two atoms, or too many.

    Examples
    --------
    >>> from rdcore.tables import propose, read_table
    >>> table = read_table("counts.csv", b"value,count\n1,4\n2,6\n")
    >>> understand(table, propose(table)).pmf.tolist()
    [0.4, 0.6000000000000001]
    """
    kept = kept_rows(table, choice)
    points, masses = kept.points, kept.masses
    for name, axis in zip(choice.axes, points.T, strict=True):
        check_axis(table, name, axis)
    ranges = tuple(
        (name, float(axis.min()), float(axis.max()))
        for name, axis in zip(choice.axes, points.T, strict=True)
    )
    cell = _cells(points, choice.bins, kept.bounds) if choice.bins else _distinct(points)
    if groups:
        members = np.array(groups)[:, kept.rows]
        cell = _combined([cell, *members.astype(np.intp)])
    else:
        members = np.zeros((0, len(points)), dtype=bool)
    scales = column_scales(choice, kept)
    own, points = points, points if (scales == 1).all() else points * scales
    pmf: _Floats = np.bincount(cell, weights=masses) / masses.sum()
    _check_atoms(table, choice, len(pmf))
    values = _means(own, masses, cell) if choice.bins else _values(own, cell)
    atoms = values if own is points else values * scales
    variance, within = _variances(points, masses, atoms=atoms, cell=cell)
    spreads, diameters = _spreads(points, masses, cell) if choice.bins else (None, None)
    if variance < LARGEST_VALUE**-2:
        raise TableError(
            f"Nearly all of the weight in {table.name} lies on one value, and the variance is only "
            f"{short(variance, 6)}: check the weights, or rescale the values."
        )
    return Understood(
        name=f"{table.name}: {', '.join(choice.axes)}",
        axes=choice.axes,
        atoms=atoms if points.shape[1] > 1 else atoms[:, 0],
        pmf=pmf,
        rows_read=table.rows + table.ragged,
        rows_used=len(points),
        outliers=kept.outliers,
        dropped=kept.dropped,
        ranges=ranges,
        variance=variance,
        within_variance=within,
        cell_variances=spreads,
        cell_diameters=diameters,
        sentences=(
            rows_sentence(table, len(points), kept.dropped),
            ranges_sentence(ranges),
            *weights_sentences(choice, scales),
            *outliers_sentences(choice, kept),
            *atoms_sentences(choice, len(pmf), within=within, variance=variance),
            *left_out_sentences(table),
        ),
        groups=_of_atoms(members, cell),
        labels=cell,
        points=points,
        scales=scales,
        values=values,
        weights=_weights(table, choice, kept.rows),
    )


def _weights(table: Table, choice: Choice, rows: NDArray[np.intp]) -> _Floats:
    if choice.kind != "weighted":
        return np.ones(len(rows))
    return table.column(choice.weight).values[rows]


def _distinct(points: _Floats) -> NDArray[np.intp]:
    """Return, for every row, the index of its value among the sorted distinct values."""
    codes = [np.unique(axis, return_inverse=True)[1] for axis in points.T]
    return _combined(codes)


def _cells(points: _Floats, bins: int, bounds: list[tuple[float, float]]) -> NDArray[np.intp]:
    """Return, for every row, the index of its cell among the occupied cells."""
    codes = []
    for values, (low, high) in zip(points.T, bounds, strict=True):
        start = low if abs(low) <= LARGEST_VALUE else float(values.min())
        end = high if abs(high) <= LARGEST_VALUE else float(values.max())
        position = (values - start) / (end - start) * bins
        codes.append(np.clip(position.astype(np.intp), 0, bins - 1))
    return _combined(codes)


def _combined(codes: list[NDArray[np.intp]]) -> NDArray[np.intp]:
    code = codes[0]
    for k, other in enumerate(codes[1:]):
        # Numbered again, because the number of all cells may be beyond any integer.
        code = code if k == 0 else np.unique(code, return_inverse=True)[1]
        code = code * (int(other.max()) + 1) + other
    return np.unique(code, return_inverse=True)[1]


def _values(points: _Floats, cell: NDArray[np.intp]) -> _Floats:
    """Return the one value (n, d) of each cell, unrounded."""
    atoms = np.empty((int(cell.max()) + 1, points.shape[1]))
    atoms[cell] = points
    return atoms


def _of_atoms(members: NDArray[np.bool_], cell: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which atoms are in each group, (k, n), from the rows that are."""
    found = np.zeros((len(members), int(cell.max()) + 1), dtype=bool)
    found[:, cell] = members
    return found


def _means(points: _Floats, masses: _Floats, cell: NDArray[np.intp]) -> _Floats:
    """Return the mean (n, d) of each cell."""
    pmf = np.bincount(cell, weights=masses)[:, None]
    means = np.zeros((len(pmf), points.shape[1]))
    # The second pass removes the rounding of the first. Clipped to the range of their cells, the
    # means of two cells cannot round to the same atom.
    for _ in range(2):
        apart = (points - means[cell]) * masses[:, None]
        means += np.column_stack([np.bincount(cell, weights=axis) for axis in apart.T]) / pmf
    lows, highs = np.full(means.shape, np.inf), np.full(means.shape, -np.inf)
    np.minimum.at(lows, cell, points)
    np.maximum.at(highs, cell, points)
    held: _Floats = np.clip(means, lows, highs)
    return held


def _variances(
    points: _Floats, masses: _Floats, *, atoms: _Floats, cell: NDArray[np.intp]
) -> tuple[float, float]:
    """Return the variance of the points, and the variance within the cells."""
    mean = _means(points, masses, np.zeros(len(points), dtype=np.intp))
    total, within = (((points - centre) ** 2).sum(axis=1) for centre in (mean, atoms[cell]))
    weight = masses.sum()
    return float(masses @ total / weight), float(masses @ within / weight)


def _spreads(points: _Floats, masses: _Floats, cell: NDArray[np.intp]) -> tuple[_Floats, _Floats]:
    """Return the variance (n,) and the diameter (n,) of the points in each cell."""
    centres = _means(points, masses, cell)
    away = ((points - centres[cell]) ** 2).sum(axis=1)
    variances = np.bincount(cell, weights=masses * away) / np.bincount(cell, weights=masses)
    lows, highs = np.full(centres.shape, np.inf), np.full(centres.shape, -np.inf)
    np.minimum.at(lows, cell, points)
    np.maximum.at(highs, cell, points)
    return variances, np.sqrt(((highs - lows) ** 2).sum(axis=1))


def _check_atoms(table: Table, choice: Choice, atoms: int) -> None:
    what = " and ".join(f"“{name}”" for name in choice.axes)
    most = MAX_ATOMS if len(choice.axes) < 3 else MAX_VECTORS
    if atoms > most:
        remedy = f"at most {counted(most)} atoms are accepted"
        if choice.bins:
            raise TableError(
                f"{counted(choice.bins)} bins per axis of {what} give {counted(atoms)} atoms; "
                f"{remedy}: choose fewer bins."
            )
        instead = "choose a number of bins" if len(choice.axes) < 3 else "use fewer rows"
        raise TableError(
            f"{what} of {table.name} has {counted(atoms)} distinct values; {remedy}: {instead}."
        )
    if atoms < 2:
        raise TableError(
            f"All rows of {what} fall into one bin: choose more bins or a narrower range."
        )
