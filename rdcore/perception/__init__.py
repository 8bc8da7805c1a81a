"""Rate–distortion–perception: limits on the divergence of the source and the reproduction.

A perception level limits the divergence between the distributions of source and reproduction.
``rate`` solves a problem with such a level; ``curve`` varies a level.
"""

from __future__ import annotations

from rdcore.perception.certificates import certified
from rdcore.perception.curves import PerceptionCurve, curve
from rdcore.perception.measures import (
    Perception,
    TotalVariation,
    Wasserstein1,
    Wasserstein2Squared,
)
from rdcore.perception.solution import PerceptionSolution
from rdcore.perception.solver import rate

__all__ = [
    "Perception",
    "PerceptionCurve",
    "PerceptionSolution",
    "TotalVariation",
    "Wasserstein1",
    "Wasserstein2Squared",
    "certified",
    "curve",
    "rate",
]
