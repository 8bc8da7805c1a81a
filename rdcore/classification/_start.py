"""Initial pairs: centroids and posteriors of groups of atoms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.classification.tasks import Pairs, Task

_DEEPEST = 5


def begun(task: Task) -> Pairs:
    """Return the pairs of groups of similar atoms: by values, by posteriors, and by both."""
    alive = np.flatnonzero(task.source.pmf > 0)
    values, posteriors = task.source.points[alive], task.joint[alive]
    keys = [_along(values), _along(posteriors), _along(np.hstack([_scaled(values), posteriors]))]
    groups = [alive]
    for key in keys:
        order = alive[np.argsort(key, kind="stable")]
        mass = np.cumsum(task.source.pmf[order])
        for depth in range(1, _DEEPEST + 1):
            cuts = np.searchsorted(mass, np.arange(1, 1 << depth) * mass[-1] / (1 << depth))
            groups += [part for part in np.split(order, cuts) if len(part)]
    return of_groups(task, groups)


def every_atom(task: Task) -> Pairs:
    """Return the best reproduction of each atom, with the atom's posterior."""
    return of_groups(task, [np.array([x]) for x in np.flatnonzero(task.source.pmf > 0)])


def of_groups(task: Task, groups: list[NDArray[np.intp]]) -> Pairs:
    """Return the best reproductions and the posteriors of groups of atoms."""
    shares = np.zeros((len(groups), task.source.n))
    for row, group in zip(shares, groups, strict=True):
        row[group] = task.source.pmf[group]
    shares /= shares.sum(axis=1, keepdims=True)
    return best_pairs(task, shares)


def best_pairs(task: Task, shares: Array) -> Pairs:
    """Return the best reproductions and the posteriors of distributions on the atoms (N, n)."""
    laws = shares @ task.joint
    parts = tuple(laws[:, side] for side in task.sides)
    if task.problem.every:
        return Pairs(shares @ task.source.points, None, parts)
    cost = np.zeros((len(shares), task.problem.m))
    for some in task.problem.blocks():
        for k in range(len(task.problem.distortions)):
            values = task.problem.cost(k, some)
            cost += shares[:, some] @ np.where(np.isfinite(values), values, 1e9)
    index = cost.argmin(axis=1)
    return Pairs(task.problem.codewords[index], index, parts)


def _scaled(values: Array) -> Array:
    spread = values.std(axis=0)
    return np.asarray(values / np.where(spread > 0, spread, 1.0))


def _along(values: Array) -> Array:
    """Return the coordinates of values (n, d) along their direction of largest variance, (n,)."""
    centred = values - values.mean(axis=0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    return np.asarray(centred @ axes[0])
