"""How to cut long work into parts: by the problem alone, so that executors change nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rdcore.problem import Problem

# A rough count of what a solve takes on a machine of today; only its order matters.
_ITERATIONS = 12
_CALLS = 1e-4
_PER_CELL = 5e-9
_PER_PRODUCT = 1e-10
_EVERY_ATOM = 1e-4
# Parts take about so many seconds: well above what handing one over costs, and well below what one
# would wait for.
_PART = 0.2


def seconds(problem: Problem) -> float:
    """Guess how long a solve takes."""
    if problem.every:
        return 0.02 + _EVERY_ATOM * problem.n * problem.source.dim**2
    cells = problem.n * problem.m
    return _ITERATIONS * (_CALLS + _PER_CELL * cells + _PER_PRODUCT * cells * problem.m)


def parts(total: float, most: int) -> int:
    """Return into how many parts to cut work of so many seconds."""
    return int(np.clip(round(total / _PART), 1, max(most, 1)))


def lean(problem: Problem) -> Problem:
    """Return the problem without what can be computed from it, and without functions.

    It is what travels to workers: a distortion that is a function becomes its values.
    """
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
    # By now each fidelity has values of its own.
    shared = "squared_error" if callable(shared) else shared
    return replace(problem, distortion=shared, fidelities=tuple(fidelities))
