"""The sentences that tell a user what was made of their rows."""

from __future__ import annotations

from dashboard.formatting import counted, listed, short
from dashboard.uploads.choices import Choice
from dashboard.uploads.tables import Table


def rows_sentence(table: Table, used: int, dropped: tuple[tuple[str, int], ...]) -> str:
    """Return how many rows were used, and how many were dropped for which reason."""
    read = table.rows + table.ragged
    if used == read:
        return f"All {counted(read, 'row')} used."
    why = ", ".join(f"{counted(count)} {reason}" for reason, count in dropped)
    return f"{counted(used)} of {counted(read, 'row')} used; {counted(read - used)} dropped: {why}."


def ranges_sentence(ranges: tuple[tuple[str, float, float], ...]) -> str:
    """Return the range of each axis."""
    spans = [f"{name} runs from {short(low, 6)} to {short(high, 6)}" for name, low, high in ranges]
    return ", ".join(spans) + "."


def atoms_sentences(choice: Choice, atoms: int, *, within: float, variance: float) -> list[str]:
    """Return how many atoms there are, what binning hides, and what law the rate is about."""
    rows = "the rows" if choice.kind == "samples" else "the weighted rows"
    law = f"Rates are those of the empirical law of {rows}, not of what they were drawn from."
    if not choice.bins:
        return [f"{counted(atoms, 'atom')}: the distinct values.", law]
    cells = " × ".join([counted(choice.bins)] * len(choice.axes))
    hidden = (
        f"Binning hides a variance V = {short(within)} ({short(100 * within / variance, 3)} % of "
        "all): for squared error, a level D of the atoms is D + V for the rows."
    )
    means = f"{counted(atoms, 'atom')}: the means of the occupied ones among {cells} bins."
    return [means, hidden, law]


def left_out_sentences(table: Table) -> list[str]:
    """Return which columns were left out, and how the file was read."""
    left = [f"{name} ({reason})" for name, reason in table.left_out]
    return [*([f"Left out: {listed(left)}."] if left else []), *table.notes]
