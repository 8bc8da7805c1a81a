"""Where to solve so that few points prove a band as narrow as asked.

Between neighbours at a distance h the lines of support lie R″h²/8 below R at the most, so the
widest band is got rid of with the fewest points by steps h ∝ 1/√R″. From a point in the middle of
a stretch the march goes to both of its ends; each step is as long as the last one's width and its
change over the one before it suggest. A step that turns out too long is not lost: it becomes the
end of a shorter march.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rdcore.curves.level_paths import LevelPath
from rdcore.curves.nodes import Node, Pack, between, node, packed

# What share of the band may be the gap of the solved points themselves.
_GAP_SHARE = 0.12
# The width that a step aims at, as a share of what is allowed.
_AIM = 0.85
# What is left of the width when a mixture takes the place of the chord.
_MIXED_SHARE = 0.55
_FIRST_STEP = 0.02
# Of the way to the end of a march, the most that a step goes.
_SHORT = 0.8
_NARROWEST = 1e-10
_MOST = 20_000
# The middle of a stretch, where the march begins, in the geometric sense and from this share on.
_FLOOR = 1e-2


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a line, from one level to another, to be solved to a band of ``tol`` nats."""

    path: LevelPath
    first: float
    low: float
    high: float
    tol: float


@dataclass(eq=False)
class _March:
    """What has been found on the way."""

    stretch: Stretch
    tick: Callable[[float], None]
    nodes: list[Node] = field(default_factory=list)
    mixed: list[tuple[float, float]] = field(default_factory=list)

    def solve(self, level: float, before: Node | None = None, beyond: Node | None = None) -> Node:
        found = node(self.stretch.path, level, _GAP_SHARE * self.stretch.tol, before, beyond)
        self.nodes.append(found)
        return found

    def width(self, one: Node, other: Node) -> float:
        """Return the width of the band between neighbours, as a share of what is allowed.

        Where the chord is good enough, what a mixture would have given counts instead, so that
        the next step is as long as mixtures allow.
        """
        tol = self.stretch.tol
        seen = between(self.stretch.path, one, other, tol)
        # Points whose own gap is too large cannot be helped by more points.
        allowed = max(tol, 2 * (one.gap + other.gap))
        if seen.rate is not None and seen.width <= allowed:
            self.mixed.append((seen.level, seen.rate))
        hoped = _MIXED_SHARE if seen.rate is None and seen.width <= tol else 1.0
        return hoped * seen.width / allowed


def march(stretch: Stretch, tick: Callable[[float], None]) -> Pack:
    """Solve a stretch to its band, and return it as arrays."""
    trip = _March(stretch, tick)
    low, high = stretch.low, stretch.high
    offset = max(low - stretch.first, _FLOOR * (high - stretch.first))
    middle = stretch.first + np.sqrt(offset * (high - stretch.first))
    start = trip.solve(float(np.clip(middle, low, high)))
    for count, end in enumerate((low, high)):
        if end != start.level:
            _to(trip, start, trip.solve(end), count / 2)
    tick(1.0)
    return packed(trip.nodes, trip.mixed)


def _to(trip: _March, start: Node, goal: Node, done: float) -> None:
    """March from one node to another, until the band between them is narrow everywhere."""
    here, ends = start, [goal]
    whole = abs(goal.level - start.level)
    least = _NARROWEST * max(abs(goal.level), abs(start.level))
    step_length, fresh = _StepLength(_FIRST_STEP * whole), False
    while ends:
        trip.tick(done + 0.5 * abs(here.level - start.level) / whole)
        rest = abs(ends[-1].level - here.level)
        width = trip.width(here, ends[-1])
        narrow = width <= 1 or rest <= least or len(trip.nodes) >= _MOST
        if narrow or fresh:
            step_length.learn(rest, width)
        fresh = not narrow
        if narrow:
            here = ends.pop()
        else:
            step = float(
                np.copysign(min(step_length.step, _SHORT * rest), ends[-1].level - here.level)
            )
            beyond = ends[-1] if rest < 2 * step_length.step else None
            ends.append(trip.solve(here.level + step, here, beyond))


@dataclass(eq=False)
class _StepLength:
    """How long the next step should be, by the widths that the last ones came to."""

    step: float
    ideal: float = 0.0

    def learn(self, step: float, width: float) -> None:
        """Take note of what a step led to."""
        best = step * float(np.sqrt(_AIM / max(width, 1e-3)))
        trend = float(np.clip(best / self.ideal, 0.8, 1.2)) if self.ideal else 1.0
        self.ideal = best
        self.step = min(best * trend, 3 * step)
