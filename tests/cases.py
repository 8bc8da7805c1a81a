"""The bank of cases: problems with what must come out, known values and every hazard that was met.

A test's tolerance for a rate is the solution's certified gap plus the case's ``accuracy``, which
is about the stated value alone.
"""

from __future__ import annotations

from tests.bank import known, levels, refusals, shapes
from tests.bank.case import Case, Fate

CASES: tuple[Case, ...] = (*known.CASES, *levels.CASES, *shapes.CASES, *refusals.CASES)
SOLVABLE: tuple[Case, ...] = tuple(c for c in CASES if c.fate in (Fate.SOLVED, Fate.ZERO))
FAILING: tuple[Case, ...] = tuple(c for c in CASES if c not in SOLVABLE)

__all__ = ["CASES", "FAILING", "SOLVABLE", "Case", "Fate"]
