"""Trade-offs: the rate for levels lowered by 10 %, and the levels for a change of the rate."""

from __future__ import annotations

from typing import Literal

import numpy as np

from dashboard.formatting import NOTHING
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import CurveBand, Point, Trade, Trouble, WhatIf
from dashboard.ui import queries

TIGHTEN = 0.1
_ROUNDS = 3
Name = Literal["D", "D′"]


def what_if(spec: ProblemSpec, *, name: Name) -> WhatIf | Trouble:
    """Lower D or D′ by 10 %: the increase in rate predicted by the price, and the solved one."""
    now = queries.point(spec)
    if isinstance(now, Trouble):
        return now
    tighter = spec.tightened(TIGHTEN, which=name)
    then = queries.point(tighter)
    if isinstance(then, Trouble):
        return then
    before, after = _level(spec, name), _level(tighter, name)
    return WhatIf(
        name=name,
        before=before,
        after=after,
        predicted_bits=_price(now, name) * (before - after),
        solved_bits=then.rate_bits - now.rate_bits,
        gap_bits=max(now.gap_bits, then.gap_bits),
    )


def trade(spec: ProblemSpec, point: Point, bits: float, *, name: Name) -> Trade | Trouble:
    """Return the level of D or D′ after the rate changes by ``bits``."""
    found = _curve(spec, name)
    if isinstance(found, Trouble):
        return found
    before, price = _level(spec, name), _price(point, name)
    predicted = before - bits / price if price > NOTHING else None
    lower, upper = point.rate_bits - point.gap_bits + bits, point.rate_bits + bits
    bounds = inverted(found, lower, upper, name=name)
    if bounds is None:
        end, sign = (0, 1) if bits > 0 else (-1, -1)
        most = max(0.0, sign * (float(found.upper_bits[end]) - point.rate_bits))
        edge = float(found.levels[end])
        if bits < 0 and name == "D":
            edge = queries.slack_from(spec.setting)
        return Trade(name, bits, before, predicted=predicted, most_bits=most, edge=edge)
    for _ in range(_ROUNDS):
        low, high = bounds
        if not high - low > 1e-7 * high:
            break
        closer = queries.refined(spec, low, high, fidelity=0 if name == "D" else 1)
        bounds = inverted(closer, lower, upper, name=name) or bounds
    return Trade(name, bits, before, *bounds, predicted)


def _level(spec: ProblemSpec, name: Name) -> float:
    return spec.level if name == "D" else spec.setting.subset_level


def _price(point: Point, name: Name) -> float:
    """Return the price of D or D′, which is 0 without a subset."""
    return point.price_bits if name == "D" else point.subset_price_bits or 0.0


def _curve(spec: ProblemSpec, name: Name) -> CurveBand | Trouble:
    if name == "D′":
        return queries.attempt(queries.subset_curve, spec)
    far = queries.attempt(queries.reach, spec.setting)
    if isinstance(far, Trouble):
        return far
    return queries.attempt(
        queries.from_the_smallest, spec.setting, spec.level, max(far, 1.01 * spec.level)
    )


def inverted(
    band: CurveBand, lower: float, upper: float, *, name: Name
) -> tuple[float, float] | None:
    """Bound the level at which R is some rate between ``lower`` and ``upper`` bits.

    R lies above each tangent and below each chord. So the level is at least where a tangent falls
    to ``upper``, and at most where a chord falls to ``lower``. None if the curve does not reach
    such a rate.
    """
    slopes = band.price_bits if name == "D" else band.subset_price_bits
    falling = np.minimum.accumulate(band.upper_bits)
    if slopes is None or lower > falling[0] or lower < falling[-1]:
        return None
    # A bound of 0 has no slope: R ≥ 0 is all that it says.
    steep = (slopes > NOTHING) & (band.lower_bits > 0)
    reached = band.levels[steep] + (band.lower_bits[steep] - upper) / slopes[steep]
    low = float(reached.max(initial=band.levels[0]))
    high = float(np.interp(-lower, -falling, band.levels))
    return min(low, high), high
