"""The rounds of refinement: those that move and merge, and those that insert as well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from rdcore._arrays import Array, frozen
from rdcore.design.codebook._insertion import completed, lacking
from rdcore.design.codebook._merging import Merged, merge
from rdcore.design.codebook.iteration import Iteration
from rdcore.design.codebook.moves import Gradient, centres, gradient_step, importance, shortened
from rdcore.problem import Problem
from rdcore.solvers import Solution, solve

Step = Literal["centroid", "gradient", "priced"] | Gradient
# Codewords that move less than this share of the atoms' range have settled.
_SETTLED = 1e-9
# A codeword of less mass is not used.
_UNUSED = 1e-9
# What a codeword in use has to save, nats, so that insertion and merging do not alternate.
_EACH = 1e-8
# Rates are certified to about this, nats.
ROUNDING = 1e-9
_MOST_INSERTIONS = 60


def moving(
    problem: Problem, rounds: int, step: Step, thresholds: tuple[float, float]
) -> Iterator[Iteration]:
    """Yield rounds until nothing moves or merges any more."""
    here = problem
    extent = float(np.ptp(problem.source.points, axis=0).max())
    for index in range(rounds):
        this = _moved(index, solve(here), step, thresholds)
        yield this
        still = np.abs(this.moved - here.codewords).max() <= _SETTLED * extent
        if still and not this.merges:
            return
        here = problem.with_codebook(this.next_codewords)


def inserting(
    problem: Problem, rounds: int, step: Step, thresholds: tuple[float, float]
) -> Iterator[Iteration]:
    """Yield rounds none of which raises the rate, until none lowers it."""
    here = solve(completed(problem))
    for index in range(rounds):
        missing = lacking(here)
        for this in _proposals(index, here, step, thresholds, missing):
            there = solve(problem.with_codebook(this.next_codewords))
            if _better(there, here):
                break
        else:
            yield _staying(index, here)
            return
        if index == rounds - 1:
            this = _closed(this, there)
        yield this
        here = there


def _proposals(
    index: int, here: Solution, step: Step, thresholds: tuple[float, float], missing: Array
) -> Iterator[Iteration]:
    """Yield rounds that could follow: with merging, without, and without moving."""
    bold = _moved(index, here, step, thresholds)
    careful = _moved(index, here, step, (_UNUSED, 0.0))
    extent = float(np.ptp(here.problem.source.points, axis=0).max())
    settled = bool(np.abs(bold.moved - here.problem.codewords).max() <= _SETTLED * extent)
    if bold.merges or not settled:
        yield _adding(bold, missing, thresholds[1])
    if not settled and bold.merges != careful.merges:
        yield _adding(careful, missing, thresholds[1])
    still = _staying(index, here)
    pruned = merge(here.problem, here.channel, least_mass=_UNUSED, distance=0.0)
    if pruned.merges or len(missing):
        yield _adding(replace(still, merged=pruned), missing, _SETTLED * extent)


def _moved(index: int, here: Solution, step: Step, thresholds: tuple[float, float]) -> Iteration:
    problem = here.problem
    moved, share = shortened(problem, _target(here, step))
    there = problem.with_codebook(moved)
    merged = merge(there, here.channel, least_mass=thresholds[0], distance=thresholds[1])
    return Iteration(index, here, moved, share, merged, frozen(np.empty((0, problem.source.dim))))


def _staying(index: int, here: Solution) -> Iteration:
    problem = here.problem
    same = Merged(problem.codewords, here.channel, frozen(np.arange(problem.m)), ())
    nothing = frozen(np.empty((0, problem.source.dim)))
    return Iteration(index, here, problem.codewords, 0.0, same, nothing)


def _adding(this: Iteration, points: Array, distance: float) -> Iteration:
    """Return the round with the points added that are not within a distance of a codeword."""
    added = _new(points, np.vstack([this.merged.codewords, this.inserted]), distance)
    return replace(this, inserted=frozen(np.vstack([this.inserted, added])))


def _closed(this: Iteration, there: Solution) -> Iteration:
    """Return the round with codewords added until none is missing."""
    kept = len(this.merged.codewords)
    extent = float(np.ptp(there.problem.source.points, axis=0).max())
    for _ in range(_MOST_INSERTIONS):
        missing = lacking(there)
        if not len(missing):
            break
        used = there.marginal[kept:] > _UNUSED
        wider = _adding(replace(this, inserted=this.inserted[used]), missing, _SETTLED * extent)
        new = solve(there.problem.with_codebook(wider.next_codewords))
        if not _better(new, there):
            break
        this, there = wider, new
    return this


def _better(new: Solution, old: Solution) -> bool:
    """Whether a rate is lower, or as low with fewer codewords."""
    fall = _cost(old) - _cost(new)
    return fall > ROUNDING or (fall >= -ROUNDING and new.problem.m < old.problem.m)


def _cost(found: Solution) -> float:
    return found.rate + _EACH * int((found.marginal > _UNUSED).sum())


def _target(found: Solution, step: Step) -> Array:
    if isinstance(step, Gradient):
        return gradient_step(found.problem, found.channel, step.size)
    weights = importance(found.problem, found.slopes) if step == "priced" else None
    return centres(found.problem, found.channel, weights)


def _new(points: Array, codewords: Array, distance: float) -> Array:
    """Return the points (i, d) that are not within a distance of any of the codewords (m, d)."""
    away = np.linalg.norm(points[:, None, :] - codewords[None, :, :], axis=2)
    return np.asarray(points[(away > distance).all(axis=1)])
