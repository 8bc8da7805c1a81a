"""The linear program of the best mixture of deterministic channels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rdcore._arrays import Array


def best_shares(relative: Array, owner: NDArray[np.intp]) -> tuple[Array, Array, float] | None:
    """Solve for the best mixture: shares (T,), row prices (K,) and the smallest largest excess.

    The shares of the columns of each ``owner`` (T,) add up to 1. None if the linear program could
    not be solved. Columns with large entries are scaled down, so that levels may be many orders of
    magnitude below the distortions.
    """
    from scipy.optimize import linprog

    columns, rows = relative.shape
    size = np.maximum(np.abs(relative).max(axis=1), 1.0)
    count, every = int(owner.max()) + 1, np.arange(columns)
    whole = csr_array((1.0 / size, (owner, every)), shape=(count, columns + 1))
    found = linprog(
        np.append(np.zeros(columns), 1.0),
        A_ub=csr_array(np.hstack([(relative / size[:, None]).T, -np.ones((rows, 1))])),
        b_ub=np.zeros(rows),
        A_eq=whole,
        b_eq=np.ones(count),
        bounds=[(0, None)] * columns + [(None, None)],
        method="highs",
    )
    if found.x is None:
        return None
    shares = np.clip(found.x[:-1] / size, 0, None)
    prices = np.clip(-found.ineqlin.marginals, 0, None)
    total = np.bincount(owner, shares, count)
    if not total.min() > 0 or not prices.sum() > 0:
        return None
    return shares / total[owner], prices / prices.sum(), float(found.x[-1])
