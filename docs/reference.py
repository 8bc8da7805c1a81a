"""Sphinx extension: one page for each public module of rdcore, from the table in stable.md.

A name that appears in several modules is described once, on the page of the module that is nearest
to its definition; the other pages link to it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, get_origin

from sphinx.application import Sphinx
from sphinx.ext.autodoc.mock import mock

HERE = Path(__file__).parent
FOLDER = HERE / "api"
_LONGEST_VALUE = 60
_ROW = re.compile(r"^\| `(rdcore[\w.]*)` \| (.*) \|$", re.MULTILINE)
# What rdcore imports from its extras; an empty module stands in for one that is not installed.
_EXTRAS = ("distributed", "jax", "loky", "optax", "skimage", "sklearn")
MOCKED = [name for name in _EXTRAS if importlib.util.find_spec(name) is None]


@dataclass(frozen=True)
class Name:
    """A public name of a module, and the module whose page describes it."""

    module: str
    name: str
    home: str
    value: Any

    @property
    def full(self) -> str:
        """The name on the page that describes it."""
        return f"{self.home}.{self.name}"

    @property
    def summary(self) -> str:
        """The first sentence of its docstring, or what stands below a constant."""
        value = self.value
        if not (inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value)):
            return described(self).replace("\n", " ")
        return (inspect.getdoc(self.value) or "").partition("\n\n")[0].replace("\n", " ")


def table() -> dict[str, list[str]]:
    """Return the public names of each public module, as stable.md lists them."""
    text = (HERE / "stable.md").read_text(encoding="utf-8")
    return {module: re.findall(r"`(\w+)`", names) for module, names in _ROW.findall(text)}


def names() -> Iterator[Name]:
    """Yield every public name of every public module."""
    with mock(MOCKED):
        values = {
            (module, name): getattr(importlib.import_module(module), name)
            for module, found in table().items()
            for name in found
        }
    for (module, name), value in values.items():
        homes = [m for (m, n), v in values.items() if n == name and v is value]
        origin = getattr(value, "__module__", None)
        near = [m for m in homes if origin and f"{origin}.".startswith(f"{m}.")]
        home = max(near or homes, key=lambda m: (m.count("."), len(m)))
        yield Name(module, name, home, value)


@cache
def aliases() -> dict[str, str]:
    """Return the full name of every public class, for links from the types of parameters."""
    return {one.name: one.full for one in names() if inspect.isclass(one.value)}


def page(module: str, own: list[Name]) -> str:
    """Return the page of a module."""
    lines = [f"# {module}", "", "```{eval-rst}", f".. py:module:: {module}", ""]
    lines += [f".. automodule:: {module}", "   :no-index:", ""]
    lines += [".. list-table::", "   :widths: auto", "   :class: names", ""]
    for one in own:
        link = _link(one)
        lines += [f"   * - {link}", f"     - {_bars(one.summary)}"]
    described = [one for one in own if one.home == module]
    for one in described:
        lines += ["", *_described(one)]
    return "\n".join([*lines, "```", ""])


def _link(one: Name) -> str:
    if isinstance(one.value, ModuleType):
        return f":py:mod:`{one.name} <{one.value.__name__}>`"
    kinds = {"class": inspect.isclass, "func": inspect.isroutine}
    role = next((role for role, holds in kinds.items() if holds(one.value)), "data")
    return f":py:{role}:`{one.name} <{one.full}>`"


def _described(one: Name) -> list[str]:
    if isinstance(one.value, ModuleType):
        return []
    if inspect.isclass(one.value):
        # What a class has from a base in rdcore stands under the class too.
        bases = [base for base in one.value.__mro__[1:] if base.__module__.startswith("rdcore.")]
        own = bases and not issubclass(one.value, Exception)
        more = ["   :inherited-members: object"] if own else []
        return [f".. autoclass:: {one.full}", "   :members:", *more]
    if inspect.isroutine(one.value):
        return [f".. autofunction:: {one.full}"]
    if get_origin(one.value) is not None:
        text = f"{described(one)} The type ``{one.value}``.".strip()
        return [f".. py:data:: {one.name}", "", f"   {text}"]
    return [f".. py:data:: {one.name}", *_value(one.value), "", f"   {described(one)}"]


def _value(value: Any) -> list[str]:
    """Return the value of a constant for its entry, unless it is long."""
    text = repr(value)
    return [f"   :value: {text}"] if len(text) <= _LONGEST_VALUE and "<" not in text else []


def described(one: Name) -> str:
    """Return the text below the definition of a constant, which says what it is."""
    own = HERE.parent / one.home.replace(".", "/")
    near = [own.with_suffix(".py"), *sorted(own.glob("*.py"))]
    for path in (*near, *sorted((HERE.parent / "rdcore").rglob("*.py"))):
        text = _constants(path).get(one.name)
        if text:
            return text.replace("\n", "\n   ")
    return ""


@cache
def _constants(path: Path) -> dict[str, str]:
    """Return the texts below the constants of a file, by their names."""
    body = ast.parse(path.read_text(encoding="utf-8")).body if path.is_file() else []
    found: dict[str, str] = {}
    for assigned, below in pairwise(body):
        text = below.value if isinstance(below, ast.Expr) else None
        if isinstance(text, ast.Constant) and isinstance(text.value, str):
            targets = getattr(assigned, "targets", [getattr(assigned, "target", None)])
            found |= {getattr(one, "id", ""): inspect.cleandoc(text.value) for one in targets}
    return found


def _bars(text: str) -> str:
    """Return a line in which a bar, as in ``|x|``, stands for itself."""
    parts = re.split(r"(`+[^`]*`+)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"(?<!\\)\|", r"\\|", part) for part in parts
    )


def escape(app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]) -> None:
    """Let the bars of a docstring stand for themselves, outside examples and displayed formulas."""
    depth: int | None = None
    for k, line in enumerate(lines):
        indent = len(line) - len(line.lstrip())
        if depth is not None and line.strip() and indent <= depth:
            depth = None
        if depth is None and line.lstrip().startswith(".. math::"):
            depth = indent
        if depth is None and not line.lstrip().startswith((">>>", "...")):
            lines[k] = _bars(line)


def fields(app: Sphinx, what: str, name: str, value: Any, skip: bool, options: Any) -> bool | None:
    """Leave out the fields of named tuples, which the text of their class describes."""
    return True if type(value).__name__ == "_tuplegetter" else None


def pages() -> dict[str, str]:
    """Return the text of each page, by its file's name."""
    own: dict[str, list[Name]] = {}
    for one in names():
        own.setdefault(one.module, []).append(one)
    return {f"{module}.md": page(module, found) for module, found in own.items()}


def write(app: Sphinx) -> None:
    """Write the pages whose text has changed, and remove those of modules that have gone."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the writing of the pages."""
    app.connect("builder-inited", write)
    app.connect("autodoc-skip-member", fields)
    app.connect("autodoc-process-docstring", escape, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
