"""The scenario file: the page, the settings and the uploaded files, to open on any server.

A lesson is a scenario with a title, a question and a text.

A scenario file is JSON with a schema version. It contains data only; nothing in it is executed.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import rdcore as rd
from dashboard.errors import UserError
from dashboard.formatting import clean
from dashboard.model.fields import FOLLOW_SOURCE, FOLLOWERS
from dashboard.model.pins import MOST, Pin, as_tree, from_tree
from dashboard.model.presets import OWN, PRESETS
from dashboard.model.state import State
from dashboard.uploads.pictures import MAX_BYTES as MOST_PICTURE_BYTES
from rdcore.tables import MAX_BYTES, digest

DATA = "data"
LESSON = MappingProxyType({"title": "own_title", "question": "own_question", "text": "own_text"})
"""The parts of a lesson in a file, and the fields that hold them."""

PICTURES = MappingProxyType({"photo_data": "photo", "pictures_data": "pictures"})
"""The fields with the keys of own pictures, and those that choose between own and samples."""

OF_FILE = (
    *("data", "xs", "cw", "standard", "candidates", "groups", "Dg", "D_own", "C_own"),
    *sorted(set(FOLLOWERS["data"]) - set(FOLLOW_SOURCE)),
)
"""The fields that only an uploaded file has a use for."""

KNOBS = {
    kind: tuple(f"{kind}_{knob.key}" for knob in preset.knobs) for kind, preset in PRESETS.items()
}
"""The parameters of each source, which no other source has."""

_MIB = 2**20
MOST_UPLOADED = 30 * _MIB
"""The largest size of all uploaded files together in a scenario file, before they are packed."""
MOST_BYTES = 45 * _MIB
"""The largest scenario file that is opened."""

_ACCEPTED = "A scenario file saved by this app is accepted."


@dataclass(frozen=True)
class File:
    """An uploaded file or picture: its name and its bytes."""

    name: str
    data: bytes

    def as_tree(self) -> dict[str, str]:
        """Return it as plain values for a file."""
        packed = base64.b64encode(zlib.compress(self.data, 9)).decode()
        return {"name": self.name, "zlib_base64": packed}


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
    pictures : tuple of File
        The uploaded pictures that the settings use.
    """

    page: str
    state: State
    file: File | None = None
    pins: tuple[Pin, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[File, ...] = ()

    @property
    def too_large(self) -> str:
        """A sentence if a file would be larger than what is opened; else ""."""
        files = (self.file, *self.pictures) if self.file else self.pictures
        size = sum(len(one.data) for one in files)
        if size <= MOST_UPLOADED:
            return ""
        return (
            f"Your files have {size / _MIB:.0f} MB; a scenario file holds at most"
            f" {MOST_UPLOADED // _MIB} MB of them. Use fewer or smaller pictures to save one."
        )

    def shared(self) -> Scenario:
        """Return it without uploads that neither its settings nor the link of a pin use."""
        pins = []
        for pin in self.pins:
            out = unused(State.from_query(pin.query)[0])
            query = {name: text for name, text in pin.query.items() if name not in out}
            pins.append(replace(pin, query=MappingProxyType(query)))
        state = self.state.changed(dict.fromkeys(unused(self.state)))
        return replace(self, state=state, pins=tuple(pins))

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
            tree["file"] = self.file.as_tree()
        if self.pictures:
            tree["pictures"] = [one.as_tree() for one in self.pictures]
        return json.dumps(tree, ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, data: bytes) -> Scenario:
        """Read a scenario file.

        Raises
        ------
        UserError
            If it is not one, is too large, has a later version, or an uploaded file is damaged.
        """
        if len(data) > MOST_BYTES:
            raise UserError(
                f"The file has {len(data) / _MIB:.0f} MB; scenario files of at most"
                f" {MOST_BYTES // _MIB} MB are accepted."
            )
        try:
            text = data.decode()
        except UnicodeDecodeError:
            raise UserError(f"The file is not text. {_ACCEPTED}") from None
        state, notes = State.from_json(text)
        tree: dict[str, Any] = json.loads(text)
        said, more = State.from_query(_lesson(tree.get("lesson")))
        state, notes = state.changed(said.values), (*notes, *more)
        page = tree.get("page", "")
        file = _file(tree.get("file"), MAX_BYTES)
        wanted = state.values.get(DATA)
        if file is not None and digest(file.data) != wanted:
            raise UserError(f"The data in the scenario file are damaged. {_ACCEPTED}")
        pictures = _pictures(tree.get("pictures"), state)
        pins = tree.get("pins", [])
        pins = tuple(map(from_tree, pins[:MOST])) if isinstance(pins, list) else ()
        page = page if isinstance(page, str) else ""
        return cls(page, state, file, pins, notes, pictures)


def _lesson(tree: object) -> dict[str, str]:
    """Return the texts of a lesson as the parameters of a link."""
    parts = tree if isinstance(tree, Mapping) else {}
    return {name: parts[part] for part, name in LESSON.items() if isinstance(parts.get(part), str)}


def _pictures(tree: object, state: State) -> tuple[File, ...]:
    """Unpack the pictures; each must be one that the settings name."""
    if tree is None:
        return ()
    wanted = {key for field in PICTURES for key in _keys(state, field)}
    if not isinstance(tree, list) or len(tree) > len(wanted):
        raise UserError(f"The pictures in the scenario file cannot be read. {_ACCEPTED}")
    found = []
    for one in tree:
        picture = _file(one, MOST_PICTURE_BYTES)
        if picture is None or digest(picture.data) not in wanted:
            raise UserError(f"The pictures in the scenario file are damaged. {_ACCEPTED}")
        found.append(picture)
    return tuple(found)


def _file(tree: object, most: int) -> File | None:
    """Unpack an uploaded file, at most so many bytes of it."""
    if tree is None:
        return None
    if not isinstance(tree, Mapping):
        raise UserError(f"The data in the scenario file cannot be read. {_ACCEPTED}")
    name, packed = tree.get("name"), tree.get("zlib_base64")
    try:
        if not isinstance(name, str) or not isinstance(packed, str):
            raise ValueError("no name")
        unpacker = zlib.decompressobj()
        data = unpacker.decompress(base64.b64decode(packed, validate=True), most + 1)
        whole = unpacker.eof
    except (ValueError, zlib.error):
        raise UserError(f"The data in the scenario file cannot be read. {_ACCEPTED}") from None
    if len(data) > most:
        raise UserError(
            f"The data in the scenario file exceed {most // _MIB} MB, which is the most"
            " that is accepted."
        )
    if not whole:
        raise UserError(f"The data in the scenario file are truncated. {_ACCEPTED}")
    return File(clean(name), data)


def uses_file(state: State) -> bool:
    """Whether the settings show an uploaded file."""
    return state.get("source") == OWN and bool(state.get(DATA))


def unused(state: State) -> frozenset[str]:
    """Return the fields of uploads and sources that the settings do not show.

    The address in the browser keeps them for when the user returns to them; nobody else has a use
    for them, and they are not to be shared.
    """
    source = state.get("source")
    file = OF_FILE if source != OWN else ()
    pictures = (field for field, choice in PICTURES.items() if state.get(choice) != OWN)
    knobs = (name for kind, names in KNOBS.items() if kind != source for name in names)
    return frozenset((*file, *pictures, *knobs))


def pictures_of(state: State) -> tuple[str, ...]:
    """Return the keys of the uploaded pictures that the settings use."""
    used = [field for field, choice in PICTURES.items() if state.get(choice) == OWN]
    return tuple(dict.fromkeys(key for field in used for key in _keys(state, field)))


def _keys(state: State, field: str) -> list[str]:
    return [key for key in str(state.get(field) or "").split(",") if key]
