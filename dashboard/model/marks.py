"""How each level of a problem is written and drawn: its symbols, its name and its colour."""

from __future__ import annotations

from dataclasses import dataclass

SLOTS = (1, 2, 3, 4, 5, 6)
"""The numbers of the subsets; a subset keeps its number when others are removed."""

COLOURS = ("orange", "indigo", "turquoise", "rose", "brown", "purple")
"""The colours of the subsets, in the order of ``Palette.subsets``."""

_LEGEND = 14
_DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True)
class Mark:
    """A level of a problem: D, or the level of a subset.

    Attributes
    ----------
    slot : int
        The number of the subset; 0 for D.
    symbol, level, price : str
        Such as "S₂", "D′₂" and "λ′₂"; D has no symbol of a subset.
    name : str
        The user's name of the subset; may be "".
    colour : int
        Index of its colour in ``Palette.subsets``.
    """

    slot: int = 0
    symbol: str = ""
    level: str = "D"
    price: str = "λ"
    name: str = ""
    colour: int = 0

    @property
    def title(self) -> str:
        """The symbol with the name: "S₂ alarm"."""
        return f"{self.symbol} {self.name}" if self.name else self.symbol

    @property
    def legend(self) -> str:
        """The text of a legend: "S₂ alarm", or "subset S"; long names are cut."""
        if self.name:
            return self.title if len(self.title) <= _LEGEND else self.title[: _LEGEND - 1] + "…"
        return self.symbol if len(self.symbol) > 1 else f"subset {self.symbol}"

    @property
    def legend_level(self) -> str:
        """The level with the name, cut like a legend."""
        return self.legend.replace(self.symbol, self.level, 1) if self.name else self.level

    @property
    def long_level(self) -> str:
        """The level with the name: "D′₂ alarm"."""
        return f"{self.level} {self.name}" if self.name else self.level


AVERAGE = Mark()
"""The average distortion D."""


def mark(slot: int, *, numbered: bool = False, name: str = "", colour: int | None = None) -> Mark:
    """Return the mark of a subset; a single one needs no number."""
    number = str(slot).translate(_DIGITS) if numbered else ""
    shade = slot - 1 if colour is None else colour
    return Mark(slot, f"S{number}", f"D′{number}", f"λ′{number}", name, shade)


def plain(slots: tuple[int, ...]) -> tuple[Mark, ...]:
    """Return the marks of D and of unnamed subsets."""
    return (AVERAGE, *(mark(slot, numbered=len(slots) > 1) for slot in slots))
