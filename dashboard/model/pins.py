"""Pinned scenarios: problems that the user keeps to compare, and their form in a file."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from dashboard.errors import UserError
from dashboard.formatting import clean
from dashboard.model.specs import ProblemSpec

MOST = 4
LONGEST_NAME = 40
T = TypeVar("T")


@dataclass(frozen=True)
class Pin:
    """A pinned scenario.

    Attributes
    ----------
    name : str
        The user's name for it.
    spec : ProblemSpec
        The problem.
    page : str
        The address of the page on which it was pinned.
    query : mapping of str to str
        The parameters of the link that opens it.
    """

    name: str
    spec: ProblemSpec
    page: str = ""
    query: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def renamed(self, name: str) -> Pin:
        """Return the pin under another name."""
        return replace(self, name=clean(name, LONGEST_NAME) or self.name)


def as_tree(pin: Pin) -> dict[str, Any]:
    """Return a pin as plain values for a file."""
    return {
        "name": pin.name,
        "page": pin.page,
        "state": dict(pin.query),
        "problem": dataclasses.asdict(pin.spec),
    }


def from_tree(tree: Any) -> Pin:
    """Read a pin.

    Raises
    ------
    UserError
        If it is not one.
    """
    try:
        _require(isinstance(tree, dict))
        name, page, query = tree["name"], tree["page"], tree["state"]
        spec = _read(ProblemSpec, tree["problem"])
        texts = [name, page, *query, *query.values()]
        _require(all(isinstance(text, str) for text in texts))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UserError(
            "A pinned scenario in the file cannot be read. A scenario file saved by this app is"
            " accepted."
        ) from None
    return Pin(clean(name, LONGEST_NAME), spec, page, MappingProxyType(query))


def _require(holds: bool) -> None:
    if not holds:
        raise TypeError


def _read(kind: type[T], tree: Any) -> T:
    """Return a dataclass from its fields, each checked against its type."""
    hints = typing.get_type_hints(kind)
    given = {name: _value(hints[name], value) for name, value in tree.items()}
    return kind(**given)


def _value(kind: Any, tree: Any) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Literal:
        _require(tree in arguments)
        return tree
    if origin is tuple:
        _require(isinstance(tree, list))
        return tuple(_value(arguments[0], one) for one in tree)
    if origin in (types.UnionType, typing.Union):
        if tree is None:
            _require(type(None) in arguments)
            return None
        (only,) = (one for one in arguments if one is not type(None))
        return _value(only, tree)
    if dataclasses.is_dataclass(kind):
        _require(isinstance(tree, dict))
        return _read(typing.cast("type[Any]", kind), tree)
    if kind is float:
        _require(isinstance(tree, int | float))
        _require(not isinstance(tree, bool))
        return float(tree)
    _require(type(tree) is kind)
    return tree
