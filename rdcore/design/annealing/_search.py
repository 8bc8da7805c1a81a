"""Local search over deterministic encoders at given prices."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.design.annealing._partition import Partition, Priced

# Smallest improvement of L, in nats, that is not rounding.
_WORTH = 1e-10
_MOVES = 60


def descend(priced: Priced, start: Partition, *, thorough: bool = True) -> Partition:
    """Return a local minimum of L that is no worse than the start.

    The moves are entropy-coded vector quantisation, moving one atom, dissolving, merging or
    splitting a cell and, if ``thorough``, splitting one while merging others.
    """
    here = _polished(priced, start)
    while True:
        found = min((_moved(priced, c) for c in priced.neighbours(here)), key=_cost, default=here)
        if thorough and not found.cost < here.cost - _WORTH:
            found = min(
                (_moved(priced, c) for c in priced.exchanges(here)), key=_cost, default=here
            )
        if not found.cost < here.cost - _WORTH:
            return here
        here = _polished(priced, found)


def _cost(cells: Partition) -> float:
    return cells.cost


def _polished(priced: Priced, cells: Partition) -> Partition:
    return _moved(priced, priced.resettled(cells.labels, cells.codewords))


def _moved(priced: Priced, here: Partition) -> Partition:
    """Move single atoms, one at a time, as long as that decreases L."""
    for _ in range(_MOVES):
        gain = single_moves(priced, here)
        best = int(gain.argmin())
        x, k = divmod(best, gain.shape[1])
        if not gain[x, k] < -_WORTH:
            break
        labels = here.labels.copy()
        labels[x] = k
        there = priced.cells(labels, here.codewords)
        if not there.cost < here.cost:
            break
        here = there
    return here


def single_moves(priced: Priced, cells: Partition) -> Array:
    """Return the change of L when one atom moves to another cell, (n, m)."""
    pmf, labels = priced.pmf, cells.labels
    rows = np.arange(len(labels))
    costs = pmf[:, None] * priced.costs(cells.codewords)
    now = costs[rows, labels]
    if priced.free and priced.squared:
        joint = pmf * priced.weights
        heavy = np.bincount(labels, joint, len(cells.mass))
        costs *= heavy / np.maximum(heavy + joint[:, None], 1e-300)
        rest = heavy[labels] - joint
        now = now * heavy[labels] / np.where(rest > 1e-12 * joint, rest, np.inf)
    change = entropy_changes(priced, cells) + (costs - now[:, None])
    change[rows, labels] = 0.0
    change[pmf <= 0] = 0.0
    return np.asarray(change)


def entropy_changes(priced: Priced, cells: Partition) -> Array:
    """Return the change of H(Y) when one atom moves to another cell, (n, m)."""
    pmf, labels, mass = priced.pmf, cells.labels, cells.mass
    own = mass[labels]
    change = _term(mass + pmf[:, None]) - _term(mass)
    change += (_term(np.maximum(own - pmf, 0.0)) - _term(own))[:, None]
    change[np.arange(len(labels)), labels] = 0.0
    return np.asarray(change)


def _term(mass: Array) -> Array:
    return -mass * np.log(np.maximum(mass, 1e-300))
