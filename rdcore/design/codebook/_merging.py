"""Merging codewords of little mass, or close to one another, into their neighbours."""

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
    """One codeword that went into another.

    Attributes
    ----------
    source, target : int
        Their indices in the codebook before merging.
    reason : str
        "mass": it had too little; "distance": it was too close.
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
        The codewords left.
    channel : array, (n, m')
        The channel with the columns of merged codewords added up.
    parents : array of int, (m,)
        Where each codeword went: its index among those left.
    merges : tuple of Merge
        In the order in which they happened.
    """

    codewords: Array
    channel: Array
    parents: NDArray[np.intp]
    merges: tuple[Merge, ...]


def merge(problem: Problem, channel: Array, *, least_mass: float, distance: float) -> Merged:
    """Merge codewords of mass below ``least_mass`` or within ``distance`` of their nearest.

    A codeword goes into the nearest one left, which moves to their common centre of mass, and its
    column is added. What would leave a codebook that cannot meet the levels is not merged.

    Parameters
    ----------
    problem : Problem
        With the codebook (m, d) to merge.
    channel : array, (n, m)
        P(Y=j | X=x).
    least_mass, distance : float
        Thresholds; 0 merges nothing by that rule. Distance is Euclidean.
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
