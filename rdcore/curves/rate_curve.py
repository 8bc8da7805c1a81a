"""Rate–distortion curves: certified bounds on the rate as a function of one level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive, shown
from rdcore._html import table
from rdcore._parallel import Cancel, How, spread
from rdcore.curves.adaptive import Stretch, march
from rdcore.curves.level_paths import LevelPath, free_from, largest_level, level_path, minimum_level
from rdcore.curves.nodes import Node, Pack, joined, near, node, packed
from rdcore.curves.parts import lean, parts, seconds
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.proof.certificates import line_slopes
from rdcore.solvers import Solution

_LN2 = float(np.log(2))
_BAND = 1e-3
_GAP = 1e-6
# Typical number of points of an adaptive curve at a band of 1e-3 nats, to estimate its time.
_TYPICAL = 60
_MOST_STRETCHES = 64
_FIRST_STRETCH = 1e-2
# Multiple of D_max at which the fidelity is slack, so that its distortion costs no rate.
_AMPLE = 1e3


@dataclass(frozen=True, eq=False)
class Curve:
    """R as a function of the level of one fidelity, certified at and between points.

    Attributes
    ----------
    levels : array, (L,)
        The levels, increasing.
    rates, lowers : arrays, (L,)
        Certified upper and lower bounds, nats.
    slopes : array, (L, F)
        Price of each fidelity, nats per unit of its level.
    entropies : array, (L,)
        H(Y), nats.
    fidelity : int
        Index of the fidelity whose level varies.
    direction : array, (F,), optional
        Change of all levels per unit of this one: 1 for itself, and 0 or their ratio to it for the
        others. None: the others are fixed.
    mixed_levels, mixed_rates : arrays, (M,)
        Additional certified upper bounds, nats, from mixtures of neighbouring channels.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> found = rd.curve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)]), [0.1, 0.2])
    >>> found.rates_bits.round(4).tolist(), found.slopes_bits[:, 0].round(2).tolist()
    ([0.4123, 0.1594], [3.17, 2.0])
    """

    levels: Array
    rates: Array
    lowers: Array
    slopes: Array
    entropies: Array
    fidelity: int = 0
    direction: Array | None = None
    mixed_levels: Array = field(default_factory=lambda: np.zeros(0))
    mixed_rates: Array = field(default_factory=lambda: np.zeros(0))

    def _repr_html_(self) -> str:
        """Return a small table for notebooks."""
        low, high = self.levels[0], self.levels[-1]
        rates = f"{self.rates_bits[0]:.6g} to {self.rates_bits[-1]:.6g} bits"
        band = f"at most {self.width_bits:.2g} bits wide"
        points = f"{len(self.levels)}, from {low:.6g} to {high:.6g}"
        return table([("levels", points), ("rate", rates), ("band", band)])

    @property
    def rates_bits(self) -> Array:
        """Upper bounds in bits."""
        return self.rates / _LN2

    @property
    def lowers_bits(self) -> Array:
        """Lower bounds in bits."""
        return self.lowers / _LN2

    @property
    def slopes_bits(self) -> Array:
        """Prices in bits per unit of each fidelity's level."""
        return self.slopes / _LN2

    @property
    def steepness(self) -> Array:
        """-dR/dD along the curve, (L,), nats per unit of the level."""
        if self.direction is None:
            return self.slopes[:, self.fidelity]
        return np.asarray(self.slopes @ self.direction)

    def lower(self, level: ArrayLike) -> Array:
        """Return a lower bound on R at any level by the supporting lines, nats."""
        at = floats(level, "level")
        run = at[..., None] - self.levels
        lines = self.lowers - line_slopes(self.lowers, self.steepness) * run
        return np.asarray(np.maximum(lines.max(axis=-1), 0.0))

    def upper(self, level: ArrayLike) -> Array:
        """Return an upper bound on R by the chords, nats; ∞ below the first level."""
        at = floats(level, "level")
        levels = np.concatenate([self.levels, self.mixed_levels])
        order = np.argsort(levels, kind="stable")
        rates = np.concatenate([self.rates, self.mixed_rates])
        return np.asarray(np.interp(at, levels[order], rates[order], left=np.inf))

    def band(self) -> tuple[Array, Array, Array]:
        """Return levels, lower and upper bounds (nats) to draw as piecewise linear functions.

        The levels are those of all corners: solved points, mixtures, and crossings of neighbouring
        supporting lines. The piecewise linear bounds are proved everywhere.
        """
        steep = line_slopes(self.lowers, self.steepness)
        run, turn = np.diff(self.levels), -np.diff(steep)
        fall = self.lowers[:-1] - self.lowers[1:] - steep[1:] * run
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(turn > 0, fall / (turn * run), 0.5)
        crossings = self.levels[:-1] + np.clip(np.nan_to_num(share, nan=0.5), 0, 1) * run
        levels = np.unique(np.concatenate([self.levels, self.mixed_levels, crossings]))
        left = np.clip(np.searchsorted(self.levels, levels, side="right") - 1, 0, None)
        right = np.minimum(left + 1, len(self.levels) - 1)
        lines = (self.lowers[k] - steep[k] * (levels - self.levels[k]) for k in (left, right))
        return levels, np.maximum(0.0, np.maximum(*lines)), self.upper(levels)

    @property
    def width(self) -> float:
        """Maximum width of the band between the first and the last level, nats."""
        _, lower, upper = self.band()
        return float((upper - lower).max())

    @property
    def width_bits(self) -> float:
        """Maximum width of the band in bits."""
        return self.width / _LN2


