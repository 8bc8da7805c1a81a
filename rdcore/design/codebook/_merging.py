"""Merging of codewords that are close to another one or have little mass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, frozen
from rdcore.design.codebook.moves import within_reach
from rdcore.problem import Problem

Reason = Literal["mass", "distance"]


@dataclass(frozen=True)
class Merge:
    """A codeword that was merged into another.

    Attributes
    ----------
    source, target : int
        Indices of both in the codebook before merging.
    reason : str
        "mass" if it had too little mass, "distance" if it was too close.
    """

    source: int
    target: int
    reason: Reason


@dataclass(frozen=True, eq=False)
class Merged:
    """A codebook after merging.

    Attributes
    ----------
    codewords : array, (m', d)
        The remaining codewords.
    channel : array, (n, m')
        The channel, with the columns of merged codewords summed.
    parents : array of int, (m,)
        Index of each original codeword among the remaining ones.
    merges : tuple of Merge
        The merges, in order.
    """

    codewords: Array
    channel: Array
    parents: NDArray[np.intp]
    merges: tuple[Merge, ...]


def merge(problem: Problem, channel: Array, *, least_mass: float, distance: float) -> Merged:
    """Merge codewords of mass below ``least_mass`` or within ``distance`` of another.

    A codeword is merged into the nearest remaining one, which moves to their centroid, and its
    column is added. A merge after which the levels could not be met is not made.

    Parameters
    ----------
    problem : Problem
        A problem on the codebook (m, d) to merge.
    channel : array, (n, m)
        P(Y=j | X=x).
    least_mass, distance : float
        Thresholds; 0 disables the rule. The distance is Euclidean.

    Returns
    -------
    Merged
        The codewords, the channel to them, and which were merged.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(4), [0.25, 0.7, 0.75], fidelities=[rd.average(1)])
    >>> channel = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    >>> len(merge(task, channel, least_mass=0.0, distance=0.1).codewords)
    2
    """
    codewords, mass = problem.codewords.copy(), problem.source.pmf @ channel
    left = np.ones(len(codewords), dtype=bool)
    into = np.arange(len(codewords))
    merges: list[Merge] = []
    for j in range(len(codewords)):
        others = np.flatnonzero(left & (np.arange(len(codewords)) != j))
        if not left[j] or not len(others):
            continue
        away = np.linalg.norm(codewords[others] - codewords[j], axis=1)
        nearest = int(away.argmin())
        light = bool(mass[j] < least_mass)
        if not light and not away[nearest] < distance:
            continue
        k = int(others[nearest])
        share = mass[j] / (mass[j] + mass[k]) if mass[j] + mass[k] > 0 else 0.0
        moved = codewords[k] + share * (codewords[j] - codewords[k])
        rest = codewords.copy()
        rest[k] = moved
        if not within_reach(problem.with_codebook(rest[others])):
            continue
        codewords, left[j] = rest, False
        mass[k] += mass[j]
        into[into == j] = k
        merges.append(Merge(j, k, "mass" if light else "distance"))
    places = np.cumsum(left) - 1
    parents = places[into]
    gathered = np.zeros((len(channel), int(left.sum())))
    np.add.at(gathered.T, parents, channel.T)
    return Merged(codewords[left], gathered, frozen(parents), tuple(merges))
