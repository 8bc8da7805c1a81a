"""The solutions along a level, which a browser follows while a handle is dragged; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.following import Solved, along
from dashboard.model.views import CurveBand, Floats

_FREE_LEVELS, _FREE_LOW_LEVELS, _PLANE_LEVELS = 32, 12, 10


def followed(
    problem: rd.Problem, levels: Floats, tol: float, *, which: int = 0
) -> tuple[CurveBand, dict[str, Any]]:
    """Return the certified curve through some levels, and its solutions for a browser."""
    found = along(list(rd.curves.solutions(problem, levels, tol=tol, fidelity=which)))
    return _band(found, which), found.payload(which)


def every_levels(first: float, last: float, dim: int) -> Floats:
    """Return the levels at which the free codebook is solved, close enough for frames on a line."""
    if dim > 1:
        return np.geomspace(first, last, _PLANE_LEVELS)
    share = np.linspace(0, 1, _FREE_LEVELS) ** 2
    low = np.geomspace(first, min(8 * first, last), _FREE_LOW_LEVELS)
    return np.union1d(first + (last - first) * share, low)


def with_every_codebook(
    problem: rd.Problem, levels: Floats, tol: float, which: int = 0
) -> Generator[Step, None, tuple[CurveBand, dict[str, Any] | None]]:
    """Solve a problem for the free codebook along one level, in a worker.

    Return the certified curve and its solutions for a browser, as ``followed`` does; without the
    solutions for a source in a plane, whose frames a browser cannot prove for every codebook.
    """
    found = list[rd.Solution]()
    free = problem if problem.every else problem.with_every()
    for one in rd.curves.solutions(free, levels[::-1], tol=tol, fidelity=which):
        found.append(one)
        yield Step(len(found) / len(levels))
    solved = along(found[::-1])
    return _band(solved, which), None if problem.source.dim > 1 else solved.payload(which)


def _band(found: Solved, which: int) -> CurveBand:
    return CurveBand(
        found.levels[:, which], found.uppers / LN2, found.lowers / LN2, found.prices / LN2, which
    )
