"""Storage of parameters and settings in NPZ files without pickle."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from rdcore.errors import InputError

FORMAT = "rdcore.learned"
VERSION = 1


def save(path: Path, parameters: Any, settings: dict[str, Any]) -> None:
    """Write parameters, a tree of dicts, lists, tuples and arrays, with settings as JSON."""
    arrays: dict[str, Any] = {}
    tree = _folded(parameters, arrays)
    about = {"format": FORMAT, "version": VERSION, "tree": tree, "settings": settings}
    arrays["about"] = np.frombuffer(json.dumps(about, allow_nan=False).encode(), np.uint8)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def load(path: Path) -> tuple[Any, dict[str, Any]]:
    """Read parameters and settings from a file of ``save``.

    Raises
    ------
    InputError
        If the file is damaged, or has another format or version.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(arrays.pop("about").tobytes()) if "about" in arrays else {}
    except (ValueError, AttributeError, EOFError, BadZipFile, zlib.error) as error:
        raise InputError(f"{path.name} is not a valid {FORMAT} file: {error}") from None
    if about.get("format") != FORMAT or about.get("version") != VERSION:
        raise InputError(f"{path.name} must be a {FORMAT} file of version {VERSION}")
    return _unfolded(about["tree"], arrays), about["settings"]


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
