"""The best codebook: its solution, and what follows from solving for it again; each is a job.

The rate of Best is the smallest that any codebook allows. Every solve also finds codewords, so none
of this is quick enough for the script itself.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import streamlit as st

from dashboard.formatting import LN2
from dashboard.model import wording
from dashboard.model.codebooks import CodebookSpec
from dashboard.model.rates import Rates
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Reference, Trade, Trouble
from dashboard.tasks import follow, references, solve
from dashboard.ui import jobs, last, layout, queries
from dashboard.ui import trades as trades_of

KEY = "every_codebook"
_CURVE, _CHANGES, _TRADES = "best_curve", "best_changes", "best_trades"
_ALONE = "best_alone"
_FIRST = 1e-2
"""The first level of a curve, relative to the largest."""
Solved = Rates | jobs.Running | Trouble | None
"""What a card gets of a job that solves for rates; None if there is none."""

_LIMITS = jobs.Limits(seconds=300.0, expected=4.0)


def solution(spec: ProblemSpec) -> Point | jobs.Running | Trouble:
    """Return the solution with the best codebook, or its job."""
    result = jobs.run(
        KEY,
        without_codebook(spec),
        solve.free_codebook,
        inputs=lambda: (spec.problem(), spec.rows()),
        limits=jobs.Limits(seconds=_LIMITS.seconds, quick=_on_a_line(spec)),
        patience=jobs.PATIENCE,
    )
    return result.result if isinstance(result, jobs.Done) else result


def _on_a_line(spec: ProblemSpec) -> bool:
    return queries.source(spec.setting.source).dim == 1


def without_codebook(spec: ProblemSpec) -> ProblemSpec:
    """Return the spec without its codebook, because the result does not depend on it."""
    old = spec.setting
    return replace(spec, setting=replace(old, codebook=CodebookSpec()))


def settle(spec: ProblemSpec) -> tuple[ProblemSpec, Point | None]:
    """Return the spec with Best's codewords and its solution.

    While Best is being solved, draw its progress, and return the last good result of this source
    or none. It is greyed, unless the browser shows the frame of the new levels over it.
    """
    found = solution(spec)
    if isinstance(found, Point):
        chosen = spec.with_codewords(found.codebook[found.masses > 0])
        last.keep_good(chosen, found)
        layout.grey("")
        return chosen, found
    what = "Solving for the best codebook"
    if isinstance(found, Trouble):
        jobs.follow(KEY, found, what=what)
        return layout.last_good(spec)
    with layout.aside():
        jobs.follow(KEY, found, what=what)
    last.await_problem(spec)
    return layout.last_good(spec, followed=True)


def curve(
    spec: ProblemSpec,
    which: int,
    low: float | None = None,
    high: float | None = None,
    *,
    key: str = _CURVE,
) -> tuple[CurveBand, dict[str, Any] | None] | jobs.Running | Trouble:
    """Return the certified curve of Best along one level with its path for a browser, or its job.

    The path is None for a source in a plane. ``key`` is the job's place on the page; every place
    has the same result.
    """
    free = spec.unresolved()
    bounds = queries.attempt(queries.level_range, free.setting)
    if isinstance(bounds, Trouble):
        return bounds
    most = bounds.most[which]
    first = low or _start(most, spec.levels[which])
    end = high or most
    if not first < end:
        return Trouble(wording.empty_range(queries.scale(free.setting), first, end))
    source = queries.source(spec.setting.source)
    levels = follow.every_levels(first, end, source.dim)
    free = free.at(which, end)
    result = jobs.run(
        key,
        (without_codebook(free), which, first, end),
        follow.with_every_codebook,
        inputs=lambda: (free.problem(), levels, queries.CURVE_TOLERANCE, which),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if not isinstance(result, jobs.Done):
        return result
    found: tuple[CurveBand, dict[str, Any] | None] = result.result
    if key == _CURVE:
        last.keep_curve(spec, found[0])
    return found


def _start(most: float, level: float) -> float:
    """Return the level at which a curve to the level ``most`` starts: below the one that is set."""
    return _below(min(_FIRST * most, 0.7 * level or math.inf))


def without_subsets(spec: ProblemSpec) -> Reference | None:
    """Return the rate of Best against D without the subsets, None until it is solved.

    The page is drawn again when it is.
    """
    setting = without_codebook(spec.unresolved()).setting
    if not setting.subsets or setting.distortion == "hamming":
        return None
    alone = ProblemSpec(setting.without_subsets(), spec.level)
    bounds = queries.attempt(queries.level_range, alone.setting)
    if isinstance(bounds, Trouble) or not bounds.largest > 0:
        return None
    first = _start(bounds.largest, spec.level)
    levels = follow.every_levels(first, bounds.largest, queries.source(setting.source).dim)
    levels = np.union1d(levels[::2], levels[-1:])
    alone = alone.at(0, bounds.largest)
    result = jobs.run(
        _ALONE,
        (alone, first),
        follow.with_every_codebook,
        inputs=lambda: (alone.problem(), levels, queries.CURVE_TOLERANCE),
        limits=_LIMITS,
    )
    if isinstance(result, jobs.Running):
        jobs.wait(_ALONE)
    if not isinstance(result, jobs.Done):
        return None
    return references.alone(result.result[0], len(setting.subsets))


def wait_for_curve() -> None:
    """Rerun the page when the curve is solved."""
    jobs.wait(_CURVE)


def follow_curve(found: jobs.Running | Trouble) -> None:
    """Draw the progress of the curve, or why there is none."""
    if isinstance(found, Trouble):
        st.warning(found.markdown)
    else:
        jobs.follow(_CURVE, found, what="Solving along the curve")


def _below(level: float) -> float:
    """Return the largest of 1, 2 and 5 times a power of ten below a level."""
    power = 10.0 ** math.floor(math.log10(level))
    return max(m * power for m in (1.0, 2.0, 5.0) if m * power <= level * (1 + 1e-9))


def rates(specs: tuple[ProblemSpec, ...]) -> Rates | jobs.Running | Trouble:
    """Return the rates of Best for several problems, or the job that solves them."""
    free = tuple(one.unresolved() for one in specs)
    result = jobs.run(
        _CHANGES,
        free,
        solve.rates,
        inputs=lambda: (tuple(one.problem() for one in free), _moving(free)),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    return result.result if isinstance(result, jobs.Done) else result


def _moving(specs: tuple[ProblemSpec, ...]) -> tuple[tuple[int, ...], ...] | None:
    """Return which subsets of each problem move with the rows; None without rows."""
    rows = [one.rows() for one in specs]
    found = tuple(one.moving for one in rows if one is not None)
    return found if found and len(found) == len(rows) else None


def changes(spec: ProblemSpec, point: Point | None) -> tuple[Solved, Solved]:
    """Return the rates of Best with each level tightened, and without each subset.

    After those without one of several subsets comes the rate without any. Both are None if the
    codebook is another one, or if there is no result yet.
    """
    if point is None or not is_chosen(spec):
        return None, None
    count = len(spec.levels)
    tighter = [spec.at(k, trades_of.tightened(spec, k)) for k in range(count)]
    fewer = [without(spec, k) for k in range(1, count)]
    if count > 2:
        fewer.append(alone(spec))
    found = rates((*tighter, *fewer))
    if not isinstance(found, Rates):
        return found, found
    return found.part(slice(0, count)), found.part(slice(count, None))


def follow_rates(found: jobs.Running | Trouble) -> None:
    """Draw the progress of ``rates``."""
    jobs.follow(_CHANGES, found, what="Solving at other levels")


def trades(
    spec: ProblemSpec, point: Point, bits: float
) -> dict[tuple[int, float], Trade | Trouble] | jobs.Running | Trouble:
    """Return each level after the rate rises and falls by ``bits``, by its place and the change."""
    free = spec.unresolved()
    asked = tuple((k, sign * bits) for k in range(len(spec.levels)) for sign in (1, -1))
    able = tuple(one for one in asked if point.rate_bits + one[1] > 0)
    result = jobs.run(
        _TRADES,
        (free, bits),
        solve.levels_for,
        inputs=lambda: (
            free.problem(),
            tuple((k, LN2 * (point.rate_bits + change)) for k, change in able),
        ),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if not isinstance(result, jobs.Done):
        return result
    found: dict[tuple[int, float], Trade | Trouble] = {
        one: Trouble("no level has that rate") for one in asked
    }
    for (k, change), (low, high) in zip(able, result.result, strict=True):
        if np.isfinite(high):
            price = float(point.prices_bits[k])
            before = spec.levels[k]
            guess = before - change / price if price > 0 else None
            found[k, change] = Trade(k, change, before, float(low), float(high), guess)
    return found


def follow_trades(found: jobs.Running | Trouble) -> None:
    """Draw the progress of ``trades``."""
    jobs.follow(_TRADES, found, what="Solving for the levels at another rate")


def without(spec: ProblemSpec, which: int) -> ProblemSpec:
    """Return the problem without one of its subsets."""
    subsets = spec.setting.subsets
    kept = subsets[: which - 1] + subsets[which:]
    return replace(spec, setting=replace(spec.setting, subsets=kept))


def alone(spec: ProblemSpec) -> ProblemSpec:
    """Return the problem without any subset."""
    return replace(spec, setting=spec.setting.without_subsets())


def is_chosen(spec: ProblemSpec) -> bool:
    """Whether the codebook of a problem is Best."""
    return spec.setting.codebook.kind == "best"
