"""The mutants that are argued exist, and a mutant is named by its function and its change."""

from __future__ import annotations

import ast

import pytest

from benchmarks.mutants import ARGUED, LIKELY, REACH, ROOT, TESTS, argued, mutants, selections

TEXT = ARGUED.read_text(encoding="utf-8")
SOURCE = '''
LIMIT = 3

def outer(a: int = 1) -> int:
    """Return 7."""
    def inner(b):
        return b < a or LIMIT
    return None
'''


def test_a_mutant_changes_one_thing_and_is_named_by_its_function() -> None:
    found = {name: ast.unparse(tree) for name, tree in mutants(SOURCE)}
    assert set(found) == {
        "2: module: 3 → 4",
        "2: module: 3 → 6",
        "4: outer: 1 → 2",
        "4: outer: 1 → 0",
        "7: inner: return b < a or LIMIT → return None",
        "7: inner: b < a or LIMIT → b < a and LIMIT",
        "7: inner: b < a → b <= a",
        "7: inner: b < a → b >= a",
    }
    assert "LIMIT = 6" in found["2: module: 3 → 6"]
    plain = ast.unparse(ast.parse(SOURCE)).splitlines()
    for text in found.values():
        differing = [a for a, b in zip(text.splitlines(), plain, strict=True) if a != b]
        assert len(differing) == 1


def test_an_excuse_is_for_a_function_and_a_change() -> None:
    text = "## a.py\n| in | mutant | why |\n|---|---|---|\n| `f`, `g` | `a \\| b → a` | so |\n"
    text += "## b.py\n| `f` | `1 → 2` | so |\n"
    assert argued(text, "a.py") == {("f", "a | b → a"), ("g", "a | b → a")}
    assert argued(text, "b.py") == {("f", "1 → 2")}
    assert argued(text, "c.py") == set()


@pytest.mark.parametrize("file", [file for file in TESTS if f"## {file}\n" in TEXT])
def test_what_is_argued_exists(file: str) -> None:
    known = {
        tuple(name.split(": ", 2)[1:])
        for name, _ in mutants((ROOT / file).read_text(encoding="utf-8"))
    }
    assert argued(TEXT, file)
    assert argued(TEXT, file) - known == set()


@pytest.mark.parametrize("file", LIKELY)
def test_likely_tests_are_of_functions_that_exist(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    found = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    assert set(LIKELY[file]) - found == set()


def test_likely_tests_run_before_all_that_reach_a_module() -> None:
    file = "dashboard/tasks/reproduce/curves.py"
    quick = ("-m", "not slow")
    every = (*quick, "-k", REACH[file], *TESTS[file])
    assert selections(file, "_convex") == [(*quick, "-k", "convex", *TESTS[file]), every]
    assert selections(file, "nowhere") == [every]
    assert selections("dashboard/formatting.py", "scale") == [
        (*quick, *TESTS["dashboard/formatting.py"])
    ]
