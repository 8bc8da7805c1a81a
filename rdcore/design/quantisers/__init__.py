"""Quantisers: design by dynamic programming or descent, and rounding of channels."""

from __future__ import annotations

from rdcore.design.quantisers.hardening import harden
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.design.quantisers.scalar import ecsq, lloyd_max, lloyd_max_family
from rdcore.design.quantisers.sharing import Hull, TimeSharing, hull
from rdcore.design.quantisers.uniform_grid import uniform
from rdcore.design.quantisers.vector import ecvq

__all__ = [
    "Hull",
    "Quantiser",
    "TimeSharing",
    "ecsq",
    "ecvq",
    "harden",
    "hull",
    "lloyd_max",
    "lloyd_max_family",
    "uniform",
]
