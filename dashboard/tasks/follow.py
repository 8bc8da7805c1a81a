"""The solutions along a level, which a browser follows while a handle is dragged; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.following import along
from dashboard.model.views import CurveBand, Floats
from dashboard.tasks.solve import with_free_codebook
from rdcore.curves.level_paths import level_path
from rdcore.curves.nodes import Node, node
from rdcore.curves.parts import parts, seconds

_FREE_TOLERANCE = 1e-4
_FREE_FIRST, _FREE_LEVELS, _FREE_LOW_LEVELS = 0.01, 32, 12


def solved(problem: rd.Problem, levels: Floats, tol: float, *, which: int = 0) -> list[rd.Solution]:
    """Solve a problem at increasing values of one of its levels, as ``rd.curve`` does."""
    path, found = level_path(problem, which, scaled=False), list[Node]()
    count = min(len(levels), parts(seconds(problem) * len(levels), len(levels)))
    for some in np.array_split(levels, max(count, 1)):
        before = None
        for level in some:
            before = node(path, float(level), tol, before)
            found.append(before)
    return [one.solution for one in found]


def followed(
    problem: rd.Problem, levels: Floats, tol: float, *, which: int = 0
) -> tuple[CurveBand, dict[str, Any]]:
    """Return the certified curve through some levels, and its solutions for a browser."""
    found = along(solved(problem, levels, tol, which=which))
    band = CurveBand(
        found.levels[:, which], found.uppers / LN2, found.lowers / LN2, found.prices / LN2, which
    )
    return band, found.payload(which)


def with_every_codebook(
    problem: rd.Problem, last: float, which: int = 0
) -> Generator[Step, None, dict[str, Any]]:
    """Solve a problem for the free codebook along one level up to ``last``, in a worker."""
    path = level_path(with_free_codebook(problem), which, scaled=False)
    share = np.linspace(0, 1, _FREE_LEVELS) ** 2
    low = np.geomspace(_FREE_FIRST, 8 * _FREE_FIRST, _FREE_LOW_LEVELS)
    levels = last * np.union1d(_FREE_FIRST + (1 - _FREE_FIRST) * share, low)
    found = list[Node]()
    for level in levels[::-1]:
        found.append(node(path, float(level), _FREE_TOLERANCE, found[-1] if found else None))
        yield Step(len(found) / len(levels))
    return along([one.solution for one in reversed(found)]).payload(which)
