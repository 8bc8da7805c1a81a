"""Codewords proposed from the atoms of a source: centres of k-means of several sizes."""

from __future__ import annotations

import numpy as np

from rdcore._arrays import Array, count
from rdcore.problem.sources.source import Source

_ROUNDS = 12
# So many atoms, drawn by their probabilities, stand for a larger source.
_DRAWN = 10_000
# Distances that are stored at a time.
_BLOCK = 1 << 22


def k_means(source: Source, m: int, seed: int = 0) -> Array:
    """Return at most m codewords: the centres of k-means with m/2, m/4, … 1 clusters.

    Coarse centres serve low rates, and fine ones high rates. With no more atoms than m, these and
    their mean are the codewords. Centres are those of a sample of 10 000 atoms where there are
    more. The certificate of a solution on these codewords is for these codewords.

    Parameters
    ----------
    source : Source
        The source, in any number of dimensions.
    m : int
        Largest number of codewords.
    seed : int
        Of the draw of starts; the same seed gives the same codewords.

    Returns
    -------
    array, (m',) or (m', d)
        The codewords, in the unit of the atoms.

    References
    ----------
    S. P. Lloyd, "Least squares quantization in PCM", 1982; D. Arthur and S. Vassilvitskii,
    "k-means++: the advantages of careful seeding", SODA 2007, for the starts.

    Examples
    --------
    >>> from rdcore.problem.sources import from_samples
    >>> k_means(from_samples([[0.0, 0.0], [0.0, 2.0], [4.0, 1.0], [4.0, 3.0]]), 3).tolist()
    [[0.0, 1.0], [2.0, 1.5], [4.0, 2.0]]
    """
    m, draw = count(m, "m"), np.random.default_rng(count(seed, "seed", 0))
    points, pmf = source.points, source.pmf
    points, pmf = points[pmf > 0], pmf[pmf > 0]
    mean = np.asarray(pmf @ points)[None, :]
    if len(points) < m:
        found = [points, mean]
    else:
        if len(points) > _DRAWN:
            which = draw.choice(len(points), _DRAWN, p=pmf)
            points, pmf = points[which], np.full(_DRAWN, 1 / _DRAWN)
        found, size = [mean], 2
        while sum(map(len, found)) + size <= m:
            found.append(_centres(points, pmf, size, draw))
            size *= 2
        left = m - sum(map(len, found))
        if left > 0:
            found.append(_centres(points, pmf, left, draw))
    codewords = np.unique(np.concatenate(found), axis=0)
    return codewords[:, 0] if source.dim == 1 else codewords


def _centres(points: Array, pmf: Array, m: int, draw: np.random.Generator) -> Array:
    """Return the centres (m, d) of k-means by Lloyd's iteration."""
    centres = _starts(points, pmf, m, draw)
    for _ in range(_ROUNDS):
        nearest = _nearest(points, centres)
        mass = np.bincount(nearest, weights=pmf, minlength=m)
        sums = [np.bincount(nearest, weights=pmf * axis, minlength=m) for axis in points.T]
        there = mass > 0
        moved = centres.copy()
        moved[there] = (np.stack(sums, axis=1)[there].T / mass[there]).T
        if np.array_equal(moved, centres):
            break
        centres = moved
    return centres


def _starts(points: Array, pmf: Array, m: int, draw: np.random.Generator) -> Array:
    """Draw atoms as starts, each by its squared distance from those before (k-means++)."""
    chosen = [int(draw.choice(len(points), p=pmf))]
    away = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < m:
        share = pmf * away
        total = share.sum()
        law = share / total if total > 0 else pmf
        chosen.append(int(draw.choice(len(points), p=law)))
        np.minimum(away, ((points - points[chosen[-1]]) ** 2).sum(axis=1), out=away)
    return points[chosen]


def _nearest(points: Array, centres: Array) -> np.ndarray:
    """Return the index of the nearest centre of each point, (n,)."""
    step = max(1, _BLOCK // len(centres))
    sizes = (centres**2).sum(axis=1)
    parts = [
        (sizes - 2 * points[k : k + step] @ centres.T).argmin(axis=1)
        for k in range(0, len(points), step)
    ]
    return np.concatenate(parts)
