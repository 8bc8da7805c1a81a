"""Feasibility of levels, and certified bounds on the rate.

The bounds use only the data of the problem and no solver, so an error in a solver cannot affect
them.
"""

from __future__ import annotations

from rdcore.proof.certificates import Certificate, Rivals, certify, line_slopes, meet_levels
from rdcore.proof.dual import Dual, dual_at
from rdcore.proof.feasibility import Interior, interior, smallest_levels
from rdcore.proof.rounding import Margins, margins
from rdcore.proof.supremum import Supremum

__all__ = [
    "Certificate",
    "Dual",
    "Interior",
    "Margins",
    "Rivals",
    "Supremum",
    "certify",
    "dual_at",
    "interior",
    "line_slopes",
    "margins",
    "meet_levels",
    "smallest_levels",
]
