"""The quantisers of a problem as the Quantisers page has them, without its jobs."""

from __future__ import annotations

from dashboard.model.quantisers import FamiliesView, MetView
from dashboard.tasks import quantise
from rdcore import Problem
from tests.steps import result


def compared(problem: Problem) -> tuple[FamiliesView, MetView]:
    """Return the quantisers of the source, and those that meet the levels."""
    known: FamiliesView = result(quantise.families(quantise.alone(problem)))
    met: MetView = result(quantise.meet(problem, known))
    return known, met
