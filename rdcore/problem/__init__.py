"""Sources, distortions, fidelities, and the convex program that they define."""

from __future__ import annotations

from rdcore.problem import cells, distortions, fidelity, gaussian_sums, sources
from rdcore.problem.cells import Cells, Density, Law
from rdcore.problem.distortions import Distortion
from rdcore.problem.fidelity import Fidelity, Measure, average, subset
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.problem.grids import coordinate_grid
from rdcore.problem.level_scale import LevelScale
from rdcore.problem.problem import EVERY, Every, Problem, Rows
from rdcore.problem.sources import Source

__all__ = [
    "EVERY",
    "Cells",
    "Density",
    "Distortion",
    "Every",
    "Fidelity",
    "GaussianSum",
    "Law",
    "LevelScale",
    "Measure",
    "Problem",
    "Rows",
    "Source",
    "average",
    "cells",
    "coordinate_grid",
    "distortions",
    "fidelity",
    "gaussian_sums",
    "sources",
    "subset",
]