def curve(  # noqa: PLR0913  (the last three do not affect the result)
    problem: Problem,
    levels: ArrayLike | None = None,
    *,
    tol: float | None = None,
    fidelity: int = 0,
    scaled: bool = False,
    between: tuple[float, float] | None = None,
    executor: Executor | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: Cancel | None = None,
) -> Curve:
    r"""Solve a problem along the level of one of its fidelities.

    R is convex in its levels, so solved points bound it between them:

    .. math::

        \max_i\, [\underline R_i - \lambda_i (D - D_i)] \le R(D) \le
        \text{the chords of } (D_i, \overline R_i).

    Parameters
    ----------
    problem : Problem
        The level of its ``fidelity`` is replaced by each of the levels.
    levels : array, (L,), optional
        Levels to solve at. By default, a few points are chosen that prove a band of at most ``tol``
        from the minimum level (with ``codebook=EVERY``, from a hundredth of D_max) to the level
        above which the rate is constant. The band is wider if points cannot be certified well
        enough; ``Curve.width`` has its width.
    tol : float, optional
        Without ``levels``, the width of the band, by default 1e-3 nats; with ``levels``, the
        certified gap at each, by default 1e-6 nats.
    fidelity : int
        Index of the fidelity whose level varies.
    scaled : bool
        Whether the other levels keep their ratio to this one instead of their values.
    between : (float, float), optional
        The range of a curve without ``levels``.
    executor : concurrent.futures.Executor, optional
        A process pool, loky's, or Dask's ``Client.get_executor()``. It does not affect the results.
    progress : callable, optional
        Called with the completed fraction.
    cancel : callable or threading.Event, optional
        When it is true or set, ``CancelledError`` is raised at the next solved point.

    Returns
    -------
    Curve
        The solved points, and certified bounds between them.

    Raises
    ------
    InfeasibleError
        If a level cannot be met.
    InputError
        If an argument is invalid.
    CancelledError, WorkerError
        If it was cancelled, or workers died repeatedly.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> found = rd.curve(task, tol=1e-3)
    >>> bool(found.lower(0.1) <= rd.solve(task).rate <= found.upper(0.1))
    True
    >>> bool(found.width <= 1e-3)
    True
    """
    path = level_path(problem, fidelity, scaled=scaled)
    how = How(executor, progress, cancel)
    if levels is None:
        found = _adaptive(path, positive(_BAND if tol is None else tol, "tol"), between, how)
    else:
        if between is not None:
            raise InputError("between must be None if levels are given; got both")
        wanted = np.unique(floats(levels, "levels"))
        if not (wanted.size and np.isfinite(wanted).all() and (wanted >= 0).all()):
            raise InputError(
                f"levels={shown(levels)} must be at least one finite number, none below 0"
            )
        found = _given(path, wanted, positive(_GAP if tol is None else tol, "tol"), how)
    return Curve(*found[:5], fidelity, path.direction, *found[5:])


