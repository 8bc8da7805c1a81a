"""R(D, C) as a surface, certified at every cell and, by convexity, between cells.

If the solution with D alone meets C, or the solution with C alone meets D, it is the solution of
the cell. Only cells in which both levels bind are solved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive
from rdcore._parallel import Cancel, How, spread
from rdcore.classification.exchange import condensed, exchange, tells, tidied, without_labels
from rdcore.classification.rates import Classified
from rdcore.classification.tasks import Pairs, Task
from rdcore.classification.universal import levelled
from rdcore.curves import Surface, largest_level
from rdcore.errors import InfeasibleError, InputError


@dataclass(frozen=True, eq=False)
class _Row:
    """One level C with all levels D (A,), to solve to a certified gap of ``tol`` nats.

    Attributes
    ----------
    alone : list of Classified or None
        The solution without the label at each D; None where D is infeasible.
    """

    task: Task
    C: float
    D: Array
    tol: float
    alone: tuple[Classified | None, ...]


@dataclass(frozen=True, eq=False)
class _Solved:
    """Bounds (A,), prices (A, 2) and binding levels (A,) of a row; see ``Surface``."""

    rates: Array
    lowers: Array
    prices: Array
    binding: np.ndarray[tuple[int], np.dtype[np.int8]]


def surface(  # noqa: PLR0913  (the last three do not affect the result)
    task: Task,
    D_levels: ArrayLike,
    C_levels: ArrayLike,
    *,
    tol: float = 1e-5,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> Surface:
    """Return R(D, C) at every pair of levels.

    Parameters
    ----------
    task : Task
        A task with one label. The levels of its first fidelity and of the label are replaced.
    D_levels, C_levels : arrays, (A,) and (B,)
        The levels; C in nats.
    tol : float
        Certified gap at each cell, nats.
    executor : concurrent.futures.Executor, optional
        Executor for the rows.
    progress, cancel
        As in ``rd.surface``.

    Returns
    -------
    Surface
        ``levels_a`` are D and ``levels_b`` are C; prices are those of D and of C.

    Raises
    ------
    InputError
        If a level is invalid, or there are several labels.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.binary_symmetric(0.5, 0.1)
    >>> task = rd.classification.task(
    ...     bit.source, bit.posterior, 0.2, 0.5, "hamming", bit.source.atoms)
    >>> found = surface(task, [0.1, 0.2], [0.4, 0.6])
    >>> found.rates_bits.round(3).tolist()
    [[0.728, 0.531], [0.728, 0.278]]
    """
    how = How(executor, progress, cancel)
    return deque(_growing(task, (D_levels, C_levels), tol, how), maxlen=1).pop()


def growing_surface(
    task: Task,
    D_levels: ArrayLike,
    C_levels: ArrayLike,
    *,
    tol: float = 1e-5,
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Surface]:
    """Yield the surface after each row; ``surface`` returns the last one.

    Parameters
    ----------
    task, D_levels, C_levels, tol, executor, cancel
        As for ``surface``.

    Yields
    ------
    Surface
        The surface so far; rows that are not yet solved are nan.

    Examples
    --------
    >>> import rdcore as rd
    >>> bit = rd.classification.labels.binary_symmetric(0.5, 0.1)
    >>> task = rd.classification.task(
    ...     bit.source, bit.posterior, 0.2, 0.5, "hamming", bit.source.atoms)
    >>> *_, last = growing_surface(task, [0.1, 0.2], [0.4, 0.6])
    >>> last.rates.shape
    (2, 2)
    """
    return _growing(task, (D_levels, C_levels), tol, How(executor, None, cancel))


def _growing(
    task: Task, levels: tuple[ArrayLike, ArrayLike], tol: float, how: How
) -> Iterator[Surface]:
    if len(task.levels) != 1:
        raise InputError(f"task must have one label; got {len(task.levels)}")
    D, C = (_levels(v, name) for v, name in zip(levels, ("D_levels", "C_levels"), strict=True))
    gap = positive(tol, "tol")
    shape = (len(D), len(C))
    found = Surface(
        D,
        C,
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full((*shape, 2), np.nan),
        np.full(shape, -1, np.int8),
        np.full((*shape, 2), np.nan),
        (0, 1),
    )
    alone = tuple(_alone(levelled(task, float(d), task.most[0]), gap) for d in D)
    order = list(reversed(range(len(C))))
    rows = [_Row(task, float(C[j]), D, gap, alone) for j in order]
    for index, solved in spread(_row, rows, how):
        found = _with(found, order[index], solved, task)
        yield found


def _levels(values: ArrayLike, name: str) -> Array:
    levels = np.unique(floats(values, name))
    if levels.size == 0 or not (np.isfinite(levels).all() and (levels >= 0).all()):
        raise InputError(f"{name} must have at least one entry, finite and at least 0")
    return levels


def _alone(task: Task, tol: float) -> Classified | None:
    try:
        task.require_feasible()
    except InfeasibleError:
        return None
    return Classified(task, *without_labels(task, tol))


def _row(row: _Row, tick: Callable[[float], None]) -> _Solved:
    count = len(row.D)
    found = _Solved(
        np.full(count, np.inf),
        np.full(count, np.inf),
        np.full((count, 2), np.nan),
        np.full(count, -1, np.int8),
    )
    if row.task.least[0] * (1 - 1e-12) > row.C:
        tick(1.0)
        return found
    slack = largest_level(row.task.problem)
    asked = levelled(row.task, slack, row.C)
    before = Classified(asked, *tidied(asked, *exchange(asked, row.tol), row.tol))
    reached = float(before.distortions[0])
    free = before
    for i in reversed(range(count)):
        alone = row.alone[i]
        if alone is None:
            pass
        elif tells(levelled(row.task, float(row.D[i]), row.C), alone.pairs, alone.solution):
            _note(found, i, alone, (True, False))
        elif reached <= row.D[i]:
            _note(found, i, free, (False, True))
        else:
            asked = levelled(row.task, float(row.D[i]), row.C)
            start = _in_use(before).joined(_in_use(alone))
            before = Classified(asked, *exchange(asked, row.tol, start))
            _note(found, i, before, (True, True))
        tick((count - i) / count)
    return found


def _in_use(found: Classified) -> Pairs:
    few = condensed(found.task, found.pairs, found.solution)
    return found.pairs if few is None else few


def _note(found: _Solved, i: int, cell: Classified, binds: tuple[bool, bool]) -> None:
    proof = cell.certificate
    found.rates[i], found.lowers[i] = proof.upper, proof.lower
    # Those of the plane of support, which passes through the lower bound.
    prices = np.bincount(cell.solution.problem.rows.fidelity, cell.support)
    found.prices[i] = (prices[0] if binds[0] else 0.0, prices[-1] if binds[1] else 0.0)
    at_all = proof.upper > 1e-9
    found.binding[i] = (int(binds[0]) + 2 * int(binds[1])) if at_all else 0


def _with(found: Surface, j: int, row: _Solved, task: Task) -> Surface:
    changed = {}
    for name in ("rates", "lowers", "prices", "binding"):
        array = getattr(found, name).copy()
        array[:, j] = getattr(row, name)
        changed[name] = array
    nearest = found.nearest.copy()
    for i in np.flatnonzero(np.isinf(row.rates)):
        least = task.least[0] * (1 + 1e-12)
        nearest[i, j] = (found.levels_a[i], max(float(found.levels_b[j]), least))
    return replace(found, **changed, nearest=nearest)
