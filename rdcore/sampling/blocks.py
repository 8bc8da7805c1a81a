"""Blocks of consecutive rows, which keep the dependence between neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from rdcore._arrays import Array, floats


def block_length(series: ArrayLike) -> int:
    """Return a length of blocks for the mean of a series, after Politis and White (2004).

    Parameters
    ----------
    series : array, (N,)
        The rows in their order.

    Returns
    -------
    int
        Rows in a block, 1 if there is no dependence to see.

    Examples
    --------
    >>> block_length(np.ones(100))
    1
    """
    values = floats(series, "series")
    N = len(values)
    centred = values - values.mean()
    scale = float(centred @ centred)
    if N < 16 or scale <= 0:
        return 1
    run = max(5, int(np.ceil(np.sqrt(np.log10(N)))))
    most = int(np.ceil(np.sqrt(N))) + run
    spectrum = np.abs(np.fft.rfft(centred, 2 * N)) ** 2
    covariance = np.fft.irfft(spectrum)[: min(2 * most, N - 1) + 1] / N
    small = np.abs(covariance[1:] / covariance[0]) < 2 * np.sqrt(np.log10(N) / N)
    quiet = [m for m in range(most) if small[m : m + run].all()]
    M = min(2 * max(quiet[0] if quiet else most, 1), len(covariance) - 1)
    lags = np.arange(1, M + 1)
    window = np.clip(2 * (1 - lags / M), 0.0, 1.0)
    level = covariance[0] + 2 * float(window @ covariance[1 : M + 1])
    bend = 2 * float((window * lags) @ covariance[1 : M + 1])
    if level <= 0:
        return 1
    wanted = (2 * bend**2 / (4 / 3 * level**2)) ** (1 / 3) * N ** (1 / 3)
    return int(np.clip(np.ceil(wanted), 1, min(3 * np.sqrt(N), N / 3)))


def error_of_mean(series: ArrayLike, *, ordered: bool = False) -> float:
    """Return the standard error of the mean of a series of mean 0, with or without order.

    Parameters
    ----------
    series : array, (N,)
        Values of mean 0, in any unit.
    ordered : bool
        The rows follow each other in time.

    Returns
    -------
    float
        In the unit of the values.

    Examples
    --------
    >>> round(error_of_mean(np.array([1.0, -1.0] * 50)), 3)
    0.101
    """
    values = floats(series, "series")
    return float(np.sqrt(variance_of_mean(values, block_length(values) if ordered else 1)))


def variance_of_mean(series: Array, block: int) -> float:
    """Return the variance of the mean of a series (N,) of mean 0 over resampled circular blocks.

    Blocks cut the dependence at their ends. What that takes away is inversely proportional to their
    length, so that blocks twice as long tell how much it is.
    """
    single = _over_blocks(series, block)
    if block == 1:
        return single
    return max(single, 2 * _over_blocks(series, 2 * block) - single)


def _over_blocks(series: Array, block: int) -> float:
    N = len(series)
    total = np.concatenate([[0.0], np.cumsum(np.concatenate([series, series[:block]]))])
    sums = total[block : block + N] - total[:N]
    # The sum over all rows is 0, which takes the share block / N of the variance away.
    return float((sums**2).mean() / block / N / max(1 - block / N, 0.5))
