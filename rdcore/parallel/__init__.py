"""Components side by side: independent sources under common levels, with bounds that add up."""

from __future__ import annotations

from rdcore.parallel.columns import ColumnsSolution, by_columns
from rdcore.parallel.components import Component, Level, ParallelTask
from rdcore.parallel.solution import ParallelSolution
from rdcore.parallel.solver import rate
from rdcore.parallel.water import WaterFilling, water_filling

__all__ = [
    "ColumnsSolution",
    "Component",
    "Level",
    "ParallelSolution",
    "ParallelTask",
    "WaterFilling",
    "by_columns",
    "rate",
    "water_filling",
]
