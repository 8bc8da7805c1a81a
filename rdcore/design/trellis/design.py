"""Design of a trellis code: starts at 8 states, descent, pruning, and levels met exactly."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array, count
from rdcore.design.trellis.descent import Step, steps
from rdcore.design.trellis.letters import Letters, of_type
from rdcore.design.trellis.levels import meet, towards
from rdcore.design.trellis.quantiser import TrellisQuantiser
from rdcore.design.trellis.starts import MOST_WORDS, starts, with_exact_words
from rdcore.design.trellis.states import Trellis
from rdcore.design.trellis.words import Words, in_order, without_rare
from rdcore.errors import InputError, NotConvergedError
from rdcore.problem import Problem
from rdcore.solvers import Solution, solve

_FIRST_STATES = 8
_FIRST_LETTERS = 8_000
_FIRST_STEPS = 12
_KEPT = 8
# Kept words that go through the long descent, for one level and for several: how a short descent
# ends says little about the end of a long one, and less where several prices move. With more states
# than these, the words that are best with these states are taken over.
_FINALISTS, _FINALISTS_SEVERAL = 2, 8
_RACE_STATES = 256
_SECOND_LETTERS = 20_000
_SECOND_STEPS = 6
_LETTERS, _LETTERS_SEVERAL = 100_000, 60_000
_STEPS = 24
_LAST_STEPS = 5
_EVALUATED = 96_000
_MOST_FINISHES = 5
# Distance of logarithms below which prices agree.
_AGREED = 0.05
# Rate in bits per letter below which the descent begins at a higher one, and falls.
_LOW_RATE = 0.4
_RAISED = 1.25
_MOST_RAISED = 8
# Rate in nats that is none.
_NO_RATE = 1e-9
_LONGEST = 4
# Words that occur less often than this share are removed at the end.
_RARE = 3e-5
# Share of the least error by which codewords may be rounded: that raises it by 2e-5 at most.
_SHORT = 5e-3
# Share of the time after which the words to begin with are ranked.
_SEARCH_SHARE = 0.45
_LN2 = float(np.log(2))
Report = Callable[[float], None]


@dataclass(eq=False)
class _Descent:
    """A descent under way."""

    problem: Problem
    trellis: Trellis
    slopes: Array
    draw: np.random.Generator
    report: Report

    def part(self, before: float, whole: float, states: int) -> _Descent:
        """Return one of several descents with some number of states, that reports its share."""
        vectors = self.trellis == Trellis.of(self.trellis.states, vectors=True)

        def report(share: float) -> None:
            inside = max(0.0, share - _SEARCH_SHARE) / (1 - _SEARCH_SHARE)
            self.report(_SEARCH_SHARE + (1 - _SEARCH_SHARE) * (before + inside) / whole)

        return replace(self, trellis=Trellis.of(states, vectors=vectors), report=report)

    def scored(self, step: Step, slopes: Array) -> float:
        """Return the rate and the priced distortion of a step, nats per sample."""
        score = step.rate + float(slopes @ step.reached)
        return score if np.isfinite(score) else np.inf


def trellis_quantiser(
    problem: Problem,
    states: int = 256,
    *,
    seed: int = 0,
    progress: Report | None = None,
) -> TrellisQuantiser:
    """Design a trellis-coded quantiser; arguments and errors are those of ``rdcore.trellis``.

    Parameters
    ----------
    problem, states, seed
        As for ``rdcore.trellis``.
    progress : callable, optional
        Called with the completed fraction and what is being done.

    Returns
    -------
    TrellisQuantiser
        The encoder with its decoder.

    Raises
    ------
    InputError
        As for ``rdcore.trellis``.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(8), rd.EVERY, fidelities=[rd.average(0.02)])
    >>> trellis_quantiser(task, 4).trellis.states
    4
    """
    if not isinstance(problem, Problem):
        raise InputError(f"problem must be a Problem; got {type(problem).__name__}")
    Trellis.of(states)
    seed = count(seed, "seed", 0)
    report = progress or (lambda _: None)
    solution = solve(problem, tol=1e-6)
    constant = _constant(problem, Trellis.of(states), solution)
    if constant is not None:
        return constant
    slopes = np.maximum(solution.slopes, 0.0)
    if not (slopes > 0).any():
        slopes = np.ones_like(slopes)
    report(0.05)
    draw = np.random.default_rng(seed)
    ranked: list[tuple[float, _Descent, Words]] = []
    for length in _lengths(problem):
        trellis = Trellis.of(states, vectors=length * problem.source.dim > 1)
        descent = _Descent(problem, trellis, slopes, draw, report)
        ranked += [
            (cost, descent, words) for cost, words in _first(descent, solution, length, seed)
        ]
    ranked.sort(key=lambda one: one[0])
    quantiser = _raced(ranked, seed)
    if quantiser is not None:
        return quantiser
    _, descent, words = ranked[0]
    exact = with_exact_words(problem, words)
    quantiser = _finished(descent, _settled(descent, exact, moving=False), seed)
    if quantiser is None:
        raise NotConvergedError("no trellis code was found that meets the levels")
    return quantiser


def _raced(ranked: list[tuple[float, _Descent, Words]], seed: int) -> TrellisQuantiser | None:
    """Return the code that the best of the first words lead to; None if none meets the levels."""
    states = ranked[0][1].trellis.states
    several = len(ranked[0][1].problem.rows.levels) > 1
    wanted = _FINALISTS_SEVERAL if several else _FINALISTS
    ends = max(1.0, states / _RACE_STATES)
    found: list[tuple[float, _Descent, _Settled]] = []
    for _, descent, words in ranked[: 2 * wanted]:
        if len(found) < wanted:
            part = descent.part(len(found), wanted + ends, min(states, _RACE_STATES))
            start = _settled(part, words)
            first = _evaluated(part, start, _evaluation(part, start, seed))
            if first is not None:
                found.append((first.rate, descent, start))
    for _, descent, start in sorted(found, key=lambda one: one[0]):
        last = descent.part(wanted / ends, wanted / ends + 1, states)
        if states > _RACE_STATES:
            start = _settled(last, start.words)
        quantiser = _finished(last, start, seed)
        if quantiser is not None:
            return quantiser
    return None


def _evaluation(descent: _Descent, start: _Settled, seed: int) -> Letters:
    """Return the sequence on which codes are compared."""
    length = start.words.values.shape[1]
    return of_type(descent.problem, _EVALUATED // length, length, seed)


@dataclass(frozen=True, eq=False)
class _Settled:
    """Words and the prices at which they were designed."""

    words: Words
    slopes: Array
    moving: bool


def _finished(descent: _Descent, start: _Settled, seed: int) -> TrellisQuantiser | None:
    """Return the best code that meets the levels on a sequence of the type, or None.

    Where the prices that meet the levels differ from those of the design, the words are designed
    for them.
    """
    letters = _evaluation(descent, start, seed)
    best: TrellisQuantiser | None = None
    for tried in range(_MOST_FINISHES):
        found = _evaluated(descent, start, letters)
        if found is None:
            aim = start.slopes * _RAISED
        else:
            if best is None or found.rate < best.rate:
                best = found
            aim = np.where(found.slopes > 0, found.slopes, start.slopes)
            priced = start.slopes > 0
            apart = np.abs(np.log(aim[priced] / start.slopes[priced]))
            if apart.max(initial=0.0) < _AGREED:
                break
        if tried + 1 < _MOST_FINISHES:
            aim = np.clip(aim, start.slopes / _RAISED, start.slopes * _RAISED)
            start = _more(descent, start, aim)
        descent.report(0.85 + 0.15 * (tried + 1) / _MOST_FINISHES)
    return best


def _evaluated(descent: _Descent, start: _Settled, letters: Letters) -> TrellisQuantiser | None:
    """Return the code with its rate on a sequence of the type; None if it misses the levels."""
    problem, trellis = descent.problem, descent.trellis
    words = start.words.shortened(_SHORT * _least_error(problem))
    coding = meet(trellis, words, letters, start.slopes, problem.rows.levels)
    if coding is None:
        return None
    words = words.counted(coding.used)
    again = meet(trellis, words, letters, coding.slopes, problem.rows.levels)
    if again is None:
        again = coding
    return TrellisQuantiser(problem, trellis, words, again.slopes, again.rate, again.reached)


def _least_error(problem: Problem) -> float:
    """Return the least error of a coordinate that a level allows, in the unit of the codewords."""
    rows = problem.rows
    squared = np.array([one == "squared_error" for one in problem.distortions])[rows.matrix]
    mean = rows.levels / problem.source.dim
    return float(np.where(squared, np.sqrt(mean), mean).min())


def _more(descent: _Descent, start: _Settled, slopes: Array) -> _Settled:
    """Return words after a few more steps at other prices."""
    length, words = start.words.values.shape[1], start.words
    letters = of_type(descent.problem, _LETTERS // length, length, 1)
    for _ in range(_SECOND_STEPS):
        (one,) = steps(
            descent.trellis,
            letters,
            [words],
            slopes,
            descent.draw,
            moving=start.moving,
        )
        words = one.words
    return _Settled(words, slopes, start.moving)


def _lengths(problem: Problem) -> list[int]:
    """Return the numbers of samples in a letter to try."""
    if problem.every or problem.source.dim > 2:
        return [1]
    sizes = [k for k in range(1, _LONGEST + 1) if max(problem.n, problem.m) ** k <= MOST_WORDS]
    return sizes or [1]


def _first(
    descent: _Descent, solution: Solution, length: int, seed: int
) -> list[tuple[float, Words]]:
    """Return the best words after a short descent, and what each costs."""
    problem, slopes = descent.problem, descent.slopes
    levels = problem.rows.levels
    letters = of_type(problem, _FIRST_LETTERS, length, seed)
    vectors = length * problem.source.dim > 1
    small = Trellis.of(min(_FIRST_STATES, descent.trellis.states), vectors=vectors)
    several = list(starts(problem, solution, length, seed))
    last: list[Step] = []
    for k in range(_FIRST_STEPS):
        last = steps(small, letters, several, slopes, descent.draw)
        several = [step.words for step in last]
        if k == _FIRST_STEPS // 2 and len(several) > 3 * _KEPT:
            several = _best(descent, last, 3 * _KEPT)
        descent.report(0.05 + 0.25 * (k + 1) / _FIRST_STEPS)
    kept = _best(descent, last, _KEPT)
    letters = of_type(problem, _SECOND_LETTERS, length, seed)
    ends = []
    for words in kept:
        moving = slopes
        for _ in range(_SECOND_STEPS):
            (step,) = steps(descent.trellis, letters, [words], moving, descent.draw)
            words, moving = step.words, towards(moving, step.reached, levels, 0.7)
        # What is missing to the levels after the prices have moved is hard to get.
        missing = np.maximum(step.reached - 1.01 * levels, 0.0)
        ends.append((descent.scored(step, slopes) + 4 * float(slopes @ missing), words))
    descent.report(_SEARCH_SHARE)
    return ends


def _best(descent: _Descent, done: list[Step], number: int) -> list[Words]:
    order = np.argsort([descent.scored(step, descent.slopes) for step in done], kind="stable")
    return [done[k].words for k in order[:number]]


def _settled(descent: _Descent, words: Words, *, moving: bool = True) -> _Settled:
    """Return words and prices after the long descent, with rare words removed."""
    levels, length = descent.problem.rows.levels, words.values.shape[1]
    number = _LETTERS if len(levels) == 1 else _LETTERS_SEVERAL
    letters = of_type(descent.problem, number // length, length, 1)
    slopes = descent.slopes

    def step(words: Words, slopes: Array) -> Step:
        (one,) = steps(descent.trellis, letters, [words], slopes, descent.draw, moving=moving)
        return one

    one = step(words, slopes)
    raised = 0
    while one.rate * length < _LOW_RATE * _LN2 and raised < _MOST_RAISED:
        slopes, raised = slopes * _RAISED, raised + 1
        one = step(one.words, slopes)
    for _ in range(raised):
        slopes = slopes / _RAISED
        one = step(step(one.words, slopes).words, slopes)
    for k in range(_STEPS):
        slopes = towards(slopes, one.reached, levels, 1.0)
        one = step(one.words, slopes)
        descent.report(_SEARCH_SHARE + 0.4 * (k + 1) / _STEPS)
    one = step(_pruned(one), slopes)
    for _ in range(_LAST_STEPS):
        slopes = towards(slopes, one.reached, levels, 0.5)
        one = step(one.words, slopes)
    return _Settled(_pruned(one), slopes, moving)


def _pruned(step: Step) -> Words:
    return without_rare(step.words, step.used, _RARE)[0]


def _constant(problem: Problem, trellis: Trellis, solution: Solution) -> TrellisQuantiser | None:
    """Return the code with a single word, which takes no bits, if it meets the levels."""
    if solution.rate > _NO_RATE:
        return None
    task, levels = solution.problem, problem.rows.levels
    chosen = int(solution.marginal.argmax())
    channel = np.zeros((task.n, task.m))
    channel[:, chosen] = 1.0
    reached = task.expected(channel)
    if not (reached <= levels * (1 + 1e-9)).all():
        return None
    codeword, indices = task.codewords[chosen], None
    if not problem.every:
        apart = np.abs(problem.codewords - codeword).sum(axis=1)
        indices = np.full((2, 1), int(apart.argmin()))
    values = np.tile(codeword, (2, 1))[:, None]
    words = in_order(values, indices, np.array([0, 2]), np.ones(2))
    slopes = np.zeros(len(levels))
    return TrellisQuantiser(problem, trellis, words, slopes, 0.0, np.minimum(reached, levels))
