"""R(D, D′) on a grid of levels, solved in a worker; nothing here imports streamlit."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.views import Floats, SurfaceView

_TOLERANCE = 1e-8


def surface(
    problem: rd.Problem, levels: Floats, subset_levels: Floats
) -> Generator[Step, None, SurfaceView]:
    """Solve a problem with two fidelities at every pair of levels (A,) and (B,)."""
    found = None
    for grown in rd.growing_surface(problem, levels, subset_levels, tol=_TOLERANCE):
        found = _view(grown)
        yield Step(grown.share, shown=found)
    if found is None:
        raise RuntimeError("a surface without cells")
    return found


def _view(surface: rd.Surface) -> SurfaceView:
    def shown(values: Floats) -> Floats:
        return np.where(surface.feasible, values, np.nan).T

    return SurfaceView(
        surface.levels_a,
        surface.levels_b,
        shown(surface.rates_bits),
        shown(surface.lowers_bits),
        shown(surface.prices_bits[..., 0]),
        shown(surface.prices_bits[..., 1]),
    )
