"""Solved points of a curve, and bounds at the levels between them."""

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

# Smallest share of a channel in a mixture that is tried.
_INSIDE = 1e-6
# Width of the band with the chord, in units of tol, above which no mixture is tried.
_PROMISING = 2.2


@dataclass(frozen=True, eq=False)
class Node:
    """A certified point of a curve, with the anchor for the next one."""

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
    def support(self) -> float:
        """Slope of the line of support, nats per unit: none where the bound is 0."""
        return self.slope if self.lower > 0 else 0.0

    @property
    def gap(self) -> float:
        """Upper minus lower bound, nats."""
        return self.solution.certificate.gap


class Between(NamedTuple):
    """Level of the largest width of the band, that width, and a certified rate there or None."""

    level: float
    width: float
    rate: float | None


def near(
    problem: Problem,
    tol: float,
    before: tuple[Solution, Anchor | None] | None,
    beyond: Anchor | None = None,
) -> tuple[Solution, Anchor | None]:
    """Solve a problem from the solution at nearby levels, or between two of them."""
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
    """Solve at a level D of a path to a certified gap of ``tol`` nats, from neighbouring nodes."""
    start = None if before is None else (before.solution, before.anchor)
    solution, anchor = near(path.at(level), tol, start, None if beyond is None else beyond.anchor)
    return Node(level, path.slope(solution.prices), solution, anchor)


def between(path: LevelPath, one: Node, other: Node, tol: float) -> Between:
    """Return the place where the band between two neighbours is widest.

    The supporting lines cross there. A mixture of the two channels bounds R better than the chord:
    its excess is of fourth order in the distance instead of second.
    """
    left, right = (one, other) if one.level < other.level else (other, one)
    run, turn = right.level - left.level, left.support - right.support
    share = 0.5
    if turn > 0 and run > 0:
        share = (left.lower - right.lower - right.support * run) / (turn * run)
        share = min(max(share, 0.0), 1.0)
    level = left.level + share * run
    low = max(
        left.lower - left.support * share * run,
        right.lower + right.support * (1 - share) * run,
        0.0,
    )
    chord = (1 - share) * left.upper + share * right.upper
    width = max(chord - low, left.gap, right.gap)
    if width <= tol or not _INSIDE < share < 1 - _INSIDE or chord - low > _PROMISING * tol:
        return Between(level, width, None)
    rate = _mixed(path, left, right, share)
    if not rate < chord:
        return Between(level, width, None)
    return Between(level, max(rate - low, left.gap, right.gap), rate)


def _mixed(path: LevelPath, left: Node, right: Node, share: float) -> float:
    """Return the certified rate of the mixture of both channels at the mixed level, or ∞."""
    a, b = left.solution, right.solution
    if path.problem.every or a.channel.shape != b.channel.shape:
        return np.inf
    level = left.level + share * (right.level - left.level)
    channel = (1 - share) * a.channel + share * b.channel
    return achieved(path.at(level), channel)


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
    """Return nodes and mixtures as arrays, in order of increasing level."""
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
    """Join adjacent stretches; of a shared end, the node of the first stretch is kept."""
    parts = [np.concatenate(arrays) for arrays in zip(*packs, strict=True)]
    _, first = np.unique(parts[0], return_index=True)
    return Pack(*(part[first] for part in parts[:5]), *parts[5:])
