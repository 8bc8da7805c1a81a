"""Column generation on a large codebook: most codewords are proved inactive.

The candidates are the codewords of the problem, of which an optimal channel uses few. Each round
solves on some of them, adds candidates with c(y) > 1, which can lower the rate, and drops those
without mass. In the end c ≤ 1 at every candidate, which proves the rate. No array of all atoms and
all candidates is built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array, Indices, Mask, positive
from rdcore._clock import Clock, clock
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.proof.dual import Dual, dual_at
from rdcore.solvers._coarse import coarse
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.solvers.solution import Solution, Status

_FIRST = 64
# Above _MANY_ATOMS, atoms are merged into _CELLS cells to find a starting point.
_MANY_ATOMS = 10_000
_CELLS = 5_000
_COARSE_GAP = 1e-6
_GOLDEN = (5**0.5 - 1) / 2
# Up to _FEW candidates may always join; of more, the _MOST_HIGH with the largest c are considered.
_FEW = 16
_MOST_HIGH = 4096
# Number of candidates per codeword in use that may join in a round.
_JOINING = 2


@dataclass(frozen=True)
class Screening:
    """Solve on a few of the candidate codewords, with a proof over all of them.

    The ``problem`` of the solution has the codewords that were kept; ``among`` has the candidates.

    Parameters
    ----------
    max_rounds : int
        Largest number of rounds.

    References
    ----------
    G. Desaulniers, J. Desrosiers, M. M. Solomon (eds.), Column Generation, Springer, 2005.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> source, candidates = rd.sources.gaussian(), np.linspace(-3, 3, 601)
    >>> task = rd.Problem(source, candidates, fidelities=[rd.average(0.25)])
    >>> found = rd.solve(task, tol=1e-6, solver=Screening())
    >>> found.certificate.scope, found.problem.m < 100
    ('all 601 candidates', True)
    """

    max_rounds: int = 60

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats over all candidates.

        Raises
        ------
        InfeasibleError
            If no channel meets the levels.
        """
        if problem.every:
            raise InputError("codebook must be fixed; got EVERY, which Exchange() solves")
        tol, until = positive(tol, "tol"), clock(time_limit)
        guess = _begun(problem, until) if start is None else start
        active = _of(problem, guess)
        guess = None if guess is None else _guess(problem, guess, active)
        trace: list[float] = []
        best: Solution | None = None
        missing, sharp, asked = 0.1, 0.1, 1e-4
        for _ in range(self.max_rounds):
            asked = max(sharp * tol, min(asked, 1e-2 * missing))
            active, found = _solved(problem, active, asked, guess, until)
            dual = _dual(found)
            c = dual.constraint(problem)
            missing = float(np.log(c.max(initial=1.0))) + found.certificate.gap
            better = missing < min(trace, default=np.inf)
            if better:
                best = replace(found, among=problem)
            trace.append(missing)
            if best is not None and missing <= 2 * tol and best.certificate.gap <= tol:
                return best.ended(Status.CONVERGED, tuple(trace))
            if until.over:
                break
            joining = np.setdiff1d(_joining(found, dual, problem, c, tol), active)
            if not len(joining) and asked <= sharp * tol:
                sharp *= 0.1
                if sharp < 1e-3:
                    break
            stays = np.ones(len(active), bool)
            if better and len(joining):
                stays = _taking_part(found, c[active])
            wider = np.union1d(active[stays], joining)
            active, guess = wider, _guess(problem, found, wider)
        if best is None:
            raise InputError(f"max_rounds must be at least 1; got {self.max_rounds}")
        status = Status.TIME_LIMIT if until.over else Status.STALLED
        return best.ended(status, tuple(trace))


def _dual(found: Solution) -> Dual:
    dual = dual_at(found.problem, _prior(found), found.slopes)
    assert dual is not None, "a solver returned slopes that leave an atom without a codeword"
    return dual


def _prior(found: Solution) -> Array:
    return found.marginal if found.prior is None else found.prior


