"""Choice of the points of a curve so that few points prove a narrow band.

Between neighbours at a distance h the supporting lines are at most about R″h²/8 below R, so steps h
∝ 1/√R″ need the fewest points. The march goes from a point in the middle of a stretch to both of
its ends. The length of a step follows from the widths of the band over the last two steps. The end
of a step that was too long becomes the end of a shorter march.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rdcore.curves.level_paths import LevelPath
from rdcore.curves.nodes import Node, Pack, between, node, packed

# Certified gap of the solved points, as a fraction of the band.
_GAP_SHARE = 0.12
# Target width of a step, as a fraction of the allowed width.
_AIM = 0.85
# Estimated width with a mixture, as a fraction of the width with the chord.
_MIXED_SHARE = 0.55
_FIRST_STEP = 0.02
# Longest step, as a fraction of the distance to the end of the march.
_LONGEST_STEP = 0.8
_NARROWEST = 1e-10
# Most points of a stretch.
_MOST_POINTS = 20_000
# Smallest offset in the geometric mean at which the march starts, as a fraction of the range.
_FLOOR = 1e-2


@dataclass(frozen=True, eq=False)
class Stretch:
    """A part of a level path, from ``low`` to ``high``, to solve to a band of ``tol`` nats."""

    path: LevelPath
    first: float
    low: float
    high: float
    tol: float


@dataclass(eq=False)
class _March:
    """The points and mixtures found so far."""

    stretch: Stretch
    tick: Callable[[float], None]
    nodes: list[Node] = field(default_factory=list)
    mixed: list[tuple[float, float]] = field(default_factory=list)

    def solve(self, level: float, before: Node | None = None, beyond: Node | None = None) -> Node:
        found = node(self.stretch.path, level, _GAP_SHARE * self.stretch.tol, before, beyond)
        self.nodes.append(found)
        return found

    def width(self, one: Node, other: Node) -> float:
        """Return the width of the band between neighbours, as a fraction of the allowed width.

        If the chord is sufficient, the width is an estimate of that with a mixture, so that the
        next step is as long as mixtures allow.
        """
        tol = self.stretch.tol
        seen = between(self.stretch.path, one, other, tol)
        # More points do not help if the gaps of these are too large.
        allowed = max(tol, 2 * (one.gap + other.gap))
        if seen.rate is not None and seen.width <= allowed:
            self.mixed.append((seen.level, seen.rate))
        hoped = _MIXED_SHARE if seen.rate is None and seen.width <= tol else 1.0
        return hoped * seen.width / allowed


def march(stretch: Stretch, tick: Callable[[float], None]) -> Pack:
    """Solve a stretch to its band, and return the points as arrays."""
    points = _March(stretch, tick)
    low, high = stretch.low, stretch.high
    offset = max(low - stretch.first, _FLOOR * (high - stretch.first))
    middle = stretch.first + np.sqrt(offset * (high - stretch.first))
    start = points.solve(float(np.clip(middle, low, high)))
    for count, end in enumerate((low, high)):
        if end != start.level:
            _to(points, start, points.solve(end), count / 2)
    tick(1.0)
    return packed(points.nodes, points.mixed)


def _to(points: _March, start: Node, goal: Node, done: float) -> None:
    """March from one node to another until the band between them is narrow everywhere."""
    here, ends = start, [goal]
    whole = abs(goal.level - start.level)
    least = _NARROWEST * max(abs(goal.level), abs(start.level))
    step_length, fresh = _StepLength(_FIRST_STEP * whole), False
    while ends:
        points.tick(done + 0.5 * abs(here.level - start.level) / whole)
        rest = abs(ends[-1].level - here.level)
        width = points.width(here, ends[-1])
        narrow = width <= 1 or rest <= least or len(points.nodes) >= _MOST_POINTS
        if narrow or fresh:
            step_length.learn(rest, width)
        fresh = not narrow
        if narrow:
            here = ends.pop()
        else:
            step = float(
                np.copysign(
                    min(step_length.step, _LONGEST_STEP * rest), ends[-1].level - here.level
                )
            )
            beyond = ends[-1] if rest < 2 * step_length.step else None
            ends.append(points.solve(here.level + step, here, beyond))


@dataclass(eq=False)
class _StepLength:
    """Length of the next step, from the widths of the last ones."""

    step: float
    ideal: float = 0.0

    def learn(self, step: float, width: float) -> None:
        """Record a step and the width of its band."""
        best = step * float(np.sqrt(_AIM / max(width, 1e-3)))
        trend = float(np.clip(best / self.ideal, 0.8, 1.2)) if self.ideal else 1.0
        self.ideal = best
        self.step = min(best * trend, 3 * step)
