"""Growth of the time with the numbers of atoms, codewords and constraints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from benchmarks import problems
from benchmarks.duel import against, run
from benchmarks.peers import CLARABEL
from benchmarks.table import Row

# The largest channel on which the reference solver runs; it takes about a minute.
_MOST_ENTRIES = {False: 7_000, True: 60_000}


def rows(full: bool) -> Iterator[Row]:
    """Yield growing n at 64 codewords, m at 400 atoms and K at 200 × 64."""
    ns = (100, 200, 400, 800, 1600, 3200) if full else (100, 200, 400)
    yield from _along("n", full, [(n, 64, 0) for n in ns])
    ms = (32, 64, 128, 256, 512, 1024) if full else (32, 64, 128)
    yield from _along("m", full, [(400, m, 0) for m in ms])
    yield from _along("K", full, [(200, 64, K) for K in ((0, 1, 4, 16, 64) if full else (0, 4))])


def _along(name: str, full: bool, sizes: list[tuple[int, int, int]]) -> Iterator[Row]:
    before: tuple[int, float] | None = None
    for n, m, subsets in sizes:
        task = problems.sized(n, m, subsets)
        K = 1 + subsets
        size = {"n": n, "m": m, "K": K}[name]
        mine = run("growth", f"{name}: n={n}, m={m}, K={K}", task, 1e-8)
        told = f"{mine.solution.iterations} iterations"
        if before is not None:
            power = np.log(mine.seconds / before[1]) / np.log(size / before[0])
            told += f", time as {name}^{power:.1f}"
        before = size, mine.seconds
        row = mine.row()
        if n * m <= _MOST_ENTRIES[full]:
            row = against(mine, task, CLARABEL)
        yield replace(row, remark="; ".join(part for part in (told, row.remark) if part))
