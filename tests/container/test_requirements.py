from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions, requires
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from docs.house import imports

PROJECT = Path(__file__).parents[2]
FILES = (
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-bench.txt",
    "requirements-docs.txt",
    "requirements-audit.txt",
)
# In an environment of its own, without the app.
ALONE = "requirements-audit.txt"


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", read(name), flags=re.MULTILINE)
    assert len(found) == len(dict(found)), "a package is pinned twice"
    return dict(found)


def wanted(project: dict[str, Any], extra: str) -> list[str]:
    """Return the plain dependencies and those of an extra, its own extras resolved."""
    found = list(project["dependencies"])
    for text in project["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name == project["name"]:
            found += (more for name in requirement.extras for more in wanted(project, name))
        else:
            found.append(text)
    return found


def declared() -> dict[str, list[Requirement]]:
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    direct = [Requirement(text) for text in wanted(project["project"], "app")]
    groups = project["dependency-groups"]
    dev, bench = ([Requirement(text) for text in groups[name]] for name in ("dev", "bench"))
    docs = [Requirement(text) for text in wanted(project["project"], "docs")]
    return {
        "requirements.txt": direct,
        "requirements-dev.txt": [*direct, *dev],
        "requirements-bench.txt": [*direct, *bench],
        "requirements-docs.txt": [*direct, *docs],
        ALONE: [Requirement(text) for text in groups["audit"]],
    }


@pytest.mark.parametrize("name", FILES)
def test_every_direct_dependency_is_pinned_within_its_bound(name: str) -> None:
    pinned = pins(name)
    for requirement in declared()[name]:
        assert requirement.specifier.contains(pinned[requirement.name]), requirement


@pytest.mark.parametrize("name", FILES)
def test_every_pin_has_hashes(name: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", read(name), flags=re.MULTILINE)[1:]
    assert len(entries) == len(pins(name))
    assert all("--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", FILES)
def test_no_package_host_is_named(name: str) -> None:
    assert not re.search(r"://|--(index|extra-index|find-links)|\w\.(org|com|io|net)\b", read(name))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_list_has_all_that_its_packages_need(name: str) -> None:
    pinned = pins(name)
    left = list(declared()[name])
    seen: set[tuple[str, str]] = set()
    while left:
        requirement = left.pop()
        package = canonicalize_name(requirement.name)
        assert requirement.specifier.contains(pinned[package]), requirement
        for extra in {"", *requirement.extras} - {e for p, e in seen if p == package}:
            seen.add((package, extra))
            needs = [Requirement(text) for text in requires(package) or []]
            left += [n for n in needs if not n.marker or n.marker.evaluate({"extra": extra})]


@pytest.mark.parametrize("name", [name for name in FILES[1:] if name != ALONE])
def test_tests_and_benchmarks_run_on_what_the_app_is_served_with(name: str) -> None:
    assert pins("requirements.txt").items() <= pins(name).items()


def test_the_app_is_served_with_all_that_its_code_imports() -> None:
    rooms = ("rdcore", "dashboard", "pages")
    files = [PROJECT / "app.py", *(f for room in rooms for f in (PROJECT / room).rglob("*.py"))]
    found, pinned = packages_distributions(), set(pins("requirements.txt"))
    direct = {requirement.name for requirement in declared()["requirements.txt"]}
    own = {"rdcore", "dashboard", "pages", *sys.stdlib_module_names}
    tops = {module.partition(".")[0] for path in files for module in imports(path)} - own
    assert not {top for top in tops if not set(found[top]) & direct & pinned}
