"""The smallest problem, supported by every peer: it measures the overhead of each."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import problems
from benchmarks.duel import all_against, level_with, run
from benchmarks.peers import CLARABEL, SCS, blahut_arimoto, dit
from benchmarks.table import Row


def rows(full: bool) -> Iterator[Row]:
    """Yield Bernoulli(0.3) with Hamming distortion at D = 0.1 for every peer."""
    problem = problems.bernoulli()
    mine = run("small", "Bernoulli(0.3), Hamming, D=0.1", problem)
    slope = float(mine.solution.slopes[0])
    yield from all_against(mine, problem, [CLARABEL, SCS, blahut_arimoto(1e-9)])
    for peer in [dit(slope, starts=1), dit(slope)] if full else [dit(slope, starts=1)]:
        yield level_with("small", mine.case, problem, peer)
