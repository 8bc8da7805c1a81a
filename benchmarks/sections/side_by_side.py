"""Components side by side: many sources with a free codebook under one level or two."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import rdcore as rd
from benchmarks.table import Row
from benchmarks.timing import median

_AIM = 3.0
_GRID = np.linspace(-8, 8, 100)


def rows(full: bool) -> Iterator[Row]:
    """Yield random masses, Gaussians and sums of Gaussians, 64 and, with full, 512 of them."""
    for count in (64, 512) if full else (64,):
        for name, parts in (
            ("random masses", _random(count)),
            ("Gaussians", _bells(count)),
            ("sums of Gaussians", _sums(count)),
        ):
            variances = np.array([part.source.variance for part in parts])
            levels = [rd.parallel.Level(0.1 * float(variances.mean()))]
            seconds, found = median(
                lambda parts=parts, levels=levels: rd.parallel.rate(parts, levels, tol=1e-6)
            )
            yield Row(
                "side by side",
                f"{count} components of 100 atoms, {name}",
                "rd.parallel.rate",
                seconds,
                found.gap,
                remark=f"{int(found.active.sum())} active; aim: {_AIM:g} s",
                missed=seconds > _AIM or not found.status.converged,
            )


def _random(count: int) -> list[rd.parallel.Component]:
    rng = np.random.default_rng(0)
    scales = np.exp(rng.normal(size=count))
    return [
        rd.parallel.Component(
            rd.sources.from_pmf(scale * _GRID, rng.dirichlet(np.full(len(_GRID), 0.5)))
        )
        for scale in scales
    ]


def _bells(count: int) -> list[rd.parallel.Component]:
    scales = np.exp(np.random.default_rng(0).normal(size=count) / 2)
    bell = np.exp(-(_GRID**2) / 2)
    return [rd.parallel.Component(rd.sources.from_pmf(s * _GRID, bell)) for s in scales]


def _sums(count: int) -> list[rd.parallel.Component]:
    rng = np.random.default_rng(1)
    parts = []
    for _ in range(count):
        some = int(rng.integers(1, 4))
        centres, widths = rng.uniform(-5, 5, some), rng.uniform(0.3, 1.5, some)
        masses = np.exp(-((_GRID[:, None] - centres) ** 2) / (2 * widths**2)).sum(axis=1)
        scale = np.exp(rng.normal() / 2)
        parts.append(rd.parallel.Component(rd.sources.from_pmf(scale * _GRID, masses)))
    return parts
