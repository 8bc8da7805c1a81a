"""Division of a computation into parts, from the problem alone so that executors do not matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rdcore.problem import Problem

# Rough cost of a solve on a current machine; only the order of magnitude matters.
_ITERATIONS = 12
_CALLS = 1e-4
_PER_CELL = 5e-9
_PER_PRODUCT = 1e-10
_EVERY_ATOM = 1e-4
# Seconds per part: well above the cost of sending it to a worker, and short enough for progress.
_PART = 0.2


def seconds(problem: Problem) -> float:
    """Estimate the time of a solve in seconds."""
    if problem.every:
        return 0.02 + _EVERY_ATOM * problem.n * problem.source.dim**2
    cells = problem.n * problem.m
    return _ITERATIONS * (_CALLS + _PER_CELL * cells + _PER_PRODUCT * cells * problem.m)


def parts(total: float, most: int) -> int:
    """Return the number of parts for a computation of ``total`` seconds."""
    return int(np.clip(round(total / _PART), 1, max(most, 1)))


def lean(problem: Problem) -> Problem:
    """Return the problem without cached values and functions, to send to workers.

    A distortion that is a function is replaced by its values.
    """
    if problem.every:
        return replace(problem)
    rows, shared = problem.rows, problem.distortion
    fidelities = list(problem.fidelities)
    for k, fidelity in enumerate(fidelities):
        own = shared if fidelity.distortion is None else fidelity.distortion
        if callable(own):
            mine = rows.matrix[rows.fidelity == k]
            values = (
                problem.matrices[int(mine[0])] if len(mine) else np.zeros((problem.n, problem.m))
            )
            fidelities[k] = replace(fidelity, distortion=values)
    # Each fidelity has its own values, so the shared distortion is not used.
    shared = "squared_error" if callable(shared) else shared
    return replace(problem, distortion=shared, fidelities=tuple(fidelities))
