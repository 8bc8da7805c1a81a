"""Iterations of the interior-point method to 1e-10; Blahut–Arimoto takes thousands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from benchmarks import problems
from benchmarks.duel import against, run
from benchmarks.peers import blahut_arimoto
from benchmarks.table import Row

_MOST = 15


def rows(full: bool) -> Iterator[Row]:
    """Yield the uniform source on 160 × 160 at three levels, and the Gaussian with far tails."""
    for D in (2.0, 4.0, 8.0):
        mine = run("iterations", f"uniform 160 × 160, D={D:g}", problems.uniform(160, D), 1e-10)
        count = mine.solution.iterations
        row = mine.row()
        if full:
            row = against(mine, problems.uniform(160, D), blahut_arimoto(1e-6, 2_000))
        told = f"{count} iterations{'' if count <= _MOST else f', more than {_MOST}'}"
        yield replace(row, remark="; ".join(part for part in (told, row.remark) if part))
    for D in (0.3, 0.5):
        mine = run("iterations", f"Gaussian to 8 deviations, D={D:g}", problems.tails(D))
        yield mine.row(f"{mine.solution.iterations} iterations")
