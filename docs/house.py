"""Draw the house: read the imports of the source and write ``house.md`` beside this file.

A room is a module or a package directly below ``rdcore`` or ``dashboard``; ``rdcore`` is its
``__init__``, ``pages`` all pages together and ``app`` the entry point. An arrow leads from a room
to a room that it imports. It leads upward if it lies on a cycle, or from a lower package to a
higher one.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/house.md"
BEFORE = "f16f2d7"
"""The last commit without rooms."""
PACKAGES = ("app", "pages", "dashboard", "rdcore")
"""From the top down."""
_DRAWING = "```mermaid\n"


def imports(path: Path) -> Iterator[str]:
    """Yield what a file imports, dotted, with ``from a import b`` as a.b."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            yield from (
                arg.value
                for arg in node.args
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


@dataclass(frozen=True)
class Room:
    """A module or package with what it imports of the others."""

    name: str
    modules: int
    lines: int
    imports: frozenset[str]

    @property
    def package(self) -> str:
        """Where it stands."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class House:
    """All rooms by name."""

    rooms: Mapping[str, Room]

    @staticmethod
    def of(root: Path) -> House:
        """Read the source below a folder."""
        files = {}
        for package in PACKAGES:
            found = [*root.glob(f"{package}.py"), *(root / package).rglob("*.py")]
            files.update({path: _room(path.relative_to(root), root) for path in sorted(found)})
        rooms = {}
        for name in dict.fromkeys(files.values()):
            own = [path for path, room in files.items() if room == name]
            texts = [path.read_text(encoding="utf-8") for path in own]
            used = {_known(module, root) for path in own for module in imports(path)}
            rooms[name] = Room(
                name,
                len(own),
                sum(len(text.splitlines()) for text in texts),
                frozenset(used - {name, ""}),
            )
        empty = {n for n in ("dashboard", "rdcore") if n in rooms and not rooms[n].imports}
        return House(
            {
                name: Room(name, room.modules, room.lines, room.imports - empty)
                for name, room in rooms.items()
                if name not in empty
            }
        )

    def part(self, package: str) -> House:
        """Return the rooms of one package and the arrows between them."""
        own = {name: room for name, room in self.rooms.items() if room.package == package}
        return House(
            {
                name: Room(name, room.modules, room.lines, room.imports & own.keys())
                for name, room in own.items()
            }
        )

    @cached_property
    def below(self) -> dict[str, frozenset[str]]:
        """For each room all that can be reached from it."""
        found = {}
        for name in self.rooms:
            seen: set[str] = set()
            ahead = [name]
            while ahead:
                new = self.rooms[ahead.pop()].imports - seen
                seen |= new
                ahead += new
            found[name] = frozenset(seen)
        return found

    @property
    def arrows(self) -> list[tuple[str, str]]:
        """All pairs of a room and one that it imports."""
        return [(a, b) for a, room in self.rooms.items() for b in sorted(room.imports)]

    @property
    def upward(self) -> list[tuple[str, str]]:
        """The arrows on a cycle, and those from a lower package to a higher one."""
        height = {package: -k for k, package in enumerate(PACKAGES)}
        return [
            (a, b)
            for a, b in self.arrows
            if a in self.below[b] or height[self.rooms[a].package] < height[self.rooms[b].package]
        ]

    @cached_property
    def floors(self) -> dict[str, int]:
        """For each room its floor: above all that it imports; rooms on a cycle share one."""
        found: dict[str, int] = {}

        def floor(name: str) -> int:
            if name not in found:
                cycle = {b for b in self.below[name] if name in self.below[b]} | {name}
                lower = {b for a in cycle for b in self.rooms[a].imports} - cycle
                found.update(dict.fromkeys(cycle, 1 + max(map(floor, lower), default=0)))
            return found[name]

        for name in self.rooms:
            floor(name)
        return found

    @property
    def drawn(self) -> list[tuple[str, str]]:
        """The arrows that do not follow from others."""
        return [
            (a, b)
            for a, b in self.arrows
            if not any(
                b in self.below[c] and a not in self.below[c]
                for c in self.rooms[a].imports - {b}
                if c not in self.below[b]
            )
        ]


def _room(path: Path, root: Path) -> str:
    """Return the room of a file."""
    package, *rest = path.with_suffix("").parts
    if package in ("app", "pages") or not rest:
        return package
    return _known(".".join((package, rest[0])), root)


def _known(module: str, root: Path) -> str:
    """Return the room of a dotted name; nothing where it is not of this house."""
    package, *rest = module.split(".")
    if package not in PACKAGES:
        return ""
    if package in ("app", "pages") or not rest:
        return package
    place = root / package / rest[0]
    room = rest[0] != "__init__" and (place.is_dir() or place.with_suffix(".py").is_file())
    return f"{package}.{rest[0]}" if room else package


def drawing(house: House) -> str:
    """Return the rooms as a Mermaid graph."""
    lines = ["flowchart TD"]
    for package in PACKAGES:
        own = sorted(name for name, room in house.rooms.items() if room.package == package)
        if own == [package]:
            lines.append(f"    {package}")
            continue
        lines.append(f"    subgraph {package}_[{package}]")
        lines += [f"        {name}[{name.removeprefix(package + '.')}]" for name in own]
        lines.append("    end")
    lines += [f"    {a} --> {b}" for a, b in sorted(house.drawn)]
    return "\n".join(lines) + "\n"


def table(house: House) -> str:
    """Return the rooms as rows of a table, the highest floor first."""
    lines = ["| floor | room | modules | lines | imports |", "|---|---|---|---|---|"]
    for name in sorted(house.rooms, key=lambda name: (-house.floors[name], name)):
        room = house.rooms[name]
        used = ", ".join(f"`{other}`" for other in sorted(room.imports)) or "–"
        lines.append(
            f"| {house.floors[name]} | `{name}` | {room.modules} | {room.lines} | {used} |"
        )
    return "\n".join(lines) + "\n"


def numbers(before: House, now: House) -> str:
    """Return both houses in numbers, package by package and whole."""
    columns = [
        house
        for package in ("dashboard", "rdcore")
        for house in (before.part(package), now.part(package))
    ]
    columns += [before, now]
    heads = [
        f"{name}, {when}" for name in ("dashboard", "rdcore", "all") for when in ("before", "now")
    ]
    rows = {
        "rooms": [len(house.rooms) for house in columns],
        "floors": [max(house.floors.values()) for house in columns],
        "arrows between rooms": [len(house.arrows) for house in columns],
        "arrows upward": [len(house.upward) for house in columns],
        "modules": [sum(room.modules for room in house.rooms.values()) for house in columns],
        "lines": [sum(room.lines for room in house.rooms.values()) for house in columns],
    }
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(heads) + 1) + "|"]
    lines += [f"| {name} | " + " | ".join(map(str, row)) + " |" for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def page(before: House, now: House) -> str:
    """Return the document."""
    return f"""# The house

