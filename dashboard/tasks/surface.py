"""The rate on a grid of two levels as a job; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.following import over_plane
from dashboard.model.views import Axis, Floats, SurfaceView

_TOLERANCE = 1e-8


def surface(
    problem: rd.Problem, x: Axis, y: Axis, which: tuple[int, int] = (0, 1)
) -> Generator[Step, None, SurfaceView]:
    """Solve a problem at every pair of two of its levels, the others fixed."""
    found = None
    levels = tuple(float(one.level) for one in problem.fidelities)
    for grown in rd.growing_surface(problem, x.levels, y.levels, tol=_TOLERANCE, fidelities=which):
        found = _view(grown, x, y, levels)
        yield Step(grown.share, shown=found)
    assert found is not None
    return replace(found, solved=over_plane(problem, grown))


def _view(surface: rd.Surface, x: Axis, y: Axis, levels: tuple[float, ...]) -> SurfaceView:
    def shown(values: Floats) -> Floats:
        return np.where(surface.feasible, values, np.nan).T

    prices = [shown(surface.prices_bits[..., k]) for k in range(len(levels))]
    others = [k for k in range(len(levels)) if k not in surface.fidelities]
    return SurfaceView(
        x,
        y,
        shown(surface.rates_bits),
        shown(surface.lowers_bits),
        prices[surface.fidelities[0]],
        prices[surface.fidelities[1]],
        tuple(levels[k] for k in others),
        tuple(prices[k] for k in others),
    )
