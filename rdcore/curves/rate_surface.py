"""Rate–distortion surfaces: certified bounds on the rate as a function of two levels."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array, Mask, floats, positive
from rdcore._parallel import Cancel, How, spread
from rdcore.curves.parts import lean
from rdcore.curves.patches import Patch, Patched, codewords, patches, solved
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.proof.certificates import line_slopes

_LN2 = float(np.log(2))
_GAP = 1e-6
# Values of supporting planes that are computed at a time.
_BLOCK = 1 << 20


@dataclass(frozen=True, eq=False)
class Surface:
    """R as a function of the levels of two fidelities, certified at and between cells.

    Attributes
    ----------
    levels_a, levels_b : arrays, (A,) and (B,)
        The levels, increasing.
    rates, lowers : arrays, (A, B)
        Certified upper and lower bounds, nats; ∞ for infeasible levels, nan for cells that are not
        yet solved.
    prices : array, (A, B, F)
        Price of each fidelity, nats per unit of its level; nan where there is no solution.
    binding : array of int, (A, B)
        Which of the two levels bind: 0 neither, 1 the first, 2 the second, 3 both; -1 where there
        is no solution.
    nearest : array, (A, B, 2)
        Nearby feasible levels, for infeasible cells; nan elsewhere.
    fidelities : (int, int)
        Indices of the fidelities whose levels vary.
    slopes : array, (A, B, K)
        Price of each row of the constraints, nats per unit of its level.
    marginals : array, (A, B, m)
        The r of each lower bound; empty if the codebook is free.
    """

    levels_a: Array
    levels_b: Array
    rates: Array
    lowers: Array
    prices: Array
    binding: NDArray[np.int8]
    nearest: Array
    fidelities: tuple[int, int] = (0, 1)
    slopes: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))
    marginals: Array = field(default_factory=lambda: np.zeros((0, 0, 0)))

    @property
    def rates_bits(self) -> Array:
        """Upper bounds in bits."""
        return self.rates / _LN2

    @property
    def lowers_bits(self) -> Array:
        """Lower bounds in bits."""
        return self.lowers / _LN2

    @property
    def prices_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self.prices / _LN2

    @property
    def feasible(self) -> Mask:
        """Which cells have a solution, (A, B)."""
        return np.isfinite(self.rates)

    @property
    def share(self) -> float:
        """The completed fraction of the cells."""
        return float(1 - np.isnan(self.rates).mean())

    def lower(self, level_a: ArrayLike, level_b: ArrayLike) -> Array:
        """Return a lower bound on R at any two levels by the supporting planes, nats."""
        a, b = np.broadcast_arrays(floats(level_a, "level_a"), floats(level_b, "level_b"))
        known = self.feasible
        prices = line_slopes(self.lowers[known], self.prices[known])
        price_a, price_b = (prices[:, k] for k in self.fidelities)
        at_a, at_b = np.meshgrid(self.levels_a, self.levels_b, indexing="ij")
        intercept = self.lowers[known] + price_a * at_a[known] + price_b * at_b[known]
        best = np.zeros(a.size)
        width = max(1, _BLOCK // max(a.size, 1))
        for first in range(0, len(intercept), width):
            some = slice(first, first + width)
            planes = intercept[some, None] - np.outer(price_a[some], a) - np.outer(price_b[some], b)
            best = np.maximum(best, planes.max(axis=0))
        return best.reshape(a.shape)

    def upper(self, level_a: ArrayLike, level_b: ArrayLike) -> Array:
        """Return an upper bound on R at any two levels, nats; ∞ where the cells give none.

        R is convex and decreasing in both levels. In a rectangle of cells it is bounded by both
        divisions into two triangles, and by the corner with the smaller levels.
        """
        a, b = np.broadcast_arrays(floats(level_a, "level_a"), floats(level_b, "level_b"))
        i, s = _placed(self.levels_a, a)
        j, t = _placed(self.levels_b, b)
        known = np.where(self.feasible, self.rates, np.inf)
        i_next = np.minimum(i + 1, len(self.levels_a) - 1)
        j_next = np.minimum(j + 1, len(self.levels_b) - 1)
        u00, u10, u01, u11 = known[i, j], known[i_next, j], known[i, j_next], known[i_next, j_next]
        rising = np.where(
            s + t <= 1,
            _mix((1 - s - t, u00), (s, u10), (t, u01)),
            _mix((s + t - 1, u11), (1 - t, u10), (1 - s, u01)),
        )
        falling = np.where(
            s >= t,
            _mix((1 - s, u00), (s - t, u10), (t, u11)),
            _mix((1 - t, u00), (t - s, u01), (s, u11)),
        )
        best = np.minimum(np.minimum(rising, falling), u00)
        return np.where((s < 0) | (t < 0), np.inf, best)


def _placed(levels: Array, at: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the index of the level at or below each value, and the relative distance to the next.

    The index is -1 for a value below all levels; a value above all counts as the last level.
    """
    index = np.clip(np.searchsorted(levels, at, side="right") - 1, 0, len(levels) - 1)
    after = np.minimum(index + 1, len(levels) - 1)
    run = levels[after] - levels[index]
    share = np.divide(at - levels[index], run, out=np.zeros(at.shape), where=run > 0)
    return index, np.where(at < levels[0], -1.0, np.clip(share, 0.0, 1.0))


