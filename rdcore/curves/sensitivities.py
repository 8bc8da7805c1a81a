r"""Derivatives of prices in the levels, by the implicit function theorem on the active set.

Let A be the codewords in use and B the binding rows. Near a solution the optimum satisfies c_j = 1
for j ∈ A and E[C_k] = b_k for k ∈ B. With the derivatives of Newton's method,

    ∂λ/∂b = -(S + Bᵀ H⁻¹ B)⁻¹ = -∂²R/∂b²

as long as A and B do not change.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, Mask, floats, real
from rdcore.errors import InputError
from rdcore.proof.feasibility import unrestricted
from rdcore.solvers import InteriorPoint, Solution
from rdcore.solvers.newton import Model, model_at
from rdcore.solvers.polishing import BindingData, Support, derivatives
from rdcore.solvers.program import Program, program

_LN2 = float(np.log(2))
# Gap in nats to which the solution is refined, so that the active set can be identified.
_SHARP = 1e-9
_ROUNDS = 20
_STEPS = 40
# Residuals below this are rounding, and c above 1 by no more than this is 1.
_SETTLED = 1e-13
_TOUCHING = 1e-10
# Equations whose residuals stay above this have not been solved.
_MET = 1e-9
# A level below this share of what a codeword at random costs is next to the minimum one.
_LOW = 1e-6
# Directions in which the kernel is this flat, relatively, are flat.
_FLAT = 1e-13
_TRIES = 60


class Prediction(NamedTuple):
    """Prediction at other levels by the second-order model.

    Attributes
    ----------
    rate : float
        Nats.
    prices : array, (F,)
        Nats per unit of each level.
    lower : float
        Proved lower bound on the rate by the supporting plane, nats.
    trusted : bool
        Whether, to first order, the active set does not change on the way.
    """

    rate: float
    prices: Array
    lower: float
    trusted: bool

    @property
    def rate_bits(self) -> float:
        """Rate in bits."""
        return self.rate / _LN2


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Prices at a solution and how they change with the levels.

    Attributes
    ----------
    solution : Solution
        The solution to which the derivatives belong.
    prices : array, (F,)
        -∂R/∂level, nats per unit, to machine precision.
    hessian : array, (F, F)
        ∂²R/∂level², nats per product of the units of both levels. Row k is minus the derivative of
        the prices in level k.
    active : array of bool, (m,)
        Codewords in use.
    binding : array of bool, (K,)
        Rows of ``solution.problem.rows`` that bind.
    certain : bool
        Whether the active set is that of the optimum: all optimality conditions hold strictly.
    """

    solution: Solution
    prices: Array
    hessian: Array
    active: Mask
    binding: Mask
    certain: bool
    _tangent: _Tangent

    @property
    def prices_bits(self) -> Array:
        """Prices in bits per unit of each level."""
        return self.prices / _LN2

    @property
    def hessian_bits(self) -> Array:
        """∂²R/∂level² in bits."""
        return self.hessian / _LN2

    def reach(self, change: ArrayLike) -> float:
        """Return the largest multiple of a change of the levels (F,) that keeps the active set.

        It is computed to first order, and ∞ if no codeword or row enters or leaves the active set.
        """
        return self._tangent.reach(self._change(change))

    def predict(self, levels: ArrayLike) -> Prediction:
        """Predict the rate to second order and the prices to first order at other levels (F,)."""
        change = self._change(floats(levels, "levels") - self._levels)
        proof = self.solution.certificate
        fall = float(self.solution.prices @ change)
        rate = proof.upper - float(self.prices @ change) + 0.5 * change @ self.hessian @ change
        return Prediction(
            max(float(rate), 0.0),
            np.maximum(self.prices - self.hessian @ change, 0.0),
            max(proof.lower - fall, 0.0) if proof.lower > 0 else 0.0,
            self._tangent.reach(change) >= 1,
        )

    def change_for(self, bits: float = -1.0) -> Array:
        """Return the change of each level alone that changes the rate by ``bits``, (F,).

        It follows from the second-order model: -1 for the cost of saving one bit, +1 for the gain
        from one more bit. It is nan where the model does not reach that rate; ``level_for`` solves
        for the exact level.
        """
        wanted = real(bits, "bits") * _LN2
        bend = np.diag(self.hessian)
        root = self.prices**2 + 2 * bend * wanted
        with np.errstate(divide="ignore", invalid="ignore"):
            # The root near 0 of bend/2 x² - price x - wanted = 0, without cancellation.
            return np.asarray(-2 * wanted / (self.prices + np.sqrt(root)))

    @property
    def _levels(self) -> Array:
        return np.array([f.level for f in self.solution.problem.fidelities])

    def _change(self, change: ArrayLike) -> Array:
        values = floats(change, "change")
        if values.shape != self.prices.shape or not np.isfinite(values).all():
            raise InputError(f"levels must be {len(self.prices)} finite numbers, one per fidelity")
        return values


