"""Texts use plain technical English: retired phrases and names do not come back."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parent.parent

# Files and folders that the test covers.
COVERED = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs",
    "benchmarks",
    "app.py",
    "pages",
    "dashboard",
    "rdcore",
    "tests/bank",
    "tests/browser",
    "tests/dashboard",
    "tests/pages",
    "tests/rdcore",
)
SUFFIXES = {".md", ".py", ".toml"}


class Retired(NamedTuple):
    """A pattern, what to write instead, and a text that it finds."""

    pattern: str
    instead: str
    example: str


PHRASES = (
    Retired(r"\bdear(er|est|ly)?\b", "larger, expensive, most expensive", "the dearest demand"),
    Retired(r"\b(would|will) do\b", "is enough; use at most …", "up to 256 would do"),
    Retired(r"\bby luck\b|\bis luck\b", "not guaranteed", "D′ is met by luck"),
    Retired(r"\bnever saw\b", "held-out data", "on pictures it never saw"),
    Retired(r"\bnobody knows\b", "not known in advance", "that nobody knows"),
    Retired(r"\bbeforehand\b", "in advance, before", "not known beforehand"),
    Retired(r"\bthe texts?[’']s?\b", "the source by author and year", "The text’s own schedule"),
    Retired(r"\bthe report\b", "Nasser (2025), project report", "The report's numbers"),
    Retired(r"\bwho was merged\b", "merged and added codewords", "who was merged and added"),
    Retired(r"\bfore(told|tells?|telling)\b", "predicted, predicts", "the price foretells it"),
    Retired(r"\b(tak(e|es|ing)|took) turns\b", "time sharing", "encoders that take turns"),
    Retired(r"\bto take away\b", "for download", "tables to take away"),
    Retired(r"\bgive or take\b", "up to", "give or take its accuracy"),
    Retired(r"\bhand(ed|s)? over\b", "passed, serialised", "it cannot be handed over"),
    Retired(r"\bworked off\b", "processed", "jobs are worked off"),
    Retired(r"\bits way, here\b", "re-run", "its way, here"),
    Retired(r"\bthe widest that\b", "maximum band width", "the widest that the band is"),
    Retired(r"\bidle\b", "inactive, slack", "proved idle"),
    Retired(r"\bha(s|ve|ving) room\b", "strictly feasible, has slack", "a channel that has room"),
    Retired(r"\banew\b", "again", "trained anew"),
    Retired(r"\bupon\b", "on", "upon a frozen encoder"),
    Retired(r"\blest\b", "so that … not", "lest it be lost"),
    Retired(r"\bhair[’']s breadth\b", "arbitrarily small", "a hair's breadth"),
    Retired(r"\bfrom birth\b", "validated at construction", "valid from birth"),
    Retired(
        r"\ba bit more or fewer\b", "one bit more or less", "how far a bit more or fewer takes"
    ),
)
NAMES = (
    Retired(r"\bbumps?\b", "Gaussian sum", "from rdcore.bumps import Bumps"),
    Retired(r"\bheights\b", "dual constraint", "dual.heights(problem)"),
    Retired(r"\bsniff\w*\b", "CSV dialect", "uploads/sniffing.py"),
    Retired(r"\bwire\b", "serialisation", "over the wire"),
    Retired(r"\bdesk\b", "scheduler", "the desk of jobs"),
)
RETIRED = (*PHRASES, *NAMES)


def texts(covered: tuple[str, ...] = COVERED, root: Path = ROOT) -> Iterator[Path]:
    """Yield the covered files."""
    for name in covered:
        place = root / name
        assert place.exists(), f"{name} is covered but does not exist"
        files = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (path for path in files if path.suffix in SUFFIXES)


@functools.cache
def _read(path: Path) -> tuple[str, str]:
    """Return the text of a file, and the same in small letters."""
    text = path.read_text(encoding="utf-8")
    return text, text.lower()


def offenders(paths: Iterator[Path], retired: Retired, root: Path = ROOT) -> list[str]:
    """Return the lines that use a retired phrase, each with its place.

    A phrase may continue on the next line. A pattern that begins with letters is found much faster
    than one that begins with the border of a word, so that most files need only the first look.
    """
    found = []
    phrase = retired.pattern.replace(" ", r"\s+(?:#\s*)?")
    quick = re.compile(phrase.removeprefix(r"\b"))
    pattern = re.compile(phrase, re.IGNORECASE)
    for path in paths:
        text, small = _read(path)
        if not quick.search(small):
            continue
        numbers = {text.count("\n", 0, match.start()) for match in pattern.finditer(text)}
        lines = text.split("\n")
        found += [
            f"{path.relative_to(root)}:{number + 1}: {lines[number].strip()}"
            for number in sorted(numbers)
        ]
    return found


@pytest.mark.parametrize("retired", RETIRED, ids=lambda one: one.example)
def test_no_text_uses_a_retired_phrase(retired: Retired) -> None:
    found = offenders(texts(), retired)
    assert not found, f"write “{retired.instead}” instead:\n" + "\n".join(found)


@pytest.mark.parametrize("retired", RETIRED, ids=lambda one: one.example)
def test_an_offender_is_found(tmp_path: Path, retired: Retired) -> None:
    place = tmp_path / "docs" / "page.md"
    place.parent.mkdir()
    place.write_text(f"# Title\n\nBefore {retired.example} after.\n", encoding="utf-8")
    found = offenders(texts(("docs",), tmp_path), retired, tmp_path)
    assert found == [f"docs/page.md:3: Before {retired.example} after."]


def test_a_phrase_on_two_lines_is_found(tmp_path: Path) -> None:
    place = tmp_path / "page.md"
    place.write_text("as the\nreport says\n", encoding="utf-8")
    phrase = next(one for one in PHRASES if one.pattern == r"\bthe report\b")
    assert offenders(iter([place]), phrase, tmp_path) == ["page.md:1: as the"]


def test_every_covered_path_has_texts() -> None:
    for name in COVERED:
        assert list(texts((name,))), name
