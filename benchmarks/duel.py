"""One case: rdcore on a problem, and peers on the same or a similar problem."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import rdcore as rd
from benchmarks.peers import Peer, PeerError
from benchmarks.table import Row
from benchmarks.timing import median


@dataclass(frozen=True)
class Run:
    """A timed run of rdcore: median seconds and the last solution."""

    section: str
    case: str
    seconds: float
    solution: rd.Solution
    label: str

    def row(self, remark: str = "") -> Row:
        """Return the row without a peer."""
        gap = self.solution.certificate.gap
        status = self.solution.status
        more = "" if status.converged else status.value
        text = "; ".join(part for part in (remark, more) if part)
        return Row(self.section, self.case, self.label, self.seconds, gap, remark=text)


def run(
    section: str, case: str, problem: rd.Problem, tol: float = 1e-9, *, budget: float = 2.0
) -> Run:
    """Time building, solving and certifying a problem."""

    def once() -> rd.Solution:
        # A problem caches its matrices, so each call gets a new one.
        solution = rd.solve(replace(problem), tol=tol)
        solution.certificate  # noqa: B018  (computed on first use)
        return solution

    seconds, solution = median(once, budget=budget)
    return Run(section, case, seconds, solution, f"{_name(problem)} to {tol:.0e}")


def against(
    mine: Run, problem: rd.Problem, peer: Peer, *, aim: float | None = None, budget: float = 2.0
) -> Row:
    """Time a peer and add it to our row; if it fails, the remark says why."""
    row = replace(mine.row(), peer=peer.name, aim=aim)
    try:
        seconds, answer = median(lambda: peer.solve(replace(problem)), most=5, budget=budget)
    except PeerError as error:
        return replace(row, remark="; ".join(part for part in (row.remark, str(error)) if part))
    remark = "; ".join(part for part in (row.remark, answer.remark) if part)
    return replace(row, peer_seconds=seconds, peer_gap=answer.gap, remark=remark)


def level_with(section: str, case: str, problem: rd.Problem, peer: Peer) -> Row:
    """Time a peer that has its own stopping rule, and rdcore to the gap that the peer reaches."""
    try:
        seconds, answer = median(lambda: peer.solve(replace(problem)), most=5)
    except PeerError as error:
        mine = run(section, case, problem).row()
        return replace(mine, peer=peer.name, remark=str(error))
    mine = run(section, case, problem, max(answer.gap, 1e-9)).row()
    return replace(
        mine, peer=peer.name, peer_seconds=seconds, peer_gap=answer.gap, remark=answer.remark
    )


def all_against(mine: Run, problem: rd.Problem, peers: Sequence[Peer]) -> Iterator[Row]:
    """Yield a row for each peer."""
    for peer in peers:
        yield against(mine, problem, peer)


def _name(problem: rd.Problem) -> str:
    return "Exchange" if problem.every else "InteriorPoint"
