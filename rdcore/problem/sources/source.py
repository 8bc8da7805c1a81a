"""Sources with finitely many atoms, and how they are made from data and from densities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import fsum
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rdcore._arrays import Array, count, floats, frozen, points, positive, real
from rdcore.errors import InputError
from rdcore.problem.cells import Cells, Density, discretise

_SUM_TOLERANCE = 1e-9
_MOST_CELLS = 10_000_000
# Cells along an axis: their numbers times the samples' still are exact integers.
_MOST_BINS = 1 << 31
# Dividing by the sum leaves one that is off by less, whatever the number of atoms.
_ROUNDING = 4 * float(np.finfo(np.float64).eps)


def _normalised(weights: NDArray[Any]) -> Array:
    """Divide weights by their sum, twice: the second division removes the rounding of the first."""
    pmf = weights / weights.sum()
    return np.asarray(pmf / pmf.sum())


@dataclass(frozen=True, eq=False)
class Source:
    """A discrete memoryless source.

    Parameters
    ----------
    atoms : array, (n,) or (n, d)
        The values of the source, in the user's unit.
    pmf : array, (n,)
        Their probabilities, which sum to 1.
    name : str
        Name to display.
    cells : Cells, optional
        For a discretised source, the spread of the continuous source around the atoms.

    Raises
    ------
    InputError
        If the shapes differ, a probability is negative, or they do not sum to 1.

    Examples
    --------
    >>> coin = Source([0.0, 1.0], [0.5, 0.5], name="coin")
    >>> round(coin.entropy_bits, 12)
    1.0
    """

    atoms: Array
    pmf: Array
    name: str = "source"
    cells: Cells | None = None

    def __post_init__(self) -> None:
        atoms = points(self.atoms, "atoms")
        pmf = floats(self.pmf, "pmf")
        if pmf.shape != (len(atoms),):
            raise InputError(f"pmf must have shape ({len(atoms)},), one per atom; got {pmf.shape}")
        if not np.isfinite(pmf).all() or (pmf < 0).any():
            raise InputError("pmf must be finite and non-negative")
        total = fsum(pmf)
        if abs(total - 1.0) > _SUM_TOLERANCE:
            raise InputError(f"pmf must sum to 1; got {total:.12g} (from_pmf normalises weights)")
        if self.cells is not None and self.cells.n != len(atoms):
            raise InputError(f"cells must be one per atom, {len(atoms)}; got {self.cells.n}")
        object.__setattr__(self, "atoms", atoms)
        # What was normalised before stays as it is, to the last bit.
        exact = abs(total - 1.0) <= _ROUNDING
        object.__setattr__(self, "pmf", frozen(pmf if exact else pmf / total))

    @property
    def n(self) -> int:
        """Number of atoms."""
        return len(self.pmf)

    @property
    def dim(self) -> int:
        """Number of coordinates of an atom."""
        return 1 if self.atoms.ndim == 1 else int(self.atoms.shape[1])

    @property
    def points(self) -> Array:
        """The atoms as an (n, d) array, with d = 1 in one dimension."""
        return self.atoms.reshape(self.n, self.dim)

    @cached_property
    def extent(self) -> tuple[float, float]:
        """The largest coordinate of an atom, and the least difference of two; ∞ if all agree."""
        least = np.inf
        for axis in self.points.T:
            steps = np.diff(np.unique(axis / 2))
            least = min(least, 2 * float(steps[steps > 0].min(initial=np.inf)))
        return float(np.abs(self.points).max()), least

    @cached_property
    def mean(self) -> Array:
        """Mean, (d,)."""
        return np.asarray(self.pmf @ self.points)

    @cached_property
    def variance(self) -> float:
        """Total variance E|X - EX|², in the square of the atoms' unit."""
        return float(self.pmf @ ((self.points - self.mean) ** 2).sum(axis=1))

    @cached_property
    def entropy(self) -> float:
        """H(X) in nats."""
        mass = self.pmf[self.pmf > 0]
        return float(-(mass * np.log(mass)).sum())

    @property
    def entropy_bits(self) -> float:
        """H(X) in bits."""
        return self.entropy / float(np.log(2))


def from_pmf(atoms: ArrayLike, pmf: ArrayLike, name: str = "source") -> Source:
    """Build a source from atoms (n,) or (n, d) and weights (n,), which are normalised.

    Parameters
    ----------
    atoms : array, (n,) or (n, d)
        The values.
    pmf : array, (n,)
        Their weights, not all 0.
    name : str
        Name to display.

    Returns
    -------
    Source
        n atoms.

    Raises
    ------
    InputError
        If a weight is negative or not finite, or if none is above 0.

    Examples
    --------
    >>> from_pmf([1, 2, 3], [1, 1, 2]).pmf.tolist()
    [0.25, 0.25, 0.5]
    """
    weights = floats(pmf, "pmf")
    if weights.size == 0 or not np.isfinite(weights).all() or (weights < 0).any():
        raise InputError("pmf must be finite and non-negative")
    peak = float(weights.max())
    if peak == 0:
        raise InputError("pmf must have at least one weight above 0; got none")
    weights = weights / peak
    return Source(np.asarray(atoms), _normalised(weights), name)


