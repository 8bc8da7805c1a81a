r"""Levels that are met exactly on the data: one of several paths for each segment.

The decoder needs no prices, so the encoder may choose them for the data. Column generation: the
Viterbi algorithm finds a path for each segment at several prices, a linear program chooses among
them,

.. math:: \min_z\ \sum_{jr} z_{jr} R_{jr},\qquad \sum_{jr} z_{jr} D_{jr} \le L,\qquad
          \sum_r z_{jr}=1,

and its multipliers are the next prices. At a vertex at most K segments are divided between several
paths; each of them gets the one that keeps the levels.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array
from rdcore.design.trellis.letters import Letters
from rdcore.design.trellis.states import Trellis
from rdcore.design.trellis.viterbi import cheapest
from rdcore.design.trellis.words import Words

# Steps of a segment, of which fewer cost more, because each segment begins in state 0: at least
# these in a short sequence, and in a long one, which has more than these segments.
_LEAST_STEPS, _LONG_STEPS = 3000, 8000
_FEW_SEGMENTS, _MOST_SEGMENTS = 32, 4096
_PASSES = 10
_MOST_PASSES = 24
# Gain of a further path, as a share of the rate, that ends the search, and slack that is accepted.
_SETTLED = 1e-4
_SLACK = 5e-4
# Price of missing a level, in multiples of the largest price so far.
_ELASTIC = 8.0
_MOST_CHOICES = 1024
_MOST_FILLED = 20
# Factor by which several prices change in one pass, and a single one; and the share of the highest
# price that is nothing.
_FACTOR = 1.6
_FACTOR_ALONE = 2.0
_NOTHING = 1e-3
_BEYOND = 1.02
_ROUNDING = 1e-12
# Least product of a price and its level, as a share of the largest one.
_LEAST_PRICE = 1e-3
Chosen = NDArray[np.uint16]


@dataclass(frozen=True, eq=False)
class Coding:
    """The words of a sequence.

    Attributes
    ----------
    table : Words
        The words of both books.
    words : array of int, (N,)
        The word of each letter.
    segments : int
        Number of interleaved segments.
    rate : float
        Code length per sample, nats.
    reached : array, (K,)
        What each row comes to.
    slopes : array, (K,)
        The last prices, nats per unit.
    passes : int
        How often the Viterbi algorithm passed over the sequence.
    """

    table: Words
    words: Chosen
    segments: int
    rate: float
    reached: Array
    slopes: Array
    passes: int

    @property
    def used(self) -> Array:
        """How often each word occurs, (M,)."""
        return np.bincount(self.words, minlength=len(self.table)).astype(np.float64)


@dataclass(eq=False)
class _Paths:
    """The paths found so far, and what each segment spends on them."""

    trellis: Trellis
    words: Words
    letters: Letters
    segments: int
    chosen: list[Chosen] = field(default_factory=list)
    rates: list[Array] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)

    def find(self, slopes: Array) -> float:
        """Add the cheapest path at these prices and return its gain over the earlier ones."""
        letters = self.letters
        costs, best = letters.branches(slopes, self.words)
        branch = cheapest(self.trellis, costs, letters.sequence, self.segments)
        place = branch * np.int64(costs.shape[1]) + letters.sequence
        found = best.ravel()[place]
        spent = letters.spent(self.words, best).reshape(len(slopes), -1)
        self.chosen.append(found.astype(np.uint16))
        self.rates.append(self._sums(self.words.lengths[found]))
        self.rows.append(np.stack([self._sums(one[place]) for one in spent]))
        spends = np.stack(
            [rate + slopes @ row for rate, row in zip(self.rates, self.rows, strict=True)]
        )
        return float((spends[:-1].min(axis=0, initial=np.inf) - spends[-1]).sum())

    def _sums(self, values: Array) -> Array:
        """Return the sum over each segment per sample, (B,)."""
        short = -len(values) % self.segments
        grid = np.append(values, np.zeros(short)).reshape(-1, self.segments)
        return np.asarray(grid.sum(axis=0) / self.letters.samples)


def segments_for(number: int) -> int:
    """Return the number of segments for a sequence of letters."""
    few = min(number // _LEAST_STEPS, _FEW_SEGMENTS)
    return int(np.clip(number // _LONG_STEPS, max(few, 1), _MOST_SEGMENTS))


def meet(
    trellis: Trellis, words: Words, letters: Letters, slopes: Array, levels: Array
) -> Coding | None:
    """Return a coding of the letters that meets the levels (K,), from prices (K,), if one is found.

    The prices are at least 0; where all are 0, each path is as short as it can be.
    """
    paths = _Paths(trellis, words, letters, segments_for(len(letters.sequence)))
    best: Coding | None = None
    price = highest = slopes
    for done in range(1, _MOST_PASSES + 1):
        gain = paths.find(price)
        total = paths.rows[-1].sum(axis=1)
        if not np.isfinite(total).all():
            return None
        if not price.any() and (total <= levels).all():
            return _coding(paths, np.full(paths.segments, done - 1), price)
        highest = np.maximum(highest, price)
        program = _solved(paths, levels, highest)
        picked = _rounded(paths, program, levels, highest)
        if picked is not None:
            useful = np.where(program.prices > 0, program.prices, price)
            best = _better(best, _coding(paths, picked, useful))
        small = gain < _SETTLED * max(program.rate, 1e-2)
        if best is not None and (
            done >= _PASSES or (small and _slack(best, slopes, levels) < _SLACK)
        ):
            return best
        if done == 1 or not program.prices.any() or (best is None and done > _PASSES // 2):
            # Beyond the level, because the program needs paths on both sides of it.
            beyond = np.where(total <= levels, 1 / _BEYOND, _BEYOND) ** done
            price = towards(price, total, levels, 1.1 + 0.1 * done) * beyond
        else:
            # The multipliers of few paths lie far apart; prices follow them in short steps.
            factor = _FACTOR_ALONE if len(levels) == 1 else _FACTOR
            near = np.clip(program.prices, price / factor, price * factor)
            price = np.where(price > 0, near, np.minimum(program.prices, highest.max()))
            price = np.where(price > _NOTHING * highest, price, 0.0)
    return best


def towards(slopes: Array, reached: Array, levels: Array, power: float = 1.1) -> Array:
    """Return prices (K,) at which rows come closer to their levels, or just beyond them."""
    worth = slopes * np.maximum(levels, np.finfo(float).tiny)
    most = worth.max() if worth.any() else 1.0
    least = _LEAST_PRICE * most / np.maximum(levels, 1e-6 * levels.max() + 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(reached > 0, reached / levels, 0.0)
    ratio = np.clip(ratio, 0.6, 1.8)
    raised = np.where(ratio > 1, np.maximum(slopes, least), slopes)
    return np.asarray(raised * ratio**power)


@dataclass(frozen=True, eq=False)
class _Program:
    """The optimum of the linear program, with the share of each path in each segment, (B, R)."""

    rate: float
    shares: Array
    prices: Array


def _solved(paths: _Paths, levels: Array, highest: Array) -> _Program:
    """Return the optimum; a level may be missed at several times the highest price."""
    from scipy.optimize import linprog
    from scipy.sparse import coo_array

    rates = np.stack(paths.rates, axis=1)
    rows = np.stack(paths.rows, axis=2)
    count, (segments, runs) = len(levels), rates.shape
    penalty = _ELASTIC * np.where(highest > 0, highest, highest.max())
    below = np.hstack([rows.reshape(count, -1), -np.eye(count)])
    variables = segments * runs
    one = coo_array(
        (np.ones(variables), (np.arange(variables) // runs, np.arange(variables))),
        shape=(segments, variables + count),
    )
    # Scaled by the levels, so that the tolerance of the solver is relative.
    scale = np.where(levels > 0, levels, 1.0)
    found = linprog(
        np.append(rates.ravel(), penalty),
        A_ub=below / scale[:, None],
        b_ub=levels / scale,
        A_eq=one,
        b_eq=np.ones(segments),
        method="highs",
    )
    shares = found.x[:variables].reshape(segments, runs)
    prices = np.maximum(-found.ineqlin.marginals / scale, 0.0)
    return _Program(float(rates.ravel() @ shares.ravel()), shares, prices)


def _rounded(
    paths: _Paths, program: _Program, levels: Array, highest: Array
) -> NDArray[np.intp] | None:
    """Return one path for each segment, (B,), so that the levels are met; None if none is found."""
    held = levels
    for _ in range(6):
        picked, reached = _picked(paths, program.shares, levels)
        over = np.max((reached - levels) / np.where(levels > 0, levels, 1.0))
        if over <= -_ROUNDING or (reached <= levels * (1 - _ROUNDING)).all():
            return _filled(paths, picked, reached, levels)
        held = np.where(reached > levels * (1 - _ROUNDING), held - 1.5 * (reached - levels), held)
        held = np.maximum(held * (1 - _ROUNDING), 0.0)
        program = _solved(paths, held, highest)
    # One path for all segments, if there is one.
    totals = np.stack([row.sum(axis=1) for row in paths.rows])
    rates = np.array([rate.sum() for rate in paths.rates])
    rates[(totals > levels * (1 - _ROUNDING)).any(axis=1)] = np.inf
    run = int(rates.argmin())
    return np.full(paths.segments, run) if np.isfinite(rates[run]) else None


def _filled(
    paths: _Paths, picked: NDArray[np.intp], reached: Array, levels: Array
) -> NDArray[np.intp]:
    """Return shorter paths in some segments, as long as the levels are met, (B,)."""
    rates = np.stack(paths.rates, axis=1)
    rows = np.stack(paths.rows, axis=2)
    across = np.arange(len(picked))
    for _ in range(_MOST_FILLED):
        apart = rows - rows[:, across, picked][:, :, None]
        fits = (reached[:, None, None] + apart <= levels[:, None, None] * (1 - _ROUNDING)).all(
            axis=0
        )
        gain = np.where(fits, rates[across, picked][:, None] - rates, 0.0)
        segment, run = np.unravel_index(int(gain.argmax()), gain.shape)
        if not gain[segment, run] > 0:
            break
        picked = picked.copy()
        picked[segment] = run
        reached = rows[:, across, picked].sum(axis=1)
    return picked


def _picked(paths: _Paths, shares: Array, levels: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the best choice in the segments that the program divides, and what rows come to."""
    rates = np.stack(paths.rates, axis=1)
    rows = np.stack(paths.rows, axis=2)
    picked = shares.argmax(axis=1)
    divided = np.flatnonzero(shares.max(axis=1) < 1 - 1e-7)
    across = np.arange(len(picked))
    whole = np.setdiff1d(across, divided)
    base = rows[:, whole, picked[whole]].sum(axis=1)
    options = [np.flatnonzero(shares[j] > 1e-7) for j in divided]
    if np.prod([float(len(some)) for some in options]) > _MOST_CHOICES:
        options = [some[:1] for some in options]
    best = (np.inf, np.inf)
    kept = picked
    for choice in product(*options):
        chosen = np.array(choice, dtype=np.intp)
        reached = base + rows[:, divided, chosen].sum(axis=1)
        over = max(0.0, float(np.max(reached - levels * (1 - _ROUNDING))))
        score = (over, float(rates[divided, chosen].sum()))
        if score < best:
            best, kept = score, picked.copy()
            kept[divided] = chosen
    return kept, rows[:, across, kept].sum(axis=1)


def _coding(paths: _Paths, picked: NDArray[np.intp], prices: Array) -> Coding:
    steps = np.arange(len(paths.letters.sequence)) % paths.segments
    words = np.empty(len(steps), np.uint16)
    for run in np.unique(picked):
        mine = (picked == run)[steps]
        words[mine] = paths.chosen[run][mine]
    across = np.arange(len(picked))
    rate = float(np.stack(paths.rates, axis=1)[across, picked].sum())
    reached = np.stack(paths.rows, axis=2)[:, across, picked].sum(axis=1)
    return Coding(paths.words, words, paths.segments, rate, reached, prices, len(paths.rates))


def _better(best: Coding | None, other: Coding) -> Coding:
    return other if best is None or other.rate <= best.rate else best


def _slack(coding: Coding, slopes: Array, levels: Array) -> float:
    """Return the largest share by which a row that has a price stays below its level."""
    worth = np.maximum(slopes, coding.slopes) * levels
    priced = worth > _LEAST_PRICE * worth.max()
    if not priced.any():
        return 0.0
    return float(np.max((levels - coding.reached)[priced] / levels[priced]))
