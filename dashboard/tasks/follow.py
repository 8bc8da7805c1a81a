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

_FREE_TOLERANCE = 1e-4
_FREE_FIRST, _FREE_LEVELS, _FREE_LOW_LEVELS = 0.01, 32, 12


def followed(
    problem: rd.Problem, levels: Floats, tol: float, *, which: int = 0
) -> tuple[CurveBand, dict[str, Any]]:
    """Return the certified curve through some levels, and its solutions for a browser."""
    found = along(list(rd.curves.solutions(problem, levels, tol=tol, fidelity=which)))
    band = CurveBand(
        found.levels[:, which], found.uppers / LN2, found.lowers / LN2, found.prices / LN2, which
    )
    return band, found.payload(which)


def with_every_codebook(
    problem: rd.Problem, last: float, which: int = 0
) -> Generator[Step, None, dict[str, Any]]:
    """Solve a problem for the free codebook along one level up to ``last``, in a worker."""
    share = np.linspace(0, 1, _FREE_LEVELS) ** 2
    low = np.geomspace(_FREE_FIRST, 8 * _FREE_FIRST, _FREE_LOW_LEVELS)
    levels = last * np.union1d(_FREE_FIRST + (1 - _FREE_FIRST) * share, low)
    found, free = list[rd.Solution](), problem.with_every()
    for one in rd.curves.solutions(free, levels[::-1], tol=_FREE_TOLERANCE, fidelity=which):
        found.append(one)
        yield Step(len(found) / len(levels))
    return along(found[::-1]).payload(which)
