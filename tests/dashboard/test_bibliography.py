"""The BibTeX of each page, against the list of references in the documentation."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.model.references import METHODS, bibtex, entries

METHOD = (Path(__file__).parents[2] / "docs/method/references.md").read_text(encoding="utf-8")


def field(entry: str, name: str) -> str:
    found = re.search(rf"^  {name} = {{+(.*?)}}+,$", entry, re.MULTILINE)
    assert found is not None, (entry, name)
    return found[1].replace("--", "–")


@pytest.mark.parametrize("key", entries())
def test_every_entry_is_a_reference_of_the_documentation(key: str) -> None:
    entry = entries()[key]
    line = next(
        line
        for line in METHOD.splitlines()
        if f', "{field(entry, "title")}"' in line or f", *{field(entry, 'title')}*" in line
    )
    assert line.startswith("- ")
    assert field(entry, "year") in line
    surname = key.rstrip("0123456789")
    assert surname in re.sub(r"[^a-z]", "", line.lower().replace("á", "a"))
    assert entry.count("{") == entry.count("}")


def test_every_page_has_its_publications() -> None:
    pages = {path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py")}
    assert set(METHODS) == pages - {"explore"} | {""}
    assert set().union(*METHODS.values()) == set(entries())
    for page, keys in METHODS.items():
        assert re.findall(r"^@\w+{(\w+),$", bibtex(page), re.MULTILINE) == list(keys)
