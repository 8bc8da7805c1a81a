"""Trade-offs: the rate for levels lowered by 10 %, and the levels for a change of the rate."""

from __future__ import annotations

from dashboard.formatting import NOTHING
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Trade, Trouble, WhatIf
from dashboard.ui import queries

TIGHTEN, TIGHTEN_DB = 0.1, 1.0


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
    before, price = spec.levels[which], float(point.prices_bits[which])
    predicted = before - bits / price if price > NOTHING else None
    lower, upper = point.rate_bits - point.gap_bits + bits, point.rate_bits + bits
    # The ends of a level do not depend on its value.
    end = queries.attempt(queries.end, spec.at(which, 1.0), which, tightest=bits > 0)
    if isinstance(end, Trouble):
        return end
    edge, least, most = end
    if lower > most if bits > 0 else upper < least:
        change = most - point.rate_bits if bits > 0 else point.rate_bits - most
        return Trade(which, bits, before, predicted=predicted, most_bits=max(change, 0), edge=edge)
    found = queries.attempt(queries.level_at, spec, lower, upper, which=which)
    if isinstance(found, Trouble):
        return found
    if found is None:
        # Between the bounds on the rate at the end: the end itself has that rate, within the gap.
        found = edge, edge
    return Trade(which, bits, before, *found, predicted)
