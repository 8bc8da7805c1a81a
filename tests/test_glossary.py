"""The glossary is the table of docs/notation.md, and every entry can be found and read."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.model import glossary
from dashboard.model.glossary import ENTRIES, Entry, entry, explain

DOCUMENT = Path(__file__).parent.parent / "docs" / "notation.md"


def documented() -> list[str]:
    """Return the lines of the first table of the document, head included."""
    text = DOCUMENT.read_text(encoding="utf-8")
    section = text.split("\n## Terms\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("|")]


def test_the_document_has_the_table_of_the_glossary() -> None:
    written, expected = documented(), glossary.table().splitlines()
    assert [line for line in expected if line not in written] == [], "missing in notation.md"
    assert [line for line in written if line not in expected] == [], "only in notation.md"
    assert written == expected, "in another order in notation.md"


def test_cells_escape_the_column_separator() -> None:
    for line in glossary.table().splitlines():
        assert line.replace("\\|", "").count("|") == 5


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.term)
def test_an_entry_is_one_sentence_that_names_find(one: Entry) -> None:
    assert one.meaning.endswith(".")
    assert one.meaning.count(". ") == 0
    assert one.meaning[0].isupper()
    assert len(one.meaning) <= 170
    for name in (one.term, one.term.upper(), *one.also):
        assert entry(name) is one


def test_names_are_unique() -> None:
    names = [name.casefold() for one in ENTRIES for name in (one.term, *one.also)]
    assert len(set(names)) == len(names)


def test_a_symbol_keeps_its_case() -> None:
    assert (entry("X").term, entry("x").term) == ("Source", "Atom")
    assert entry("D").term == "Average distortion"
    assert entry("H(Y|X)").term == "Encoder randomness"


def test_an_explanation_has_term_symbol_and_meaning() -> None:
    assert explain("price").startswith("Price (λ, λ′): The increase in rate")
    assert explain("Gap").startswith("Gap: The upper bound minus")
    with pytest.raises(KeyError, match="no term 'fidget'"):
        explain("fidget")
