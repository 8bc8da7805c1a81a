"""Python scripts that print a page's numbers with rdcore alone.

A script contains the problem in full: its source, codebook, levels and subsets. So it runs
anywhere, also for uploaded data. Each printed line is a name with its unit, and a value in full
precision.
"""

from __future__ import annotations

from dashboard.model.scripts.learned import codec, energy, universal
from dashboard.model.scripts.pages import (
    annealing,
    classification,
    columns,
    explore,
    quantisers,
    refinement,
)
from dashboard.model.scripts.pictures import pictures
from dashboard.model.scripts.problems import problem_lines
from dashboard.model.scripts.reproduce import reproduction

__all__ = [
    "annealing",
    "classification",
    "codec",
    "columns",
    "energy",
    "explore",
    "pictures",
    "problem_lines",
    "quantisers",
    "refinement",
    "reproduction",
    "universal",
]
