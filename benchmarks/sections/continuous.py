"""Bounds on the rate of a density, by the dual and by the triangle inequality."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

import rdcore as rd
from benchmarks.table import Row
from benchmarks.timing import median

_D = 0.25


def rows(full: bool) -> Iterator[Row]:
    """Yield the unit Gaussian at one bit with finer and finer cells, and the gap of the bounds."""
    for n in (100, 200, 400, 800, 1600) if full else (100, 200, 400):
        source = rd.sources.gaussian_density(n)
        codebook = np.linspace(-8, 8, 160)
        task = rd.Problem(source, codebook, fidelities=[rd.average(_D)])
        seconds, proof = median(lambda task=task: rd.continuous.bounds(replace(task)))
        assert source.cells is not None
        V = float(source.pmf @ source.cells.variance)
        plain = replace(source, cells=rd.Cells(source.cells.variance))
        other = replace(task, source=plain)
        spent, wide = median(lambda other=other: rd.continuous.bounds(replace(other)))
        remark = (
            f"{proof.lower_bits:.6f} ≤ 1 ≤ {proof.upper_bits:.6f} bits;"
            f" V={V:.1e}, gap/(V/D)={proof.gap * _D / V:.2f}"
        )
        yield Row(
            "continuous",
            f"unit Gaussian, D={_D:g}, {n} cells",
            "dual in the cells",
            seconds,
            proof.gap,
            "triangle inequality",
            spent,
            wide.gap,
            None,
            remark,
        )
