"""A problem with a perception level: transport costs above what no codebook law can go below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array, Mask
from rdcore.errors import InputError
from rdcore.perception.measures import Perception
from rdcore.problem import Problem
from rdcore.proof.feasibility import TOLERANCE

_MOST_PAIRS = 1 << 22


@dataclass(frozen=True, eq=False)
class Transport:
    """The transport program of a problem and a perception.

    Attributes
    ----------
    problem, perception : Problem, Perception
        What was asked.
    over : array, (n, m)
        Transport cost above each atom's smallest one.
    floor : float
        The smallest divergence that laws on the codebook reach.
    headroom : float
        The level above the floor; 0 if it is at it, below 0 if it cannot be met.
    tied : array of bool, (n, m)
        Pairs of smallest cost: at the floor mass moves along these only.
    """

    problem: Problem
    perception: Perception
    over: Array
    floor: float
    headroom: float
    tied: Mask

    @property
    def exact(self) -> bool:
        """Whether the level is the minimum one, such as perfect realism."""
        return self.headroom == 0

    def distance(self, channel: Array) -> float:
        """Return the divergence of the laws of source and reproduction under a channel (n, m)."""
        source = self.problem.source
        law = source.pmf @ channel
        return self.perception.distance((source.points, source.pmf), (self.problem.codewords, law))

    @property
    def rounding(self) -> float:
        """Overshoot of the level that is the rounding of the divergence itself."""
        reach = float(self.over.max(initial=0.0)) + self.floor
        return 64 * float(np.finfo(np.float64).eps) * reach


def transport(problem: Problem, perception: Perception) -> Transport:
    """Work out the transport costs of a problem.

    Raises
    ------
    InputError
        If the codebook is ``EVERY``, the measure is not for the source's dimension, or there are
        more pairs of an atom and a codeword than are worked on at once.
    """
    if problem.every:
        raise InputError("codebook=EVERY has no law to compare; a codebook of your own would do")
    perception.check(problem.source.dim)
    if problem.n * problem.m > _MOST_PAIRS:
        raise InputError(
            f"{problem.n} atoms and {problem.m} codewords are {problem.n * problem.m} pairs; up to"
            f" {_MOST_PAIRS} would do"
        )
    cost = perception.cost(problem.source.points, problem.codewords)
    least = cost.min(axis=1)
    over = cost - least[:, None]
    floor = float(problem.source.pmf @ least)
    headroom = perception.level - floor
    if abs(headroom) <= TOLERANCE * perception.level:
        headroom = 0.0
    return Transport(problem, perception, over, floor, headroom, over <= TOLERANCE * least[:, None])
