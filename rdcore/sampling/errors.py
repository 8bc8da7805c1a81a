"""The standard error and the bias of a rate from samples."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, Indices, count, floats, points
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Source
from rdcore.sampling.blocks import block_length, variance_of_mean
from rdcore.sampling.derivatives import influence
from rdcore.sampling.recipes import SampleRecipe, Standing
from rdcore.solvers import Solution, solve

_LN2 = float(np.log(2))
_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class SampledRate:
    """A rate from samples, with the standard errors and biases of sampling.

    Attributes
    ----------
    solution : Solution
        Of the recipe on the samples.
    size, effective : int and float
        Number of rows, and of rows of equal weight and independent that would say as much.
    error, bias : float
        Of the rate, nats. The bias is the mean of the rate minus that of the source.
    price_errors, price_biases : arrays, (F,)
        Of the price of each fidelity, nats per unit of its level.
    method : str
        How the errors were found.
    block : int
        Number of consecutive rows in a block; 1 for independent rows.
    resamples : int
        Number of resamples that were solved; without any the biases are not known, NaN.
    """

    solution: Solution
    size: int
    effective: float
    error: float
    bias: float
    price_errors: Array
    price_biases: Array
    method: str
    block: int
    resamples: int

    @property
    def error_bits(self) -> float:
        """Standard error of the rate, bits."""
        return self.error / _LN2

    @property
    def bias_bits(self) -> float:
        """Bias of the rate, bits."""
        return self.bias / _LN2

    @property
    def price_errors_bits(self) -> Array:
        """Standard error of each price, bits per unit of the level, (F,)."""
        return self.price_errors / _LN2

    @property
    def price_biases_bits(self) -> Array:
        """Bias of each price, bits per unit of the level, (F,)."""
        return self.price_biases / _LN2


def sampled(
    samples: ArrayLike,
    recipe: SampleRecipe,
    *,
    weights: ArrayLike | None = None,
    ordered: bool = False,
    resamples: int = 12,
    seed: int = 0,
) -> SampledRate:
    """Solve a recipe on samples, and estimate the standard error and bias of what it gives.

    Parameters
    ----------
    samples : array, (N,) or (N, d)
        The rows. SampleRows that are equal become one atom.
    recipe : SampleRecipe
        How the levels and subsets follow from the samples.
    weights : array, (N,), optional
        Relative weights of the rows.
    ordered : bool
        The rows follow each other in time, so neighbours may depend on each other. Blocks have
        the length of Politis and White (2004).
    resamples : int
        Number of resamples; with 0 the errors have their first-order part only.
    seed : int
        Of the resamples.

    Returns
    -------
    SampledRate
        The rate and the prices with their standard errors and biases, nats.

    References
    ----------
    P. Hall, The Bootstrap and Edgeworth Expansion, Springer, 1992; D. N. Politis and H. White,
    "Automatic block-length selection for the dependent bootstrap", Econometric Reviews 23, 2004.

    Examples
    --------
    >>> import numpy as np, rdcore as rd
    >>> rows = np.random.default_rng(0).normal(size=200).round(1)
    >>> found = sampled(rows, SampleRecipe(0.1), resamples=4)
    >>> round(found.error_bits, 3), round(found.bias_bits, 3)
    (0.055, -0.023)
    """
    given = points(samples, "samples")
    atoms, label = np.unique(given, axis=0, return_inverse=True)
    label = label.ravel()
    mass = _masses(weights, len(given))
    pmf = np.bincount(label, mass, len(atoms))
    rows = SampleRows(Source(atoms, pmf / pmf.sum()), label, mass)
    return of_rows(rows, recipe, ordered=ordered, resamples=resamples, seed=seed)


class SampleRows(NamedTuple):
    """Samples as atoms.

    Attributes
    ----------
    source : Source
        The atoms, with the sum of the masses of their rows as probabilities.
    label : array of int, (N,)
        The atom of each row, in their order.
    mass : array, (N,)
        Weights of the rows, with sum 1.
    """

    source: Source
    label: Indices
    mass: Array


def of_rows(
    rows: SampleRows,
    recipe: SampleRecipe | Standing,
    *,
    ordered: bool = False,
    resamples: int = 12,
    seed: int = 0,
) -> SampledRate:
    """Do as ``sampled`` for rows that are atoms already, such as the means of bins.

    Parameters
    ----------
    rows : SampleRows
        The atoms, with the atom of each row.
    recipe : SampleRecipe or Standing
        How a problem is made from the source; ``Standing`` takes one as it is.
    ordered : bool
        The rows follow each other in time.
    resamples : int
        Number of resamples; with 0 the errors have their first-order part only.
    seed : int
        Of the resamples.

    Returns
    -------
    SampledRate
        The rate and the prices with their standard errors and biases, nats.

    Examples
    --------
    >>> import rdcore as rd
    >>> source = rd.Source([0.0, 1.0], [0.25, 0.75])
    >>> label = np.array([0, 1, 1, 1] * 20)
    >>> rows = SampleRows(source, label, np.full(80, 1 / 80))
    >>> problem = rd.Problem(source, source.atoms, "hamming", [rd.average(0.1)])
    >>> found = of_rows(rows, Standing(problem), resamples=0)
    >>> round(found.error, 3)
    0.054
    """
    resamples = count(resamples, "resamples", 0)
    label, mass, N = rows.label, rows.mass, len(rows.label)
    solution = solve(recipe.problem(rows.source), tol=_TOLERANCE)
    found = influence(solution, shares=recipe.shares, quantiles=recipe.quantiles)
    derivative = np.vstack([found.rate, found.prices])[:, label]
    series = derivative * mass * N
    length = 1
    if ordered:
        length = block_length(series[0])
    first = np.array([variance_of_mean(one, length) for one in series])
    plain = float((series[0] ** 2).mean() / N)
    draws = _Draws(rows, recipe, solution, derivative, length)
    extra = np.array([draws.change(np.random.default_rng([seed, k])) for k in range(resamples)])
    extra = extra[np.isfinite(extra).all(axis=1)] if len(extra) else np.empty((0, len(series)))
    second = extra.var(axis=0, ddof=1) if len(extra) > 1 else np.zeros(len(series))
    # Where the influence vanishes the estimated one does not: its square is then 2 × second.
    error = np.sqrt(np.maximum(first - 2 * second, 0.0) + second)
    bias = extra.mean(axis=0) if len(extra) else np.full(len(series), np.nan)
    independent = plain / first[0] * N if ordered and first[0] > 0 else N
    effective = independent / (N * float((mass**2).sum()))
    way = f"blocks of {length} rows" if ordered else "the influence of each row"
    if len(extra):
        way += f", and {len(extra)} resamples"
    return SampledRate(
        solution,
        N,
        effective,
        float(error[0]),
        float(bias[0]),
        error[1:],
        bias[1:],
        way,
        length,
        len(extra),
    )


def _masses(weights: ArrayLike | None, N: int) -> Array:
    """Return the weights divided by their sum, (N,)."""
    if weights is None:
        return np.full(N, 1 / N)
    mass = floats(weights, "weights")
    if mass.shape != (N,) or not (np.isfinite(mass).all() and (mass >= 0).all() and mass.any()):
        raise InputError(f"weights must be {N} non-negative numbers, not all 0")
    return np.asarray(mass / mass.sum())


@dataclass(frozen=True, eq=False)
class _Draws:
    """Resamples of the rows."""

    rows: SampleRows
    recipe: SampleRecipe | Standing
    solution: Solution
    derivative: Array
    block: int

    def change(self, rng: np.random.Generator) -> Array:
        """Return the change of the rate and the prices, (1 + F,), less its linear part.

        The linear part has mean 0, and most of the variance. NaN if the resample is infeasible.
        """
        N, source = len(self.rows.label), self.rows.source
        heads = rng.integers(0, N, -(-N // self.block))
        chosen = ((heads[:, None] + np.arange(self.block)) % N).ravel()[:N]
        times = np.bincount(chosen, minlength=N) * self.rows.mass
        times /= times.sum()
        pmf = np.bincount(self.rows.label, times, source.n)
        try:
            found = solve(self.recipe.problem(replace(source, pmf=pmf / pmf.sum())), tol=_TOLERANCE)
        except InfeasibleError:
            return np.full(len(self.derivative), np.nan)
        linear = self.derivative @ times
        before = np.append(self.solution.rate, self.solution.prices)
        return np.asarray(np.append(found.rate, found.prices) - before - linear)
