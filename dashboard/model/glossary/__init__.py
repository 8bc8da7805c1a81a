"""The terms of the interface: one definition for help texts, the guide and docs/notation.md."""

from __future__ import annotations

from dashboard.model.glossary import design, pictures, problem
from dashboard.model.glossary.entry import Entry

ENTRIES = (
    *problem.SOURCE_AND_CODEBOOK,
    *problem.FIDELITY,
    *problem.RATE_AND_PROOF,
    *design.DESIGN,
    *design.CLASSES_AND_PERCEPTION,
    *design.LEARNED,
    *pictures.PICTURES,
)
_NAMES = {name.casefold(): one for one in reversed(ENTRIES) for name in (one.term, *one.also)}
_SYMBOLS = {one.symbol: one for one in reversed(ENTRIES) if one.symbol}


def entry(term: str) -> Entry:
    """Return the entry of a term, found by a name in any case or by its exact symbol.

    Raises
    ------
    KeyError
        If the glossary does not have the term.
    """
    found = _NAMES.get(term.casefold()) or _SYMBOLS.get(term)
    if found is None:
        raise KeyError(f"the glossary has no term {term!r}")
    return found


def explain(term: str) -> str:
    """Return the term with its symbol and its one-sentence definition.

    Examples
    --------
    >>> explain("gap")
    'Gap: The upper bound minus the lower bound: the largest possible error of the rate.'
    >>> explain("H(Y)") == explain("output entropy")
    True
    """
    return entry(term).sentence


def table() -> str:
    """Return the glossary as the Markdown table of docs/notation.md."""
    rows = [("Term", "Symbol", "Unit", "Definition"), ("---",) * 4]
    rows += [(one.term, one.symbol, one.unit, one.meaning) for one in ENTRIES]
    return "\n".join("| " + " | ".join(_cell(text) for text in row) + " |" for row in rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
