"""Quantisers: deterministic encoders, designed by dynamic programming, by descent, or rounded."""

from __future__ import annotations

from rdcore.quantisers.hardening import harden
from rdcore.quantisers.quantiser import Quantiser
from rdcore.quantisers.scalar import ecsq, lloyd_max, lloyd_max_family
from rdcore.quantisers.sharing import Hull, TimeSharing, hull
from rdcore.quantisers.uniform import uniform
from rdcore.quantisers.vector import ecvq

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