class _Tangent(NamedTuple):
    """Quantities that are at least 0 at the optimum, (V,), and their derivatives, (V, F)."""

    values: Array
    slopes: Array

    def reach(self, change: Array) -> float:
        fall = -(self.slopes @ change)
        falling = fall > 0
        return float((np.maximum(self.values[falling], 0.0) / fall[falling]).min(initial=np.inf))


def sensitivity(solution: Solution) -> Sensitivity:
    r"""Return the prices of a solution and their derivatives in the levels.

    .. math::

        \frac{\partial\lambda}{\partial b} = -\left(S + B^T H^{-1} B\right)^{-1}
        = -\frac{\partial^2 R}{\partial b^2}

    over the binding rows and the codewords in use. For ``codebook=EVERY`` the positions of the
    codewords vary as well.

    Raises
    ------
    InputError
        If a level is the minimum level, where the price is infinite.

    References
    ----------
    A. V. Fiacco, Introduction to Sensitivity and Stability Analysis in Nonlinear Programming, 1983.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.1)])
    >>> found = rd.sensitivity(rd.solve(task))
    >>> round(float(found.prices[0]), 9), round(float(found.hessian[0, 0]), 6)
    (2.197224577, 11.111111)
    """
    problem = solution.problem
    scaled = program(problem)
    if scaled.pinned.any():
        lowest = np.flatnonzero((scaled.pinned > 0) & ~(problem.headroom > 0))
        if len(lowest):
            k = int(problem.rows.fidelity[lowest[0]])
            raise InputError(
                f"the level of fidelity {k} must be above the minimum level, where its price is"
                f" infinite; got {problem.fidelities[k].level:g}"
            )
        scaled = program(problem, unrestricted(problem))
    if not solution.every and solution.certificate.gap > _SHARP:
        solution = InteriorPoint().solve(problem, _SHARP)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        found = _settled(scaled, solution)
        if solution.every and problem.distortion == "squared_error":
            return _moving(solution, found)
        return _standing(solution, found)


class _Optimum(NamedTuple):
    """r (m,), scaled slopes (K',), the active set, and whether all conditions hold."""

    scaled: Program
    r: Array
    slopes: Array
    active: Mask
    binding: Mask
    holds: bool


