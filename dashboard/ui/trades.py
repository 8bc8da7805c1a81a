"""Trade-offs: the rate for levels lowered by 10 %, and the levels for a change of the rate."""

from __future__ import annotations

import numpy as np

from dashboard.formatting import NOTHING
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Trade, Trouble, WhatIf
from dashboard.ui import queries

TIGHTEN, TIGHTEN_DB = 0.1, 1.0
_ROUNDS = 3


def tightened(spec: ProblemSpec, which: int) -> float:
    """Return a level lowered by 10 % as it is stated, or raised by 1 dB."""
    how = queries.scale(spec.setting)
    stated = float(how.stated(spec.levels[which]))
    return how.level(stated + TIGHTEN_DB if how.falls else (1 - TIGHTEN) * stated)


def what_if(spec: ProblemSpec, *, which: int) -> WhatIf | Trouble:
    """Tighten one level: the increase in rate predicted by the price, and the solved one."""
    now = queries.point(spec)
    if isinstance(now, Trouble):
        return now
    tighter = spec.at(which, tightened(spec, which))
    then = queries.point(tighter)
    if isinstance(then, Trouble):
        return then
    before, after = spec.levels[which], tighter.levels[which]
    return WhatIf(
        before=before,
        after=after,
        predicted_bits=float(now.prices_bits[which]) * (before - after),
        solved_bits=then.rate_bits - now.rate_bits,
        gap_bits=max(now.gap_bits, then.gap_bits),
    )


def trade(spec: ProblemSpec, point: Point, bits: float, *, which: int) -> Trade | Trouble:
    """Return one level after the rate changes by ``bits``, with the other levels fixed."""
    found = _curve(spec, which)
    if isinstance(found, Trouble):
        return found
    before, price = spec.levels[which], float(point.prices_bits[which])
    predicted = before - bits / price if price > NOTHING else None
    lower, upper = point.rate_bits - point.gap_bits + bits, point.rate_bits + bits
    bounds = inverted(found, lower, upper)
    if bounds is None:
        end, sign = (0, 1) if bits > 0 else (-1, -1)
        most = max(0.0, sign * (float(found.upper_bits[end]) - point.rate_bits))
        edge = float(found.levels[end])
        if bits < 0 and which == 0:
            edge = queries.slack_from(spec.setting)
        return Trade(which, bits, before, predicted=predicted, most_bits=most, edge=edge)
    for _ in range(_ROUNDS):
        low, high = bounds
        if not high - low > 1e-7 * high:
            break
        closer = queries.refined(spec, low, high, which=which)
        bounds = inverted(closer, lower, upper) or bounds
    return Trade(which, bits, before, *bounds, predicted)


def _curve(spec: ProblemSpec, which: int) -> CurveBand | Trouble:
    if which:
        return queries.attempt(queries.subset_curve, spec, which)
    far = queries.attempt(queries.reach, spec.setting)
    if isinstance(far, Trouble):
        return far
    return queries.attempt(
        queries.from_the_smallest, spec.setting, spec.level, max(far, 1.01 * spec.level)
    )


def inverted(band: CurveBand, lower: float, upper: float) -> tuple[float, float] | None:
    """Bound the level at which R is some rate between ``lower`` and ``upper`` bits.

    R lies above each tangent and below each chord. So the level is at least where a tangent falls
    to ``upper``, and at most where a chord falls to ``lower``. None if the curve does not reach
    such a rate.
    """
    slopes = band.slopes_bits
    falling = np.minimum.accumulate(band.upper_bits)
    if lower > falling[0] or lower < falling[-1]:
        return None
    # A bound of 0 has no slope: R ≥ 0 is all that it says.
    steep = (slopes > NOTHING) & (band.lower_bits > 0)
    reached = band.levels[steep] + (band.lower_bits[steep] - upper) / slopes[steep]
    low = float(reached.max(initial=band.levels[0]))
    high = float(np.interp(-lower, -falling, band.levels))
    return min(low, high), high
