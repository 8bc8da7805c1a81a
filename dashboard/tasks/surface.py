"""R(D, D′) on a grid of levels as a job; no streamlit."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.views import Axis, Floats, SurfaceView

_TOLERANCE = 1e-8


def surface(
    problem: rd.Problem, levels: Axis, subset_levels: Axis
) -> Generator[Step, None, SurfaceView]:
    """Solve a problem with two fidelities at every pair of levels."""
    found = None
    grid = levels.levels, subset_levels.levels
    for grown in rd.growing_surface(problem, *grid, tol=_TOLERANCE):
        found = _view(grown, levels, subset_levels)
        yield Step(grown.share, shown=found)
    assert found is not None
    return found


def _view(surface: rd.Surface, x: Axis, y: Axis) -> SurfaceView:
    def shown(values: Floats) -> Floats:
        return np.where(surface.feasible, values, np.nan).T

    return SurfaceView(
        x,
        y,
        shown(surface.rates_bits),
        shown(surface.lowers_bits),
        shown(surface.prices_bits[..., 0]),
        shown(surface.prices_bits[..., 1]),
    )