def _settled(scaled: Program, solution: Solution) -> _Optimum:
    """Solve the equations of the active set and correct it until all conditions hold.

    Initially, strict complementarity separates codewords with mass from those with c < 1.
    """
    r = solution.marginal if solution.prior is None else solution.prior
    slopes = solution.slopes[scaled.kept] / scaled.scales
    model = model_at(scaled, r, slopes)
    active: Mask = r > 1 - model.c
    binding: Mask = slopes * scaled.levels > np.maximum(model.spare, 0.0) / scaled.levels
    # A level next to the minimum one binds, at whatever slope a solver has met it. From a slope
    # that is not steep enough Newton's steps lead there: the logarithm of E[C] is convex in it.
    low = scaled.levels < _LOW * scaled.mass
    if low.any() and not solution.every:
        most = max(float(cost.max()) for cost in scaled.matrices)
        flat = np.log(scaled.mass / scaled.levels) / most
        binding, slopes = binding | low, np.where(low, np.minimum(slopes, flat), slopes)
    if solution.every:
        return _Optimum(scaled, r, slopes, active, binding, holds=True)
    for _ in range(_ROUNDS):
        trial = _solved(scaled, np.where(active, r, 0.0), np.where(binding, slopes, 0.0))
        if trial is None:
            break
        at, price, model, settled = trial
        gone, off = active & (at <= 0), binding & (price <= 0)
        back = ~active & (model.c > 1 + _TOUCHING)
        on = ~binding & (model.spare < -_TOUCHING * scaled.levels)
        if not (gone.any() or off.any() or back.any() or on.any()):
            return _Optimum(scaled, at, price, active, binding, holds=settled)
        if back.any():
            back &= model.c >= model.c[back].max()
        active, binding = (active & ~gone) | back, (binding & ~off) | on
        r, slopes = np.maximum(r, 1e-9), np.maximum(slopes, 1e-9)
    return _Optimum(scaled, r, slopes, active, binding, holds=False)


def _solved(scaled: Program, r: Array, slopes: Array) -> tuple[Array, Array, Model, bool] | None:
    """Take Newton steps towards c_j = 1 and E[C_k] = b_k where r_j > 0 and λ_k > 0.

    Last comes whether they are met.
    """
    a, b = np.flatnonzero(r > 0), np.flatnonzero(slopes > 0)
    if not len(a):
        return None
    for _ in range(_STEPS):
        model = model_at(scaled, np.maximum(r, 0.0), np.maximum(slopes, 0.0))
        # Close to its minimum level a row costs e^-λ: its logarithm is what is straight in λ.
        levels = scaled.levels[b]
        spent = np.maximum(levels - model.spare[b], 1e-16 * levels)
        off = np.concatenate([1 - model.c[a], np.log(levels / spent)])
        if not np.isfinite(off).all():
            return None
        if np.abs(off).max() < _SETTLED:
            break
        units = np.concatenate([np.sqrt(np.maximum(r[a], 1e-12)), np.maximum(slopes[b], 1e-12)])
        matrix = np.block(
            [
                [model.H[np.ix_(a, a)], model.B[np.ix_(a, b)]],
                [-model.B[np.ix_(a, b)].T, model.S[np.ix_(b, b)]],
            ]
        )
        weights = units / np.concatenate([np.ones(len(a)), spent])
        matrix *= np.multiply.outer(weights, units)
        step = units * np.linalg.lstsq(matrix, -off * units, rcond=_FLAT)[0]
        r, slopes = r.copy(), slopes.copy()
        r[a] += step[: len(a)]
        slopes[b] += step[len(a) :]
        if (r[a] <= 0).any() or (slopes[b] <= 0).any():
            break
    return r, slopes, model, bool(np.abs(off).max(initial=0.0) < _MET)