def from_samples(
    a: ArrayLike, bins: int | Sequence[int] | None = None, name: str = "samples"
) -> Source:
    """Return the empirical distribution of samples (N,) or (N, d).

    Parameters
    ----------
    a : array
        The samples.
    bins : int or one int per dimension, optional
        Number of cells of equal size over the range of the samples. The atom of a cell is the mean
        of its samples, and ``cells`` stores the variance within each cell, so that
        ``continuous.bounds`` applies to the original samples. None: each distinct value is an atom.
    name : str
        Name to display.

    Returns
    -------
    Source
        The distinct samples, or the means of the bins with their ``cells``.

    Raises
    ------
    InputError
        If `bins` is neither one number nor one per coordinate.

    Examples
    --------
    >>> from_samples([1, 1, 2, 4]).pmf
    array([0.5 , 0.25, 0.25])
    >>> from_samples([1, 1, 2, 4], bins=2).atoms
    array([1.33333333, 4.        ])
    """
    samples = points(a, "a")
    if bins is None:
        atoms, counts = np.unique(samples, axis=0, return_counts=True)
        return from_pmf(atoms, counts, name)
    rows = samples.reshape(len(samples), -1)
    sizes = np.asarray(bins)
    if sizes.ndim > 1 or sizes.size not in (1, rows.shape[1]):
        raise InputError(
            f"bins={bins!r} must be one number, or one for each of {rows.shape[1]} coordinates"
        )
    sizes = np.broadcast_to(sizes.ravel(), (rows.shape[1],))
    label = np.zeros(len(rows), dtype=np.int64)
    for axis, size in enumerate(sizes):
        cells = count(size, "bins", most=_MOST_BINS)
        low, high = rows[:, axis].min(), rows[:, axis].max()
        width = (high - low) / cells or 1.0
        cell = np.minimum(((rows[:, axis] - low) / width).astype(np.int64), cells - 1)
        # Numbered again along each axis: the number of all cells may be beyond any integer.
        _, label = np.unique(label * cells + cell, return_inverse=True)
    _, label, counts = np.unique(label, return_inverse=True, return_counts=True)
    sums = np.zeros((len(counts), rows.shape[1]))
    np.add.at(sums, label, rows)
    atoms = sums / counts[:, None]
    variance = np.bincount(label, ((rows - atoms[label]) ** 2).sum(axis=1)) / counts
    diameter = ((np.ptp(rows, axis=0) / sizes) ** 2).sum()
    around = Cells(variance, np.full(len(counts), diameter / 4))
    return Source(atoms, _normalised(counts), name, around)


def bernoulli(p: float) -> Source:
    """Return the source with P(X = 1) = p and P(X = 0) = 1 - p.

    Parameters
    ----------
    p : float
        The probability of 1.

    Returns
    -------
    Source
        Two atoms, 0 and 1.

    Raises
    ------
    InputError
        If `p` is outside 0 and 1.

    Examples
    --------
    >>> bernoulli(0.3).pmf.tolist()
    [0.7, 0.3]
    """
    p = real(p, "p")
    if not 0 <= p <= 1:
        raise InputError(f"p must be in [0, 1]; got {p:g}")
    return Source(np.array([0.0, 1.0]), np.array([1 - p, p]), "bernoulli")


def uniform_grid(n: int, low: float = 0.0, high: float = 1.0) -> Source:
    """Return the midpoints of n equal cells of [low, high], equally likely.

    Its ``cells`` are exact, so ``continuous.bounds`` applies to the uniform density.

    Parameters
    ----------
    n : int
        Number of cells.
    low, high : float
        The ends of the interval.

    Returns
    -------
    Source
        n atoms, with ``cells``.

    Raises
    ------
    InputError
        If `low` is not below `high`.

    Examples
    --------
    >>> uniform_grid(4).atoms.tolist()
    [0.125, 0.375, 0.625, 0.875]
    """
    n, low, high = count(n, "n"), real(low, "low"), real(high, "high")
    if not low < high:
        raise InputError(f"low must be below high; got low={low:g}, high={high:g}")
    atoms = low + (high - low) * (np.arange(n) + 0.5) / n
    # A uniform distribution has its variance as proxy, because sinh(u)/u ≤ exp(u²/6).
    spread = np.full(n, ((high - low) / n) ** 2 / 12)
    return Source(atoms, np.full(n, 1.0 / n), "uniform", Cells(spread, spread))


