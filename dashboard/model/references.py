"""The publications behind the methods of each page, as BibTeX."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FILE = Path(__file__).resolve().parents[2] / "assets" / "references.bib"

_SOLVED = ("nasser2025", "shannon1959", "berger1971", "csiszar1974", "mehrotra1992")
METHODS: dict[str, tuple[str, ...]] = {
    "": _SOLVED,
    "prices": _SOLVED,
    "codebook": (*_SOLVED, "rose1994"),
    "annealing": ("nasser2025", "rose1994", "mehrotra1992", "muresan2008"),
    "quantisers": ("lloyd1982", "chou1989", "muresan2008", "duda2013", "nasser2025"),
    "classification": ("wang2024", "nguyen2025", "blau2019", "zhang2021"),
    "pictures": ("nasser2025", "berger1971", "duda2013"),
    "learned": ("rozendaal2020", "li2023", "nguyen2025", "duda2013"),
    "guide": (*_SOLVED, "rose1994", "lloyd1982", "li2023"),
    "compare": _SOLVED,
    "reproduce": ("nasser2025", "blahut1972", "arimoto1972"),
}
"""The keys of the publications for each page, by its address."""


@cache
def entries() -> dict[str, str]:
    """Return the BibTeX entries by their keys."""
    parts = re.split(r"\n(?=@)", _FILE.read_text(encoding="utf-8"))
    return {part.partition("{")[2].partition(",")[0]: part.strip() for part in parts}


def bibtex(page: str) -> str:
    """Return the BibTeX file of a page."""
    return "\n\n".join(entries()[key] for key in METHODS[page]) + "\n"
