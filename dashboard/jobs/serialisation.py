"""Values as files, to pass them between processes without pickle.

A value consists of None, booleans, numbers, strings, lists, tuples, dictionaries with string keys,
numpy arrays, and frozen dataclasses of this package. The file is an NPZ file with the
arrays and one JSON text that describes the structure. It is written completely or not at all.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from dashboard.errors import UserError

_TREE = "tree"
_HOME = "dashboard."


class TooLargeError(UserError):
    """A value is larger than allowed."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(
            f"The result has {size / 2**20:.1f} MiB; at most {most / 2**20:.1f} MiB are allowed."
        )


def save(path: Path, value: object, *, most_bytes: int) -> None:
    """Write a value to a file; replace the file if it exists.

    Raises
    ------
    TooLargeError
        If it is larger than allowed; nothing is written.
    TypeError
        If it contains a value that cannot be serialised.
    """
    arrays: dict[str, np.ndarray[Any, Any]] = {}
    text = json.dumps(_folded(value, arrays)).encode()
    size = len(text) + sum(array.nbytes for array in arrays.values())
    if size > most_bytes:
        raise TooLargeError(size, most_bytes)
    draft = path.with_suffix(".draft")
    with draft.open("wb") as file:
        np.savez(file, **{_TREE: np.frombuffer(text, np.uint8)}, **arrays)  # type: ignore[arg-type]
    draft.replace(path)


def load(path: Path) -> Any:
    """Read a file written by ``save``; arrays are read-only, because sessions share them."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    tree = json.loads(arrays.pop(_TREE).tobytes())
    for array in arrays.values():
        array.flags.writeable = False
    return _unfolded(tree, arrays)


def _folded(value: object, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError("an array of objects cannot be serialised; use numbers or text")
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"array": name}
    if isinstance(value, list):
        return [_folded(one, arrays) for one in value]
    if isinstance(value, tuple):
        return {"tuple": [_folded(one, arrays) for one in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": {key: _folded(one, arrays) for key, one in value.items()}}
    kind = type(value)
    if dataclasses.is_dataclass(kind) and kind.__module__.startswith(_HOME):
        fields = {f.name: _folded(getattr(value, f.name), arrays) for f in dataclasses.fields(kind)}
        return {"class": [kind.__module__, kind.__name__], "fields": fields}
    raise TypeError(
        f"a value of type {kind.__name__} cannot be serialised; see dashboard.jobs.serialisation"
    )


def _unfolded(tree: Any, arrays: dict[str, np.ndarray[Any, Any]]) -> Any:
    if isinstance(tree, list):
        return [_unfolded(one, arrays) for one in tree]
    if not isinstance(tree, dict):
        return tree
    if "array" in tree:
        return arrays[tree["array"]]
    if "tuple" in tree:
        return tuple(_unfolded(one, arrays) for one in tree["tuple"])
    if "dict" in tree:
        return {key: _unfolded(one, arrays) for key, one in tree["dict"].items()}
    module, name = tree["class"]
    if not module.startswith(_HOME):
        raise TypeError(f"{module}.{name} is not a dataclass of this package")
    kind: Any = getattr(importlib.import_module(module), name)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise TypeError(f"{module}.{name} is not a dataclass of this package")
    given = {key: _unfolded(one, arrays) for key, one in tree["fields"].items()}
    return kind(**given)
