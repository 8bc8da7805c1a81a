"""The tilted information: what the rate would change by if a symbol became more likely."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array, Indices
from rdcore.problem import Problem

# Measures whose level counts at the symbols of the subset only.
_OWN_MEAN = ("conditional", "each")


def tilted_information(problem: Problem, slopes: Array, prior: Array) -> Array:
    """Return j(x) of each atom at slopes (K,) and masses (m,), (n,), nats; 0 where p(x) is 0."""
    rows, positive = problem.rows, problem.source.pmf > 0
    found = np.zeros(problem.n)
    for part in problem.blocks():
        likely = np.exp(-problem.tilt(slopes, part)) @ prior
        found[part] = -np.log(np.where(positive[part], likely, 1.0))
    for k, (slope, level) in enumerate(zip(slopes, rows.levels, strict=True)):
        weights = rows.weights[k]
        floors = problem.floors[rows.matrix[k]]
        found += slope * (weights * (floors - level) if _own(problem, k) else weights * floors)
        found -= 0.0 if _own(problem, k) else slope * level
    return np.where(positive, found, 0.0)


def tilted_with(
    problem: Problem, slopes: Array, prior: Array, atoms: Indices, weights: Array
) -> Array:
    """Return j of some atoms (a,) as if their row weights were ``weights`` (K, a), nats."""
    rows = problem.rows
    cost = np.zeros((len(atoms), problem.m))
    for k, slope in enumerate(slopes):
        if slope > 0:
            own = problem.cost(int(rows.matrix[k]), atoms)
            cost += (slope * weights[k])[:, None] * own
    least = cost.min(axis=1)
    found = least - np.log(np.exp(least[:, None] - cost) @ prior)
    for k, (slope, level) in enumerate(zip(slopes, rows.levels, strict=True)):
        found -= slope * level * (weights[k] if _own(problem, k) else 1.0)
    return np.asarray(found)


def _own(problem: Problem, row: int) -> bool:
    return problem.fidelities[problem.rows.fidelity[row]].measure in _OWN_MEAN
