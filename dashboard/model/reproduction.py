"""Views of the experiments of Nasser (2025): numbers, figures and claims."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypedDict

from dashboard.formatting import figure
from dashboard.model.claims.claim import Claim, Verdict, overall
from dashboard.model.views import Floats

NONE = float("nan")
TINY = 1e-9
"""Smaller values, in bits or squared units, differ between machines and are not written."""


def as_text(value: float) -> str:
    """Write a value of the table; "—" if there is none."""
    if math.isnan(value):
        return "—"
    if 0 < abs(value) < TINY:
        return "< 10⁻⁹"
    return str(int(value)) if value == int(value) else figure(float(value), 5)


def below(value: float) -> str:
    """Write a small value, or that it is tiny."""
    return "less than 1e-9" if abs(value) < TINY else f"{value:.1e}"


class Ours(TypedDict, total=False):
    """The values of a quantity that are computed here."""

    rerun: float
    best: float


@dataclass(frozen=True)
class Quantity:
    """One quantity as published and as computed here; nan where there is none.

    Attributes
    ----------
    name : str
        The quantity with its unit.
    printed, notebook : float
        The value in the project report, and in the notebook of its author.
    rerun : float
        The value with the settings and steps of the author.
    best : float
        The certified optimum, or the best found.
    decimals : int
        Number of decimals of the published value.
    why : str
        The reason where ours differs from the published value at its precision.
    """

    name: str
    printed: float = NONE
    notebook: float = NONE
    rerun: float = NONE
    best: float = NONE
    decimals: int = 4
    why: str = ""

    @property
    def published(self) -> float:
        """The printed value, else that of the notebook; nan if there is none."""
        return self.notebook if self.printed != self.printed else self.printed

    @property
    def published_texts(self) -> tuple[str, str]:
        """The printed value and that of the notebook, with the decimals of the publication."""
        values = (self.printed, self.notebook)
        printed, notebook = (
            "—" if math.isnan(value) else f"{value:.{self.decimals}f}" for value in values
        )
        return printed, notebook

    @property
    def difference(self) -> float:
        """Our re-run value, or our best without one, minus the published value, as rounded there.

        It is nan if nothing is published.
        """
        ours = self.best if self.rerun != self.rerun else self.rerun
        return round(round(ours, self.decimals) - self.published, self.decimals)


@dataclass(frozen=True, eq=False)
class Series:
    """One line of a figure, or points if ``dots``; ``look`` is the name of a colour."""

    name: str
    x: Floats
    y: Floats
    look: str
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Lines:
    """A figure of lines over one axis; ``shows`` is the published figure that it redraws."""

    title: str
    shows: str
    series: tuple[Series, ...]
    across: str
    up: str


@dataclass(frozen=True, eq=False)
class Book:
    """A codebook: codewords (m, d), their probabilities (m,), and the role that sets its look."""

    name: str
    codebook: Floats
    masses: Floats
    role: Literal["ours", "other"] = "ours"


@dataclass(frozen=True, eq=False)
class Codebooks:
    """A figure of codebooks on a source; ``mean`` is E[X], (d,).

    Atoms in ``inside`` belong to the subset.
    """

    title: str
    shows: str
    points: Floats
    pmf: Floats
    inside: Floats
    mean: Floats
    books: tuple[Book, ...] = ()


Panel = Lines | Codebooks


@dataclass(frozen=True, eq=False)
class Reproduced:
    """The result of an experiment.

    Attributes
    ----------
    numbers : tuple of Quantity
        The quantities of the table.
    panels : tuple of Lines or Codebooks
        The figures.
    claims : tuple of Claim
        What is claimed, with verdicts.
    """

    numbers: tuple[Quantity, ...]
    panels: tuple[Panel, ...]
    claims: tuple[Claim, ...]

    @property
    def series(self) -> tuple[Series, ...]:
        """The lines of all figures."""
        return tuple(
            one for panel in self.panels if isinstance(panel, Lines) for one in panel.series
        )

    @property
    def verdict(self) -> Verdict:
        """The verdict on all claims together."""
        return overall(self.claims)
