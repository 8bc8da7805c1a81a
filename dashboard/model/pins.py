"""Pinned scenarios: problems that the user keeps to compare, and their form in a file."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import types
import typing
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from dashboard.errors import UserError
from dashboard.formatting import clean, figure, short
from dashboard.model.presets import LABELS
from dashboard.model.specs import ProblemSpec, Setting
from rdcore import LevelScale

MOST = 4
LONGEST_NAME = 40
LONGEST_TEXT = 2**20
"""How many characters the pins of a window may come to."""
_LONGEST_SUBSET = 18
_PARTS = ("source", "codebook", "subset", "D", "D′", "measure", "distortion")
_ALONE = ("codebook", "subset", "D")
"""What the names of pins tell that differ in nothing."""
T = TypeVar("T")


@dataclass(frozen=True)
class Pin:
    """A pinned scenario.

    Attributes
    ----------
    name : str
        The user's name for it; "" if the user gave none, see ``named``.
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
        return replace(self, name=clean(name, LONGEST_NAME))


def named(pins: Sequence[Pin], how: Callable[[Setting], LevelScale]) -> tuple[Pin, ...]:
    """Return the pins with names for those that have none: the source, D and what differs.

    A name that an earlier pin has gets a number. ``how`` returns how the levels of a setting are
    stated.
    """
    hows = [how(pin.spec.setting) for pin in pins]
    levels = [
        tuple(float(one.stated(level)) for level in pin.spec.levels)
        for pin, one in zip(pins, hows, strict=True)
    ]
    pairs = zip(pins, hows, _texts(levels), strict=True)
    parts = [_parts(pin.spec, one.text, stated) for pin, one, stated in pairs]
    differ = [k for k in range(1, len(_PARTS)) if len({one[k] for one in parts} - {""}) > 1]
    told = {*differ, _PARTS.index("D")} if differ else {_PARTS.index(one) for one in _ALONE}
    kept = [0, *sorted(told)]
    taken = {pin.name for pin in pins if pin.name}
    found: list[Pin] = []
    for pin, one in zip(pins, parts, strict=True):
        name = pin.name
        if not name or any(other.name == name for other in found):
            name = _free(name or " · ".join(one[k] for k in kept if one[k]), taken)
        taken.add(name)
        found.append(replace(pin, name=name))
    return tuple(found)


def _texts(levels: Sequence[tuple[float, ...]]) -> list[tuple[str, ...]]:
    """Write the levels of problems with as many digits as make those that differ differ."""
    found: list[tuple[str, ...]] = []
    for digits in (4, 6, 9):
        found = [tuple(_written(level, digits) for level in one) for one in levels]
        if len(set(found)) == len(set(levels)):
            break
    return found


def _written(level: float, digits: int) -> str:
    usual = digits == 4 or 1e-4 <= abs(level) < 1e6
    return short(level, digits) if usual else str(figure(level, digits))


def _parts(spec: ProblemSpec, unit: str, stated: Sequence[str]) -> tuple[str, ...]:
    """Return what tells a problem from others in a few words each, in the order of ``_PARTS``.

    ``stated`` are its levels as texts.
    """
    setting = spec.setting
    source, held = setting.source, setting.subsets
    label = source.choice.first if source.choice else LABELS[source.kind]
    knobs = ", ".join(map(short, source.knobs))
    subset = "no subset"
    if held:
        text = clean(" and ".join(one.text for one in held), _LONGEST_SUBSET)
        subset = f"S {text}" if len(held) < 3 else f"{len(held)} subsets"
    return (
        clean(f"{label} ({knobs})" if knobs else label, LONGEST_NAME),
        setting.codebook_words.lower(),
        subset,
        f"D {stated[0]} {unit}",
        f"D′ {' and '.join(stated[1:])}" if held else "",
        " and ".join(dict.fromkeys(one.measure for one in held if one.measure != "conditional")),
        setting.distortion.replace("_", " "),
    )


def _free(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number if another pin has it."""
    first, count = name, 2
    while name in taken:
        name, count = f"{first} ({count})", count + 1
    return name


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


def as_text(pins: Sequence[Pin]) -> str:
    """Return pins as JSON."""
    return json.dumps([as_tree(pin) for pin in pins])


def from_text(text: str) -> tuple[Pin, ...]:
    """Read pins from JSON; what is not a pin is left out."""
    found: list[Pin] = []
    try:
        trees = json.loads(text) if len(text) <= LONGEST_TEXT else None
    except (ValueError, RecursionError):
        trees = None
    for tree in trees[:MOST] if isinstance(trees, list) else ():
        with contextlib.suppress(UserError):
            found.append(from_tree(tree))
    return tuple(found)


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
