"""Sentences for the user about how the rows were used."""

from __future__ import annotations

from dashboard.formatting import counted, listed, short
from dashboard.uploads.choices import Choice
from dashboard.uploads.tables import Table


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
        f"{name} ranges from {short(low, 6)} to {short(high, 6)}" for name, low, high in ranges
    ]
    return ", ".join(spans) + "."


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
    """Return the omitted columns, and notes on how the file was read."""
    left = [f"{name} ({reason})" for name, reason in table.left_out]
    return [*([f"Omitted columns: {listed(left)}."] if left else []), *table.notes]
