"""A problem with a perception level as a transport program."""

from __future__ import annotations

from dataclasses import dataclass

from rdcore._arrays import Array, Mask
from rdcore.errors import InputError
from rdcore.perception.measures import Perception
from rdcore.problem import Problem
from rdcore.proof import rounding
from rdcore.proof.feasibility import TOLERANCE

_MOST_PAIRS = 1 << 22


@dataclass(frozen=True, eq=False)
class Transport:
    """The transport program of a problem and a perception.

    Attributes
    ----------
    problem, perception : Problem, Perception
        The problem and its perception level.
    over : array, (n, m)
        Transport cost minus each atom's smallest one.
    floor : float
        Smallest divergence of any distribution on the codebook.
    headroom : float
        The level minus the floor; negative if the level cannot be met.
    tied : array of bool, (n, m)
        Pairs of smallest cost, the only ones between which mass moves at the floor.
    """

    problem: Problem
    perception: Perception
    over: Array
    floor: float
    headroom: float
    tied: Mask

    @property
    def exact(self) -> bool:
        """Whether the level is the minimum level, such as 0 for perfect realism."""
        return self.headroom == 0

    def distance(self, channel: Array) -> float:
        """Return the divergence of source and reproduction under a channel (n, m)."""
        source = self.problem.source
        law = source.pmf @ channel
        return self.perception.distance((source.points, source.pmf), (self.problem.codewords, law))

    @property
    def rounding(self) -> float:
        """Rounding error of the divergence."""
        reach = float(self.over.max(initial=0.0)) + self.floor
        return rounding.divergence(reach, self.problem.n, self.problem.m)


def transport(problem: Problem, perception: Perception) -> Transport:
    """Compute the transport costs of a problem.

    Raises
    ------
    InputError
        If the codebook is ``EVERY``, the measure does not support the source's dimension, or there
        are too many pairs of an atom and a codeword.
    """
    if problem.every:
        raise InputError("codebook must be fixed for a perception level; got EVERY")
    perception.check(problem.source.dim)
    if problem.n * problem.m > _MOST_PAIRS:
        raise InputError(
            f"problem must have at most {_MOST_PAIRS} pairs of an atom and a codeword; got"
            f" {problem.n} atoms and {problem.m} codewords"
        )
    cost = perception.cost(problem.source.points, problem.codewords)
    least = cost.min(axis=1)
    over = cost - least[:, None]
    floor = float(problem.source.pmf @ least)
    headroom = perception.level - floor
    if abs(headroom) <= TOLERANCE * perception.level:
        headroom = 0.0
    return Transport(problem, perception, over, floor, headroom, over <= TOLERANCE * least[:, None])
