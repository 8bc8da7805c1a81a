"""Codebooks that get better: refinement by moves and merges, insertion, random restarts."""

from __future__ import annotations

from rdcore.codebook._merging import Merge, Merged, merge
from rdcore.codebook._moves import Gradient, centres
from rdcore.codebook.refinement import Iteration, Refinement, finished, refine, refining
from rdcore.codebook.restarts import Restarts, random_codebook, restarting, restarts

__all__ = [
    "Gradient",
    "Iteration",
    "Merge",
    "Merged",
    "Refinement",
    "Restarts",
    "centres",
    "finished",
    "merge",
    "random_codebook",
    "refine",
    "refining",
    "restarting",
    "restarts",
]
