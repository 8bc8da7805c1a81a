"""Specs and views of reproduction."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.model.views import Floats


@dataclass(frozen=True)
class Number:
    """One quantity: what the report has, what its way gives here, and our best; nan: none."""

    name: str
    report: float
    same: float
    best: float = float("nan")


@dataclass(frozen=True, eq=False)
class Series:
    """One line or set of points of the figure; ``look`` is a colour's name, dots if ``dots``."""

    name: str
    x: Floats
    y: Floats
    look: str
    dots: bool = False


@dataclass(frozen=True, eq=False)
class Reproduced:
    """What came of an experiment.

    Attributes
    ----------
    numbers : tuple of Number
        Side by side.
    series : tuple of Series
        The figure.
    across, up : str
        Its axes, with units.
    why : str
        A sentence on each difference.
    """

    numbers: tuple[Number, ...]
    series: tuple[Series, ...]
    across: str
    up: str
    why: str
