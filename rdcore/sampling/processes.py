"""What memory is worth: the rate of blocks of consecutive rows, and of a Gaussian process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, count, points, positive
from rdcore.errors import InputError
from rdcore.parallel import water_filling
from rdcore.problem import Problem, average, sources
from rdcore.sampling.blocks import block_length, variance_of_mean
from rdcore.solvers import Screening, Solution

_LN2 = float(np.log(2))
# Width of the cells into which rows are merged, and the distance of candidates, in units of √D.
_CELL, _SPACING = 0.6, 1.25
_LONGEST = 4
# Blocks that lie in more cells take minutes to solve.
_MOST_CELLS = 6000


@dataclass(frozen=True, eq=False)
class Blocks:
    """The rate of blocks of L consecutive rows, each coded as one vector.

    Attributes
    ----------
    length : int
        L.
    solution : Solution
        Of the blocks, merged into cells, on a grid of candidates. Its level is L·D less the
        variance within the cells, so that its upper bound holds for the blocks as they are.
    size : int
        Number of overlapping blocks, N - L + 1.
    error : float
        Standard error of the rate per row, nats, from blocks of ``window`` rows.
    window : int
    """

    length: int
    solution: Solution
    size: int
    error: float
    window: int

    @property
    def rate(self) -> float:
        """Upper bound on the rate of the blocks, nats per row."""
        return self.solution.rate / self.length

    @property
    def rate_bits(self) -> float:
        """Upper bound on the rate of the blocks, bits per row."""
        return self.rate / _LN2

    @property
    def lower_bits(self) -> float:
        """Lower bound on the rate of the merged blocks on these candidates, bits per row."""
        return self.solution.certificate.lower_bits / self.length

    @property
    def error_bits(self) -> float:
        """Standard error, bits per row."""
        return self.error / _LN2

    @property
    def scope(self) -> str:
        """To what the bounds apply."""
        cells = self.solution.problem.n
        return f"{self.solution.certificate.scope}, blocks merged into {cells} cells"

    @property
    def ceiling_bits(self) -> float:
        """No rate of these blocks is above log₂(N - L + 1) / L bits per row."""
        return float(np.log2(self.size)) / self.length

    @property
    def trusted(self) -> bool:
        """Whether there are blocks enough: the rate is below half of the ceiling."""
        return self.rate_bits < self.ceiling_bits / 2


def memory(
    series: ArrayLike, D: float, lengths: Sequence[int] = (1, 2, 3), *, tol: float = 1e-3
) -> Iterator[Blocks]:
    """Bound the rate of blocks of L consecutive rows, one L after the other.

    The mean squared error of a row is at most D. For each L the candidates are the points of a grid
    of the same width that lie near a block, so that the rates compare. For a stationary process
    the rate per row falls with L towards its rate. It stops where blocks lie in more than 6000
    cells, as they do at a small D.

    Parameters
    ----------
    series : array, (N,)
        The rows in their order.
    D : float
        Mean squared error of a row, above 0.
    lengths : sequence of int
        The L, from 1 to 4.
    tol : float
        Certified gap to reach, nats per block.

    Yields
    ------
    Blocks
        The bounds on the rate for each L, nats.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=300)
    >>> [found.length for found in memory(rows, 0.3, (1, 2))]
    [1, 2]
    """
    rows, level = _series(series), positive(D, "D")
    for length in lengths:
        found = _blocks(rows, level, count(length, "lengths", 1, min(_LONGEST, len(rows))), tol)
        if found is None:
            return
        yield found


def _blocks(rows: Array, D: float, L: int, tol: float) -> Blocks | None:
    size = len(rows) - L + 1
    vectors = np.lib.stride_tricks.sliding_window_view(rows, L)
    unit, low = float(np.sqrt(D)), float(rows.min())
    cells = np.floor((vectors - low) / (_CELL * unit)).astype(np.int64)
    _, label, times = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    if len(times) > _MOST_CELLS:
        return None
    label = label.ravel()
    atoms = np.column_stack([np.bincount(label, axis) for axis in vectors.T]) / times[:, None]
    within = float(((vectors - atoms[label]) ** 2).sum(axis=1).mean())
    grid = np.unique(np.round((atoms - low) / (_SPACING * unit)), axis=0)
    codebook = low + _SPACING * unit * grid
    source = sources.from_pmf(atoms[:, 0] if L == 1 else atoms, times, "blocks")
    task = Problem(source, codebook, fidelities=[average(L * D - within)])
    solution = Screening().solve(task, tol)
    influence = solution.tilted_information[label]
    influence = influence - influence.mean()
    window = block_length(influence)
    error = float(np.sqrt(variance_of_mean(influence, window))) / L
    return Blocks(L, solution, size, error, window)


def _series(series: ArrayLike) -> Array:
    rows = points(series, "series")
    if rows.ndim != 1 or len(rows) < 2:
        raise InputError(f"series must have shape (N,) with N at least 2; got {rows.shape}")
    return rows


@dataclass(frozen=True, eq=False)
class SpectralRate:
    """The rate of a Gaussian process with the estimated spectrum of a series: no bound.

    Attributes
    ----------
    segment : int
        Number of rows in a segment of Welch's method.
    frequencies, densities : arrays, (F,)
        Cycles per row, from -1/2 to 1/2, and the power density there, in squared units of a row.
    level : float
        Water level θ; ∞ if D is at least the variance.
    rate : float
        Nats per row.
    """

    segment: int
    frequencies: Array
    densities: Array
    level: float
    rate: float

    @property
    def rate_bits(self) -> float:
        """Estimate of the rate, bits per row."""
        return self.rate / _LN2


def spectral_rate(series: ArrayLike, D: float, segment: int | None = None) -> SpectralRate:
    r"""Estimate the rate of a Gaussian process from the spectrum of a series.

    With the spectral density S(f), :math:`D=\int\min(θ,S(f))\,df` and
    :math:`R=\int\max(0,\frac12\log S(f)/θ)\,df`. S is estimated by Welch's method, so the rate is
    an estimate: short segments blur the spectrum, which raises it, and long ones leave noise,
    which lowers it. Compare two lengths.

    Parameters
    ----------
    series : array, (N,)
        The rows in their order.
    D : float
        Mean squared error of a row, above 0.
    segment : int, optional
        Number of rows in a segment; by default about N / 32.

    Returns
    -------
    SpectralRate
        The estimate, nats per row.

    References
    ----------
    A. N. Kolmogorov, "On the Shannon theory of information transmission in the case of continuous
    signals", IRE Trans. Inf. Theory 2(4), 1956; P. D. Welch, IEEE Trans. Audio Electroacoust.
    15(2), 1967.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=4000)
    >>> bool(abs(spectral_rate(rows, 0.25).rate - 0.5 * np.log(4)) < 0.05)
    True
    """
    from scipy.signal import welch  # slow to import, and seldom needed

    rows, level = _series(series), positive(D, "D")
    N = len(rows)
    size = max(8, N // 32) if segment is None else segment
    size = min(count(size, "segment", 2), N)
    found, densities = welch(rows, nperseg=size, return_onesided=False, detrend="constant")
    densities = np.maximum(np.asarray(densities, dtype=np.float64), 0.0)
    order = np.argsort(found, kind="stable")
    water = water_filling(densities, level * len(densities))
    return SpectralRate(
        size, np.asarray(found)[order], densities[order], water.level, water.rate / len(densities)
    )