`make house` draws this page from the imports in the source; a test fails when it is out of date.
Arrows lead from a room to a room that it imports. The drawing leaves out arrows that follow from
others; the table has all of them.

{_DRAWING}{drawing(now)}```

## Rooms

{table(now)}
## Before and now

*Before* is commit `{BEFORE}`, the last one without rooms, measured by the same script: there each
loose module counts as a room. The columns of a package count the arrows within it; the last two
also count `app`, `pages` and the arrows between packages. An arrow leads upward if it lies on a
cycle of imports, or from a lower package to a higher one.

{numbers(before, now)}"""


def structure(text: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    """Return the drawing of a document, and what each room of its table imports."""
    graph = text.partition(_DRAWING)[2].partition("```")[0]
    rows = (line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| "))
    return graph, {
        cells[1].strip(" `"): tuple(cells[4].replace("`", "").replace("–", "").split(", "))
        for cells in ([cell.strip() for cell in row] for row in rows)
        if len(cells) == 5 and cells[0].isdecimal()
    }


def past(commit: str) -> House:
    """Return the house as it stood at a commit."""
    done = subprocess.run(
        ["git", "archive", commit, "app.py", "pages", "dashboard", "rdcore"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"git has no commit {commit} here: {done.stderr.decode().strip()}")
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            archive.extractall(folder, filter="data")
        return House.of(Path(folder))


if __name__ == "__main__":
    PAGE.write_text(page(past(BEFORE), House.of(ROOT)), encoding="utf-8")