def _mix(*terms: tuple[Array, Array]) -> Array:
    """Return the sum of shares times values, with 0 · ∞ = 0."""
    total = np.zeros(terms[0][0].shape)
    for share, value in terms:
        total += np.where(share > 0, share, 0.0) * np.where(share > 0, value, 0.0)
    return total


def surface(  # noqa: PLR0913  (the last three do not affect the result)
    problem: Problem,
    levels_a: ArrayLike,
    levels_b: ArrayLike,
    *,
    tol: float = _GAP,
    fidelities: tuple[int, int] = (0, 1),
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> Surface:
    """Solve a problem at every pair of levels of two of its fidelities.

    Parameters
    ----------
    problem : Problem
        The levels of the two fidelities are replaced; the others are fixed.
    levels_a, levels_b : arrays, (A,) and (B,)
        The levels of the two fidelities.
    tol : float
        Certified gap at each cell, nats.
    fidelities : (int, int)
        Indices of the two fidelities whose levels vary.
    executor : concurrent.futures.Executor, optional
        A process pool, loky's, or Dask's ``Client.get_executor()``. It does not affect the results.
    progress : callable, optional
        Called with the completed fraction.
    cancel : callable or threading.Event, optional
        When it is true or set, ``CancelledError`` is raised at the next solved cell.

    Returns
    -------
    Surface
        Certified bounds, prices, and which levels bind, at each pair of levels.

    Raises
    ------
    InputError
        If an argument is invalid.
    CancelledError, WorkerError
        If it was cancelled, or workers died repeatedly.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.gaussian()
    >>> near = rd.subset(abs(source.atoms) < 1, 0.1)
    >>> task = rd.Problem(source, rd.sources.codebook("gaussian"), fidelities=[rd.average(1), near])
    >>> found = rd.surface(task, [0.05, 0.4, 0.8], [0.1, 0.3])
    >>> found.binding.tolist()
    [[-1, -1], [3, 1], [3, 1]]
    >>> bool(found.lower(0.5, 0.2) <= found.upper(0.5, 0.2))
    True
    """
    how = How(executor, progress, cancel)
    last = deque(_growing(problem, (levels_a, levels_b), fidelities, tol, how), maxlen=1)
    return last.pop()


def growing_surface(  # noqa: PLR0913  (the last two do not affect the result)
    problem: Problem,
    levels_a: ArrayLike,
    levels_b: ArrayLike,
    *,
    tol: float = _GAP,
    fidelities: tuple[int, int] = (0, 1),
    executor: Executor | None = None,
    cancel: Cancel | None = None,
) -> Iterator[Surface]:
    """Yield the surface after each patch of cells, until all are solved.

    The arguments are those of ``surface``, which returns the last value yielded.

    Parameters
    ----------
    problem, levels_a, levels_b, tol, fidelities, executor, cancel
        As for ``surface``.

    Yields
    ------
    Surface
        The surface so far; cells that are not yet solved are nan.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.gaussian()
    >>> near = rd.subset(abs(source.atoms) < 1, 0.1)
    >>> task = rd.Problem(source, rd.sources.codebook("gaussian"), fidelities=[rd.average(1), near])
    >>> *_, last = growing_surface(task, [0.4, 0.8], [0.1, 0.3])
    >>> last.rates.shape
    (2, 2)
    """
    how = How(executor, None, cancel)
    return _growing(problem, (levels_a, levels_b), fidelities, tol, how)


def _growing(
    problem: Problem,
    levels: tuple[ArrayLike, ArrayLike],
    fidelities: tuple[int, int],
    tol: float,
    how: How,
) -> Iterator[Surface]:
    count = len(problem.fidelities)
    if len(set(fidelities)) != 2 or not all(0 <= k < count for k in fidelities):
        raise InputError(f"fidelities must be two different indices < {count}; got {fidelities}")
    a, b = (_levels(v, name) for v, name in zip(levels, ("levels_a", "levels_b"), strict=True))
    # The patches depend only on the problem, not on the executor.
    thin = problem if how.executor is None else lean(problem)
    tasks = patches(thin, fidelities, (a, b), positive(tol, "tol"))
    shape = (len(a), len(b))
    found = Surface(
        a,
        b,
        np.full(shape, np.nan),
        np.full(shape, np.nan),
        np.full((*shape, count), np.nan),
        np.full(shape, -1, np.int8),
        np.full((*shape, 2), np.nan),
        (int(fidelities[0]), int(fidelities[1])),
        np.full((*shape, len(problem.rows.levels)), np.nan),
        np.full((*shape, codewords(problem)), np.nan),
    )
    for index, patched in spread(solved, tasks, how):
        found = _with(found, tasks[index], patched)
        yield found


def _levels(values: ArrayLike, name: str) -> Array:
    levels = np.unique(floats(values, name))
    if levels.size == 0 or not (np.isfinite(levels).all() and (levels >= 0).all()):
        raise InputError(f"{name} must have at least one entry, finite and at least 0")
    return levels


def _with(found: Surface, patch: Patch, patched: Patched) -> Surface:
    """Return a new surface with one more patch; earlier surfaces stay unchanged."""
    place = patch.place
    changed = {}
    for name, values in patched._asdict().items():
        array = getattr(found, name).copy()
        array[place] = values
        changed[name] = array
    return replace(found, **changed)
