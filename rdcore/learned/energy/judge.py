r"""Evaluation of a learned energy on a grid: its density, channel and proved excess.

In one and two dimensions, the energy is evaluated on a grid of codewords and the source is
discretised. The channel :math:`Q_{xj} \propto e^{-E(y_j) - \beta \rho(x, y_j)}` then has a rate, a
distortion and a certificate that do not depend on samples.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array, count, points
from rdcore.errors import InputError
from rdcore.learned.energy.run import EnergyRun
from rdcore.problem import EVERY, Problem
from rdcore.problem.distortions import matrix
from rdcore.problem.fidelity import average
from rdcore.proof.certificates import Certificate, certify
from rdcore.solvers import Solution, solve

_LN2 = float(np.log(2))
# Default numbers per axis, by dimension.
_ATOMS = {1: 400, 2: 32}
_CODEWORDS = {1: 801, 2: 41}
# Half-width of the grid of codewords in standard deviations of the reproduction.
_REACH = 5.5
_MOST_CODEWORDS = 20_000


@dataclass(frozen=True, eq=False)
class Judgement:
    """Certified rate of the channel of an energy, on the discretised source.

    Attributes
    ----------
    problem : Problem
        The atoms of the source, the grid of codewords, and the distortion of the channel as level.
    channel : array, (n, m)
        The channel of the energy.
    certificate : Certificate
        ``upper`` is the rate of the channel. ``lower`` is the bound on every channel to these
        codewords from the marginal of the energy and the slope.
    best : Solution
        The optimum at the same distortion, over every codebook in one dimension and over the grid
        in two.
    """

    problem: Problem
    channel: Array
    certificate: Certificate
    best: Solution

    @property
    def distortion(self) -> float:
        """Mean distortion of the channel."""
        return self.problem.fidelities[0].level

    @property
    def rate_bits(self) -> float:
        """I(X; Y) of the channel, bits."""
        return self.certificate.upper_bits

    @property
    def excess_bits(self) -> float:
        """Upper bound on the rate of the channel minus R(D) of the discretised source, bits."""
        return self.certificate.upper_bits - self.best.certificate.lower_bits

    @property
    def excess_least_bits(self) -> float:
        """Lower bound on the rate of the channel minus R(D) of the discretised source, bits."""
        return max(0.0, self.certificate.upper_bits - self.best.certificate.upper_bits)


def density(run: EnergyRun, grid: Array) -> Array:
    """Return the learned density of the reproduction on a uniform grid, (n,), per unit of volume.

    Parameters
    ----------
    run : EnergyRun
        A run in one or two dimensions.
    grid : array, (n,) or (n, 2)
        All combinations of equally spaced coordinates along each axis. It should cover the
        source, because the density is normalised over it.

    Raises
    ------
    InputError
        If the grid is not uniform, or has another dimension.
    """
    _small(run)
    rows = points(grid, "grid").reshape(len(grid), -1)
    if rows.shape[1] != run.sampled.dim:
        raise InputError(f"grid must have {run.sampled.dim} coordinates; got {rows.shape[1]}")
    cell = 1.0
    for axis in rows.T:
        steps = np.diff(np.unique(axis))
        if not len(steps) or not np.allclose(steps, steps.mean(), rtol=1e-6, atol=0):
            raise InputError("grid must be equally spaced along each axis, like numpy.linspace")
        cell *= float(steps.mean())
    return _mass(run, rows) / cell


def certified(
    run: EnergyRun, *, atoms: int | None = None, codewords: int | None = None, tol: float = 1e-6
) -> Judgement:
    """Discretise the source and the energy, certify the channel, and compare with the optimum.

    Parameters
    ----------
    run : EnergyRun
        In one or two dimensions.
    atoms, codewords : int, optional
        Numbers along each axis; by default 400 and 801 on the line, 32 and 41 in the plane. A
        discrete source keeps its atoms.
    tol : float
        Certified gap of the optimum, nats.

    Raises
    ------
    InputError
        If the source has more than two dimensions.
    """
    dim = _small(run)
    source = run.sampled.discretised(count(_ATOMS[dim] if atoms is None else atoms, "atoms", 2))
    grid = codeword_grid(
        run, count(_CODEWORDS[dim] if codewords is None else codewords, "codewords", 2)
    )
    mass = _mass(run, grid)
    error = run.settings.error
    distance = matrix(error, source.points, grid)
    logs = np.log(mass) - run.settings.beta * distance
    channel = np.exp(logs - logs.max(axis=1, keepdims=True))
    channel /= channel.sum(axis=1, keepdims=True)
    level = float(source.pmf @ (channel * distance).sum(axis=1))
    codewords_ = grid[:, 0] if dim == 1 else grid
    problem = Problem(source, codewords_, fidelities=[average(level)], distortion=error)
    proof = certify(problem, channel, np.array([run.settings.beta]), mass)
    asked = replace(problem, codebook=EVERY) if dim == 1 else problem
    return Judgement(problem, channel, proof, solve(asked, tol=tol))


def codeword_grid(run: EnergyRun, codewords: int) -> Array:
    """Return a uniform grid, (codewords^d, d), over the mass of the learned distribution."""
    sampled, dim = run.sampled, _small(run)
    spread = np.sqrt(sampled.variances)
    coarse = _mesh([(m - _REACH * s, m + _REACH * s) for m, s in _pairs(sampled.mean, spread)], 201)
    mass = _mass(run, coarse)
    centre = mass @ coarse
    ends = []
    for k in range(dim):
        alive = coarse[mass > 1e-9, k]
        step = 2 * _REACH * spread[k] / 200
        low, high = min(alive.min(), centre[k]) - step, max(alive.max(), centre[k]) + step
        ends.append((low, high))
    if codewords**dim > _MOST_CODEWORDS:
        raise InputError(
            f"codewords must give at most {_MOST_CODEWORDS} in total; got {codewords**dim}"
        )
    return _mesh(ends, codewords)


def _pairs(mean: Array, spread: Array) -> list[tuple[float, float]]:
    return [(float(m), float(s)) for m, s in zip(mean, spread, strict=True)]


def _mesh(ends: list[tuple[float, float]], each: int) -> Array:
    axes = [np.linspace(low, high, each) for low, high in ends]
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.stack([axis.ravel() for axis in mesh], axis=1)


def _mass(run: EnergyRun, grid: Array) -> Array:
    """Return exp(-E) on a grid (n, d), normalised to sum to 1."""
    energy = run.energy(grid)
    weight = np.exp(energy.min() - energy)
    return np.asarray(weight / weight.sum())


def _small(run: EnergyRun) -> int:
    dim = run.sampled.dim
    if dim > 2:
        raise InputError(f"the source must have one or two dimensions for a grid; got {dim}")
    return dim
