"""Solved points of a curve, and what they prove about the levels between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array
from rdcore.curves.level_paths import LevelPath
from rdcore.problem import Problem
from rdcore.proof.certificates import achieved
from rdcore.solvers import Solution, suited
from rdcore.solvers.tracking import Anchor, advance, advance_every

# The least share of one of two channels in a mixture that is worth a look.
_INSIDE = 1e-6
# Where the chord is farther above the lines of support than this, in units of what is asked for, a
# mixture cannot help enough.
_PROMISING = 2.2


@dataclass(frozen=True, eq=False)
class Node:
    """A certified point of a curve, with what helps to solve the next one."""

    level: float
    slope: float
    solution: Solution
    anchor: Anchor | None

    @property
    def upper(self) -> float:
        """Upper bound on the rate here, nats."""
        return self.solution.certificate.upper

    @property
    def lower(self) -> float:
        """Lower bound on the rate here, nats."""
        return self.solution.certificate.lower

    @property
    def gap(self) -> float:
        """What is between the bounds, nats."""
        return self.solution.certificate.gap


class Between(NamedTuple):
    """Where two neighbours prove least, how little, and a certified rate there if one was found."""

    level: float
    width: float
    rate: float | None


def near(
    problem: Problem,
    tol: float,
    before: tuple[Solution, Anchor | None] | None,
    beyond: Anchor | None = None,
) -> tuple[Solution, Anchor | None]:
    """Solve a problem, from the solution of one nearby, or between two."""
    if problem.every:
        return advance_every(problem, tol, None if before is None else before[0])
    if not problem.dense:
        return suited(problem).solve(
            problem, tol, start=None if before is None else before[0]
        ), None
    return advance(problem, tol, None if before is None else before[1], beyond)


def node(
    path: LevelPath,
    level: float,
    tol: float,
    before: Node | None = None,
    beyond: Node | None = None,
) -> Node:
    """Solve at a level D of a path to a certified gap of ``tol`` nats, near or between others."""
    start = None if before is None else (before.solution, before.anchor)
    solution, anchor = near(path.at(level), tol, start, None if beyond is None else beyond.anchor)
    return Node(level, path.slope(solution.prices), solution, anchor)


def between(path: LevelPath, one: Node, other: Node, tol: float) -> Between:
    """Return the widest place of the band that two neighbours prove.

    The lines of support cross there. The rate of a mixture of the two channels bounds R better
    than the chord does: its excess is of fourth order in the distance, not of second.
    """
    left, right = (one, other) if one.level < other.level else (other, one)
    run, turn = right.level - left.level, left.slope - right.slope
    share = 0.5
    if turn > 0 and run > 0:
        share = (left.lower - right.lower - right.slope * run) / (turn * run)
        share = min(max(share, 0.0), 1.0)
    level = left.level + share * run
    low = max(left.lower - left.slope * share * run, right.lower + right.slope * (1 - share) * run)
    chord = (1 - share) * left.upper + share * right.upper
    width = max(chord - low, left.gap, right.gap)
    if width <= tol or not _INSIDE < share < 1 - _INSIDE or chord - low > _PROMISING * tol:
        return Between(level, width, None)
    rate = _mixed(path, left, right, share)
    if not rate < chord:
        return Between(level, width, None)
    return Between(level, max(rate - low, left.gap, right.gap), rate)


def _mixed(path: LevelPath, left: Node, right: Node, share: float) -> float:
    """Return a certified rate at the level that is the same mixture as the channels', or ∞."""
    a, b = left.solution, right.solution
    if path.problem.every or a.channel.shape != b.channel.shape:
        return np.inf
    level = left.level + share * (right.level - left.level)
    channel = (1 - share) * a.channel + share * b.channel
    return achieved(path.at(level), channel, np.maximum(a.slopes, b.slopes))


class Pack(NamedTuple):
    """A stretch of a curve as arrays: see ``Curve``."""

    levels: Array
    rates: Array
    lowers: Array
    slopes: Array
    entropies: Array
    mixed_levels: Array
    mixed_rates: Array


def packed(nodes: list[Node], mixed: list[tuple[float, float]]) -> Pack:
    """Return nodes and mixtures as arrays, by rising levels."""
    nodes, mixed = sorted(nodes, key=lambda n: n.level), sorted(mixed)
    return Pack(
        np.array([n.level for n in nodes]),
        np.array([n.upper for n in nodes]),
        np.array([n.lower for n in nodes]),
        np.array([n.solution.prices for n in nodes]),
        np.array([n.solution.output_entropy for n in nodes]),
        np.array([level for level, _ in mixed]),
        np.array([rate for _, rate in mixed]),
    )


def joined(packs: list[Pack]) -> Pack:
    """Join stretches that follow one another; where two share an end, the first one's counts."""
    parts = [np.concatenate(arrays) for arrays in zip(*packs, strict=True)]
    _, first = np.unique(parts[0], return_index=True)
    return Pack(*(part[first] for part in parts[:5]), *parts[5:])
