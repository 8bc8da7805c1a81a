"""The program that solvers use: atoms of positive probability, rows and costs scaled to order 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from rdcore._arrays import Array, Mask, exp_of
from rdcore.problem import Problem
from rdcore.proof.certificates import meet_levels
from rdcore.proof.feasibility import Restricted, restricted
from rdcore.solvers.solution import Solution, Status

# Mass of an unused codeword at a warm start, relative to the uniform mass.
_LEAST_MASS = 1e-2
_PINNED_SHARES = (0.3, 1e-1, 1e-2, 1e-4, 1e-6, 1e-8)
_TINY = float(np.finfo(np.float64).tiny)
# Pairs of an atom and a codeword that are processed at a time.
_BLOCK = 1 << 18
# Weights are worth storing as a sparse array if there are many and few of them are not 0.
_SMALL = 1 << 14
_SPARSE = 0.1


@dataclass(frozen=True, eq=False)
class Program:
    """Scaled data of a problem, and the data that undo the scaling.

    Attributes
    ----------
    pmf : array, (n',)
        Probabilities of the atoms of positive probability.
    costs : tuple of arrays, (n', m), or None
        Distortions minus each atom's smallest one, divided by their scale; 0 for ∞. None: too large
        to store; ``blocks`` computes them.
    forbidden : array of bool, (n', m), or None
        Pairs that must have no mass.
    weights : array, (K', n')
        Row weights with largest entry 1.
    levels : array, (K',)
        Levels minus the problem's ``least``, scaled.
    matrix : array of int, (K',)
        Index of each row's cost matrix.
    kept, scales : arrays, (K',)
        Index of each row in the problem, and its scale: slope = λ · scale.
    pinned : array, (K,)
        Slopes of rows at their minimum level, at which ``forbidden`` pairs have no mass.
    atoms : array of int, (n',)
        Indices of the atoms in the problem.
    spread : array
        The scale of each distortion.
    restricted : Restricted
        The problem on the pairs that its levels leave, with a channel that meets them.
    """

    problem: Problem
    pmf: Array
    costs: tuple[Array, ...] | None
    forbidden: Mask | None
    weights: Array
    levels: Array
    matrix: NDArray[np.intp]
    kept: NDArray[np.intp]
    scales: Array
    pinned: Array
    atoms: NDArray[np.intp]
    spread: Array
    restricted: Restricted

    @property
    def m(self) -> int:
        """Number of codewords."""
        return self.problem.m

    @property
    def matrices(self) -> tuple[Array, ...]:
        """Scaled distortions minus each atom's smallest one, each (n', m); 0 for ∞."""
        if self.costs is not None:
            return self.costs
        kept = self.restricted.problem
        return tuple(kept.over(k, self.atoms) / s for k, s in enumerate(self.spread))

    @cached_property
    def mass(self) -> Array:
        """Σ_x p_x w_k(x), (K',): the weight of each row."""
        return np.maximum(self.weights @ self.pmf, _TINY)

    @cached_property
    def _rows(self) -> list[tuple[NDArray[np.intp], Any]]:
        """The rows of each cost matrix and their weights times the pmf.

        A sparse array if rows weigh few atoms, as those of "each" do.
        """
        weights: Any = self.weights * self.pmf
        if weights.size >= _SMALL and np.count_nonzero(weights) <= _SPARSE * weights.size:
            weights = csr_array(weights)
        if len(self.matrices) == 1:
            return [(np.arange(len(self.levels)), weights)]
        parts = [np.flatnonzero(self.matrix == i) for i in range(len(self.matrices))]
        return [(mine, weights[mine]) for mine in parts]

    def blocks(self) -> Iterator[tuple[slice, Program]]:
        """Yield the program on slices of atoms so short that temporary arrays stay small."""
        atoms = len(self.pmf)
        size = max(self.m, _BLOCK // self.m)
        if atoms <= size:
            yield slice(None), self
            return
        for first in range(0, atoms, size):
            some = slice(first, first + size)
            block = replace(
                self,
                pmf=self.pmf[some],
                costs=None if self.costs is None else tuple(d[some] for d in self.costs),
                forbidden=None if self.forbidden is None else self.forbidden[some],
                weights=self.weights[:, some],
                atoms=self.atoms[some],
            )
            yield some, block if block.costs is not None else replace(block, costs=block.matrices)

    def tilt(self, slopes: Array) -> Array:
        """Return Σ_k λ_k w_k(x) d_k(x, j), (n', m); ∞ where forbidden."""
        if len(self.matrices) == 1:
            total = self.matrices[0] * (slopes @ self.weights)[:, None]
        else:
            total = np.zeros((len(self.pmf), self.m))
            for index, distortion in enumerate(self.matrices):
                mine = self.matrix == index
                total += (slopes[mine] @ self.weights[mine])[:, None] * distortion
        if self.forbidden is not None:
            total[self.forbidden] = np.inf
        return total

    def kernel(self, r: Array, slopes: Array) -> tuple[Array, Array]:
        """Return K(x, j) / Z_x, (n', m), and log Z_x, (n',), at a marginal r (m,)."""
        tilt = self.tilt(slopes)
        least = np.minimum.reduce(tilt, axis=1)
        kernel = exp_of(np.subtract(least[:, None], tilt, out=tilt))
        Z = kernel @ r
        kernel /= Z[:, None]
        return kernel, np.log(Z) - least

    def moments(self, kernel: Array, r: Array) -> tuple[Array, Array, Array]:
        """Return the moments of the costs under the channel K r / Z.

        These are E[C] (K',), S = Σ_x p_x Cov(C | x) (K', K') and their covariances with the
        codewords, B (m, K'), per unit of r.
        """
        count = len(self.levels)
        expected, S, B = np.empty(count), np.empty((count, count)), np.empty((self.m, count))
        means = [(kernel * d) @ r for d in self.matrices]
        # Both factors are centred: of an atom with one codeword rounding must leave nothing, since
        # a steep slope enlarges it.
        away = [d - mean[:, None] for d, mean in zip(self.matrices, means, strict=True)]
        for mean, centred, (mine, weights) in zip(means, away, self._rows, strict=True):
            expected[mine] = weights @ mean
            weighed = kernel * centred
            B[:, mine] = (weights @ weighed).T
            for other, (theirs, _) in zip(away, self._rows, strict=True):
                spread = (weighed * other) @ r
                S[mine[:, None], theirs] = (weights * spread) @ self.weights[theirs].T
        return expected, S, B


class Tilted(NamedTuple):
    """c (m,), b - E[C] (K',), S = Σ_x p_x Cov(C | x) (K', K') and Σ_x p_x log Z_x + λ·b."""

    c: Array
    spare: Array
    S: Array
    value: float


def tilted(scaled: Program, r: Array, slopes: Array) -> Tilted:
    """Evaluate the dual at a marginal r (m,) and slopes λ (K',)."""
    count = len(slopes)
    c, expected, S = np.zeros(scaled.m), np.zeros(count), np.zeros((count, count))
    value = float(slopes @ scaled.levels)
    for _, block in scaled.blocks():
        kernel, logs = block.kernel(r, slopes)
        mean, covariance, _ = block.moments(kernel, r)
        c += block.pmf @ kernel
        expected += mean
        S += covariance
        value += float(block.pmf @ logs)
    return Tilted(c, scaled.levels - expected, S, value)


def finish(
    scaled: Program, marginal: Array, slopes: Array, status: Status, trace: list[float]
) -> Solution:
    """Return the solution for a marginal r (m,) and scaled slopes (K',)."""
    channel = np.empty((len(scaled.pmf), scaled.m))
    for some, block in scaled.blocks():
        tilt = block.tilt(slopes)
        channel[some] = np.exp(tilt.min(axis=1, keepdims=True) - tilt) * marginal
    channel /= channel.sum(axis=1, keepdims=True)
    found = replace(finish_channel(scaled, channel, slopes, status, trace), prior=marginal)
    return _best_pinned(scaled, found) if scaled.pinned.any() else found


def spread(scaled: Program, channel: Array, slopes: Array) -> tuple[Array, Array]:
    """Undo the scaling of a channel (n', m) and slopes (K',): return (n, m) and (K,)."""
    full = channel
    if len(scaled.atoms) < scaled.problem.n:
        full = np.empty((scaled.problem.n, scaled.m))
        full[:] = scaled.pmf @ channel
        full[scaled.atoms] = channel
    prices = scaled.pinned.copy()
    prices[scaled.kept] = np.maximum(slopes * scaled.scales, prices[scaled.kept])
    return full, prices


def finish_channel(
    scaled: Program, channel: Array, slopes: Array, status: Status, trace: list[float]
) -> Solution:
    """Return the solution with a channel (n', m), mixed as little as needed to meet the levels."""
    full, prices = spread(scaled, channel, slopes)
    full = meet_levels(scaled.problem, full, scaled.restricted)
    return Solution(scaled.problem, full, prices, status, tuple(trace))


def _best_pinned(scaled: Program, solution: Solution) -> Solution:
    """Choose the slopes of rows at their minimum level that give the best certificate.

    A larger slope increases the cost of the rounding error of the level.
    """
    tries, mine = [solution], solution.slopes == scaled.pinned
    saved = _saved(scaled, np.where(mine, 0.0, solution.slopes))
    for share in (1 + saved, *_PINNED_SHARES):
        slopes = np.where(mine, share * scaled.pinned, solution.slopes)
        tries.append(replace(solution, slopes=slopes))
    return min(tries, key=lambda one: one.certificate.gap)


def _saved(scaled: Program, slopes: Array) -> float:
    """Return the most that an atom would save on the other rows by a forbidden pair, nats."""
    most, forbidden = 0.0, scaled.restricted.problem.forbidden
    for some in scaled.problem.blocks():
        tilt = scaled.problem.tilt(slopes, some)
        if forbidden is not None:
            tilt[forbidden[some]] = np.inf
        least = tilt.min(axis=1)
        most = max(most, float(least[np.isfinite(least)].max(initial=0.0)))
    return most


def zero_rate(scaled: Program, tol: float) -> Solution | None:
    """Return the solution of rate 0 if a single codeword meets every level within ``tol``."""
    if scaled.forbidden is not None:
        return None
    alone = np.zeros((len(scaled.levels), scaled.m))
    for _, block in scaled.blocks():
        for index, distortion in enumerate(block.matrices):
            mine = scaled.matrix == index
            alone[mine] += (block.weights[mine] * block.pmf) @ distortion
    excess = (alone - scaled.levels[:, None]).max(axis=0, initial=-np.inf)
    mass = np.zeros(scaled.m)
    mass[excess.argmin()] = 1.0
    if not excess.min() <= 0:
        return None
    found = finish(scaled, mass, np.zeros(len(scaled.levels)), Status.CONVERGED, [])
    return found if found.certificate.gap <= tol else None


def warm(scaled: Program, start: Solution) -> tuple[Array, Array]:
    """Return a positive marginal r (m,) and scaled slopes (K',) from a nearby solution."""
    r = start.marginal if start.prior is None else start.prior
    r = np.maximum(r, _LEAST_MASS / scaled.m)
    return r / r.sum(), start.slopes[scaled.kept] / scaled.scales


def program(problem: Problem, found: Restricted | None = None) -> Program:
    """Scale a problem, after making sure that its levels can be met.

    A row whose level is the minimum one allows only nearest codewords to the atoms it
    weighs: the other pairs are forbidden instead, and its slope is one at which they have no mass.
    ``found`` is what ``restricted`` says, by default.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels.
    """
    found = restricted(problem) if found is None else found
    kept_pairs = found.problem
    atoms = np.flatnonzero(problem.source.pmf > 0)
    pmf = problem.source.pmf[atoms]
    rows, weights = problem.rows, problem.rows.weights[:, atoms]
    forbidden = None if kept_pairs.forbidden is None else kept_pairs.forbidden[atoms]
    kept = np.flatnonzero(kept_pairs.typical > 0)
    spread = _spread(kept_pairs, atoms)
    largest = weights[kept].max(axis=1)
    scales = 1.0 / (largest * spread[rows.matrix[kept]])
    costs = None
    if problem.dense:
        whole = len(atoms) == problem.n
        values = [d if whole else d[atoms] for d in kept_pairs.excess]
        costs = tuple(d / s for d, s in zip(values, spread, strict=True))
    return Program(
        problem=problem,
        pmf=pmf,
        costs=costs,
        forbidden=forbidden,
        weights=weights[kept] / largest[:, None],
        levels=found.headroom[kept] * scales,
        matrix=rows.matrix[kept],
        kept=kept,
        scales=scales,
        pinned=found.slopes,
        atoms=atoms,
        spread=spread,
        restricted=found,
    )


def _spread(problem: Problem, atoms: NDArray[np.intp]) -> Array:
    means = np.array([mean[atoms].mean() for mean in problem.means])
    return np.where(means > 0, means, 1.0)
