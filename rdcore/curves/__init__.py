"""Curves and surfaces: the rate as a function of the levels, with proof at and between points.

``sensitivity`` says how the optimum moves with the levels; ``level_for`` finds the level of a rate.
"""

from __future__ import annotations

from rdcore.curves.level_paths import largest_level, with_level
from rdcore.curves.rate_curve import Curve, curve
from rdcore.curves.rate_surface import Surface, growing_surface, surface
from rdcore.curves.sensitivities import (
    LevelBracket,
    Prediction,
    Sensitivity,
    level_for,
    sensitivity,
)

__all__ = [
    "Curve",
    "LevelBracket",
    "Prediction",
    "Sensitivity",
    "Surface",
    "curve",
    "growing_surface",
    "largest_level",
    "level_for",
    "sensitivity",
    "surface",
    "with_level",
]
