"""Specs and views of reproduction."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.model.views import Floats


@dataclass(frozen=True)
class Quantity:
    """One quantity: the published value, the re-run value and our best; nan if there is none."""

    name: str
    published: float
    rerun: float
    best: float = float("nan")


@dataclass(frozen=True, eq=False)
class Series:
    """One line of the figure, or points if ``dots``; ``look`` is the name of a colour."""

    name: str
    x: Floats
    y: Floats
    look: str
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Reproduced:
    """The result of an experiment.

    Attributes
    ----------
    numbers : tuple of Quantity
        The quantities of the table.
    series : tuple of Series
        The lines of the figure.
    across, up : str
        The axis titles of the figure, with units.
    why : str
        The reasons for the differences.
    """

    numbers: tuple[Quantity, ...]
    series: tuple[Series, ...]
    across: str
    up: str
    why: str
