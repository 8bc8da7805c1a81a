"""The public names of rdcore are those of docs/stable.md, no more and no fewer."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

import pytest

import rdcore
from docs.house import imports

pytest.importorskip("jax")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/stable.md").read_text(encoding="utf-8")


def modules() -> dict[str, ModuleType]:
    """Return all modules of rdcore outside which no name begins with an underscore."""
    names = ["rdcore", *(m.name for m in pkgutil.walk_packages(rdcore.__path__, "rdcore."))]
    public = (name for name in names if not re.search(r"\._", name))
    return {name: importlib.import_module(name) for name in public}


MODULES = modules()
PUBLIC = {name: module for name, module in MODULES.items() if hasattr(module, "__all__")}


def documented(page: str) -> dict[str, list[str]]:
    """Return the names of each module in the page's table."""
    rows = re.findall(r"^\| `(rdcore[\w.]*)` \| (.*) \|$", page, flags=re.MULTILINE)
    assert len(rows) == len(dict(rows)), "a module is listed twice"
    return {module: re.findall(r"`(\w+)`", names) for module, names in rows}


def exported(module: ModuleType) -> dict[str, Any]:
    return {name: getattr(module, name) for name in module.__all__}


def test_the_page_lists_the_public_modules() -> None:
    assert sorted(documented(PAGE)) == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_page_lists_the_names_of_a_module(name: str) -> None:
    assert documented(PAGE)[name] == PUBLIC[name].__all__


def test_packages_and_modules_that_are_exported_are_public() -> None:
    packages = {name for name, module in MODULES.items() if hasattr(module, "__path__")}
    assert packages <= PUBLIC.keys()
    for module in PUBLIC.values():
        inner = {v.__name__ for v in exported(module).values() if isinstance(v, ModuleType)}
        assert inner <= PUBLIC.keys(), module.__name__


def test_exported_names_are_their_owns_or_those_of_an_inner_module() -> None:
    for name, module in PUBLIC.items():
        assert len(set(module.__all__)) == len(module.__all__), name
        for own, value in exported(module).items():
            assert not own.startswith("_")
            home = getattr(value, "__module__", None) or getattr(value, "__name__", name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert home.startswith(name), f"{name}.{own} comes from {home}"


def test_rdcore_says_what_it_has_before_it_imports_it() -> None:
    assert set(rdcore.__all__) <= set(dir(rdcore))
    assert rdcore.curves is MODULES["rdcore.curves"]
    for absent in ("absent", "__absent__"):
        with pytest.raises(AttributeError, match=absent):
            getattr(rdcore, absent)


def classes(annotation: Any) -> Iterator[type]:
    """Yield the classes of rdcore that an annotation names."""
    if isinstance(annotation, type) and annotation.__module__.startswith("rdcore"):
        yield annotation
    for part in get_args(annotation):
        for inner in part if isinstance(part, list | tuple) else (part,):
            yield from classes(inner)


def callables(value: Any) -> Iterator[Any]:
    """Yield a function itself, or the public methods and properties of a class."""
    if inspect.isfunction(value):
        yield value
    if not inspect.isclass(value):
        return
    for name, member in vars(value).items():
        if not name.startswith("_"):
            inner = getattr(member, "fget", None) or getattr(member, "__func__", None)
            inner = inner or (member.func if isinstance(member, cached_property) else member)
            if inspect.isfunction(inner):
                yield inner


def given(value: Any) -> Iterator[type]:
    """Yield the classes that a public function, or an instance of a public class, can give."""
    for function in callables(value):
        yield from classes(get_type_hints(function).get("return"))
    if inspect.isclass(value):
        for name, annotation in get_type_hints(value).items():
            if not name.startswith("_"):
                yield from classes(annotation)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_class_that_a_public_name_gives_is_public(name: str) -> None:
    public = {
        value
        for module in PUBLIC.values()
        for value in exported(module).values()
        if inspect.isclass(value)
    }
    for own, value in exported(PUBLIC[name]).items():
        hidden = set(given(value)) - public
        assert not hidden, f"{name}.{own} gives {hidden}"


def test_the_rule_finds_what_is_not_public() -> None:
    hidden = type("Hidden", (), {"__module__": "rdcore.hidden"})

    def function() -> None: ...

    function.__annotations__["return"] = dict[str, tuple[hidden, ...] | None]
    assert list(given(function)) == [hidden]
    assert list(given(type("Open", (), {"way": property(function)}))) == [hidden]
    assert list(given(type("Open", (), {"__annotations__": {"a": hidden, "_b": hidden}}))) == [
        hidden
    ]


def test_the_dashboard_uses_public_names_only() -> None:
    wrong = []
    for path in [ROOT / "app.py", *(ROOT / "dashboard").rglob("*.py"), *(ROOT / "pages").glob("*")]:
        for module in imports(path) if path.suffix == ".py" else ():
            home, _, name = module.rpartition(".")
            known = module in PUBLIC or (home in PUBLIC and name in PUBLIC[home].__all__)
            if module.startswith("rdcore") and not known:
                wrong.append(f"{path.relative_to(ROOT)} imports {module}")
    assert not wrong
