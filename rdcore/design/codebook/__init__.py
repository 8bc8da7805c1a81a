"""Refinement of codebooks by moves, merging and insertion, also from random restarts."""

from __future__ import annotations

from rdcore.design.codebook._merging import Merge, Merged, merge
from rdcore.design.codebook.iteration import Iteration
from rdcore.design.codebook.moves import Gradient, centres
from rdcore.design.codebook.random_restarts import Restarts, random_codebook, restarting, restarts
from rdcore.design.codebook.refinement import Refinement, finished, refine, refining

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
