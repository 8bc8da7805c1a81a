"""The proof: what can be met, and bounds on the rate from the problem's data alone.

Nothing here knows a solver, so a wrong solver cannot pass.
"""

from __future__ import annotations

from rdcore.proof.certificates import Certificate, Dual, Rivals, certify, dual_at, meet_levels
from rdcore.proof.feasibility import Interior, interior, smallest_levels
from rdcore.proof.supremum import Supremum

__all__ = [
    "Certificate",
    "Dual",
    "Interior",
    "Rivals",
    "Supremum",
    "certify",
    "dual_at",
    "interior",
    "meet_levels",
    "smallest_levels",
]
