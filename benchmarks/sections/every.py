"""The free codebook, compared with the reference solver on one fixed codebook."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import rdcore as rd
from benchmarks import problems
from benchmarks.duel import Run, against, run
from benchmarks.peers import CLARABEL
from benchmarks.table import Row

_BIT = math.log(2)


def rows(full: bool) -> Iterator[Row]:
    """Yield three_modes and, if full, a source in the plane; there the peer has 6 × 6 codewords."""
    for level in (None, 0.05):
        name = "" if level is None else f", |x|<1 at {level:g}"
        mine = run(
            "every", f"three_modes, D=0.6{name}", problems.three_modes(every=True, level=level)
        )
        row = against(mine, problems.three_modes(level=level), CLARABEL, aim=4)
        yield replace(row, remark=_found(mine, row))
    yield from _crowded(full)
    if not full:
        return
    fixed = problems.four_clusters(8.0, 0.1, every=False)
    peer: Row | None = None
    for D, level, aim in ((2.0, 0.02, 6.0), (8.0, 0.05, 30.0)):
        task = problems.four_clusters(D, level, every=True)
        mine = run("every", f"four_clusters, D={D:g}, |x|<2 at {level:g}", task, 1e-6, budget=5)
        if peer is None:
            row = peer = against(mine, fixed, CLARABEL, aim=aim)
        else:
            row = replace(
                mine.row(),
                peer=peer.peer,
                peer_seconds=peer.peer_seconds,
                peer_gap=peer.peer_gap,
                aim=aim,
                remark=peer.remark,
            )
        yield replace(row, remark=f"{_found(mine, row)}; peer on 6 × 6 at D=8, 0.1")


def _crowded(full: bool) -> Iterator[Row]:
    """Yield problems whose codewords crowd, or are in space."""

    def average(source: rd.Source, D: float) -> rd.Problem:
        return rd.Problem(source, rd.EVERY, fidelities=[rd.average(D)])

    cases = [("three_modes, D=0.05", average(rd.sources.three_modes(), 0.05), 1e-9)]
    if full:
        crowd = problems.four_clusters(2.0, 0.05, every=True)
        cases += [
            ("Gaussian, n=400, D=0.0085", average(rd.sources.gaussian_density(400), 0.0085), 1e-9),
            ("four_clusters, D=2, |x|<2 at 0.05", crowd, 1e-6),
            ("four_clusters, D=0.5", average(rd.sources.four_clusters(), 0.5), _BIT / 1000),
            ("40 atoms in space, D=20 %", problems.scattered(40, 3, 0.2), 1e-9),
            ("40 atoms in five dimensions, D=20 %", problems.scattered(40, 5, 0.2), 1e-9),
        ]
    for name, task, tol in cases:
        mine = run("every", name, task, tol, budget=5)
        row = mine.row()
        yield replace(row, remark=_found(mine, row))


def _found(mine: Run, row: Row) -> str:
    solution = mine.solution
    used = int((solution.marginal > 1e-9).sum())
    parts = [f"{solution.rate_bits:.6f} bits, {used} codewords", row.remark]
    return "; ".join(part for part in parts if part)