def _taking_part(found: Solution, c: Array | None = None) -> Mask:
    """Return which codewords have mass, or may have by their c (m,)."""
    mass = _prior(found)
    taking: Mask = mass > 0.1 / len(mass)
    return taking if c is None else taking | (mass > 1 - c)


def _spread_out(count: int, total: int) -> Indices:
    """Return ``count`` indices below ``total``, evenly spread but not periodic."""
    if count >= total:
        return np.arange(total)
    return np.unique((np.arange(count) * _GOLDEN % 1.0 * total).astype(np.intp))


def _begun(problem: Problem, until: Clock) -> Solution | None:
    """Return the solution of a coarser problem of moderate size, or None."""
    if problem.n <= _MANY_ATOMS:
        return None
    merged = coarse(problem, _CELLS) or problem.some_atoms(_spread_out(_CELLS, problem.n))
    try:
        return Screening().solve(merged, _COARSE_GAP, time_limit=until.left)
    except InfeasibleError:
        return None


def _of(problem: Problem, solution: Solution | None) -> Indices:
    """Return the indices of the candidates in a solution; without one, a sample of all."""
    place = {} if solution is None else _places(problem)
    codewords = problem.codewords[:0] if solution is None else solution.problem.codewords
    known = sorted(
        place[codeword.tobytes()] for codeword in codewords if codeword.tobytes() in place
    )
    return np.array(known, np.intp) if known else _spread_out(_FIRST, problem.m)


def _places(problem: Problem) -> dict[bytes, int]:
    return {codeword.tobytes(): index for index, codeword in enumerate(problem.codewords)}


def _guess(problem: Problem, found: Solution, active: Indices) -> Solution:
    """Return a solution as a warm start on the active candidates."""
    mass = dict(
        zip(
            (codeword.tobytes() for codeword in found.problem.codewords), _prior(found), strict=True
        )
    )
    prior = np.array([mass.get(codeword.tobytes(), 0.0) for codeword in problem.codewords[active]])
    return replace(found, channel=np.empty((0, 0)), prior=prior)


def _solved(
    problem: Problem, active: Indices, tol: float, guess: Solution | None, until: Clock
) -> tuple[Indices, Solution]:
    """Solve on the active candidates; add more if these cannot meet the levels."""
    wider: list[Callable[[Problem], Indices]] = [_nearest, lambda p: np.arange(p.m)]
    while True:
        try:
            some = problem.candidates(active)
            found = InteriorPoint().solve(some, tol, start=guess, time_limit=until.left)
            return active, found
        except InfeasibleError:
            # With one distortion, the nearest codewords already reach the minimum levels.
            if not wider or (len(wider) == 1 and len(problem.distortions) == 1):
                raise
            active, guess = np.union1d(active, wider.pop(0)(problem)), None


def _nearest(problem: Problem) -> Indices:
    """Return the candidates that are nearest to an atom in one of the distortions."""
    which = [
        problem.cost(k, some).argmin(axis=1)
        for k in range(len(problem.distortions))
        for some in problem.blocks()
    ]
    return np.unique(np.concatenate(which))


def _joining(found: Solution, dual: Dual, problem: Problem, c: Array, tol: float) -> Indices:
    """Return the candidates to add: those with the largest c near each codeword in use."""
    high = np.flatnonzero(c > 1 + 0.01 * tol)
    used = int(_taking_part(found).sum())
    if len(high) <= max(_FEW, _JOINING * used):
        return high
    high = high[np.argsort(-c[high], kind="stable")][:_MOST_HIGH]
    atoms = _spread_out(_CELLS, problem.n)
    feeding = dual.contributions(problem, atoms, high).argmax(axis=0)
    near = found.channel[atoms[feeding]].argmax(axis=1)
    rank = np.zeros(len(high), np.intp)
    for codeword in np.unique(near):
        mine = near == codeword
        rank[mine] = np.arange(mine.sum())
    return high[(rank < _JOINING) | (np.arange(len(high)) < _FEW)]
