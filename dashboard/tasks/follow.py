"""The solutions along a level, which a browser follows while a handle is dragged; no streamlit."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.following import SolvedPath
from rdcore.curves.level_paths import level_path
from rdcore.curves.nodes import Node, node

_TOLERANCE = 1e-6


def solved(
    problem: rd.Problem, levels: Sequence[float], which: int = 0, *, tol: float = _TOLERANCE
) -> SolvedPath:
    """Solve a problem at increasing values of one of its levels, each from the one before."""
    path, found = level_path(problem, which, scaled=False), list[Node]()
    for level in levels:
        found.append(node(path, float(level), tol, found[-1] if found else None))
    return SolvedPath(tuple(one.solution for one in found), which)
