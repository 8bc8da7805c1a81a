"""Sources with finitely many atoms, and the example sources of Nasser (2025), project report."""

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

__all__ = [
    "Source",
    "bernoulli",
    "codebook",
    "four_clusters",
    "from_density",
    "from_pmf",
    "from_samples",
    "gaussian",
    "gaussian_2d",
    "gaussian_density",
    "grid_codebook",
    "laplacian",
    "laplacian_density",
    "mixture",
    "spike_and_background",
    "three_modes",
    "trimodal",
    "uniform_grid",
]

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

    Raises
    ------
    InputError
        If a weight is negative or not finite, or if none is above 0.
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
    """Return the source with P(X = 1) = p and P(X = 0) = 1 - p."""
    p = real(p, "p")
    if not 0 <= p <= 1:
        raise InputError(f"p must be in [0, 1]; got {p:g}")
    return Source(np.array([0.0, 1.0]), np.array([1 - p, p]), "bernoulli")


def uniform_grid(n: int, low: float = 0.0, high: float = 1.0) -> Source:
    """Return the midpoints of n equal cells of [low, high], equally likely.

    Its ``cells`` are exact, so ``continuous.bounds`` applies to the uniform density.
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
    """Gaussian density in n cells, up to ``span`` standard deviations from the mean."""
    from scipy.stats import norm

    return _spread_over(norm(real(mean, "mean"), positive(scale, "scale")), n, span, "gaussian")


def laplacian_density(
    n: int, *, mean: float = 0.0, scale: float = 1.0, span: float = 20.0
) -> Source:
    """Laplace density in n cells, up to ``span`` times the scale from the mean."""
    from scipy.stats import laplace

    return _spread_over(laplace(real(mean, "mean"), positive(scale, "scale")), n, span, "laplacian")


def _spread_over(law: Any, n: int, span: float, name: str) -> Source:
    (mean, scale), reach = law.args, positive(span, "span")
    return from_density(law, mean - reach * scale, mean + reach * scale, n, name=name)


def laplacian(n: int = 161, scale: float = 1.0, span: float = 8.0) -> Source:
    """Laplace distribution on n points of [-span·scale, span·scale], weights exp(-|x|/scale)."""
    n, scale, span = count(n, "n", 2), positive(scale, "scale"), positive(span, "span")
    atoms = scale * np.linspace(-span, span, n)
    return from_pmf(atoms, np.exp(-np.abs(atoms) / scale), "laplacian")


def mixture(
    means: ArrayLike, widths: ArrayLike, masses: ArrayLike, atoms: ArrayLike | None = None
) -> Source:
    """Mixture of Gaussians on a line, evaluated on a grid.

    Parameters
    ----------
    means, widths, masses : arrays, (c,)
        Mean, standard deviation and probability of each component.
    atoms : array, (n,), optional
        The grid; by default 200 points from four widths below to four above.
    """
    given = {"means": floats(means, "means"), "widths": floats(widths, "widths")}
    given["masses"] = floats(masses, "masses")
    sizes = {values.size for values in given.values() if values.ndim}
    if max(values.ndim for values in given.values()) > 1 or len(sizes - {1}) > 1 or 0 in sizes:
        shapes = ", ".join(f"{name} has shape {values.shape}" for name, values in given.items())
        raise InputError(f"{shapes}; each must be one number or (c,) with the same c")
    mean, width, mass = np.broadcast_arrays(*map(np.atleast_1d, given.values()))
    finite = all(np.isfinite(values).all() for values in given.values())
    if not (finite and (width > 0).all() and (mass >= 0).all()):
        raise InputError("means must be finite, widths above 0 and masses non-negative")
    low, high = float((mean - 4 * width).min()), float((mean + 4 * width).max())
    grid = np.linspace(low, high, 200) if atoms is None else points(atoms, "atoms")
    return from_pmf(grid, _gaussian_sum(grid, mean, width, mass / width), "mixture")


def _gaussian_sum(grid: Array, means: ArrayLike, widths: ArrayLike, weights: ArrayLike) -> Array:
    """Sum of weights · exp(-((x - mean) / width)² / 2) at each point of the grid."""
    z = (grid[:, None] - np.asarray(means)) / np.asarray(widths)
    return np.asarray(np.exp(-(z**2) / 2) @ np.asarray(weights))


def _square_grid(points_per_side: int, half_width: float) -> Array:
    side = np.linspace(-half_width, half_width, points_per_side)
    first, second = np.meshgrid(side, side, indexing="ij")
    return np.column_stack([first.ravel(), second.ravel()])


def gaussian() -> Source:
    """Unit Gaussian on 50 points of [-3, 3]."""
    atoms = np.linspace(-3, 3, 50)
    return from_pmf(atoms, np.exp(-(atoms**2) / 2), "gaussian")


def gaussian_2d() -> Source:
    """Unit Gaussian in the plane on a 25 × 25 grid of [-3, 3]²."""
    atoms = _square_grid(25, 3)
    return from_pmf(atoms, np.exp(-(atoms**2).sum(axis=1) / 2), "gaussian_2d")


def trimodal() -> Source:
    """Three Gaussians of different widths on 200 points of [-3, 3]."""
    atoms = np.linspace(-3, 3, 200)
    return from_pmf(
        atoms, _gaussian_sum(atoms, [-2, 0, 2], [0.2, 1, 0.5], [0.3, 0.4, 0.3]), "trimodal"
    )


def three_modes() -> Source:
    """Three narrow Gaussians over a flat background on 100 points of [-8, 8]."""
    atoms = np.linspace(-8, 8, 100)
    density = _gaussian_sum(atoms, [-5, -1, 2.5], [0.3, 0.6, 0.4], [0.25, 0.25, 0.25])
    return from_pmf(atoms, density + 0.25 / 16, "three_modes")


def spike_and_background() -> Source:
    """A spike at 0 over two wide Gaussians on 200 points of [-10, 10]."""
    atoms = np.linspace(-10, 10, 200)
    density = _gaussian_sum(atoms, [0, -4, 5], [0.2, 3, 4], [0.2, 0.8, 0.8])
    return from_pmf(atoms, density, "spike_and_background")


def four_clusters() -> Source:
    """Clusters at (±4, ±4) over a flat background on a 40 × 40 grid of [-8, 8]²."""
    atoms = _square_grid(40, 8)
    weight = np.full(len(atoms), 0.1)
    for centre in ((4, 4), (4, -4), (-4, 4), (-4, -4)):
        weight += np.exp(-((atoms - centre) ** 2).sum(axis=1) / 2)
    return from_pmf(atoms, weight, "four_clusters")


_CODEBOOKS = {
    "gaussian": lambda: np.linspace(-3, 3, 8),
    "gaussian_2d": lambda: _square_grid(4, 3),
    "trimodal": lambda: np.linspace(-3, 3, 16),
    "three_modes": lambda: np.linspace(-8, 8, 64),
    "spike_and_background": lambda: np.linspace(-10, 10, 32),
    "four_clusters": lambda: _square_grid(6, 8),
}


def codebook(name: str) -> Array:
    """Return the initial codebook of an example source, (m,) or (m, 2).

    For ``three_modes``, Nasser (2025) draws 64 random points; here they are equally spaced, so that
    results are reproducible.
    """
    if name not in _CODEBOOKS:
        raise InputError(f"name must be one of {', '.join(_CODEBOOKS)}; got {name!r}")
    return _CODEBOOKS[name]()


def grid_codebook(source: Source, m: int) -> Array:
    """Return equally spaced codewords over the range of the atoms.

    In one dimension there are m of them, (m,). In d dimensions they are the largest grid with the
    same number of points along each axis and at most m points in all, (m', d).
    """
    m = count(m, "m")
    low, high = source.points.min(axis=0), source.points.max(axis=0)
    if source.dim == 1:
        return np.linspace(low[0], high[0], m) if m > 1 else np.array([(low[0] + high[0]) / 2])
    side = max(1, int(np.floor(m ** (1 / source.dim) + 1e-9)))
    axes = [
        np.linspace(lo, hi, side) if side > 1 else np.array([(lo + hi) / 2])
        for lo, hi in zip(low, high, strict=True)
    ]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, source.dim)
