"""Fidelities: upper limits on the distortion of all symbols or of a subset.

A fidelity is one or several linear constraints Σ_x p_x w(x) E[d(X, Y) | X = x] ≤ level on the
channel. The weights w are scaled so that the level keeps the unit in which the user gave it.
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
"""What a level limits; see ``Fidelity``."""


@dataclass(frozen=True, eq=False)
class Fidelity:
    """A limit on the distortion; made by ``average`` or ``subset``.

    Parameters
    ----------
    level : float
        The largest distortion allowed.
    measure : str
        The limited quantity: "average" E[d]; "joint" E[d·1(X∈S)]; "conditional" E[d | X∈S]; "each"
        E[d | X=x] for every x in S.
    mask : array of bool, (n,), optional
        The subset S; None for "average".
    distortion : str, array or callable, optional
        Its own distortion; None: that of the problem.
    """

    level: float
    measure: Measure = "average"
    mask: Mask | None = None
    distortion: Distortion | None = None

    def weights(self, pmf: Array) -> Array:
        """Return the row weights, (k, n): one row, or for "each" one row for every symbol of S.

        A subset of probability 0 imposes no constraint: its weights are 0.
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
    """Require E[d(X, Y)] ≤ D.

    Parameters
    ----------
    D : float
        The level, at least 0, in the unit of the distortion.
    distortion : str, array or callable, optional
        Its own distortion; None: that of the problem.

    Returns
    -------
    Fidelity
        For ``Problem``.

    Examples
    --------
    >>> average(0.6).level
    0.6
    >>> average(0.6, distortion="absolute").distortion
    'absolute'
    """
    return Fidelity(_level(D), distortion=distortion)


def subset(
    mask: ArrayLike, D: float, measure: Measure = "joint", *, distortion: Distortion | None = None
) -> Fidelity:
    """Limit the distortion of the symbols in a subset S.

    Parameters
    ----------
    mask : array of bool, (n,)
        True for the atoms in S.
    D : float
        The level, at least 0.
    measure : {"joint", "conditional", "each"}
        Limit E[d·1(X∈S)], E[d | X∈S], or E[d | X=x] for every x∈S.
    distortion : str, array or callable, optional
        Its own distortion; None: that of the problem.

    Returns
    -------
    Fidelity
        For ``Problem``.

    Raises
    ------
    InputError
        If `mask` is no array of bool, one per atom, or `measure` is none of those above.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.uniform_grid(4)
    >>> near = subset(source.atoms < 0.5, 0.01, "conditional")
    >>> near.weights(source.pmf)
    array([[2., 2., 0., 0.]])
    """
    inside = np.array(mask)
    if inside.dtype != np.bool_:
        raise InputError(f"mask must be an array of bool, one per atom; got dtype {inside.dtype}")
    if measure not in ("joint", "conditional", "each"):
        raise InputError(f"measure must be 'joint', 'conditional' or 'each'; got {measure!r}")
    return Fidelity(_level(D), measure, frozen(inside.ravel()), distortion)


def _level(D: float) -> float:
    level = real(D, "D")
    if level < 0:
        raise InputError(f"D must be at least 0; got {level:g}")
    return level
