"""The objective of a quantiser design: a source and the price of distortion at each atom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array, floats
from rdcore.design.quantisers._sums import Labels
from rdcore.design.quantisers.quantiser import Quantiser
from rdcore.errors import InputError
from rdcore.problem import EVERY, Problem
from rdcore.problem.distortions import Distortion
from rdcore.problem.fidelity import average
from rdcore.problem.sources import Source

Target = Source | Problem
_FLOOR = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, eq=False)
class Design:
    """A source, and the price s_x of a unit of distortion at each atom, in nats.

    Attributes
    ----------
    problem : Problem
        The problem, for its atoms and distortion.
    slopes : array, (K,)
        Price of each row.
    importance : array, (n,)
        s_x = Σ_k λ_k w_k(x).
    """

    problem: Problem
    slopes: Array
    importance: Array

    @property
    def source(self) -> Source:
        """The source."""
        return self.problem.source

    @property
    def movable(self) -> bool:
        """Whether the codewords are free."""
        return self.problem.every

    @property
    def absolute(self) -> bool:
        """Whether the distortion is absolute error instead of squared error."""
        name = _name(self.problem)
        return isinstance(name, str) and name == "absolute"

    def require_movable(self) -> None:
        """Raise InputError if the codebook is fixed."""
        if not self.movable:
            raise InputError("codebook must be EVERY; got a fixed codebook, which ecvq accepts")

    def quantiser(self, codewords: Array, assignment: Labels) -> Quantiser:
        """Return the quantiser on codewords (m, d), without unused ones."""
        codebook = codewords[:, 0] if self.source.dim == 1 else codewords
        return Quantiser(self.source, codebook, assignment, _name(self.problem)).trimmed()


def _name(problem: Problem) -> Distortion:
    own = problem.fidelities[0].distortion
    return problem.distortion if own is None else own


def as_problem(target: Target) -> Problem:
    """Return the problem; for a source, that of average squared error and a free codebook."""
    if isinstance(target, Problem):
        return target
    return Problem(target, EVERY, fidelities=[average(0.0)])


def plain(target: Target) -> Design:
    """Return the design with the same price of distortion at every atom."""
    problem = as_problem(target)
    return Design(problem, np.empty(0), np.ones(problem.n))


def priced(target: Target, slopes: float | Array, name: str = "slopes") -> Design:
    """Return the design with a price of λ_k nats per unit of the level of row k.

    Raises
    ------
    InputError
        If there is not one price per row, finite and at least 0, or if all are 0.
    """
    problem = as_problem(target)
    values = np.atleast_1d(floats(slopes, name))
    count = len(problem.rows.levels)
    if values.shape != (count,):
        raise InputError(
            f"{name} must have one entry per row of constraints, {count}; got shape {values.shape}"
        )
    if not np.isfinite(values).all() or (values < 0).any() or not (values > 0).any():
        raise InputError(f"{name} must be finite, at least 0 and not all 0; got {values}")
    return Design(problem, values, np.asarray(values @ problem.rows.weights))


def extended(points: Array, mass: Array, assignment: Labels) -> Labels:
    """Assign atoms of probability 0 to the codeword of the nearest atom of positive probability."""
    from scipy.spatial import cKDTree

    missing = ~(mass > _FLOOR)
    if not missing.any():
        return assignment
    nearest = cKDTree(points[~missing]).query(points[missing])[1]
    whole = assignment.copy()
    whole[missing] = assignment[~missing][nearest]
    return whole
