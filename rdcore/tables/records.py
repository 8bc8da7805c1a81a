"""JSON: records, columns by name, or plain lists of numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rdcore.errors import TableError
from rdcore.tables.cells import Origin, tabulate
from rdcore.tables.header import Header
from rdcore.tables.numerals import exact
from rdcore.tables.options import Reading
from rdcore.tables.table import Table, check_size
from rdcore.tables.text import decode, encoding

_ACCEPTED = 'records such as [{"x": 1}, {"x": 2}], columns such as {"x": [1, 2]}, or lines of them'

# Objects in objects that are looked into.
_DEPTH = 8


def is_json(data: bytes) -> bool:
    """Whether a text begins as a JSON object or list does, and is not a CSV of such cells."""
    start = data[:400].decode(encoding(data) or "latin-1", errors="ignore")
    start = start.removeprefix("\ufeff").removeprefix("ï»¿").lstrip()
    if start[:1] == "{":
        return start[1:].lstrip()[:1] in ('"', "}")
    return start[:1] == "[" and start[1:].lstrip()[:1] in '[{"-0123456789]'


def read_json(name: str, data: bytes, reading: Reading) -> Table:
    """Return the columns of records, of an object of lists, or of a list of numbers."""
    body, notes = decode(name, data)
    tree = _tree(name, body)
    names, columns = _columns(name, tree)
    check_size(name, max((len(column) for column in columns), default=0), len(columns))
    header = Header(tuple(names), named=names != [""] * len(names), skip=0)
    texts = [[_text(cell) for cell in column] for column in columns]
    return tabulate(Origin(name, "JSON", tuple(notes)), header, texts, reading)


def _tree(name: str, body: str) -> Any:
    try:
        return json.loads(body)
    except RecursionError as error:
        raise TableError(f"{name} is nested too deeply: {_ACCEPTED} are accepted.") from error
    except ValueError as error:
        lines = [line for line in body.split("\n") if line.strip()]
        try:
            return [json.loads(line) for line in lines]
        except (ValueError, RecursionError):
            raise TableError(
                f"{name} looks like JSON but cannot be read: {_ACCEPTED} are accepted."
            ) from error


def _columns(name: str, tree: Any) -> tuple[list[str], list[list[Any]]]:
    """Return the names and the cells of the columns."""
    if isinstance(tree, dict):
        lists = {key: value for key, value in tree.items() if isinstance(value, list)}
        inner = list(_records(tree))
        if len(inner) == 1:
            return _columns(name, inner[0])  # an envelope around the records
        split = lists.get("columns"), lists.get("data")
        if split[0] and split[1] and all(isinstance(row, list) for row in split[1]):
            given, cells = _columns(name, split[1])
            if len(given) == len(split[0]):
                return list(map(_text, split[0])), cells
        if lists and len({len(value) for value in lists.values()}) == 1:
            return list(lists), list(lists.values())
        objects = list(tree.values())
        if objects and all(isinstance(value, dict) for value in objects):
            return _by_index(objects, list(tree))
    if isinstance(tree, list) and tree:
        if all(isinstance(row, dict) for row in tree):
            tree = [_flat(row) for row in tree]
            keys = dict.fromkeys(key for row in tree for key in row)
            check_size(name, len(tree), len(keys))
            return list(keys), [[row.get(key) for row in tree] for key in keys]
        if all(isinstance(row, list) for row in tree):
            width = max(map(len, tree))
            check_size(name, len(tree), width)
            return [""] * width, [
                [row[j] if j < len(row) else None for row in tree] for j in range(width)
            ]
        if not any(isinstance(cell, dict | list) for cell in tree):
            return [""], [tree]
    raise TableError(f"{name} is JSON without a table: {_ACCEPTED} are accepted.")


def _records(tree: dict[str, Any], depth: int = 0) -> Iterator[list[Any]]:
    """Yield the lists of records in an object and in the objects in it."""
    for value in tree.values():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield value
        elif isinstance(value, dict) and depth < _DEPTH:
            yield from _records(value, depth + 1)


def _flat(record: dict[str, Any], depth: int = 0) -> dict[str, Any]:
    """Return a record with the fields of the objects in it, such as "wind.speed"."""
    if depth == _DEPTH or not any(isinstance(value, dict) for value in record.values()):
        return record
    found: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict) and value:
            inner = _flat(value, depth + 1)
            found |= {f"{key}.{own}": cell for own, cell in inner.items()}
        else:
            found[key] = value
    return found


def _by_index(columns: list[dict[str, Any]], names: list[str]) -> tuple[list[str], list[list[Any]]]:
    """Return columns whose cells are named by their rows, as pandas writes them."""
    rows = dict.fromkeys(row for column in columns for row in column)
    return names, [[column.get(row) for row in rows] for column in columns]


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return exact(cell)
    return cell if isinstance(cell, str) else json.dumps(cell)
