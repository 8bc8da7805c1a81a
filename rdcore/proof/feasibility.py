"""Feasibility of levels, and a channel that meets them strictly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, Mask
from rdcore.errors import InfeasibleError
from rdcore.problem import Problem
from rdcore.proof import rounding
from rdcore.proof._mixtures import best_shares

# Levels below the minimum ones by less than this share of themselves are taken to be these.
TOLERANCE = 1e-12
# Rounds of column generation before the search for a channel is given up; each row needs some.
_ROUNDS, _ROUNDS_A_ROW = 60, 30
# Headroom below this share of what a row costs at random is next to none: the row is pinned.
_PINNED = 1e-12
# Pairs that cost a pinned row so many times its headroom are forbidden: they could have a mass of
# 1e-13 at the most, which changes the rate by less than 1e-11 nats.
_FAR = 1e13
# exp(-100) is nothing beside rounding: at the slope at which a pair costs this it has no mass.
_STEEP = 100.0
# Levels of several distortions that leave less slack than this, relatively, are taken to be larger
# by as much: where only one channel meets them, no other can be mended so that it does.
_TOUCHING = 4e-10
# Shares of equal prices that are mixed into those of the rows before a search is given up.
_EVEN = tuple(10.0**-k for k in range(2, 20, 2))
# Smallest unit of a headroom, as a share of the level or of what a row costs at random.
_HARDLY = 1e-4
# Levels below this share of the mean cost would overflow as a unit.
_MINUTE = 1e-150
# How much more than needed the nearest levels are raised, as a share of what a codeword at random
# costs: without any slack only one channel meets them, and prices are infinite.
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Interior:
    """A mixture of deterministic channels that minimises the largest relative excess over a level.

    Attributes
    ----------
    choices : array of int, (T, n)
        The codeword of each atom in each deterministic channel.
    shares : array, (T,)
        Their weights in the mixture.
    above : array, (K,)
        The value of each row under the mixture, minus the problem's ``least``.
    excess : float
        The largest (expected - level) / headroom of a row on which channels differ; below 0 if the
        levels are met strictly.
    """

    choices: NDArray[np.intp]
    shares: Array
    above: Array
    excess: float

    def channel(self, m: int) -> Array:
        """Return the mixture as an (n, m) channel."""
        n = self.choices.shape[1]
        return self.mixed_into(np.zeros((n, m)), np.ones(n))

    def mixed_into(self, channel: Array, share: Array) -> Array:
        """Add the mixture in place to a channel (n, m), with a share (n,) for each atom."""
        atoms = np.arange(len(channel))
        for choice, part in zip(self.choices, self.shares, strict=True):
            channel[atoms, choice] += part * share
        return channel


class Restricted(NamedTuple):
    """A problem on the pairs that its levels leave, and a channel that meets them.

    Attributes
    ----------
    problem : Problem
        The problem; where rows are at their minimum level, with the pairs forbidden that only a
        higher one allows.
    slopes : array, (K,)
        For rows with such pairs a slope at which these have no mass; 0 for the others.
    feasible : Interior
        The channel with the least relative excess over the levels.
    headroom : array, (K,)
        What rows may come to above ``problem.least``: the levels, raised to what the channel does
        where they leave it no slack. Levels of several distortions that hardly any channel meets
        are raised by a share of 4e-10.
    """

    problem: Problem
    slopes: Array
    feasible: Interior
    headroom: Array

    def overshoot(self, channel: Array) -> Array:
        """Return by how much each row may exceed its headroom at the most, (K,)."""
        return overshoot(self.problem, channel, self.headroom)


def overshoot(problem: Problem, channel: Array, headroom: Array | None = None) -> Array:
    """Return by how much a channel (n, m) may overshoot each row, (K,), its rounding included.

    ∞ if it uses a forbidden pair. By default the headroom is the problem's own.
    """
    if problem.forbidden is not None and channel[problem.forbidden].any():
        return np.full(len(problem.rows.levels), np.inf)
    allowed = np.maximum(problem.headroom if headroom is None else headroom, 0.0)
    above = problem.above(channel)
    margin = rounding.expectation(problem.n, problem.m)
    return np.asarray(above * (1 + margin) - allowed)


def unrestricted(problem: Problem) -> Restricted:
    """Meet the levels on all pairs of a problem.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels.
    """
    return _met(problem, np.zeros(len(problem.rows.levels)), interior(problem))


def restricted(problem: Problem) -> Restricted:
    """Forbid the pairs that rows at their minimum level rule out, and meet what is left.

    At the minimum level of a row only the nearest codewords have mass. Forbidding the others makes
    that exact, also for rows about other distortions, whose own minimum level then rises.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels.
    """
    slopes, kept = np.zeros(len(problem.rows.levels)), problem
    while (found := _far(kept)) is not None:
        far, steep = found
        slopes = np.maximum(slopes, steep)
        kept = kept.forbidding(far if kept.forbidden is None else far | kept.forbidden)
    if kept is problem:
        return unrestricted(problem)
    try:
        return _met(kept, slopes, interior(kept))
    except InfeasibleError:
        # With several distortions a headroom of next to nothing may be what another row lives on.
        return unrestricted(problem)


def _met(problem: Problem, slopes: Array, feasible: Interior) -> Restricted:
    margin = rounding.expectation(problem.n, problem.m)
    headroom = np.maximum(problem.headroom, feasible.above * (1 + 2 * margin))
    if feasible.excess > -_TOUCHING and len(problem.distortions) > 1:
        headroom *= 1 + _TOUCHING
    return Restricted(problem, slopes, feasible, headroom)


def _far(problem: Problem) -> tuple[Mask, Array] | None:
    """Return the pairs (n, m) that rows without headroom rule out, and slopes (K,) for that.

    Rows about one distortion at a time: what they rule out raises the floors of the others.
    """
    rows, headroom = problem.rows, np.maximum(problem.headroom, 0.0)
    weights = np.where(problem.source.pmf > 0, rows.weights, 0.0)
    pinned = (headroom <= _PINNED * problem.typical) & (problem.typical > 0)
    for index in np.unique(rows.matrix[pinned]):
        far, slopes = np.zeros((problem.n, problem.m), bool), np.zeros(len(headroom))
        over = problem.over(int(index))
        for k in np.flatnonzero(pinned & (rows.matrix == index)):
            atoms = np.flatnonzero(weights[k])
            cost = weights[k, atoms, None] * over[atoms]
            mine = cost > _FAR * headroom[k]
            if mine.any():
                far[atoms] |= mine
                slopes[k] = _STEEP / max(float(cost[mine].min()), 1e-300)
        if far.any():
            return far, slopes
    return None


def row_scales(problem: Problem) -> Array:
    """Return the unit of relative excess, (K,): the level, or the mean cost if that is minute."""
    rows = problem.rows
    if (rows.levels > _MINUTE).all():
        return rows.levels
    typical = np.where((problem.typical > 0) & (problem.typical < np.inf), problem.typical, 1.0)
    return np.where(rows.levels > _MINUTE * typical, rows.levels, typical)


def smallest_levels(problem: Problem) -> tuple[float, ...]:
    """Return the minimum level of each fidelity, which it can meet if it is the only one.

    For "each" it is the largest minimum of all symbols. Pairs that another distortion forbids do
    not count. It is infinite if a symbol has no codeword at a finite distortion in all of them.

    Parameters
    ----------
    problem : Problem
        The levels of its fidelities do not matter.

    Returns
    -------
    tuple of float
        One level for each fidelity, in the unit of its distortion.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(4), [0.25, 0.75], fidelities=[rd.average(1)])
    >>> smallest_levels(task)
    (0.015625,)
    """
    if problem.every:
        return (0.0,) * len(problem.fidelities)
    rows, mass = problem.rows, problem.rows.weights * problem.source.pmf
    least, forbidden = problem.least.copy(), problem.forbidden
    for index in range(len(problem.distortions)):
        stranded = np.concatenate(
            [np.isinf(problem.cost(index, b)).all(axis=1) for b in problem.blocks()]
        )
        if forbidden is not None:
            stranded |= forbidden.all(axis=1)
        mine = rows.matrix == index
        least[mine] = np.where((mass[mine] * stranded > 0).any(axis=1), np.inf, least[mine])
    return tuple(
        float(least[rows.fidelity == index].max(initial=0.0))
        for index in range(len(problem.fidelities))
    )


def interior(problem: Problem) -> Interior:
    """Find a channel that minimises the largest relative excess over a level.

    With one distortion matrix the nearest codeword of each atom is optimal for every row. With
    several, the channel solves a linear program by column generation: its dual has one variable per
    row, and each round adds the deterministic channel of least cost at the row prices. Atoms with a
    row of their own ("each") choose independently of the others, so that few rounds are enough.

    Parameters
    ----------
    problem : Problem
        A problem on a fixed codebook.

    Returns
    -------
    Interior
        The mixture of deterministic channels, and its relative excess: below 0 where all levels
        are met strictly.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; ``smallest`` has the minimum level of each fidelity alone.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> interior(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])).excess
    -1.0
    """
    _refuse_stranded(problem)
    with np.errstate(over="ignore"):
        found = _mixture(problem)
    scales = row_scales(problem)
    if _excess(found.above, problem.headroom, scales) > TOLERANCE:
        nearest = _nearest_levels(problem, found.above)
        raise InfeasibleError(_why(problem, nearest), smallest_levels(problem), nearest)
    return found


def _mixture(problem: Problem) -> Interior:
    """Return the mixture with the least excess, levels met or not.

    In units of the headroom: it may be smaller than the level, and what is found is only as precise
    as its unit.
    """
    headroom = problem.headroom
    # Rows on which all channels that are allowed do the same have no part in the search.
    live = problem.typical > 0
    units = row_scales(problem)
    units = np.where(live, np.fmin(units, problem.typical), units)
    scales = np.maximum(headroom, _HARDLY * units)
    choice, values = _nearest(problem, 1.0 / scales)
    above = values.sum(axis=1)
    found = Interior(
        choice[None], np.ones(1), above, _excess(above[live], headroom[live], scales[live])
    )
    if len(problem.distortions) == 1 or not live.any():
        return found
    columns = _Columns(_groups(problem, live), problem, scales, live)
    columns.add(choice, values)
    even = False
    for _ in range(_ROUNDS + _ROUNDS_A_ROW * len(scales)):
        # Levels far above their headroom leave small numbers, which a solver takes for 0.
        unit = min(float(np.abs(columns.relative).max()), 1.0) or 1.0
        mixed = best_shares(columns.relative / unit, columns.owner)
        if mixed is None:
            break
        shares, some, share = mixed
        found, prices = columns.mixed(shares), np.zeros(len(scales))
        prices[live] = some
        choice, values = _nearest(problem, prices / scales)
        bound = float(prices @ ((values.sum(axis=1) - headroom) / scales))
        enough = share < -1e-3 and bound < 2 * share * unit
        open_ = not enough and bound < share * unit - 1e-13 * unit
        if not (open_ and columns.add(choice, values, some)):
            if even or enough or share < -1e-3 or not _add_evenly(problem, columns, some):
                break
            even = True
    return found


def _add_evenly(problem: Problem, columns: _Columns, some: Array) -> bool:
    """Add the best channels at prices between those of the rows and equal ones.

    A price that a solver of linear programs takes for 0 may rule out what costs 1e14 at it.
    """
    added = False
    for share in _EVEN:
        mixed = (1 - share) * some + share / len(some)
        prices = np.zeros(len(columns.live))
        prices[columns.live] = mixed
        added |= columns.add(*_nearest(problem, prices / columns.scales), mixed)
    return added


def _groups(problem: Problem, live: Mask) -> NDArray[np.intp]:
    """Return the group of each atom, (n,): atoms with a row of their own are alone."""
    weighed = (problem.rows.weights[live] > 0) & (problem.source.pmf > 0)
    alone = weighed[weighed.sum(axis=1) == 1].any(axis=0)
    return np.unique(np.where(alone, 1 + np.arange(problem.n), 0), return_inverse=True)[1]


class _Columns:
    """What the atoms of each group do in the channels found so far."""

    def __init__(
        self, groups: NDArray[np.intp], problem: Problem, scales: Array, live: Mask
    ) -> None:
        self._groups, self.scales, self.live = groups, scales, live
        self._count = int(groups.max()) + 1
        self._headroom = problem.headroom
        mass = self._sums(problem.rows.weights * problem.source.pmf)
        # A group's share of the headroom is that of its atoms.
        self._fair = problem.headroom * (mass / np.maximum(mass.sum(axis=0), _MINUTE))
        self._choices: list[NDArray[np.intp]] = []
        self._values = np.empty((0, len(scales)))
        self._round = np.empty(0, np.intp)
        self.owner = np.empty(0, np.intp)

    @property
    def relative(self) -> Array:
        """Relative excess of each column on the live rows, (T, K)."""
        return np.asarray(((self._values - self._fair[self.owner]) / self.scales)[:, self.live])

    def add(self, choice: NDArray[np.intp], values: Array, prices: Array | None = None) -> bool:
        """Add a column for each group that does better at the prices; return whether any does."""
        sums = self._sums(values)
        better = np.arange(self._count)
        if prices is not None:
            cost = self.relative @ prices
            least = np.full(self._count, np.inf)
            np.minimum.at(least, self.owner, cost)
            mine = ((sums - self._fair) / self.scales)[:, self.live] @ prices
            better = np.flatnonzero(mine < least)
        self._values = np.vstack([self._values, sums[better]])
        self._round = np.append(self._round, np.full(len(better), len(self._choices)))
        self.owner = np.append(self.owner, better)
        self._choices.append(choice)
        return len(better) > 0

    def mixed(self, shares: Array) -> Interior:
        """Return the mixture in which the columns (T,) have these shares of their groups.

        Groups are coupled by a common number between 0 and 1, so that few channels are mixed.
        """
        order = np.lexsort((self._round, self.owner))
        order = order[shares[order] > 0]
        first = np.searchsorted(self.owner[order], np.arange(self._count))
        ends = np.cumsum(shares[order])
        ends -= np.append(0.0, ends)[first][self.owner[order]]
        last = np.append(first[1:], len(order)) - 1
        ends[last] = 1.0
        cuts = np.unique(np.clip(ends, 0.0, 1.0))
        parts = np.diff(cuts, prepend=0.0)
        cuts, parts = cuts[parts > 0], parts[parts > 0]
        taken = np.empty((len(cuts), self._count), np.intp)
        for group in range(self._count):
            mine = slice(first[group], last[group] + 1)
            taken[:, group] = self._round[order[mine]][np.searchsorted(ends[mine], cuts)]
        atoms = np.arange(len(self._groups))
        choices = np.stack(self._choices)[taken[:, self._groups], atoms]
        above = shares @ self._values
        excess = _excess(above[self.live], self._headroom[self.live], self.scales[self.live])
        return Interior(choices, parts, above, excess)

    def _sums(self, values: Array) -> Array:
        """Return the sums over the atoms of each group, (G, K)."""
        return np.stack([np.bincount(self._groups, row, self._count) for row in values], axis=1)


def _excess(above: Array, headroom: Array, scales: Array) -> float:
    return float(((above - headroom) / scales).max(initial=-np.inf))


def _nearest(problem: Problem, prices: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the deterministic channel of least cost at the prices, and its row values by atom."""
    one_matrix = len(problem.distortions) == 1
    choices: list[NDArray[np.intp]] = []
    taken: list[Array] = []
    for some in problem.blocks():
        over = [problem.over(k, some) for k in range(len(problem.distortions))]
        cost = over[0] if one_matrix else problem.tilt(prices, some)
        if one_matrix and problem.forbidden is not None:
            cost = np.where(problem.forbidden[some], np.inf, cost)
        choices.append(cost.argmin(axis=1))
        taken.append(np.stack([d[np.arange(len(d)), choices[-1]] for d in over]))
    rows, least = problem.rows, np.concatenate(taken, axis=1)
    return np.concatenate(choices), rows.weights * problem.source.pmf * least[rows.matrix]


