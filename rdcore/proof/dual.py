"""The dual of a problem at a distribution of the codewords and slopes, and its function c(y)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rdcore._arrays import Array, Index
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof import rounding

# Pairs of an atom and a codeword that are processed at a time.
_BLOCK = 1 << 18


@dataclass(frozen=True, eq=False)
class Dual:
    """The dual at a marginal r > 0 and slopes λ, with the terms of c(y) for any codeword y.

    c(y) = Σ_x exp(log_weights_x - Σ_k λ_k w_k(x) d_k(x, y)).

    Attributes
    ----------
    problem : Problem
        The problem on the codewords of r.
    marginal : array, (m,)
        r.
    slopes : array, (K,)
        λ, nats per unit of a row's level.
    least, Z : arrays, (n,)
        The smallest exponent of each atom, and Z_x · exp(least).
    """

    problem: Problem
    marginal: Array
    slopes: Array
    least: Array
    Z: Array

    def shares(self) -> Iterator[tuple[slice, Array, Array]]:
        """Yield slices of atoms, each with p_x K_xj / Z_x and the exponents of K."""
        pmf = self.problem.source.pmf
        for some in self.problem.blocks():
            tilt = self.problem.tilt(self.slopes, some)
            kernel = np.exp(self.least[some, None] - tilt)
            kernel *= (pmf[some] / self.Z[some])[:, None]
            yield some, kernel, tilt

    @cached_property
    def log_weights(self) -> Array:
        """Log weight of each atom in c, log(p_x / Z_x), (n,); -∞ for atoms of probability 0."""
        problem = self.problem
        with np.errstate(divide="ignore"):
            logs = np.log(problem.source.pmf) - np.log(self.Z) + self.least
        for index, floor in enumerate(problem.floors):
            mine = problem.rows.matrix == index
            logs = logs + (self.slopes[mine] @ problem.rows.weights[mine]) * floor
        return np.asarray(logs)

    def constraint(self, among: Problem, theta: Array | float = 1.0) -> Array:
        """Return c at each codeword of another problem, (M,), with the atoms' weights scaled by θ.

        At an optimum over these codewords c is at most 1.
        """
        c = np.zeros(among.m)
        side = math.isqrt(_BLOCK)
        for first in range(0, among.n, side):
            atoms = slice(first, first + side)
            for begin in range(0, among.m, side):
                some = slice(begin, begin + side)
                c[some] += self.contributions(among, atoms, some, theta).sum(axis=0)
        return c

    def contributions(
        self, others: Problem, atoms: Index, codewords: Index, theta: Array | float = 1.0
    ) -> Array:
        """Return each atom's term of c at codewords of another problem, (atoms, codewords)."""
        rows, exponent = others.rows, (self.log_weights + np.log(theta))[atoms, None]
        for k in range(len(others.distortions)):
            mine, cost = rows.matrix == k, others.cost(k, atoms, codewords)
            scale = (self.slopes[mine] @ rows.weights[mine][:, atoms])[:, None]
            if (scale == 0).any():
                cost = np.where(np.isfinite(cost) | (scale > 0), cost, 0.0)
            exponent = exponent - scale * cost
        return np.asarray(np.exp(exponent))


def dual_at(problem: Problem, marginal: Array, slopes: Array) -> Dual | None:
    """Evaluate the dual at r (m,) and λ (K,); None where it is -∞.

    Parameters
    ----------
    problem : Problem
        A problem on a fixed codebook.
    marginal : array, (m,)
        The distribution r of the codewords.
    slopes : array, (K,)
        The slopes λ, nats per unit of a row's level.

    Returns
    -------
    Dual or None
        None where the dual is -∞.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> found = rd.solve(rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)]))
    >>> dual = dual_at(found.problem, found.marginal, found.slopes)
    >>> dual.constraint(found.problem).round(6).tolist()
    [1.0, 1.0]
    """
    least, Z = np.empty(problem.n), np.empty(problem.n)
    for some in problem.blocks():
        tilt = problem.tilt(slopes, some)
        least[some] = tilt.min(axis=1)
        if not np.isfinite(least[some]).all():
            return None
        Z[some] = np.exp(least[some, None] - tilt) @ marginal
    Z[problem.source.pmf == 0] = 1.0
    if not (Z >= rounding.LEAST_Z).all():
        return dual_at(problem, (marginal + 1e-12 / problem.m) / (1 + 1e-12), slopes)
    return Dual(problem, marginal, slopes, least, Z)


def gaussian_sum_at(problem: Problem, marginal: Array, slopes: Array) -> GaussianSum:
    """Return c(y) = Σ_x p_x K(x, y) / Z_x as a function on the whole space, for squared error.

    ``marginal`` (m,) and ``slopes`` (K,) are those of the dual bound.
    """
    dual = dual_at(problem, marginal, slopes)
    if dual is None:
        raise InputError("slopes must leave every atom a codeword of finite cost")
    return gaussian_sum(dual)


def gaussian_sum(dual: Dual) -> GaussianSum:
    """Return c(y) of a dual as a function on the whole space, for squared error."""
    source, alive = dual.problem.source, dual.problem.source.pmf > 0
    sharpness = dual.slopes @ dual.problem.rows.weights
    return GaussianSum(source.points[alive], dual.log_weights[alive], sharpness[alive])
