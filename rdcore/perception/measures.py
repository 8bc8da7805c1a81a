r"""How far the law of the reproduction may be from that of the source.

Each measure is an optimal transport cost,
:math:`\delta(p, q) = \min_\pi \sum_{x,j} \pi_{xj}\, c(x, y_j)` over couplings of p and q: total
variation with :math:`c = 1[x \ne y]`, Wasserstein-1 with :math:`|x - y|` and the square of
Wasserstein-2 with :math:`(x - y)^2`. So it is convex in the channel.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, real
from rdcore.errors import InputError


@dataclass(frozen=True)
class Perception(ABC):
    """A level for the divergence between the laws of source and reproduction.

    Parameters
    ----------
    level : float
        P, the largest divergence allowed, at least 0; at 0 the two laws must be the same.
    """

    level: float

    def __post_init__(self) -> None:
        level = real(self.level, "P")
        if level < 0:
            raise InputError(f"P={level:g} must be at least 0; 0 is perfect realism")
        object.__setattr__(self, "level", level)

    def at(self, level: float) -> Perception:
        """Return the same measure at another level."""
        return type(self)(level)

    def check(self, dim: int) -> None:
        """Refuse sources of a dimension in which the measure is not evaluated."""
        if dim != 1:
            raise InputError(
                f"{type(self).__name__} is for sources on the line; this one has {dim} coordinates,"
                " for which TotalVariation would do"
            )

    @abstractmethod
    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return what moving mass from atoms (n, d) to codewords (m, d) costs, (n, m)."""

    @abstractmethod
    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the divergence of two laws, each of places (k, d) and masses (k,)."""


PointMasses = tuple[Array, Array]


@dataclass(frozen=True)
class TotalVariation(Perception):
    """Half the sum of |p - q| over places, in any dimension; without unit, at most 1.

    Codewords at the same place are one place, and one at no atom counts wholly. Places are the
    same if all their coordinates are equal.
    """

    def check(self, dim: int) -> None:
        """Take every dimension."""

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return 0 for pairs at the same place and 1 for all others, (n, m)."""
        place = _places(atoms, codewords)
        return np.asarray(place[: len(atoms), None] != place[len(atoms) :], dtype=np.float64)

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the total variation of two laws."""
        place = _places(first[0], second[0])
        difference = np.bincount(place, np.concatenate([first[1], -second[1]]))
        return 0.5 * float(np.abs(difference).sum())


@dataclass(frozen=True)
class Wasserstein1(Perception):
    """The mean distance by which mass must move, on the line; in the unit of the source."""

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return distances, (n, m)."""
        return np.abs(atoms[:, :1] - codewords[:, 0])

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the area between the two distribution functions."""
        places = np.concatenate([first[0][:, 0], second[0][:, 0]])
        order = np.argsort(places)
        excess = np.cumsum(np.concatenate([first[1], -second[1]])[order])
        return float(np.abs(excess[:-1]) @ np.diff(places[order]))


@dataclass(frozen=True)
class Wasserstein2Squared(Perception):
    """The mean squared distance by which mass must move, on the line; its level is that of W2²."""

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return squared distances, (n, m)."""
        return np.asarray((atoms[:, :1] - codewords[:, 0]) ** 2)

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the cost of the monotone coupling, the best one on the line."""
        (x, p), (y, q) = (_sorted(law) for law in (first, second))
        F, G = np.cumsum(p), np.cumsum(q)
        F, G = F / F[-1], G / G[-1]
        cuts = np.sort(np.concatenate([F, G]))
        mass = np.diff(cuts, prepend=0.0)
        middle = cuts - mass / 2
        i = np.minimum(np.searchsorted(F, middle), len(x) - 1)
        j = np.minimum(np.searchsorted(G, middle), len(y) - 1)
        return float(mass @ (x[i] - y[j]) ** 2)


def _sorted(law: PointMasses) -> tuple[Array, Array]:
    order = np.argsort(law[0][:, 0])
    return law[0][order, 0], law[1][order]


def _places(first: Array, second: Array) -> NDArray[np.intp]:
    # Adding 0.0 makes -0.0 the same place as 0.0.
    both = np.concatenate([first, second]) + 0.0
    return np.asarray(np.unique(both, axis=0, return_inverse=True)[1]).reshape(-1)
