from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

PROJECT = Path(__file__).parents[2]
FILES = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")


def read(name: str) -> str:
    return (PROJECT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    found = re.findall(r"^([\w.-]+)==(\S+)", read(name), flags=re.MULTILINE)
    assert len(found) == len(dict(found)), "a package is pinned twice"
    return dict(found)


def declared() -> dict[str, list[Requirement]]:
    project: dict[str, Any] = tomllib.loads(read("pyproject.toml"))
    direct = [Requirement(text) for text in project["project"]["dependencies"]]
    groups = project["dependency-groups"]
    dev, bench = ([Requirement(text) for text in groups[name]] for name in ("dev", "bench"))
    return {
        "requirements.txt": direct,
        "requirements-dev.txt": [*direct, *dev],
        "requirements-bench.txt": [*direct, *bench],
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


@pytest.mark.parametrize("name", FILES[1:])
def test_tests_and_benchmarks_run_on_what_the_app_is_served_with(name: str) -> None:
    assert pins("requirements.txt").items() <= pins(name).items()
