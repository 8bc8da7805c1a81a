"""The user's settings as one frozen value, written to links and scenario files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from dashboard.errors import UserError
from dashboard.formatting import clean
from dashboard.model.fields import FIELDS, FOLLOWERS, FieldError, Value

VERSION = 2
"""Version 2 of scenario files may contain pictures."""
_MAX_NOTES = 4
_NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True)
class State:
    """The settings by the names of ``FIELDS``; a missing field has its start value.

    Attributes
    ----------
    values : mapping of str to value
        Only the fields that were set. A link contains only these, so that links stay short and a
        source uses its own start levels unless the link sets them.
    """

    values: Mapping[str, Value] = field(default_factory=lambda: _NOTHING)

    def __hash__(self) -> int:
        return hash(frozenset(self.values.items()))

    def get(self, name: str) -> Value | None:
        """Return the value of a field, or its start value; None if that depends on others."""
        return self.values.get(name, FIELDS[name].start)

    def changed(self, changes: Mapping[str, Value | None]) -> State:
        """Return the state with some fields set; None resets a field to its start value."""
        values = {**self.values, **changes}
        kept = {
            name: value
            for name, value in values.items()
            if value is not None and value != FIELDS[name].start
        }
        return State(MappingProxyType(kept))

    def after(self, changes: Mapping[str, Value | None]) -> State:
        """Return the state after changes by the user; fields that depend on them are reset."""
        again = {name: None for changed in changes for name in FOLLOWERS.get(changed, ())}
        return self.changed({**again, **changes})

    def query(self) -> dict[str, str]:
        """Return the parameters of the link that opens this state, in the order of ``FIELDS``."""
        return {
            name: one.write(self.values[name])
            for name, one in FIELDS.items()
            if name in self.values
        }

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[State, tuple[str, ...]]:
        """Read a link: the state, and notes on the parts that were not used; see ``sentence``.

        Unknown or malformed parts are ignored, and a number out of range is clipped. No link raises
        an error.
        """
        values: dict[str, Value | None] = {}
        notes: list[str] = []
        for name, text in query.items():
            one = FIELDS.get(name)
            if one is None:
                notes.append(f"“{clean(name, 30)}” is unknown")
                continue
            try:
                values[name], note = one.read(text)
            except FieldError as error:
                note = f"ignored ({error})"
            if note:
                notes.append(f"{name} = “{clean(text, 30)}” was {note}")
        return cls().changed(values), tuple(notes)

    def as_json(self) -> str:
        """Write the state as a scenario file."""
        return json.dumps({"version": VERSION, "state": dict(self.values)}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> tuple[State, tuple[str, ...]]:
        """Read a scenario file, as ``from_query`` reads a link.

        Raises
        ------
        UserError
            If it is not a scenario file, or has a later version.
        """
        try:
            tree: Any = json.loads(text)
        except (ValueError, RecursionError):
            tree = None
        if not isinstance(tree, dict) or not isinstance(tree.get("state"), dict):
            raise UserError("This is not a scenario file: a JSON object with “state” is accepted.")
        version = tree.get("version")
        if not isinstance(version, int) or not 1 <= version <= VERSION:
            raise UserError(
                f"The scenario file has version {clean(str(version), 20)};"
                f" versions 1 to {VERSION} are accepted."
            )
        return cls.from_query({name: _text(value) for name, value in tree["state"].items()})


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def sentence(notes: Sequence[str]) -> str:
    """Return one sentence on the parts of a link or file that were not used; "" if all were."""
    if not notes:
        return ""
    more = len(notes) - _MAX_NOTES
    listed = "; ".join(notes[:_MAX_NOTES]) + (f"; and {more} more" if more > 0 else "")
    return f"Parts of the link were not used: {listed}."
