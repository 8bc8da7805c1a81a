"""The header of a table: whether its first row has the names of the columns."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from rdcore.tables import affixes, units
from rdcore.tables.numerals import is_missing, is_number
from rdcore.words import clean

_MAX_TITLE_ROWS = 20
_DIGIT = re.compile(r"\d")
_YEARS = range(1000, 3000)


@dataclass(frozen=True)
class Header:
    """The names of the columns and the rows above the data.

    Parameters
    ----------
    names : tuple of str
        One per column; "" for a column without a name.
    named : bool
        Whether the names are in the table itself.
    skip : int
        Rows, or lines, before the first row of data.
    titles : int
        Number of skipped rows that were read as a title.
    open : tuple of str
        What nothing in the table decides, and what was taken.
    """

    names: tuple[str, ...]
    named: bool
    skip: int
    titles: int = 0
    open: tuple[str, ...] = ()

    def with_names(self, names: list[str]) -> Header:
        """Return the same header with other names."""
        return replace(self, names=tuple(names))

    def after(self, lines: int) -> Header:
        """Return the same header with the number of lines before the data."""
        return replace(self, skip=lines)


def find(rows: list[list[str]], asked: str) -> Header:
    """Return the header of the first rows of a table; `asked` is "yes", "no" or ""."""
    width = max(1, _width(rows[1:] or rows))
    if _names_more(rows, width):
        width = len(rows[0])
        rows = [row + [""] * (width - len(row)) for row in rows]
    start = _title_rows(rows, width)
    body = [row for row in rows[start + 1 :] if len(row) == width]
    stacked = None if asked == "no" else _stacked(rows[start:], width)
    if stacked is not None:
        start, body = start + 1, body[1:]
    names, sure = _names(_bare(rows[start], body), body, width)
    undecided: tuple[str, ...] = ()
    if stacked is not None:
        names = stacked
    elif asked == "yes":
        names = _fitted(rows[start], body, width)
    elif asked == "no":
        names = None
    elif not sure:
        line = clean(", ".join(rows[start]), 40)
        taken = "the names of the columns" if names else "data"
        other = "no" if names else "yes"
        undecided = (
            f"The first line ({line}) was read as {taken}; choose header “{other}” if not.",
        )
    found = tuple(name.strip().strip('"') for name in names or [""] * width)
    if all(len(name) > 2 and name[0] == name[-1] == "'" for name in found):
        found = tuple(name[1:-1] for name in found)
    skip = start + (names is not None)
    if names is not None and body and rows[start + 1] is body[0] and _are_units(body):
        found = tuple(map(_with_unit, found, body[0]))
        skip += 1
    titles = start - (stacked is not None)
    return Header(found, names is not None, skip, titles, undecided)


def _bare(first: list[str], body: list[list[str]]) -> list[str]:
    """Return the first row; its numbers are without a unit that the column below has too."""
    return (
        [
            affixes.of_column(cell, (row[j] for row in body)) if j < len(body[0]) else cell
            for j, cell in enumerate(first)
        ]
        if body
        else first
    )


def _width(rows: list[list[str]]) -> int:
    """Return the most frequent number of cells; ties go to the larger one."""
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def with_unit(name: str, unit: str) -> str:
    """Return the name of a column with its unit, unless it has one."""
    return name if units.parse(name)[1] else f"{name} [{units.bare(unit)}]"


def _with_unit(name: str, below: str) -> str:
    """Return the name of a column with the unit below it, if that is one."""
    return with_unit(name, below) if units.is_unit(below) else name


def _are_units(body: list[list[str]]) -> bool:
    """Whether the first row below the names has units of columns of numbers."""
    if len(body) < 2:
        return False
    columns = list(zip(*body[1:], strict=True))
    numeric = [j for j, column in enumerate(columns) if _is_numeric(column)]
    own = [body[0][j] for j in numeric]
    return any(map(units.is_unit, own)) and all(
        units.is_unit(cell) or is_missing(cell) for cell in own
    )


def _names_more(rows: list[list[str]], width: int) -> bool:
    """Whether the first row has different words for more columns than most rows have cells."""
    first = rows[0]
    words = {cell.strip() for cell in first if not is_missing(cell) and not is_number(cell)}
    return width > 1 and len(first) > width and len(words) == len(first) == max(map(len, rows))


def _title_rows(rows: list[list[str]], width: int) -> int:
    """Return the number of rows to skip before the first possible header or data row."""
    for k, row in enumerate(rows[:-1][:_MAX_TITLE_ROWS]):
        fits = _fits(row, width) is not None or (k == 0 and len(row) == width - 1 > 1)
        if fits and not _is_title(rows[k:], width):
            return k
    return 0


def _is_title(rows: list[list[str]], width: int) -> bool:
    """Whether the first row has one cell only, a word, above others such and then names."""
    if not any(is_number(cell) for row in rows[2:] for cell in row):
        return False
    for row in rows[:_MAX_TITLE_ROWS]:
        filled = [cell for cell in row if cell.strip()]
        if not row[0].strip() and len(filled) < 2:
            return False
        if any(is_number(cell) or is_missing(cell) for cell in filled):
            return False
        if len(filled) != 1:
            return width > 1 and row is not rows[0] and len(filled) > 1
    return False


def _stacked(rows: list[list[str]], width: int) -> list[str] | None:
    """Return the names in two rows, such as "2023 low" of "2023" over "low" and "high".

    That is so if cells of the upper row are blank, as merged ones are, and the lower row has words
    above columns of numbers; else None.
    """
    if len(rows) < 3 or any(len(row) != width for row in rows[:2]):
        return None
    upper, lower = rows[:2]
    if any(is_number(cell) for cell in lower) or not any(cell.strip() for cell in upper):
        return None
    blank = [j for j in range(1, width) if not upper[j].strip() and lower[j].strip()]
    columns = list(zip(*[row for row in rows[2:] if len(row) == width], strict=True))
    if not columns or not any(_is_numeric(columns[j]) and any(columns[j]) for j in blank):
        return None
    names, last = [], ""
    for above, below in zip(upper, lower, strict=True):
        last = above.strip() or last
        names.append(f"{last} {below.strip()}".strip() if below.strip() else above.strip())
    return names


def _fits(cells: list[str], width: int) -> list[str] | None:
    """Return the first `width` cells if the others are blank, else None."""
    if len(cells) < width or any(cell.strip() for cell in cells[width:]):
        return None
    return cells[:width]


def _fitted(first: list[str], body: list[list[str]], width: int) -> list[str]:
    """Return one name per column, also where the first row is one name short."""
    cells = _fits(first, width)
    if cells is not None:
        return cells
    # After a trailing delimiter the last cells are blank; a column of row names has no name.
    trailing = all(not row[-1].strip() for row in body)
    names = [*first, ""] if trailing or len(first) != width - 1 else ["row", *first]
    return (names + [""] * width)[:width]


def _names(first: list[str], body: list[list[str]], width: int) -> tuple[list[str] | None, bool]:
    """Return the names in the first row, or None if it is data, and whether that is sure.

    Words above columns of numbers are names; numbers above numbers are data, unless they are years,
    or counts from 0 or 1 that the column itself does not continue, or the first column has them.
    """
    if len(first) == width - 1 and width > 2:
        numbers = [cell for cell in first if is_number(cell)]
        if numbers and not _are_labels(numbers, [row[1:] for row in body]):
            return None, True
        return _fitted(first, body, width), True
    cells = _fits(first, width)
    if cells is None:
        return None, True
    if not body:
        text = [cell for cell in cells if not is_missing(cell)]
        return (cells if text and not any(map(is_number, text)) else None), True
    if _mirrored(cells, body):
        return cells, True
    columns = list(zip(*body, strict=True))
    numeric = [j for j in range(width) if _is_numeric(columns[j])]
    words = [j for j in numeric if not is_number(cells[j]) and not is_missing(cells[j])]
    figures = [j for j in range(width) if is_number(cells[j])]
    figures = [j for j in figures if j in numeric or not words]
    repeated = any(cells[j] in columns[j] for j in range(width) if cells[j].strip())
    labels = _are_labels([cells[j] for j in figures], [[row[j] for j in figures] for row in body])
    index = not cells[0].strip() and width > 1 and any(cell.strip() for cell in columns[0])
    if index and (not figures or labels or all(cells[j].strip().isdigit() for j in figures)):
        return cells, True
    if not figures:
        unlike = not any(map(is_missing, cells))
        return (cells if words or unlike else None), True
    if words and not repeated:
        if len(words) > len(figures):
            return cells, len(words) > 2 * len(figures) or labels
        return (cells, False) if labels or len(words) == len(figures) else (None, False)
    if labels and not repeated:
        return cells, False
    # A word above a column of text may be its name.
    texts = [j for j in range(width) if j not in numeric and not is_missing(cells[j])]
    shapes = {j: set(map(_shape, columns[j])) for j in texts}
    return None, not any(
        not is_number(cells[j]) and _shape(cells[j]) not in shapes[j] for j in texts
    )


def _mirrored(cells: list[str], body: list[list[str]]) -> bool:
    """Whether the first column repeats the first row, below a corner that is not a number."""
    side = [row[0].strip() for row in body]
    top = [cell.strip() for cell in cells[1 : 1 + len(side)]]
    return not is_number(cells[0]) and len(set(side)) == len(side) > 1 and top == side


def _shape(cell: str) -> str:
    """Return a cell with 0 for every digit: dates are written alike."""
    return _DIGIT.sub("0", cell.strip())


def _is_numeric(column: tuple[str, ...]) -> bool:
    there = [cell for cell in column if not is_missing(cell)]
    return 2 * sum(map(is_number, there)) > len(there)


def _are_labels(names: list[str], body: list[list[str]]) -> bool:
    """Whether numbers in a first row name columns: years, or counts from 0 or 1.

    `body` holds the cells below them. No column may continue what its name begins.
    """
    if not names or not body or not all(name.strip().isdigit() for name in names):
        return False
    found = [int(name) for name in names]
    if len(set(found)) < len(found):
        return False
    columns = list(zip(*body, strict=True))
    if all(
        number in _YEARS and len(name.strip()) == 4
        for name, number in zip(names, found, strict=True)
    ):
        return not any(_all_years(column) for column in columns)
    steps = found == list(range(found[0], found[0] + len(found)))
    fractions = all(any(not c.strip().lstrip("+-").isdigit() for c in column) for column in columns)
    return len(found) > 1 and found[0] in (0, 1) and steps and fractions


def _all_years(column: tuple[str, ...]) -> bool:
    there = [cell.strip() for cell in column if not is_missing(cell)]
    return any(cell.isdigit() and int(cell) in _YEARS for cell in there)