def from_density(
    density: Density,
    low: float,
    high: float,
    n: int,
    *,
    breaks: Sequence[float] = (),
    name: str = "density",
) -> Source:
    """Discretise a density on the line: each cell becomes one atom, its mean, with its exact mass.

    Parameters
    ----------
    density : callable, or distribution with ``cdf``, ``sf`` and ``support``
        For a distribution, such as a frozen one of ``scipy.stats``, the first and the last cell
        extend to the ends of the support, which may be infinite. A function of x (any shape,
        elementwise) is an unnormalised density that is 0 outside [low, high].
    low, high : float
        The range to divide into cells of about equal size.
    n : int
        Total number of cells, at least 2. Cells without mass are dropped.
    breaks : sequence of float
        Points that must be edges of cells, such as the ends of a subset. Cells between two breaks
        have equal size.
    name : str
        Name to display.

    Returns
    -------
    Source
        With ``cells``, for ``continuous.bounds``.

    Raises
    ------
    InputError
        If the range, the number of cells or the breaks are invalid, or the density cannot be
        integrated.

    Examples
    --------
    >>> ramp = from_density(lambda x: x, 0.0, 1.0, 2)
    >>> ramp.pmf
    array([0.25, 0.75])
    >>> ramp.atoms.round(12)
    array([0.33333333, 0.77777778])
    """
    low, high, n = real(low, "low"), real(high, "high"), count(n, "n", 2, _MOST_CELLS)
    if not low < high:
        raise InputError(f"low must be below high; got low={low:g}, high={high:g}")
    corners = np.unique([low, *(real(b, "breaks") for b in breaks), high])
    if corners[0] < low or corners[-1] > high:
        raise InputError(f"breaks must be between low={low:g} and high={high:g}")
    if n < len(corners) - 1:
        raise InputError(f"n must be above the number of breaks, {len(corners) - 2}; got {n}")
    atoms, pmf, cells = discretise(density, _edges(corners, n))
    return Source(atoms, pmf, name, cells)


def _edges(corners: Array, n: int) -> Array:
    """Divide the intervals between corners into n cells of nearly equal size; edges (n+1,)."""
    spare, share = n - (len(corners) - 1), np.diff(corners) / (corners[-1] - corners[0])
    # Each interval gets one cell and its share of the others; the rest is given out one by one.
    counts = np.maximum(np.floor(spare * share), 1).astype(np.int64)
    for _ in range(n - int(counts.sum())):
        counts[np.argmax(np.diff(corners) / counts)] += 1
    pieces = [
        np.linspace(a, b, int(k) + 1)[:-1]
        for a, b, k in zip(corners[:-1], corners[1:], counts, strict=True)
    ]
    return np.append(np.concatenate(pieces), corners[-1])


def gaussian_density(n: int, *, mean: float = 0.0, scale: float = 1.0, span: float = 8.0) -> Source:
    """Gaussian density in n cells, up to ``span`` standard deviations from the mean.

    Parameters
    ----------
    n : int
        Number of cells.
    mean, scale : float
        Mean and standard deviation.
    span : float
        Where the cells of equal width end, in standard deviations; the outer cells are unbounded.

    Returns
    -------
    Source
        With ``cells``, for ``continuous.bounds``.

    Examples
    --------
    >>> round(gaussian_density(100, mean=2.0).mean.item(), 9)
    2.0
    """
    from scipy.stats import norm

    return _spread_over(norm(real(mean, "mean"), positive(scale, "scale")), n, span, "gaussian")


def laplacian_density(
    n: int, *, mean: float = 0.0, scale: float = 1.0, span: float = 20.0
) -> Source:
    """Laplace density in n cells, up to ``span`` times the scale from the mean.

    Parameters
    ----------
    n : int
        Number of cells.
    mean, scale : float
        Mean and scale.
    span : float
        Where the cells of equal width end, in scales; the outer cells are unbounded.

    Returns
    -------
    Source
        With ``cells``, for ``continuous.bounds``.

    Examples
    --------
    >>> laplacian_density(100).cells is None
    False
    """
    from scipy.stats import laplace

    return _spread_over(laplace(real(mean, "mean"), positive(scale, "scale")), n, span, "laplacian")


def _spread_over(law: Any, n: int, span: float, name: str) -> Source:
    (mean, scale), reach = law.args, positive(span, "span")
    return from_density(law, mean - reach * scale, mean + reach * scale, n, name=name)
