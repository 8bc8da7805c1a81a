"""The best single encoders that can be found exactly: of few atoms, and of intervals on a line."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rdcore._arrays import Array, frozen
from rdcore.design.annealing import _few, _labels
from rdcore.design.annealing._placing import placed
from rdcore.design.annealing._sharing import Pool
from rdcore.design.annealing.encoders import Encoder
from rdcore.proof.feasibility import row_scales

# The share of the largest price that a row has at least.
_LITTLE = 1e-3
# Multiples of a row's price that are tried beside those of the mixture.
_TILTS = (3.0, 10.0)


def exact(pool: Pool, slopes: Array) -> Encoder | None:
    """Return the best single encoder of few atoms, or known or of intervals on a line.

    ``slopes`` (K,) are the prices of the best mixture.
    """
    _add(pool, slopes)
    return pool.single()


def _add(pool: Pool, slopes: Array) -> None:
    problem = pool.problem
    if (problem.source.pmf > 0).sum() <= _few.MOST_ATOMS:
        found = _few.best_of_few(problem, pool.free, slopes)
        if found is not None:
            pool.put(found)
        return
    rows = len(problem.rows.levels)
    if (
        not pool.free
        or problem.source.dim > 1
        or rows > _labels.MOST_ROWS
        or not (slopes > 0).any()
    ):
        return
    # Where a row has no price its distortions still matter, if little.
    scales = row_scales(problem)
    base = slopes + _LITTLE * float((slopes * scales).max()) / scales
    for tilt in _tilts(rows):
        line = _labels.Line(problem, base * tilt)
        if line.atoms.n > _labels.MOST_ATOMS:
            return
        known = pool.single()
        bar = np.inf if known is None else known.entropy
        for labels in _labels.interval_encoders(line, bar):
            codewords, _ = placed(problem, True, labels, line.slopes)
            if codewords is not None:
                pool.put(Encoder(problem.with_codebook(codewords), frozen(labels)))
                break


def _tilts(rows: int) -> Iterator[Array]:
    """Yield by what to multiply the prices: single encoders seldom have those of mixtures."""
    yield np.ones(rows)
    if rows > 1:
        for factor in _TILTS:
            for row in range(rows):
                tilt = np.ones(rows)
                tilt[row] = factor
                yield tilt
