"""CONTRIBUTING.md sends people to places that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (.+) \| `([\w./]+)` \| (`[\w.]+`(?:, `[\w.]+`)*) \|$", re.MULTILINE)
HOMES = ("", "dashboard", "dashboard/ui", "rdcore", "tests")
PLACES = [(what, file, re.findall(r"`([\w.]+)`", names)) for what, file, names in ROW.findall(TEXT)]


def defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Yield the names that statements define, and those in a class after its own and a dot."""
    for node in body:
        match node:
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from defined(node.body, f"{prefix}{name}.")
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.Assign(targets=targets):
                yield from (prefix + one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield prefix + name


def test_the_map_has_its_rows() -> None:
    section = TEXT.partition("## Where to change …\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(PLACES) >= 15


@pytest.mark.parametrize(("what", "file", "names"), PLACES)
def test_the_map_leads_to_what_exists(what: str, file: str, names: list[str]) -> None:
    known = set(defined(ast.parse((ROOT / file).read_text(encoding="utf-8")).body))
    assert set(names) <= known, what


def test_every_file_that_is_named_exists() -> None:
    for name in re.findall(r"`((?:\w+/)+(?:[\w.]+)?)`", TEXT):
        assert any((ROOT / home / name).exists() for home in HOMES), name
    for link in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / link).exists(), link


def test_names_are_found_where_they_are_defined() -> None:
    text = (
        "A = 1\nB: int = 2\nclass C:\n    d: int = 3\n    def e(self): ...\ndef f():\n    g = 4\n"
    )
    assert set(defined(ast.parse(text).body)) == {"A", "B", "C", "C.d", "C.e", "f"}
