"""Blocks of consecutive rows and the rate from a spectrum, on a process with a known rate."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

import rdcore as rd
from rdcore.sampling import memory, spectral_rate


def autoregressive(N: int) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.asarray(lfilter([np.sqrt(0.19)], [1, -0.9], rng.normal(size=N + 500))[500:])


def gaussian_blocks(L: int, D: float) -> float:
    """R of L rows of correlation .9, bits per row."""
    away = np.abs(np.subtract.outer(np.arange(L), np.arange(L)))
    variances = np.linalg.eigvalsh(0.9**away)
    return float(rd.parallel.water_filling(variances, L * D).rate_bits) / L


def test_the_spectrum_gives_the_rate_of_the_process() -> None:
    """AR(1) of correlation .9 at a tenth of its variance: .513 bit, from 50,000 rows."""
    turn = np.exp(2j * np.pi * np.arange(4096) / 4096)
    exact = rd.parallel.water_filling(0.19 / np.abs(1 - 0.9 * turn) ** 2, 409.6).rate_bits / 4096
    assert exact == pytest.approx(0.513, abs=5e-4)
    rows = autoregressive(50_000)
    for segment in (1024, 4096):
        found = spectral_rate(rows, 0.1 * rows.var(), segment)
        assert found.rate_bits == pytest.approx(exact, abs=0.03)
        assert found.densities.mean() == pytest.approx(rows.var(), rel=0.05)
        assert found.segment == segment
        assert (np.diff(found.frequencies) > 0).all()
    assert spectral_rate(rows, 0.1).segment == 1562
    assert spectral_rate(rows, 2.0).rate == 0


def test_longer_blocks_need_fewer_bits() -> None:
    """Each is near the rate of a Gaussian block, which falls towards that of the process."""
    rows = autoregressive(10_000)
    rates = []
    for found in memory(rows, 0.1 * rows.var(), (1, 2)):
        exact = gaussian_blocks(found.length, 0.1)
        assert found.rate_bits == pytest.approx(exact, abs=0.05 + 3 * found.error_bits)
        assert found.lower_bits <= found.rate_bits <= found.lower_bits + 2e-3
        assert found.trusted
        assert "candidates" in found.scope
        assert found.ceiling_bits == pytest.approx(np.log2(found.size) / found.length)
        rates.append(found.rate_bits)
    assert rates[0] > rates[1] + 0.4 > 0.513


@pytest.mark.slow
def test_blocks_of_three() -> None:
    rows = autoregressive(10_000)
    (found,) = memory(rows, 0.1 * rows.var(), [3])
    assert found.rate_bits == pytest.approx(gaussian_blocks(3, 0.1), abs=0.06)
    assert found.window > 3
    assert 0.0 < found.error_bits < 0.05


def test_few_rows_are_not_trusted() -> None:
    (found,) = memory(autoregressive(12), 0.01, [3])
    assert found.ceiling_bits == pytest.approx(np.log2(10) / 3)
    assert not found.trusted
    assert found.rate_bits <= found.ceiling_bits + 1e-6


def test_arguments() -> None:
    with pytest.raises(rd.InputError, match="series"):
        spectral_rate([1.0], 0.1)
    with pytest.raises(rd.InputError, match="segment"):
        spectral_rate([1.0, 2.0, 3.0], 0.1, 1)
    with pytest.raises(rd.InputError, match="lengths"):
        list(memory([1.0, 2.0, 3.0], 0.1, [5]))
    with pytest.raises(rd.InputError, match="D"):
        list(memory([1.0, 2.0, 3.0], 0.0))
