"""Fidelities: which symbols must be reproduced how well.

Each is one linear constraint on the channel or several: Σ_x p_x w(x) E[d(X, Y) | X = x] ≤ level.
The weights w are such that the level keeps the unit in which the user gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, Mask, frozen, real
from rdcore.errors import InputError
from rdcore.problem.distortions import Distortion

__all__ = [
    "Fidelity",
    "Measure",
    "average",
    "subset",
]

# Below this 1/p overflows.
_TINY = float(np.finfo(np.float64).tiny)

Measure = Literal["average", "joint", "conditional", "each"]


@dataclass(frozen=True, eq=False)
class Fidelity:
    """One demand on the reproduction; made by ``average`` or ``subset``.

    Parameters
    ----------
    level : float
        The largest distortion allowed.
    measure : str
        What is held to the level: "average" E[d]; "joint" E[d·1(X∈S)]; "conditional" E[d | X∈S];
        "each" E[d | X=x] for every x in S.
    mask : array of bool, (n,), optional
        The subset S; None for "average".
    distortion : str, array or callable, optional
        A distortion of its own; None: the problem's.
    """

    level: float
    measure: Measure = "average"
    mask: Mask | None = None
    distortion: Distortion | None = None

    def weights(self, pmf: Array) -> Array:
        """Return the row weights, (k, n): one row, or for "each" one for every symbol of S.

        A subset without probability makes no demand: its weights are 0.
        """
        if self.mask is None:
            return np.ones((1, len(pmf)))
        inside = self.mask & (pmf >= _TINY)
        if self.measure == "each":
            rows = np.flatnonzero(inside)
            weights = np.zeros((len(rows), len(pmf)))
            weights[np.arange(len(rows)), rows] = 1.0 / pmf[rows]
            return weights
        total = float(pmf[inside].sum()) if self.measure == "conditional" else 1.0
        return (inside / total)[None, :] if total > 0 else np.zeros((1, len(pmf)))


def average(D: float, *, distortion: Distortion | None = None) -> Fidelity:
    """Require E[d(X, Y)] ≤ D."""
    return Fidelity(_level(D), distortion=distortion)


def subset(
    mask: ArrayLike, D: float, measure: Measure = "joint", *, distortion: Distortion | None = None
) -> Fidelity:
    """Hold the symbols of a subset S to a level of their own.

    Parameters
    ----------
    mask : array of bool, (n,)
        True for the atoms in S.
    D : float
        The level, at least 0.
    measure : {"joint", "conditional", "each"}
        Hold E[d·1(X∈S)], E[d | X∈S], or E[d | X=x] for every x∈S to the level.
    distortion : str, array or callable, optional
        A distortion of its own; None: the problem's.
    """
    inside = np.array(mask)
    if inside.dtype != np.bool_:
        raise InputError(f"mask has dtype {inside.dtype}; True or False for each atom would do")
    if measure not in ("joint", "conditional", "each"):
        raise InputError(f"measure={measure!r} must be 'joint', 'conditional' or 'each'")
    return Fidelity(_level(D), measure, frozen(inside.ravel()), distortion)


def _level(D: float) -> float:
    level = real(D, "D")
    if level < 0:
        raise InputError(f"D={level:g} must be at least 0")
    return level
