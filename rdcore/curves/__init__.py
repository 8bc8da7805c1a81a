"""Curves and surfaces: certified bounds on the rate as a function of the levels.

``sensitivity`` returns derivatives in the levels; ``level_for`` finds the level of a given rate
and ``least_level`` the least one within a rate;
``finite_blocklength`` estimates the rate of codes of fixed length.
"""

from __future__ import annotations

from rdcore.curves.blocklength import BlocklengthEstimate, finite_blocklength
from rdcore.curves.inversion import LevelBracket, least_level, level_for
from rdcore.curves.level_paths import largest_level, with_level
from rdcore.curves.rate_curve import Curve, curve, solutions
from rdcore.curves.rate_surface import Surface, growing_surface, surface
from rdcore.curves.sensitivities import Prediction, Sensitivity, sensitivity

__all__ = [
    "BlocklengthEstimate",
    "Curve",
    "LevelBracket",
    "Prediction",
    "Sensitivity",
    "Surface",
    "curve",
    "finite_blocklength",
    "growing_surface",
    "largest_level",
    "least_level",
    "level_for",
    "sensitivity",
    "solutions",
    "surface",
    "with_level",
]
