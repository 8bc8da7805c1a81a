"""Rate, distortion and perception: the law of the reproduction is held near that of the source.

A fidelity says how close each symbol must be; perception says that what comes out must look like
what the source puts out. ``rate`` solves both together and ``curve`` sweeps levels.
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
