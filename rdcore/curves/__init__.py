"""Curves and surfaces: the rate as a function of the levels, with proof at and between points."""

from __future__ import annotations

from rdcore.curves.curve import Curve, curve
from rdcore.curves.lines import largest_level, with_level
from rdcore.curves.surface import Surface, growing_surface, surface

__all__ = [
    "Curve",
    "Surface",
    "curve",
    "growing_surface",
    "largest_level",
    "surface",
    "with_level",
]