def _refuse_stranded(problem: Problem) -> None:
    forbidden = problem.forbidden
    if forbidden is not None and forbidden.all(axis=1).any():
        atom = int(np.flatnonzero(forbidden.all(axis=1))[0])
        raise InfeasibleError(
            f"atom {atom} has no codeword at a finite distortion; add one to the codebook",
            smallest_levels(problem),
        )


def _nearest_levels(problem: Problem, above: Array) -> tuple[float, ...]:
    """Return the levels, raised to what a channel comes to above ``least`` where that is more.

    With several distortions a little more than that, so that there is slack: levels are then at
    the edge of what can be met together, where hardly any channel meets them.
    """
    reached, owner = problem.least + above, problem.rows.fidelity
    if len(problem.distortions) > 1:
        reached = np.where(above > problem.headroom, reached + _SLACK * problem.typical, reached)
    return tuple(
        max(fidelity.level, float(reached[owner == k].max(initial=0.0)))
        for k, fidelity in enumerate(problem.fidelities)
    )


def _why(problem: Problem, nearest: tuple[float, ...]) -> str:
    least = smallest_levels(problem)
    parts = [
        f"D={fidelity.level:g} is below the minimum level {rounded_up(smallest)}"
        f" ({_label(fidelity.measure)}) for this codebook"
        for fidelity, smallest in zip(problem.fidelities, least, strict=True)
        if fidelity.level < smallest * (1 - TOLERANCE)
    ]
    if parts:
        return "; ".join(parts)
    levels = ", ".join(f"{fidelity.level:g}" for fidelity in problem.fidelities)
    return (
        f"the levels {levels} can each be met but not together;"
        f" {', '.join(rounded_up(level) for level in nearest)} can be met together"
    )


def _label(measure: str) -> str:
    return {"each": "for each symbol of the subset", "average": "average"}.get(
        measure, f"{measure}, on the subset"
    )


def rounded_up(value: float) -> str:
    """Write the value to six digits, rounded up, so that what is printed can be met."""
    if not np.isfinite(value) or value < 1e-300:
        return f"{value:g}"
    unit = 10.0 ** (np.floor(np.log10(value)) - 5)
    return f"{np.ceil(value / unit - 1e-9) * unit:.6g}"
