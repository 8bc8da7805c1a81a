"""Every public function has an example that runs, and describes what it takes and returns.

pytest runs the examples, because of its option ``--doctest-modules``.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.rdcore.test_public_names import PAGE, documented

_LEARNED = "rdcore.learned"
_ENTRY = re.compile(r"^([\w*]+(?:, [\w*]+)*)(?: :.*)?$", re.MULTILINE)


def functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield every public function once, with its full name."""
    seen = set()
    for module, names in documented(PAGE).items():
        if module.startswith(_LEARNED):
            continue
        for name in names:
            value = getattr(importlib.import_module(module), name)
            if inspect.isfunction(value) and value not in seen:
                seen.add(value)
                yield f"{module}.{name}", value


def sections(doc: str) -> dict[str, str]:
    """Return the numpydoc sections of a docstring by their titles."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}$", doc, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _raises(function: Callable[..., Any]) -> bool:
    """Whether the body of a function has a raise of its own."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return any(isinstance(node, ast.Raise) and node.exc for node in ast.walk(tree))


def faults(function: Callable[..., Any]) -> list[str]:
    """Return what is missing from the docstring of a function."""
    found = sections(inspect.getdoc(function) or "")
    signature = inspect.signature(function)
    entries = _ENTRY.findall(found.get("Parameters", ""))
    described = {name.strip("*") for entry in entries for name in entry.split(", ")}
    wrong = [f"{name} is not described" for name in signature.parameters if name not in described]
    wrong += [f"{name} is not a parameter" for name in described - signature.parameters.keys()]
    if not found.keys() & {"Returns", "Yields"}:
        wrong.append("no word on what it returns")
    if "Raises" not in found and _raises(function):
        wrong.append("no word on what it raises")
    if ">>>" not in found.get("Examples", ""):
        wrong.append("no example")
    return wrong


@pytest.mark.parametrize(("name", "function"), list(functions()))
def test_a_public_function_is_described_and_has_an_example(
    name: str, function: Callable[..., Any]
) -> None:
    assert not faults(function), name


def test_a_public_constant_is_described() -> None:
    reference = pytest.importorskip("docs.reference")
    for module, names in documented(PAGE).items():
        if module.startswith(_LEARNED):
            continue
        for name in names:
            value = getattr(importlib.import_module(module), name)
            if not (inspect.isclass(value) or callable(value) or inspect.ismodule(value)):
                assert reference.described(reference.Name(module, name, module, value)), name


def test_what_is_missing_is_noticed() -> None:
    def bare(one: int) -> int:
        """Do something.

        Parameters
        ----------
        other : int
            Not there.
        """
        if one < 0:
            raise ValueError(one)
        return one

    assert faults(bare) == [
        "one is not described",
        "other is not a parameter",
        "no word on what it returns",
        "no word on what it raises",
        "no example",
    ]
