"""How sure a rate from samples is, and what memory is worth; no streamlit."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.sampling import BlocksView, MemoryView, SamplingView

LENGTHS = (1, 2, 3)


def uncertainty(
    problem: rd.Problem,
    labels: NDArray[np.intp],
    shares: NDArray[np.float64],
    moving: tuple[int, ...],
    ordered: bool,
) -> Generator[Step, None, SamplingView]:
    """Estimate standard errors and biases, in a worker."""
    yield Step(0.0, "solving for resampled rows")
    rows = rd.sampling.SampleRows(problem.source, labels, shares)
    found = rd.sampling.of_rows(rows, rd.sampling.Standing(problem, moving), ordered=ordered)
    return SamplingView(
        rows=found.size,
        effective=found.effective,
        error_bits=found.error_bits,
        bias_bits=found.bias_bits,
        price_errors_bits=found.price_errors_bits,
        price_biases_bits=found.price_biases_bits,
        method=found.method,
    )


def memory(series: NDArray[np.float64], level: float) -> Generator[Step, None, MemoryView]:
    """Bound the rate of blocks of rows, and estimate that of a Gaussian process, in a worker."""
    yield Step(0.0, "spectrum")
    segments = (max(8, len(series) // 48), max(16, len(series) // 12))
    estimates = [rd.sampling.spectral_rate(series, level, segment) for segment in segments]
    spectra = tuple((one.segment, one.rate_bits) for one in estimates)
    blocks: tuple[BlocksView, ...] = ()
    yield Step(0.05, "blocks of 1 row", MemoryView(blocks, spectra, complete=False))
    for found in rd.sampling.memory(series, level, LENGTHS):
        blocks += (_view(found),)
        share = (0.0, 0.1, 0.3, 1.0)[len(blocks)]
        note = f"blocks of {len(blocks) + 1} rows"
        yield Step(share, note, MemoryView(blocks, spectra, complete=False))
    return MemoryView(blocks, spectra, complete=len(blocks) == len(LENGTHS))


def _view(found: rd.sampling.Blocks) -> BlocksView:
    return BlocksView(
        found.length,
        found.rate_bits,
        found.lower_bits,
        found.error_bits,
        found.ceiling_bits,
        found.trusted,
        found.scope,
    )
