"""The example sources of Nasser (2025), project report, and codebooks for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, count, floats, points, positive
from rdcore.errors import InputError
from rdcore.problem.sources.source import Source, from_pmf


def laplacian(n: int = 161, scale: float = 1.0, span: float = 8.0) -> Source:
    """Laplace distribution on n points of [-span·scale, span·scale], weights exp(-|x|/scale).

    Parameters
    ----------
    n : int
        Number of atoms.
    scale : float
        The scale of the distribution.
    span : float
        Where the atoms end, in scales.

    Returns
    -------
    Source
        n atoms.

    Examples
    --------
    >>> laplacian(5, span=2.0).atoms.tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0]
    """
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

    Returns
    -------
    Source
        One atom for each point of the grid.

    Raises
    ------
    InputError
        If the shapes differ, or a width or a mass is not positive and finite.

    Examples
    --------
    >>> mixture([-1, 1], [0.1, 0.2], [0.5, 0.5]).n
    200
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
    """Unit Gaussian on 50 points of [-3, 3].

    Returns
    -------
    Source
        50 atoms.

    Examples
    --------
    >>> gaussian().n
    50
    """
    atoms = np.linspace(-3, 3, 50)
    return from_pmf(atoms, np.exp(-(atoms**2) / 2), "gaussian")


def gaussian_2d() -> Source:
    """Unit Gaussian in the plane on a 25 × 25 grid of [-3, 3]².

    Returns
    -------
    Source
        625 atoms in the plane.

    Examples
    --------
    >>> gaussian_2d().points.shape
    (625, 2)
    """
    atoms = _square_grid(25, 3)
    return from_pmf(atoms, np.exp(-(atoms**2).sum(axis=1) / 2), "gaussian_2d")


def trimodal() -> Source:
    """Three Gaussians of different widths on 200 points of [-3, 3].

    Returns
    -------
    Source
        200 atoms.

    Examples
    --------
    >>> trimodal().n
    200
    """
    atoms = np.linspace(-3, 3, 200)
    return from_pmf(
        atoms, _gaussian_sum(atoms, [-2, 0, 2], [0.2, 1, 0.5], [0.3, 0.4, 0.3]), "trimodal"
    )


def three_modes() -> Source:
    """Three narrow Gaussians over a flat background on 100 points of [-8, 8].

    Returns
    -------
    Source
        100 atoms.

    Examples
    --------
    >>> three_modes().n
    100
    """
    atoms = np.linspace(-8, 8, 100)
    density = _gaussian_sum(atoms, [-5, -1, 2.5], [0.3, 0.6, 0.4], [0.25, 0.25, 0.25])
    return from_pmf(atoms, density + 0.25 / 16, "three_modes")


def spike_and_background() -> Source:
    """A spike at 0 over two wide Gaussians on 200 points of [-10, 10].

    Returns
    -------
    Source
        200 atoms.

    Examples
    --------
    >>> spike_and_background().n
    200
    """
    atoms = np.linspace(-10, 10, 200)
    density = _gaussian_sum(atoms, [0, -4, 5], [0.2, 3, 4], [0.2, 0.8, 0.8])
    return from_pmf(atoms, density, "spike_and_background")


def four_clusters() -> Source:
    """Clusters at (±4, ±4) over a flat background on a 40 × 40 grid of [-8, 8]².

    Returns
    -------
    Source
        1600 atoms in the plane.

    Examples
    --------
    >>> four_clusters().points.shape
    (1600, 2)
    """
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

    Parameters
    ----------
    name : str
        The name of the function that returns the source.

    Returns
    -------
    array, (m,) or (m, 2)
        The codewords.

    Raises
    ------
    InputError
        If there is no codebook of that name.

    Examples
    --------
    >>> codebook("three_modes").shape
    (64,)
    """
    if name not in _CODEBOOKS:
        raise InputError(f"name must be one of {', '.join(_CODEBOOKS)}; got {name!r}")
    return _CODEBOOKS[name]()


def grid_codebook(source: Source, m: int) -> Array:
    """Return equally spaced codewords over the range of the atoms.

    In one dimension there are m of them, (m,). In d dimensions they are the largest grid with the
    same number of points along each axis and at most m points in all, (m', d).

    Parameters
    ----------
    source : Source
        The source, whose atoms give the range.
    m : int
        Largest number of codewords.

    Returns
    -------
    array, (m,) or (m', d)
        The codewords, in the unit of the atoms.

    Examples
    --------
    >>> grid_codebook(gaussian(), 3).tolist()
    [-3.0, 0.0, 3.0]
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
