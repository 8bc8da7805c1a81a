r"""Bounds on the rate of a continuous source from its discretisation.

T = E[X | cell] represents X, and V = E[|X - T|² | cell]. For squared error and any codebook

.. math::

    R_T\bigl((\sqrt D + \sqrt{EV})^2\bigr) \le R_X(D) \le R_T(D - EV).

The left side differs from the rate by order √V. A dual solution of T, extended into the cells,
differs by order V only: with slopes λ, s(x) = Σ_k λ_k w_k(x) and the sub-Gaussian proxy σ² of a
cell,

.. math::

    E\, e^{s|X-T|^2 - s|X-y|^2} \le e^{-s(1-2s\sigma^2)|T-y|^2},

so α_x = α_T exp(s|x - T|²) is dual feasible for X if α_T is dual feasible for T at the smaller
slopes s(1 - 2sσ²). The proofs are in docs/method/continuous.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats, positive, shown
from rdcore.continuous._dual import dual_value, slopes_for
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.cells import Cells
from rdcore.problem.distortions import matrix
from rdcore.problem.sources import grid_codebook
from rdcore.proof import rounding
from rdcore.proof.certificates import above
from rdcore.solvers import InteriorPoint, Solution, Solver, solve

_LN2 = float(np.log(2))
# Size of the fixed codebook that is used if Exchange does not converge, by dimension.
_FINE = {1: 400, 2: 1600}


@dataclass(frozen=True, eq=False)
class ContinuousBounds:
    """Certified bounds on the rate of the continuous source.

    Attributes
    ----------
    lower, upper : float
        lower ≤ R_X ≤ upper, nats; upper is ∞ if the variance within cells alone exceeds a level.
    slopes : array, (K,)
        R_X ≥ lower - slopes·(b - levels) at any levels b of the rows.
    scope : str
        "the continuous source" for every codebook, or "the continuous source, this codebook".
    solution : Solution or None
        The channel from cells to codewords that proves the upper bound.
    """

    lower: float
    upper: float
    slopes: Array
    scope: str
    solution: Solution | None

    @property
    def gap(self) -> float:
        """Return upper - lower, nats."""
        return self.upper - self.lower

    @property
    def lower_bits(self) -> float:
        """Lower bound in bits."""
        return self.lower / _LN2

    @property
    def upper_bits(self) -> float:
        """Upper bound in bits."""
        return self.upper / _LN2

    @property
    def gap_bits(self) -> float:
        """Gap in bits."""
        return self.gap / _LN2


def bounds(
    problem: Problem, *, tol: float = 1e-6, solver: Solver | None = None
) -> ContinuousBounds:
    r"""Bound the rate of the continuous source from which a problem's source was made.

    For squared and absolute error. A fidelity on a subset applies to the union of its cells, and
    one on "each" symbol to each cell.

    Parameters
    ----------
    problem : Problem
        Its source must have ``cells``, like those of ``sources.from_density``, ``uniform_grid`` and
        ``from_samples`` with bins. With a fixed codebook, the bounds apply to X on that codebook.
    tol : float
        Certified gap of the discrete problems, nats.
    solver : Solver
        Solver of the discrete problems; by default that of ``solve``.

    Returns
    -------
    ContinuousBounds
        Lower and upper bound on the rate of X, nats.

    Raises
    ------
    InputError
        If the source has no cells, or the distortion is neither squared nor absolute error.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.sources.gaussian_density(200)
    >>> task = rd.Problem(source, rd.sources.grid_codebook(source, 80),
    ...                   fidelities=[rd.average(0.25)])
    >>> proof = bounds(task)
    >>> bool(proof.lower_bits < 1.0 < proof.upper_bits), bool(proof.gap_bits < 0.01)
    (True, True)
    """
    cells, tol = _checked(problem), positive(tol, "tol")
    scope = "the continuous source" + ("" if problem.every else ", this codebook")
    cost = _cost(problem, cells)
    achieved = _achieve(problem, cost, tol, solver)
    upper = np.inf if achieved is None else achieved.certificate.upper
    base = achieved if problem.distortion == "squared_error" else _solved(problem, tol, solver)
    lower, slopes = 0.0, np.zeros(len(problem.rows.levels))
    wide, growth = _wider(problem, cost)
    if base is not None:
        slopes = slopes_for(problem, base, cells)
        lower = dual_value(problem, base, slopes, cells)
    if base is None or lower < _line(base, wide):
        found = _solved(wide, tol, solver)
        if found is not None and found.certificate.lower > lower:
            lower, slopes = found.certificate.lower, found.slopes * growth
    if lower <= 0:
        lower, slopes = 0.0, np.zeros(len(slopes))
    return ContinuousBounds(lower, above(upper, lower), slopes, scope, achieved)


@dataclass(frozen=True, eq=False)
class ContinuousCurve:
    """Bounds on the rate of the continuous source along the level of one fidelity.

    Attributes
    ----------
    levels : array, (L,)
        The levels, increasing.
    uppers, lowers : arrays, (L,)
        Upper and lower bounds, nats.
    slopes : array, (L,)
        Negative slopes of the supporting lines, nats per unit of the level.
    scope : str
        As in ``ContinuousBounds``.
    """

    levels: Array
    uppers: Array
    lowers: Array
    slopes: Array
    scope: str

    @property
    def uppers_bits(self) -> Array:
        """Upper bounds in bits."""
        return self.uppers / _LN2

    @property
    def lowers_bits(self) -> Array:
        """Lower bounds in bits."""
        return self.lowers / _LN2

    def lower(self, level: ArrayLike) -> Array:
        """Return a lower bound on R_X at any level by the supporting lines, nats."""
        run = floats(level, "level")[..., None] - self.levels
        return np.asarray(np.maximum((self.lowers - self.slopes * run).max(axis=-1), 0.0))

    def upper(self, level: ArrayLike) -> Array:
        """Return an upper bound on R_X by the chords, nats; ∞ below the first finite point."""
        finite = np.isfinite(self.uppers)
        at = floats(level, "level")
        if not finite.any():
            return np.full(at.shape, np.inf)
        return np.asarray(np.interp(at, self.levels[finite], self.uppers[finite], left=np.inf))


def curve(
    problem: Problem,
    levels: ArrayLike,
    *,
    fidelity: int = 0,
    tol: float = 1e-6,
    solver: Solver | None = None,
) -> ContinuousCurve:
    """Bound the rate of the continuous source along the level of one fidelity.

    Parameters
    ----------
    problem : Problem
        As for ``bounds``. The level of its ``fidelity`` is replaced by each of the levels.
    levels : array, (L,)
        The levels, above 0.
    fidelity : int
        Index of the fidelity whose level varies.
    tol, solver
        As for ``bounds``.

    Returns
    -------
    ContinuousCurve
        The bounds at each level that can be met.

    Raises
    ------
    InputError
        As for ``bounds``, or if there is no such fidelity.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(40), rd.EVERY, fidelities=[rd.average(0.01)])
    >>> found = curve(task, [0.01, 0.02])
    >>> bool((found.lowers <= found.uppers).all())
    True
    """
    if not 0 <= fidelity < len(problem.fidelities):
        count = len(problem.fidelities)
        raise InputError(f"fidelity must be at least 0 and below {count}; got {fidelity}")
    wanted = np.unique(floats(levels, "levels"))
    if not (wanted.size and np.isfinite(wanted).all() and (wanted > 0).all()):
        raise InputError(f"levels={shown(levels)} must be at least one finite number above 0")
    mine = problem.rows.fidelity == fidelity
    others = [f.level for f in problem.fidelities]
    found = [
        bounds(
            problem.with_levels([*others[:fidelity], level, *others[fidelity + 1 :]]),
            tol=tol,
            solver=solver,
        )
        for level in wanted
    ]
    return ContinuousCurve(
        wanted,
        np.array([one.upper for one in found]),
        np.array([one.lower for one in found]),
        np.array([one.slopes[mine].sum() for one in found]),
        found[0].scope,
    )


def _checked(problem: Problem) -> Cells:
    cells = problem.source.cells
    if cells is None:
        raise InputError(
            "source must have cells, like those of from_density, uniform_grid and from_samples"
            " with bins"
        )
    names = {
        problem.distortion if f.distortion is None else f.distortion for f in problem.fidelities
    }
    if names not in ({"squared_error"}, {"absolute"}) or names != {problem.distortion}:
        raise InputError("distortion must be 'squared_error' or 'absolute' in all fidelities")
    return cells


def _cost(problem: Problem, cells: Cells) -> Array:
    """Return the distortion of X to T in each fidelity, (F,): E[w V], or a bound on E[w |X - T|].

    For "each" it is the largest over the symbols.
    """
    squared = problem.distortion == "squared_error"
    own = cells.variance if squared else np.sqrt(problem.source.dim * cells.variance)
    rows = problem.rows
    per_row = rows.weights @ (problem.source.pmf * own)
    per_row *= 1 + 2 * rounding.sums(problem.n, 0)
    cost = np.zeros(len(problem.fidelities))
    np.maximum.at(cost, rows.fidelity, per_row)
    for fidelity, value in zip(problem.fidelities, cost, strict=True):
        if fidelity.level == 0 and value > 0:
            raise InputError("D must be above 0 for cells of positive variance; got 0")
    return cost


def _wider(problem: Problem, cost: Array) -> tuple[Problem, Array]:
    """Return the problem at levels that T meets if X meets the original ones, and derivatives (K,).

    They follow from the triangle inequality, for squared error in L² of the weighted distribution.
    """
    levels = np.array([f.level for f in problem.fidelities])
    if problem.distortion == "absolute":
        wide, growth = levels + cost, np.ones(len(levels))
    else:
        growth = 1 + np.sqrt(np.divide(cost, levels, out=np.zeros_like(cost), where=cost > 0))
        wide = levels * growth**2
    return problem.with_levels((wide + rounding.levels(wide)).tolist()), growth[
        problem.rows.fidelity
    ]


def _achieve(problem: Problem, cost: Array, tol: float, solver: Solver | None) -> Solution | None:
    """Return a solution for T whose channel meets the levels for X; None if none is found."""
    if problem.distortion == "absolute" and problem.source.dim == 1:
        codewords = coordinate_grid(problem.source) if problem.every else problem.codewords
        spilled = matrix("absolute", problem.source.points, codewords) + _inside(problem, codewords)
        plain = [replace(f, distortion=None) for f in problem.fidelities]
        fixed = Problem(problem.source, codewords, spilled, plain)
        return _solved(fixed, tol, None if problem.every else solver)
    levels = np.array([f.level for f in problem.fidelities])
    inner = levels - cost - rounding.levels(levels)
    if (inner < 0).any():
        return None
    return _solved(problem.with_levels(inner.tolist()), tol, solver)


def _inside(problem: Problem, codewords: Array) -> Array:
    """Return upper bounds on E|X - y| - |T - y|, (n, m): 0 unless y may be inside the cell.

    The interval of a cell is between the two neighbouring atoms.
    """
    x, y = problem.source.points[:, 0], codewords[:, 0]
    order = np.unique(x)
    rank = np.searchsorted(order, x)
    ends = np.concatenate([[-np.inf], order, [np.inf]])
    near = (y > ends[rank][:, None]) & (y < ends[rank + 2][:, None])
    assert problem.source.cells is not None
    return np.asarray(np.where(near, np.sqrt(problem.source.cells.variance)[:, None], 0.0))


def _solved(problem: Problem, tol: float, solver: Solver | None) -> Solution | None:
    """Solve; if Exchange does not converge, also solve on a fine fixed codebook."""
    found = []
    try:
        found.append(solve(problem, tol=tol, solver=solver))
    except InfeasibleError:
        if not problem.every:
            return None
    if problem.every and not (found and found[0].status.converged):
        source = problem.source
        most = _FINE.get(source.dim, 0)
        codewords = source.points if source.n <= most else grid_codebook(source, most)
        try:
            fine = InteriorPoint().solve(
                problem.with_codebook(codewords.reshape(-1, source.dim)), tol
            )
            found.append(replace(fine, every=True))
        except InfeasibleError:
            pass
    return min(found, key=lambda one: one.certificate.gap, default=None)


def _line(base: Solution, wide: Problem) -> float:
    """Return a lower bound on R_T at the wider levels by the supporting line of a solution."""
    further = wide.rows.levels - base.problem.rows.levels
    return base.certificate.lower - float(base.slopes @ further)
