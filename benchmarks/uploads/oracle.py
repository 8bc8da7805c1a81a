"""A hundred files of the corpus, drawn at random, and their right readings, made by hand.

A reading in ``oracle.json`` has the delimiter, whether the first line that is read has names, all
names, the kinds of the columns ("n" numbers or truth values, "t" text, "e" empty), the number of
rows, and the numbers in the first and last rows, null where they are missing.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.uploads.corpus import Sample, samples
from rdcore.errors import TableError
from rdcore.tables import Table, read_table

PLACE = Path(__file__).with_name("oracle.json")
_SEED, _COUNT = 20260, 100


def drawn() -> list[Sample]:
    """Return the files of the oracle."""
    found = list(samples())
    return sorted(random.Random(_SEED).sample(found, _COUNT), key=lambda one: one.place)


def draw() -> None:
    """Print the ends of each file, for a person to read."""
    for sample in drawn():
        lines = sample.data.decode("latin-1").splitlines()
        print(f"## {sample.place}: {len(lines)} lines")
        for line in (*lines[:3], *lines[-2:]):
            print("   ", line[:160])


def check() -> tuple[int, list[str]]:
    """Return how many files are read as the oracle says, and what is wrong with the others."""
    known = json.loads(PLACE.read_text(encoding="utf-8"))
    wrong = []
    for sample in drawn():
        try:
            why = difference(read_table(sample.name, sample.data), known[sample.place])
        except TableError as error:
            why = str(error)
        if why:
            wrong.append(f"{sample.place}: {why}")
    return len(known) - len(wrong), wrong


def difference(table: Table, known: dict[str, Any]) -> str:
    """Return the first difference between a table and a reading, "" if there is none."""
    numbers = {column.name: column.values for column in table.columns}
    left = dict(table.left_out)
    names = [name or f"column {k}" for k, name in enumerate(known["names"], start=1)]
    kinds = "".join(
        "n" if name in numbers else "t" if left.get(name, "empty") != "empty" else "e"
        for name in names
    )
    # An empty column without a name follows a trailing delimiter and is not reported.
    named = [n for n, k, own in zip(names, kinds, known["names"], strict=True) if own or k != "e"]
    chosen = [name for name, kind in zip(names, known["kinds"], strict=True) if kind == "n"]
    ends = [[_cell(numbers[name][k]) for name in chosen if name in numbers] for k in (0, -1)]
    for what, ours, theirs in (
        ("delimiter", table.delimiter, known["delimiter"]),
        ("header", table.header, known["header"]),
        ("names", sorted(set(numbers) | set(left)), sorted(named)),
        ("kinds", kinds, known["kinds"]),
        ("rows", table.rows, known["rows"]),
        ("first row", ends[0], known["first"]),
        ("last row", ends[1], known["last"]),
    ):
        if ours != theirs:
            return f"{what} {ours}, not {theirs}"
    return ""


def _cell(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