def _adaptive(path: LevelPath, tol: float, between: tuple[float, float] | None, how: How) -> Pack:
    first = minimum_level(path)
    if between is None:
        low, high = first, _last(path, tol)
    else:
        low, high = (float(v) for v in floats(between, "between"))
        if not first * (1 - 1e-12) <= low < high < np.inf and not path.problem.every:
            raise InputError(
                f"between must be an increasing pair from at least the minimum level {first:.6g};"
                f" got ({low:g}, {high:g})"
            )
        low = low if path.problem.every else max(low, first)
    if not low < high:
        return packed([node(path, low, tol)], [])
    guess = seconds(path.problem) * _TYPICAL * float(np.sqrt(_BAND / tol))
    count = parts(guess, _MOST_STRETCHES)
    cuts = _cuts(first, low, high, count)
    thin = replace(path, problem=lean(path.problem)) if how.executor is not None else path
    tasks = [Stretch(thin, first, a, b, tol) for a, b in pairwise(cuts)]
    found = dict(spread(march, tasks, how))
    return joined([found[index] for index in range(len(tasks))])


def _cuts(first: float, low: float, high: float, count: int) -> list[float]:
    """Return count + 1 levels from low to high, at increasing distances from ``first``."""
    offset = max(low - first, _FIRST_STRETCH * (high - first))
    inner = first + np.geomspace(
        offset, high - first, count + 1 if low - first >= offset else count
    )
    inside = inner[(inner > low) & (inner < high)]
    return [low, *(float(v) for v in inside), high]


def _last(path: LevelPath, tol: float) -> float:
    """Return a level above which R(D) is constant."""
    free = free_from(path)
    if np.isfinite(free):
        return free
    ample = _AMPLE * largest_level(path.problem, path.fidelity)
    if not np.isfinite(ample):
        raise InputError(
            "every codeword has an infinite distortion to some atom, so D_max is infinite;"
            " pass between=(low, high)"
        )
    solution, _ = near(path.at(ample), 0.01 * tol, None)
    return float(solution.distortions[path.fidelity]) * (1 + 1e-12)


@dataclass(frozen=True, eq=False)
class _Run:
    """Levels (L,) of a path, to solve one after the other to a certified gap of ``tol`` nats."""

    path: LevelPath
    levels: Array
    tol: float


def solutions(
    problem: Problem, levels: ArrayLike, *, tol: float | None = None, fidelity: int = 0
) -> Iterator[Solution]:
    """Yield the solutions of a problem at levels of one fidelity, in the order of the levels.

    Each is solved from the one before. For increasing levels they are the solutions on which
    ``curve`` is built.

    Parameters
    ----------
    problem : Problem
        The level of its ``fidelity`` is replaced by each of the levels.
    levels : array, (L,)
        Levels to solve at.
    tol : float, optional
        The certified gap at each, by default 1e-6 nats.
    fidelity : int
        Index of the fidelity whose level varies.

    Yields
    ------
    Solution
        The solution at each level.

    Raises
    ------
    InfeasibleError
        If a level cannot be met.
    InputError
        If an argument is invalid.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> [round(one.rate_bits, 3) for one in rd.curves.solutions(task, [0.1, 0.2])]
    [0.412, 0.159]
    """
    path = level_path(problem, fidelity, scaled=False)
    gap = positive(_GAP if tol is None else tol, "tol")
    for some in _runs(path, floats(levels, "levels")):
        before = None
        for level in some:
            before = node(path, float(level), gap, before)
            yield before.solution


def _runs(path: LevelPath, levels: Array) -> list[Array]:
    """Divide levels into runs that are solved independently."""
    count = min(len(levels), parts(seconds(path.problem) * len(levels), len(levels)))
    return np.array_split(levels, max(count, 1))


def _given(path: LevelPath, levels: Array, tol: float, how: How) -> Pack:
    thin = replace(path, problem=lean(path.problem)) if how.executor is not None else path
    tasks = [_Run(thin, some, tol) for some in _runs(path, levels)]
    found = dict(spread(_solved, tasks, how))
    return joined([found[index] for index in range(len(tasks))])


def _solved(task: _Run, tick: Callable[[float], None]) -> Pack:
    found: list[Node] = []
    for level in task.levels:
        found.append(node(task.path, float(level), task.tol, found[-1] if found else None))
        tick(len(found) / len(task.levels))
    return packed(found, [])
