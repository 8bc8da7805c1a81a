r"""What a learned energy is worth: its density, its channel on a grid, and proof of the excess.

Nothing here draws samples: in one and two dimensions the energy is put on a grid of codewords and
the source on atoms, so that the channel :math:`Q_{xj} \propto e^{-E(y_j) - \beta |x - y_j|^2}` has
a rate, a distortion and a certificate of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rdcore._arrays import Array, count, points
from rdcore.errors import InputError
from rdcore.learned.energy.run import EnergyRun
from rdcore.problem import EVERY, Problem
from rdcore.problem.fidelity import average
from rdcore.proof.certificates import Certificate, certify
from rdcore.solvers import Solution, solve

_LN2 = float(np.log(2))
# By default, a dimension.
_ATOMS = {1: 400, 2: 32}
_CODEWORDS = {1: 801, 2: 41}
# Standard deviations of the reproduction's law that codewords reach over.
_REACH = 5.5
_MOST_CODEWORDS = 20_000


@dataclass(frozen=True, eq=False)
class Judgement:
    """Proof about the channel of an energy, on the discretised source.

    Attributes
    ----------
    problem : Problem
        The source's atoms, the grid of codewords, and the distortion that the channel reaches.
    channel : array, (n, m)
        What the energy makes of them.
    certificate : Certificate
        Its rate is ``upper``; ``lower`` is what the energy's law and the slope prove by
        themselves of every channel to these codewords.
    best : Solution
        The optimum at the same distortion: in one dimension over every codebook, in two over the
        grid.
    """

    problem: Problem
    channel: Array
    certificate: Certificate
    best: Solution

    @property
    def distortion(self) -> float:
        """Mean squared error of the channel."""
        return self.problem.fidelities[0].level

    @property
    def rate_bits(self) -> float:
        """I(X; Y) of the channel, bits."""
        return self.certificate.upper_bits

    @property
    def excess_bits(self) -> float:
        """How far the channel is above R(D) of the discretised source at the most, bits."""
        return self.certificate.upper_bits - self.best.certificate.lower_bits

    @property
    def excess_least_bits(self) -> float:
        """How far it is above R(D) at the least, bits."""
        return max(0.0, self.certificate.upper_bits - self.best.certificate.upper_bits)


def density(run: EnergyRun, grid: Array) -> Array:
    """Return the learned density of the reproduction on an even grid, (n,), per unit of volume.

    Parameters
    ----------
    run : EnergyRun
        In one or two dimensions.
    grid : array, (n,) or (n, 2)
        Points a constant step apart along each axis, all combinations of them; it should reach as
        far as the source does, as the density is normalised over it.

    Raises
    ------
    InputError
        If the grid is not even, or the dimension is another.
    """
    _small(run)
    rows = points(grid, "grid").reshape(len(grid), -1)
    if rows.shape[1] != run.sampled.dim:
        raise InputError(f"grid has {rows.shape[1]} coordinates; {run.sampled.dim} are needed")
    cell = 1.0
    for axis in rows.T:
        steps = np.diff(np.unique(axis))
        if not len(steps) or not np.allclose(steps, steps.mean(), rtol=1e-6, atol=0):
            raise InputError("grid must be even along each axis; numpy.linspace makes such")
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
        Of the source and of the codewords' grid, along each axis; by default 400 and 801 on the
        line, 32 and 41 in the plane. A discrete source keeps its own atoms.
    tol : float
        Certified gap of the optimum, nats.

    Raises
    ------
    InputError
        In more than two dimensions.
    """
    dim = _small(run)
    source = run.sampled.discretised(count(atoms or _ATOMS[dim], "atoms", 2))
    grid = codeword_grid(run, count(codewords or _CODEWORDS[dim], "codewords", 2))
    mass = _mass(run, grid)
    distance = ((source.points[:, None] - grid[None]) ** 2).sum(axis=-1)
    logs = np.log(mass) - run.settings.beta * distance
    channel = np.exp(logs - logs.max(axis=1, keepdims=True))
    channel /= channel.sum(axis=1, keepdims=True)
    level = float(source.pmf @ (channel * distance).sum(axis=1))
    codewords_ = grid[:, 0] if dim == 1 else grid
    problem = Problem(source, codewords_, fidelities=[average(level)])
    proof = certify(problem, channel, np.array([run.settings.beta]), mass)
    asked = Problem(source, EVERY, fidelities=[average(level)]) if dim == 1 else problem
    return Judgement(problem, channel, proof, solve(asked, tol=tol))


def codeword_grid(run: EnergyRun, codewords: int) -> Array:
    """Return an even grid, (codewords^d, d), over where the learned law has its mass."""
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
            f"codewords={codewords} makes {codewords**dim} codewords; {_MOST_CODEWORDS} at the most"
        )
    return _mesh(ends, codewords)


def _pairs(mean: Array, spread: Array) -> list[tuple[float, float]]:
    return [(float(m), float(s)) for m, s in zip(mean, spread, strict=True)]


def _mesh(ends: list[tuple[float, float]], each: int) -> Array:
    axes = [np.linspace(low, high, each) for low, high in ends]
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.stack([axis.ravel() for axis in mesh], axis=1)


def _mass(run: EnergyRun, grid: Array) -> Array:
    """Return exp(-E) on a grid (n, d), adding up to 1."""
    energy = run.energy(grid)
    weight = np.exp(energy.min() - energy)
    return np.asarray(weight / weight.sum())


def _small(run: EnergyRun) -> int:
    dim = run.sampled.dim
    if dim > 2:
        raise InputError(f"the source has {dim} dimensions; a grid is for one or two")
    return dim
