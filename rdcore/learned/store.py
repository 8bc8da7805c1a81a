"""Storage of parameters and settings in NPZ files without pickle."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from rdcore import _npz
from rdcore.errors import InputError

FORMAT = "rdcore.learned"
VERSION = 1


def save(path: Path, parameters: Any, settings: dict[str, Any]) -> None:
    """Write parameters, a tree of dicts, lists, tuples and arrays, with settings as JSON."""
    arrays: dict[str, Any] = {}
    tree = _folded(parameters, arrays)
    about = {"format": FORMAT, "version": VERSION, "tree": tree, "settings": settings}
    arrays["about"] = np.frombuffer(json.dumps(about, allow_nan=False).encode(), np.uint8)
    path.write_bytes(_npz.to_bytes(arrays))


def load(path: Path) -> tuple[Any, dict[str, Any]]:
    """Read parameters and settings from a file of ``save``.

    Raises
    ------
    InputError
        If the file is damaged, or has another format or version.
    """
    data = path.read_bytes()
    with damage(path):
        arrays = _npz.from_bytes(data)
        about = json.loads(arrays.pop("about").tobytes()) if "about" in arrays else {}
        if about.get("format") != FORMAT or about.get("version") != VERSION:
            raise InputError(f"{path.name} must be a {FORMAT} file of version {VERSION}")
        return _unfolded(about["tree"], arrays), dict(about["settings"])


def damage(path: Path) -> AbstractContextManager[None]:
    """Raise InputError, which names the file, for what a damaged one leads to."""
    return _npz.damage(f"{path.name} is not a valid {FORMAT} file")


def _folded(value: Any, arrays: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {"dict": {name: _folded(part, arrays) for name, part in value.items()}}
    if isinstance(value, list | tuple):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_folded(part, arrays) for part in value]}
    name = f"array{len(arrays)}"
    arrays[name] = np.asarray(value)
    return {"array": name}


def _unfolded(tree: dict[str, Any], arrays: dict[str, Any]) -> Any:
    ((kind, content),) = tree.items()
    if kind == "dict":
        return {name: _unfolded(part, arrays) for name, part in content.items()}
    if kind == "array":
        return arrays[content]
    parts = [_unfolded(part, arrays) for part in content]
    return tuple(parts) if kind == "tuple" else parts