def _standing(solution: Solution, optimum: _Optimum) -> Sensitivity:
    """Return the sensitivity for fixed codewords."""
    scaled, r, slopes = optimum.scaled, optimum.r, optimum.slopes
    a, b = np.flatnonzero(optimum.active), np.flatnonzero(optimum.binding)
    model = model_at(scaled, r, slopes)
    tilt = scaled.tilt(slopes)
    kernel = np.exp(tilt.min(axis=1, keepdims=True) - tilt)
    kernel /= (kernel @ r)[:, None]
    root, side = np.sqrt(np.maximum(r[a], 0.0)), slopes[b]
    # H is the Gram matrix of this one, whose singular values resolve flat directions better.
    rooted = kernel[:, a] * np.sqrt(scaled.pmf)[:, None] * root
    _, found, axes = np.linalg.svd(np.linalg.qr(rooted, mode="r"))
    sizes = np.full(len(a), _FLAT * found.max(initial=1e-300))
    sizes[: len(found)] = np.maximum(found, sizes[: len(found)])
    cross = axes @ (root[:, None] * model.B[np.ix_(a, b)] * side) / sizes[:, None]
    inner = model.S[np.ix_(b, b)] * np.multiply.outer(side, side) + cross.T @ cross
    curvature = np.linalg.pinv(inner, rcond=1e-13, hermitian=True)
    # Derivatives of λ and r of the active set in the scaled levels of the binding rows.
    dl = -side[:, None] * curvature * side
    dr = -root[:, None] * (axes.T @ ((cross @ (dl / side[:, None])) / sizes[:, None]))
    rows, kept = solution.problem.rows, scaled.kept
    own = np.zeros((len(scaled.levels), len(solution.problem.fidelities)))
    own[np.arange(len(kept)), rows.fidelity[kept]] = scaled.scales
    moves = own[b]
    rest, slack = np.flatnonzero(~optimum.active), np.flatnonzero(~optimum.binding)
    dz = model.H[np.ix_(rest, a)] @ dr + model.B[np.ix_(rest, b)] @ dl
    dt = model.S[np.ix_(slack, b)] @ dl - model.B[np.ix_(a, slack)].T @ dr
    tangent = _Tangent(
        np.concatenate([r[a], slopes[b], 1 - model.c[rest], model.spare[slack]]),
        np.vstack([dr @ moves, dl @ moves, dz @ moves, dt @ moves + own[slack]]),
    )
    singular = len(b) > 0 and np.linalg.matrix_rank(inner, tol=1e-12 * inner.max()) != len(b)
    return _result(solution, optimum, -(moves.T @ dl @ moves), tangent, singular=singular)


def _moving(solution: Solution, optimum: _Optimum) -> Sensitivity:
    """Return the sensitivity for moving codewords, for squared error."""
    problem, scaled = solution.problem, optimum.scaled
    rows, b = problem.rows, scaled.kept[optimum.binding]
    alive, used = problem.source.pmf > 0, optimum.active
    data = BindingData(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[b][:, alive],
        rows.levels[b],
    )
    r = optimum.r[used] / optimum.r[used].sum()
    _, matrix = derivatives(data, Support(problem.codewords[used], r, solution.slopes[b]))
    own = np.zeros((len(b), len(problem.fidelities)))
    own[np.arange(len(b)), rows.fidelity[b]] = 1.0
    count = len(matrix) - len(b)
    units = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    force = np.vstack([np.zeros((count, own.shape[1])), own]) / units[:, None]
    moved = np.linalg.lstsq(matrix / np.multiply.outer(units, units), force, rcond=_FLAT)[0]
    moved /= units[:, None]
    masses, dl = moved[: len(r)] * r[:, None], moved[count:]
    tangent = _Tangent(
        np.concatenate([r, solution.slopes[b]]), np.vstack([masses, dl]) if len(b) else masses
    )
    return _result(solution, optimum, -(own.T @ dl), tangent, singular=False)


def _result(
    solution: Solution, optimum: _Optimum, hessian: Array, tangent: _Tangent, *, singular: bool
) -> Sensitivity:
    scaled, rows = optimum.scaled, solution.problem.rows
    slopes, binding = np.zeros(len(rows.levels)), np.zeros(len(rows.levels), bool)
    slopes[scaled.kept] = np.where(optimum.binding, optimum.slopes, 0.0) * scaled.scales
    binding[scaled.kept[optimum.binding]] = True
    prices = np.bincount(rows.fidelity, slopes, len(hessian)).astype(float)
    return Sensitivity(
        solution,
        prices,
        (hessian + hessian.T) / 2,
        optimum.active,
        binding,
        optimum.holds and not singular and bool((tangent.values > _TOUCHING).all()),
        tangent,
    )
