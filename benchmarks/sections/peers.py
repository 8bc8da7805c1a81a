"""Fixed codebooks: time to a certified gap, compared with solvers of the same problem."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import problems
from benchmarks.duel import against, all_against, level_with, run
from benchmarks.peers import CLARABEL, SCS, blahut_arimoto, dit
from benchmarks.table import Row


def rows(full: bool) -> Iterator[Row]:
    """Yield three_modes with a subset, uniform sources and Gaussian tails."""
    modes = problems.three_modes(level=0.05)
    mine = run("peers", "three_modes, 64 codewords, |x|<1 at 0.05", modes)
    yield against(mine, modes, CLARABEL, aim=60)
    yield from all_against(mine, modes, [SCS] if full else [])
    loose = run("peers", "three_modes, 64 codewords, |x|<1 at 0.05", modes, 1e-4)
    yield from all_against(loose, modes, [blahut_arimoto(1e-4)])
    each = problems.each_on_three_modes()
    mine = run("peers", "three_modes, each of |x|<1 at 0.3", each)
    yield from all_against(mine, each, [CLARABEL])
    cells = 160 if full else 40
    for D in (2.0, 4.0) if full else (4.0,):
        task = problems.uniform(cells, D)
        case = f"uniform {cells} × {cells}, D={D:g}"
        mine = run("peers", case, task)
        yield from all_against(mine, task, [CLARABEL, SCS] if full and D == 4 else [CLARABEL])
        loose = run("peers", case, task, 1e-4)
        yield against(
            loose, task, blahut_arimoto(1e-4), aim=40 if (cells, D) == (160, 4.0) else None
        )
        slope = float(mine.solution.slopes[0])
        for peer in [dit(slope, starts=1), dit(slope)] if full else [dit(slope, starts=1)]:
            yield level_with("peers", case, task, peer)
    if full:
        tails = problems.tails(0.3)
        mine = run("peers", "Gaussian to 8 deviations, D=0.3", tails)
        yield from all_against(mine, tails, [CLARABEL, blahut_arimoto(1e-4)])
