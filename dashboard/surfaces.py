"""R(D, D′) on a grid of levels, solved in a worker row by row; nothing here imports streamlit."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.results import Floats, SurfaceView
from dashboard.worker import Step

_TOLERANCE = 1e-8
_LN2 = float(np.log(2))


def surface(
    problem: rd.Problem, levels: Floats, subset_levels: Floats
) -> Generator[Step, None, SurfaceView]:
    """Solve a problem with two fidelities at every pair of levels (A,) and (B,).

    The rows come from the largest D′ down, so that each starts near where the last one was.
    """
    shape = (len(subset_levels), len(levels))
    rates, lowers, prices, subset_prices = (np.full(shape, np.nan) for _ in range(4))
    found = SurfaceView(levels, subset_levels, rates, lowers, prices, subset_prices)
    for row in reversed(range(len(subset_levels))):
        solution: rd.Solution | None = None
        for column in reversed(range(len(levels))):
            task = problem.with_levels([float(levels[column]), float(subset_levels[row])])
            try:
                solution = rd.solvers.InteriorPoint().solve(task, _TOLERANCE, start=solution)
            except rd.InfeasibleError:
                break
            rates[row, column] = solution.certificate.upper / _LN2
            lowers[row, column] = solution.certificate.lower / _LN2
            prices[row, column], subset_prices[row, column] = solution.prices_bits
            done = (len(subset_levels) - 1 - row) + (len(levels) - column) / len(levels)
            yield Step(done / len(subset_levels), shown=found)
    return found
