"""Iterations of the interior-point method, and its time beside that of the bare arithmetic.

Blahut–Arimoto takes thousands of iterations.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import replace
from time import process_time

import rdcore as rd
from benchmarks import problems
from benchmarks.bare import bare
from benchmarks.duel import against, run
from benchmarks.peers import blahut_arimoto
from benchmarks.table import Row

_MOST = 15
_REPEATS = 31
# The time of the bare arithmetic over ours is at least 1/1.4.
_AIM = 0.71


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
    yield _beside_bare()


def _beside_bare() -> Row:
    """Return the CPU times of our solver and of the bare arithmetic, one after the other."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(_REPEATS):
        start = process_time()
        solution = rd.solve(problems.three_modes(level=0.05))
        gap = solution.certificate.gap
        ours.append(process_time() - start)
        start = process_time()
        proof = bare(problems.three_modes(level=0.05), 1e-9)
        theirs.append(process_time() - start)
    return Row(
        "iterations",
        "three_modes, 64 codewords, |x|<1 at 0.05",
        "InteriorPoint to 1e-09",
        statistics.median(ours),
        gap,
        "bare NumPy",
        statistics.median(theirs),
        proof.gap,
        _AIM,
        f"{solution.iterations - 1} steps",
    )
