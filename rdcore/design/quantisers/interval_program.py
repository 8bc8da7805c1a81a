"""Dynamic programming over intervals, on all atoms or on successively finer grids."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array
from rdcore.design.quantisers._sums import Labels
from rdcore.design.quantisers.ordered_atoms import OrderedAtoms

_REACH = 16
_MOST_PLACES = 600
_MOST_ROUNDS = 100


def cheapest(table: Array) -> tuple[Labels, float]:
    r"""Return the edges (m + 1,) of the cells of least total cost, and the cost.

    :math:`F_j=\min_{i<j}F_i+c(i,j)` with :math:`F_0=0`.

    Parameters
    ----------
    table : array, (g, g - 1)
        Row j, column i is the cost of the cell [i, j).
    """
    size = len(table)
    best, back = np.zeros(size), np.zeros(size, dtype=np.intp)
    for j in range(1, size):
        total = best[:j] + table[j, :j]
        i = int(total.argmin())
        best[j], back[j] = total[i], i
    edges = [size - 1]
    while edges[-1]:
        edges.append(int(back[edges[-1]]))
    return np.array(edges[::-1]), float(best[-1])


def cheapest_by_count(table: Array, most: int) -> list[Labels]:
    """Return the edges of the m cells of least total cost, for m = 1 … most."""
    size = len(table)
    most = min(most, size - 1)
    best = table[:, 0].copy()
    backs = [np.zeros(size, dtype=np.intp)]
    for _ in range(1, most):
        total = table + best[:-1]
        back = total.argmin(axis=1)
        best = total[np.arange(size), back]
        backs.append(back)
    found = []
    for m in range(1, most + 1):
        edges = [size - 1]
        for back in reversed(backs[:m]):
            edges.append(int(back[edges[-1]]))
        found.append(np.array(edges[::-1]))
    return found


def optimal(atoms: OrderedAtoms, count: int | None = None) -> Labels:
    """Return the edges of the best ``count`` cells, or if it is None of the best coded cells.

    With few atoms, the optimum is over all intervals. With many, it is first over intervals between
    quantiles, and then over successively finer grids around the edges found. At the end, each edge
    is optimal among the atoms around it while the others may move as far.
    """
    edges = atoms.grid[_best(atoms, atoms.grid, count)]
    step = -(-atoms.n // (len(atoms.grid) - 1))
    while step > 1:
        reach = max(1, min(_REACH, _MOST_PLACES // len(edges)))
        step = max(1, step // max(reach, 2))
        for _ in range(_MOST_ROUNDS):
            near = (edges[:, None] + step * np.arange(-reach, reach + 1)).ravel()
            places = np.unique(np.concatenate([np.clip(near, 0, atoms.n), [0, atoms.n]]))
            new = places[_best(atoms, places, count)]
            if np.array_equal(new, edges):
                break
            edges = new
    return edges


def _best(atoms: OrderedAtoms, grid: Labels, count: int | None) -> Labels:
    known = grid is atoms.grid
    costs = atoms.costs if known else atoms.costs_between(grid)
    if count is not None:
        return cheapest_by_count(costs, count)[-1]
    return cheapest((atoms.lengths if known else atoms.lengths_between(grid)) + costs)[0]
