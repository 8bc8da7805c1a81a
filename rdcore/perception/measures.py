r"""Measures of the divergence between the distributions of source and reproduction.

Each measure is an optimal transport cost, :math:`\delta(p, q) = \min_\pi \sum_{x,j} \pi_{xj}\, c(x,
y_j)` over couplings of p and q: total variation with :math:`c = 1[x \ne y]`, Wasserstein-1 with
:math:`|x - y|` and the square of Wasserstein-2 with :math:`(x - y)^2`. Each is convex in the
channel.
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
    """A level for the divergence between the distributions of source and reproduction.

    Parameters
    ----------
    level : float
        P, the largest divergence allowed, at least 0; at 0 the distributions must be equal.
    """

    level: float

    def __post_init__(self) -> None:
        level = real(self.level, "P")
        if level < 0:
            raise InputError(f"P must be at least 0, which is perfect realism; got {level:g}")
        object.__setattr__(self, "level", level)

    def at(self, level: float) -> Perception:
        """Return the same measure at another level."""
        return type(self)(level)

    def check(self, dim: int) -> None:
        """Raise InputError for a dimension that the measure does not support."""
        if dim != 1:
            raise InputError(
                f"{type(self).__name__} needs a source of one coordinate; got {dim}, for which"
                " there is TotalVariation"
            )

    @abstractmethod
    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return the cost of moving unit mass from atoms (n, d) to codewords (m, d), (n, m)."""

    @abstractmethod
    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the divergence of two distributions, each of points (k, d) and masses (k,)."""


PointMasses = tuple[Array, Array]


@dataclass(frozen=True)
class TotalVariation(Perception):
    """Half the sum of |p - q| over points, in any dimension; dimensionless, at most 1.

    Points are equal if all their coordinates are. Equal codewords count as one point.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.2)])
    >>> round(rd.perception.rate(task, TotalVariation(0.0)).rate_bits, 4)
    0.1916
    """

    def check(self, dim: int) -> None:
        """Accept every dimension."""

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return 0 for pairs of equal points and 1 for all others, (n, m)."""
        place = _places(atoms, codewords)
        return np.asarray(place[: len(atoms), None] != place[len(atoms) :], dtype=np.float64)

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the total variation distance of two distributions."""
        place = _places(first[0], second[0])
        difference = np.bincount(place, np.concatenate([first[1], -second[1]]))
        return 0.5 * float(np.abs(difference).sum())


@dataclass(frozen=True)
class Wasserstein1(Perception):
    """The smallest mean distance over which mass must move, on the line; unit of the source.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(5)
    >>> task = rd.Problem(source, source.atoms, fidelities=[rd.average(0.05)])
    >>> bool(rd.perception.rate(task, Wasserstein1(0.01)).rate > rd.solve(task).rate)
    True
    """

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return distances, (n, m)."""
        return np.abs(atoms[:, :1] - codewords[:, 0])

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the area between the cumulative distribution functions."""
        places = np.concatenate([first[0][:, 0], second[0][:, 0]])
        order = np.argsort(places)
        excess = np.cumsum(np.concatenate([first[1], -second[1]])[order])
        return float(np.abs(excess[:-1]) @ np.diff(places[order]))


@dataclass(frozen=True)
class Wasserstein2Squared(Perception):
    """The smallest mean squared distance over which mass must move, on the line: W2².

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(5)
    >>> task = rd.Problem(source, source.atoms, fidelities=[rd.average(0.05)])
    >>> bool(rd.perception.rate(task, Wasserstein2Squared(1e-3)).rate > rd.solve(task).rate)
    True
    """

    def cost(self, atoms: Array, codewords: Array) -> Array:
        """Return squared distances, (n, m)."""
        return np.asarray((atoms[:, :1] - codewords[:, 0]) ** 2)

    def distance(self, first: PointMasses, second: PointMasses) -> float:
        """Return the cost of the monotone coupling, which is optimal on the line."""
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
    # Adding 0.0 converts -0.0 to 0.0.
    both = np.concatenate([first, second]) + 0.0
    return np.asarray(np.unique(both, axis=0, return_inverse=True)[1]).reshape(-1)
