"""The scenario file: the page, the settings and the uploaded file, to open on any server.

A lesson is a scenario with a title, a question and a text.

A scenario file is JSON with a schema version. It contains data only; nothing in it is executed.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import clean
from dashboard.model.pins import MOST, Pin, as_tree, from_tree
from dashboard.model.presets import OWN
from dashboard.model.state import State
from rdcore.tables import MAX_BYTES, digest

DATA = "data"
LESSON = MappingProxyType({"title": "own_title", "question": "own_question", "text": "own_text"})
"""The parts of a lesson in a file, and the fields that hold them."""

_ACCEPTED = "A scenario file saved by this app is accepted."


@dataclass(frozen=True)
class File:
    """An uploaded file: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True)
class Scenario:
    """What a scenario file contains.

    Attributes
    ----------
    page : str
        The address of the page, such as "prices"; "" for the first page.
    state : State
        The user's settings.
    file : File or None
        The uploaded file, if the settings use one.
    pins : tuple of Pin
        The pinned scenarios.
    notes : tuple of str
        Settings that could not be used; see ``dashboard.model.state.sentence``.
    """

    page: str
    state: State
    file: File | None = None
    pins: tuple[Pin, ...] = ()
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        """Write it."""
        tree: dict[str, Any] = json.loads(self.state.as_json())
        tree = {"made_by": f"rdcore {rd.__version__}", **tree, "page": self.page}
        state = tree["state"]
        lesson = {part: state.pop(name) for part, name in LESSON.items() if name in state}
        if lesson:
            tree["lesson"] = lesson
        if self.pins:
            tree["pins"] = [as_tree(pin) for pin in self.pins]
        if self.file is not None:
            packed = base64.b64encode(zlib.compress(self.file.data, 9)).decode()
            tree["file"] = {"name": self.file.name, "zlib_base64": packed}
        return json.dumps(tree, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> Scenario:
        """Read a scenario file.

        Raises
        ------
        UserError
            If it is not one, has a later version, or its uploaded file is damaged.
        """
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise UserError(f"The file is not text. {_ACCEPTED}") from None
        state, notes = State.from_json(text)
        tree: dict[str, Any] = json.loads(text)
        said, more = State.from_query(_lesson(tree.get("lesson")))
        state, notes = state.changed(said.values), (*notes, *more)
        page = tree.get("page", "")
        file = _file(tree.get("file"))
        wanted = state.values.get(DATA)
        if file is not None and digest(file.data) != wanted:
            raise UserError(f"The data in the scenario file are damaged. {_ACCEPTED}")
        pins = tree.get("pins", [])
        pins = tuple(map(from_tree, pins[:MOST])) if isinstance(pins, list) else ()
        return cls(page if isinstance(page, str) else "", state, file, pins, notes)


def _lesson(tree: object) -> dict[str, str]:
    """Return the texts of a lesson as the parameters of a link."""
    parts = tree if isinstance(tree, Mapping) else {}
    return {name: parts[part] for part, name in LESSON.items() if isinstance(parts.get(part), str)}


def _file(tree: object) -> File | None:
    """Unpack the uploaded file, at most ``MAX_BYTES`` of it."""
    if tree is None:
        return None
    if not isinstance(tree, Mapping):
        raise UserError(f"The data in the scenario file cannot be read. {_ACCEPTED}")
    name, packed = tree.get("name"), tree.get("zlib_base64")
    try:
        if not isinstance(name, str) or not isinstance(packed, str):
            raise ValueError("no name")
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(packed, validate=True), MAX_BYTES + 1)
        whole = unpacker.eof
    except (ValueError, zlib.error):
        raise UserError(f"The data in the scenario file cannot be read. {_ACCEPTED}") from None
    if len(data) > MAX_BYTES:
        raise UserError(
            f"The data in the scenario file exceed {MAX_BYTES // 2**20} MB, which is the most"
            " that is accepted."
        )
    if not whole:
        raise UserError(f"The data in the scenario file are truncated. {_ACCEPTED}")
    return File(clean(name), data)


def uses_file(state: State) -> bool:
    """Whether the settings show an uploaded file."""
    return state.get("source") == OWN and bool(state.get(DATA))
