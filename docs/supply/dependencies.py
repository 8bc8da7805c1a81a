"""The dependencies of the app as requirements.txt pins them and as they are installed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = Path(__file__).resolve().parents[2]
PINS = PROJECT / "requirements.txt"
_CLASSIFIER = "License :: "
# A licence that is longer is its text, not its name.
_LONGEST = 80


class SupplyError(RuntimeError):
    """Something about the dependencies cannot be said; the message says what is needed."""


@dataclass(frozen=True)
class Dependency:
    """An installed package.

    Attributes
    ----------
    name, version : str
        As requirements.txt has them.
    licence : str
        As the metadata of the package has it; "" if it says nothing.
    expression : bool
        Whether the licence is an SPDX expression.
    needs : tuple of str
        The names of the dependencies that it needs here.
    """

    name: str
    version: str
    licence: str
    expression: bool
    needs: tuple[str, ...]


def pinned(path: Path = PINS) -> dict[str, str]:
    """Return name and version of what the file pins for this system.

    Raises
    ------
    SupplyError
        If the file pins nothing.
    """
    found = {}
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        wanted = line.partition("#")[0].partition("--hash")[0].strip()
        if wanted and not line[0].isspace():
            one = Requirement(wanted)
            if one.marker is None or one.marker.evaluate():
                (version,) = one.specifier
                found[canonicalize_name(one.name)] = version.version
    if not found:
        raise SupplyError(f"{path} pins nothing.")
    return dict(sorted(found.items()))


def installed(pins: Mapping[str, str] | None = None) -> list[Dependency]:
    """Return the dependencies of the app, from the metadata in this environment.

    Raises
    ------
    SupplyError
        If one is not installed, or in another version.
    """
    pins = pinned() if pins is None else pins
    return [_read(name, version, pins) for name, version in pins.items()]


def _read(name: str, version: str, pins: Mapping[str, str]) -> Dependency:
    try:
        found = distribution(name)
    except PackageNotFoundError:
        raise SupplyError(f"{name} is not installed; `make` installs what is pinned.") from None
    if found.version != version:
        raise SupplyError(f"{name} is {found.version} here, and {version} is pinned.")
    licence, expression = _licence(found)
    return Dependency(name, version, licence, expression, tuple(sorted(_needs(found, pins))))


def _needs(found: Distribution, pins: Mapping[str, str]) -> set[str]:
    needed = set()
    for text in found.requires or ():
        one = Requirement(text)
        name = canonicalize_name(one.name)
        if name in pins and (one.marker is None or one.marker.evaluate({"extra": ""})):
            needed.add(name)
    return needed


def _licence(found: Distribution) -> tuple[str, bool]:
    """Return the licence of a package and whether it is an SPDX expression."""
    expression = found.metadata.get("License-Expression", "").strip()
    if expression:
        return expression, True
    named = found.metadata.get("License", "").strip()
    if named and "\n" not in named and len(named) <= _LONGEST and named.upper() != "UNKNOWN":
        return named, False
    classes = list(_classes(found))
    if classes:
        return " and ".join(classes), False
    # The text itself: its first line names it.
    first = re.sub(r"\s+", " ", named.splitlines()[0]).strip() if named else ""
    return (first, False) if 0 < len(first) <= _LONGEST else ("", False)


def _classes(found: Distribution) -> Iterator[str]:
    for text in found.metadata.get_all("Classifier") or ():
        if text.startswith(_CLASSIFIER) and text != f"{_CLASSIFIER}OSI Approved":
            yield text.rpartition(" :: ")[2]
