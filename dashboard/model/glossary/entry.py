"""One term of the glossary."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One term.

    Parameters
    ----------
    term : str
        The name that the interface uses.
    symbol : str
        The symbol in plain text; empty if there is none.
    unit : str
        The unit in which the interface shows it; empty for what has no unit.
    meaning : str
        The definition, one sentence.
    also : tuple of str
        Other names under which ``explain`` finds it.
    """

    term: str
    symbol: str
    unit: str
    meaning: str
    also: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The term with its symbol, and the definition."""
        name = f"{self.term} ({self.symbol})" if self.symbol else self.term
        return f"{name}: {self.meaning}"


BITS = "bits per symbol"
DISTORTION = "unit of d"
