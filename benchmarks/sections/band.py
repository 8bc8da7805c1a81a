"""A whole certified curve, compared with one point of the reference solver."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import rdcore as rd
from benchmarks import problems
from benchmarks.peers import CLARABEL, PeerError
from benchmarks.table import Row
from benchmarks.timing import median

_BAND_BITS = 1e-3


def rows(full: bool) -> Iterator[Row]:  # noqa: ARG001
    """Yield the curve of three_modes on 64 codewords with a band width of at most 1e-3 bit."""
    task = problems.three_modes()
    band = _BAND_BITS * np.log(2)
    seconds, curve = median(lambda: rd.curve(problems.three_modes(), tol=band), budget=4)
    between = np.linspace(curve.levels[0], curve.levels[-1], 5000)
    widest = float((curve.upper(between) - curve.lower(between)).max()) / np.log(2)
    remark = f"{len(curve.levels)} levels, maximum band width {widest:.1e} bit"
    wide = widest > _BAND_BITS * (1 + 1e-9)
    if wide:
        remark += f", more than {_BAND_BITS:.0e}"
    case = f"three_modes, 64 codewords, band {_BAND_BITS:.0e} bit"
    gap = float((curve.rates - curve.lowers).max())
    try:
        spent, answer = median(lambda: CLARABEL.solve(task), most=5)
    except PeerError as error:
        yield Row("curve", case, "curve", seconds, gap, CLARABEL.name, remark=f"{remark}; {error}")
        return
    name = f"{CLARABEL.name}, one point"
    yield Row("curve", case, "curve", seconds, gap, name, spent, answer.gap, 1.0, remark, wide)
