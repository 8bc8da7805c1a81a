"""From cells of text to a table: the decimal mark, columns of numbers, columns of labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rdcore.tables import affixes
from rdcore.tables.header import Header, with_unit
from rdcore.tables.limits import MAX_LABELS
from rdcore.tables.numerals import Evidence, TextCells, booleans, example, is_missing
from rdcore.tables.options import Reading
from rdcore.tables.table import Column, Labels, Table, assemble, labelled, unique_names
from rdcore.words import clean, listed, short


@dataclass(frozen=True)
class Origin:
    """Where cells come from.

    Parameters
    ----------
    name, format : str
        Those of the table.
    notes : tuple of str
        Sentences about how the file was read.
    open : tuple of str
        Sentences about what nothing in the file decides.
    ragged : int
        Number of rows dropped because of a wrong number of fields.
    delimiter : str
        What separated the cells, "" if nothing did.
    sheets : tuple of str
        Those of the table.
    """

    name: str
    format: str
    notes: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    ragged: int = 0
    delimiter: str = ""
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Read:
    """The cells of a column, without what stands around their numbers, and what they say.

    ``bare`` has what was removed, if anything was.
    """

    cells: TextCells
    evidence: Evidence
    bare: affixes.Bare | None = None

    @property
    def unit(self) -> str:
        return self.bare.unit if self.bare else ""

    @staticmethod
    def of(texts: Sequence[str]) -> _Read:
        cells = TextCells.of(affixes.unquoted(texts))
        evidence = cells.evidence()
        bare = affixes.without(cells.texts) if evidence.words else None
        if bare is not None:
            other = TextCells.of(bare.texts)
            found = other.evidence()
            if found.is_numeric and (found.numbers > evidence.numbers or not evidence.is_numeric):
                return _Read(other, found, bare)
        return _Read(cells, evidence)


def tabulate(
    origin: Origin, header: Header, columns: Sequence[Sequence[str]], reading: Reading
) -> Table:
    """Return the table of columns of text."""
    given = list(header.names)
    if len(given) == 1 and not given[0]:
        given = ["x"]
    read = [_Read.of(texts) for texts in columns]
    given = [
        with_unit(name or f"column {k}", one.unit) if one.unit else name
        for k, (name, one) in enumerate(zip(given, read, strict=True), start=1)
    ]
    parsed, found = [one.cells for one in read], [one.evidence for one in read]
    votes = Counter(one.mark for one in found if one.is_numeric and one.mark)
    default = reading.decimal or _default(votes, found, origin.delimiter)
    marks = [reading.decimal or one.mark or default for one in found]
    numbers, left_out, labels = [], [], []
    grouped, commas, open_cells = False, False, []
    names = unique_names(given)
    for label, raw, cells, one, mark in zip(names, given, parsed, found, marks, strict=True):
        numerals = cells.numerals(mark) if one.is_numeric else booleans(cells.texts)
        if numerals is not None:
            numbers.append(Column(label, numerals.values, numerals.empty))
            grouped = grouped or numerals.grouped
            commas = commas or (mark == "," and cells.has_commas)
            settled = reading.decimal or votes or (origin.delimiter == "," and "." in one.either)
            if one.either and not one.mark and not settled:
                open_cells.append((label, one.either, mark))
        elif one.there:
            left_out.append((label, f"text such as “{clean(example(cells.texts), 20)}”"))
            texts = _labels(label, cells.texts)
            labels += [texts] if texts else []
        # The empty column after a trailing delimiter is not reported.
        elif raw:
            left_out.append((label, "empty"))
    undecided = (*origin.open, *_open_sentences(open_cells))
    notes = [*origin.notes, *undecided]
    if commas:
        notes.append("Commas were read as decimal marks.")
    if grouped:
        notes.append("Thousands separators were removed.")
    notes += _bare_sentences(names, read, marks)
    table = assemble(
        origin.name,
        origin.format,
        columns=numbers,
        left_out=left_out,
        ragged=origin.ragged,
        notes=notes,
    )
    return replace(
        table,
        open=undecided,
        labels=tuple(labels),
        sheets=origin.sheets,
        delimiter=origin.delimiter,
        decimal=default,
        header=header.named,
    )


def _default(votes: Counter[str], found: list[Evidence], delimiter: str) -> str:
    """Return the decimal mark for columns that decide on none."""
    if votes:
        return max(".,", key=lambda mark: votes[mark])
    commas = any("," in one.either for one in found)
    return "," if delimiter == ";" and commas else "."


def _open_sentences(cells: list[tuple[str, str, str]]) -> list[str]:
    """Return a sentence on a column in which no cell decides the decimal mark."""
    if not cells:
        return []
    label, cell, mark = cells[0]
    other = "," if mark == "." else "."
    values = [
        short(float(TextCells.of([cell]).numerals(one).values[0]), 10) for one in (mark, other)
    ]
    names = {".": "point", ",": "comma"}
    sentence = (
        f"In column “{label}” nothing decides what “{clean(cell, 20)}” is: it was read as"
        f" {values[0]}; choose the decimal {names[other]} to read {values[1]}."
    )
    return [sentence]


def _bare_sentences(names: Sequence[str], read: Sequence[_Read], marks: list[str]) -> list[str]:
    """Return a sentence on what was removed around numbers, with one example a column."""
    found = []
    for name, one, mark in zip(names, read, marks, strict=True):
        if one.bare:
            value = TextCells.of([one.bare.after]).numerals(mark).values[0]
            cell = clean(one.bare.before, 20)
            found.append(f"“{cell}” in column “{name}” as {short(float(value), 10)}")
    return [f"Read without what stands around the number: {listed(found, 3)}."] if found else []


def _labels(name: str, cells: Sequence[str]) -> Labels | None:
    """Return a column of text, or None if it has too many different texts."""
    texts = [raw for raw in set(cells) if not is_missing(raw)]
    if len(texts) > MAX_LABELS:
        return None
    place = {text: k for k, text in enumerate(texts)}
    return labelled(name, texts, np.array([place.get(raw, -1) for raw in cells], dtype=np.intp))
