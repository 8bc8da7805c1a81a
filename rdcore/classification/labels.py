"""Sources with labels: examples, and the handwritten digits of scikit-learn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rdcore._arrays import Array, count, real
from rdcore._extras import require
from rdcore.errors import InputError
from rdcore.problem.sources import Source, bernoulli, from_pmf, gaussian_density

__all__ = [
    "Labelled",
    "binary_symmetric",
    "digits",
    "jointly_gaussian",
    "of_samples",
    "parity",
    "thresholded",
]

_PIXELS = 8


@dataclass(frozen=True, eq=False)
class Labelled:
    """A source and the distribution of its label given each atom.

    Attributes
    ----------
    source : Source
        n atoms.
    posterior : array, (n, |S|)
        P(S = s | X = x).
    names : tuple of str
        Names of the labels.
    label_cell : float
        Width of the cells of a discretised continuous label, else 1. In nats, H(S|X̂) of the cells
        is about h(S|X̂) - log(label_cell).
    """

    source: Source
    posterior: Array
    names: tuple[str, ...]
    label_cell: float = 1.0


def binary_symmetric(p: float, e: float) -> Labelled:
    """Return X ~ Bernoulli(p) and S = X ⊕ Bernoulli(e).

    Parameters
    ----------
    p : float
        P(X = 1).
    e : float
        P(S ≠ X).

    Returns
    -------
    Labelled
        Two atoms with two labels.

    Raises
    ------
    InputError
        If a probability is outside 0 and 1.

    Examples
    --------
    >>> binary_symmetric(0.3, 0.1).posterior.tolist()
    [[0.9, 0.1], [0.1, 0.9]]
    """
    error = real(e, "e")
    if not 0 <= error <= 1:
        raise InputError(f"e must be in [0, 1]; got {error:g}")
    posterior = np.array([[1 - error, error], [error, 1 - error]])
    return Labelled(bernoulli(p), posterior, ("0", "1"))


def jointly_gaussian(rho: float, n: int, labels: int | None = None, span: float = 8.0) -> Labelled:
    """Return discretised X and S, jointly Gaussian with unit variances and correlation ρ.

    Parameters
    ----------
    rho : float
        Correlation, between -1 and 1.
    n, labels : int
        Numbers of cells of X and of S, by default equal. The outer cells of S are unbounded.
    span : float
        Cells are equal within ±span standard deviations for X, and within ±span/2 for S.

    Returns
    -------
    Labelled
        n atoms with the cells of S as labels.

    Raises
    ------
    InputError
        If the correlation is not between -1 and 1, exclusive.

    Examples
    --------
    >>> found = jointly_gaussian(0.8, 40, labels=12)
    >>> found.source.n, found.posterior.shape
    (40, (40, 12))
    """
    from scipy.special import ndtr

    correlation = real(rho, "rho")
    if not -1 < correlation < 1:
        raise InputError(f"rho must be between -1 and 1, exclusive; got {correlation:g}")
    source = gaussian_density(count(n, "n", 2), span=span)
    cells = count(n if labels is None else labels, "labels", 2)
    edges = np.linspace(-span / 2, span / 2, cells + 1)
    spread = np.sqrt(1 - correlation**2)
    below = ndtr((edges[1:-1] - correlation * source.points) / spread)
    full = np.hstack([np.zeros((source.n, 1)), below, np.ones((source.n, 1))])
    posterior = np.diff(full, axis=1)
    names = tuple(f"{v:.3g}" for v in (edges[1:] + edges[:-1]) / 2)
    return Labelled(source, posterior / posterior.sum(axis=1, keepdims=True), names, span / cells)


def thresholded(source: Source, steepness: float, at: float = 0.0) -> Labelled:
    """Return a source on the line with a soft label for the side of a threshold.

    P(S = 1 | X = x) = 1 / (1 + exp(-steepness (x - at))).

    Parameters
    ----------
    source : Source
        A source on the line.
    steepness : float
        How sharply the label changes, per unit of x.
    at : float
        The threshold, in the unit of x.

    Returns
    -------
    Labelled
        The source with two labels.

    Raises
    ------
    InputError
        If the source has more than one coordinate.

    Examples
    --------
    >>> import rdcore as rd
    >>> found = thresholded(rd.sources.from_pmf([-1, 0, 1], [1, 1, 1]), 2.0)
    >>> found.posterior[:, 1].round(3).tolist()
    [0.119, 0.5, 0.881]
    """
    if source.dim != 1:
        raise InputError(f"source must have one coordinate; got {source.dim}")
    steep = real(steepness, "steepness")
    right = 1 / (1 + np.exp(-np.clip(steep * (source.points[:, 0] - at), -700, 700)))
    return Labelled(source, np.stack([1 - right, right], axis=1), ("below", "above"))


def parity(n: int) -> Labelled:
    """Return the uniform source on 0 … n-1, labelled even or odd.

    Parameters
    ----------
    n : int
        Number of atoms.

    Returns
    -------
    Labelled
        n atoms with two labels.

    Examples
    --------
    >>> parity(3).posterior.tolist()
    [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    atoms = np.arange(float(count(n, "n", 2)))
    posterior = np.stack([atoms % 2 == 0, atoms % 2 == 1], axis=1).astype(np.float64)
    return Labelled(from_pmf(atoms, np.full(n, 1 / n), "parity"), posterior, ("even", "odd"))


def of_samples(values: Array, labels: Array, prototypes: int, seed: int = 0) -> Labelled:
    """Return the prototypes of labelled samples, with the frequencies of their labels.

    Parameters
    ----------
    values : array, (N,) or (N, d)
        The samples.
    labels : array, (N,)
        Their labels, of any type that NumPy can sort.
    prototypes : int
        Number of atoms, which are the centres of k-means clusters; with no more distinct samples
        than that, the samples themselves.
    seed : int
        Seed of the initial clusters.

    Returns
    -------
    Labelled
        The prototypes with the frequencies of the labels.

    Raises
    ------
    MissingExtraError
        If clusters are needed and scikit-learn is not installed.

    Examples
    --------
    >>> found = of_samples([1.0, 2.0, 2.0, 3.0], ["low", "low", "high", "high"], prototypes=5)
    >>> found.names, found.posterior.tolist()
    (('high', 'low'), [[0.0, 1.0], [0.5, 0.5], [1.0, 0.0]])
    """
    points = np.asarray(values, dtype=np.float64).reshape(len(values), -1)
    if len(points) != len(labels):
        raise InputError(
            f"labels must have {len(points)} entries, one per sample; got {len(labels)}"
        )
    names, which = np.unique(labels, return_inverse=True)
    distinct, place = np.unique(points, axis=0, return_inverse=True)
    atoms, place = distinct, place.ravel()
    if len(distinct) > count(prototypes, "prototypes"):
        atoms, place = _clustered(points, prototypes, seed)
    counts = np.zeros((len(atoms), len(names)))
    np.add.at(counts, (place, which.ravel()), 1.0)
    mass = counts.sum(axis=1)
    kept = mass > 0
    atoms, counts, mass = atoms[kept], counts[kept], mass[kept]
    source = from_pmf(atoms[:, 0] if atoms.shape[1] == 1 else atoms, mass / mass.sum(), "samples")
    return Labelled(source, counts / mass[:, None], tuple(str(name) for name in names))


def digits(prototypes: int = 100, seed: int = 0) -> Labelled:
    """Return prototypes of scikit-learn's handwritten digits, labelled 0 to 9.

    An atom has 8×8 pixels with values from 0 to 16.

    Parameters
    ----------
    prototypes : int
        Number of atoms, the centres of k-means clusters.
    seed : int
        Seed of the initial clusters.

    Returns
    -------
    Labelled
        Atoms (n, 64) with ten labels.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning
    Repository, 1998.

    Examples
    --------
    >>> digits(10).source.points.shape
    (10, 64)
    """
    require("labels.digits", "sklearn")
    from sklearn.datasets import load_digits

    images, names = load_digits(return_X_y=True)
    return of_samples(images, names, prototypes, seed)


def _clustered(points: Array, count: int, seed: int) -> tuple[Array, NDArray[np.intp]]:
    require("labels.of_samples with prototypes", "sklearn")
    from sklearn.cluster import KMeans

    found = KMeans(count, n_init=1, random_state=seed).fit(points)
    return np.asarray(found.cluster_centers_, dtype=np.float64), np.asarray(
        found.labels_, dtype=np.intp
    )
