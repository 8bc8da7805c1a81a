"""Solver for a free codebook, with a proof over the whole space.

For squared error the optimum is a finite set of codewords at which c(y) = Σ_x p_x K(x, y) / Z_x
attains its maximum, 1. Each round solves on a few codewords, adds the maxima of c and drops the
codewords without mass. Clusters of codewords around an optimal one are then merged, and Newton
steps on masses, positions and slopes make the codewords exact.

For absolute error c is a sum of exponentials of linear functions in each box between neighbouring
coordinates of the atoms. It is convex there and largest at a corner, so the grid of the atoms'
coordinates has an optimal codebook. The same holds on the line for the relative error. Where an
error counts above a tolerance, a codeword serves neighbouring atoms, and one for each largest set
of those is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rdcore._arrays import Array, Mask, positive
from rdcore._clock import Clock, clock
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem
from rdcore.problem.gaussian_sums import LARGEST_LOG, GaussianSum
from rdcore.proof.dual import gaussian_sum_at
from rdcore.proof.scaling import scaled_down
from rdcore.proof.supremum import supremum
from rdcore.solvers._coarse import coarse
from rdcore.solvers._fewer import fewer, needed
from rdcore.solvers._grids import first_grid, lattice, meets
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.solvers.polishing import (
    CROWDED,
    BindingData,
    Support,
    binding,
    merged,
    polish,
    reachable,
)
from rdcore.solvers.program import finish, program
from rdcore.solvers.screening import Screening
from rdcore.solvers.solution import Solution, Status

_NEGLIGIBLE = 1e-7
# Initial resolution: maxima of c closer than _REACH / √s_max are merged into one codeword, and
# codewords of decreasing mass below _FADING are dropped. It is refined if that is too coarse.
_REACH = 0.6
_FADING = 6e-3
_FINEST = 1e-4
# Up to this many codewords are polished at every round, even after a polish failed.
_FEW = 40
# Above this many codewords a polish, a reduction that is not needed, or a solve on all of a grid
# takes too long, and maxima of c are added only if they exceed 1 by this share of the gap: others
# would make the rounds slower and not fewer.
_MANY = 500
_WORTH = 0.03
# What a round without a polish takes off the gap, at least.
_NEXT = 4.0
# The gap on the first codebook, nats.
_ROUGH = 1e-5
# A gap, in nats, at which the first polish is of no use.
_POOR = 1.0
# How many codewords a lattice may have, as a multiple of the other ones.
_MOST_TIMES = 3
# Above _MANY_ATOMS, atoms are merged into _CELLS cells to find the first codewords.
_MANY_ATOMS = 800
_CELLS = 600
# Smallest tolerance of a solver on a fixed codebook, as a fraction of the requested one.
_SHARPEST = 5e-3
# Sharpness at which an exact atom's Gaussian is a spike, in units of the sharpest other one.
_STEEPER = 1e26
# What a step towards a maximum of c must gain, as a fraction of the tolerance.
_STILL = 1e-3


@dataclass(frozen=True)
class Exchange:
    """Solve over all codewords of R^d, for the distortions that allow a free codebook.

    Parameters
    ----------
    max_rounds : int
        Largest number of rounds.

    References
    ----------
    K. Rose, "A mapping approach to rate-distortion computation and analysis", IEEE Trans. Inf.
    Theory 40(6), 1994, for the discreteness of the optimum.

    Examples
    --------
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.gaussian(), rd.EVERY, fidelities=[rd.average(0.25)])
    >>> found = rd.solve(task, tol=1e-6, solver=Exchange())
    >>> found.certificate.scope, round(found.rate_bits, 3)
    ('every codebook', 0.982)
    """

    max_rounds: int = 30

    @np.errstate(over="ignore", invalid="ignore", divide="ignore")
    def solve(
        self,
        problem: Problem,
        tol: float = 1e-9,
        *,
        start: Solution | None = None,
        time_limit: float | None = None,
        report: Callable[[float], None] | None = None,
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats over every codebook.

        After each round ``report`` is called with an estimate of the smallest gap so far, nats.
        """
        if not problem.every:
            raise InputError("codebook must be EVERY for Exchange(); got a fixed codebook")
        tol, until = positive(tol, "tol"), clock(time_limit)
        if problem.distortions != ["squared_error"]:
            grid = problem.with_codebook(problem.sufficient)
            solver = InteriorPoint() if grid.m <= _MANY else Screening()
            return replace(solver.solve(grid, tol, time_limit=until.left), every=True)
        points = problem.source.points[_exact(problem)]
        first = np.vstack([first_grid(problem), points])
        codebook = _begun(problem, first, start)
        pace, best, status = _Pace(report), None, Status.ITERATION_LIMIT
        for _ in range(self.max_rounds):
            some, asked = problem.with_codebook(codebook), pace.tolerance(tol)
            found = _steep(InteriorPoint().solve(some, asked, time_limit=until.left))
            kept = _kept(found, pace.coarse)
            look = pace.look(kept, tol, until)
            candidate = _candidate(look, tol)
            hidden = look.missing <= tol < candidate.certificate.gap
            missing = candidate.certificate.gap if hidden else look.missing
            if pace.progress(missing) or best is None:
                best = candidate
            if missing <= tol:
                status = Status.CONVERGED
                break
            if until.over:
                status = Status.TIME_LIMIT
                break
            worth = _WORTH * missing if len(kept.masses) > _MANY else 0.0
            above = look.peaks[look.c > 1 + max(0.01 * tol, worth)]
            if hidden:
                above = np.vstack([above, supremum(look.gaussians, 0.01 * tol).place])
            wider = _distinct(np.vstack([above, look.codewords]), look.gaussians)
            if not pace.trace[1:]:
                wider = np.vstack([wider, lattice(look.gaussians, tol, _MOST_TIMES * len(wider))])
            if not meets(problem, wider):
                wider = np.vstack([wider, first])
            if _same(wider, codebook) and not pace.sharpen():
                status = Status.STALLED
                break
            codebook = wider
        if best is None:
            raise InputError(f"max_rounds must be at least 1; got {self.max_rounds}")
        found = best if status.converged else _lean(best, tol)
        return found.ended(status, tuple(pace.trace))


def _begun(problem: Problem, first: Array, start: Solution | None) -> Array:
    """Return the first codewords (m, d): with many atoms, those of a coarser problem."""
    if start is not None:
        return np.vstack([_kept(start, 1.0).codewords, first])
    merged = coarse(problem, _CELLS) if problem.n > _MANY_ATOMS else None
    if merged is None:
        return first
    try:
        rough = InteriorPoint().solve(merged.with_codebook(first), 1e-4)
    except InfeasibleError:
        return first
    codewords = _kept(rough, 1.0).codewords
    return codewords if meets(problem, codewords) else first


@dataclass(frozen=True, eq=False)
class _Look:
    """A solution on some codewords, with its c on the whole space.

    Attributes
    ----------
    solution : Solution
    codewords : array, (m, d)
        Codewords for the next round.
    gaussians : GaussianSum
        The function c of this solution.
    peaks, c : arrays, (M, d) and (M,)
        Local maxima of c, and the values there.
    """

    solution: Solution
    codewords: Array
    gaussians: GaussianSum
    peaks: Array
    c: Array

    @cached_property
    def missing(self) -> float:
        """Estimate of the gap over every codebook, nats: its own gap plus what c > 1 costs."""
        pmf, own = self.solution.problem.source.pmf, self.solution.certificate.gap
        plain = float(np.log(self.c.max(initial=1.0)))
        if not 0 < plain < _POOR or (pmf > 0).sum() > len(self.gaussians.points):
            return plain + own
        scaled = scaled_down(self.gaussians, pmf[pmf > 0], self.peaks)
        return min(plain, scaled.excess) + own


def _seen(solution: Solution, codewords: Array, tol: float) -> _Look:
    gaussians = _around(solution)
    if float(gaussians.log_weights.max()) > LARGEST_LOG:
        # Some atom has no codeword in reach; it becomes one.
        peaks = gaussians.points[gaussians.log_weights > 0]
        return _Look(solution, codewords, gaussians, peaks, np.full(len(peaks), np.inf))
    peaks = _peaks(gaussians, codewords, _STILL * tol)
    return _Look(solution, codewords, gaussians, peaks, gaussians.values(peaks))


def _wider(look: _Look, codewords: Array, tol: float) -> _Look:
    """Return a look with more codewords (m, d), and the maxima of c near these."""
    gaussians = look.gaussians
    more = gaussians.climb(codewords, rise=_STILL * tol)
    peaks = _distinct(np.vstack([more, look.peaks]), gaussians)
    wider = np.vstack([codewords, look.codewords])
    return replace(look, codewords=wider, peaks=peaks, c=gaussians.values(peaks))


def _exact(problem: Problem) -> Mask:
    """Return which atoms (n,) a level of 0 makes exact, if others are not."""
    rows = problem.rows
    exact = (rows.weights[rows.levels == 0] > 0).any(axis=0) & (problem.source.pmf > 0)
    return exact if not exact[problem.source.pmf > 0].all() else np.zeros(problem.n, bool)


def _around(solution: Solution) -> GaussianSum:
    """Return c beside the exact atoms."""
    found = gaussian_sum_at(solution.problem, _prior(solution), solution.slopes)
    exact = _exact(solution.problem)[solution.problem.source.pmf > 0]
    if not exact.any():
        return found
    return GaussianSum(found.points[~exact], found.log_weights[~exact], found.sharpness[~exact])


def _steep(solution: Solution) -> Solution:
    """Raise the slopes of levels of 0, which cost nothing.

    The Gaussian of an exact atom is then a spike beside which the others do not vary.
    """
    if not _exact(solution.problem).any():
        return solution
    rows = solution.problem.rows
    none = rows.levels == 0
    extent = float(np.square(np.ptp(solution.problem.source.points, axis=0)).sum())
    sharp = _STEEPER * max(_around(solution).sharpest, 1 / extent)
    steep = np.where(none, sharp / rows.weights.max(axis=1), solution.slopes)
    return replace(solution, slopes=np.maximum(steep, solution.slopes))


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=1e-12)


@dataclass
class _Pace:
    """Resolution and precision of the rounds, adapted to their progress.

    Attributes
    ----------
    report : callable, optional
        Gets the smallest ``missing`` so far after each round.
    coarse : float
        Scale of the distance below which codewords are merged and of the mass below which they are
        dropped.
    wait, waited : int
        Number of rounds without polishing after a polish failed, and how many have passed.
    precision : float
        The gap on a fixed codebook, as a fraction of the tolerance.
    trace : list of float
        ``missing`` at each round, nats.
    """

    report: Callable[[float], None] | None = None
    coarse: float = 1.0
    wait: int = 0
    waited: int = 0
    precision: float = 0.1
    trace: list[float] = field(default_factory=list)

    def tolerance(self, tol: float) -> float:
        """Return the gap to reach on a fixed codebook, nats."""
        return self.precision * tol if self.trace else max(self.precision * tol, _ROUGH)

    def look(self, kept: _Kept, tol: float, until: Clock) -> _Look:
        """Return a look at the polished solution, or at the solution itself if that is enough.

        It may be where the last round came close to the tolerance, or where c is flat, so that
        many codewords take part and a polish takes long.
        """
        plain, crowded = None, len(kept.masses) > CROWDED * kept.solution.problem.n
        if self.trace and (self.trace[-1] <= _NEXT * tol or crowded):
            plain = _seen(kept.solution, kept.codewords, tol)
            if plain.missing <= tol:
                return plain
        polished = self.polished(kept, plain, tol, until)
        return polished or plain or _seen(kept.solution, kept.codewords, tol)

    def progress(self, missing: float) -> bool:
        """Record a round; return whether it is the best so far."""
        best = min(self.trace, default=np.inf)
        self.coarse = max(self.coarse / 2, _FINEST)
        self.trace.append(missing)
        if self.report is not None:
            self.report(min(missing, best))
        return missing < best

    def sharpen(self) -> bool:
        """Raise the precision and resolution; return whether that was possible."""
        self.coarse = max(self.coarse / 8, _FINEST)
        self.precision *= 0.1
        return self.precision >= _SHARPEST

    def polished(self, kept: _Kept, plain: _Look | None, tol: float, until: Clock) -> _Look | None:
        """Polish a solution, unless a recent polish failed.

        A polish succeeds if it converges to a solution with the smallest ``missing`` so far. If it
        fails, its codewords are added to those of the solution.
        """
        if until.over or len(kept.masses) > _MANY or _exact(kept.solution.problem).any():
            return None
        if self.waited < self.wait or not (self.trace or len(kept.masses) <= _FEW):
            self.waited += 1
            return None
        found = kept.solution
        gaussians = gaussian_sum_at(found.problem, _prior(found), found.slopes)
        codewords, support = _polished(kept, gaussians, self.coarse, until)
        if support is not None:
            look = _seen(support, codewords, tol)
            if look.missing <= max(tol, 0.5 * min(self.trace, default=_POOR)):
                if look.missing <= tol or len(kept.masses) <= _FEW:
                    return look
                # Where c is flat, more codewords take part than are stationary.
                return replace(look, codewords=np.vstack([codewords, kept.codewords]))
        self.coarse = max(self.coarse / 2, _FINEST)
        self.wait, self.waited = (2 * self.wait + 1, 0) if len(codewords) > _FEW else (0, 0)
        if plain is not None:
            return _wider(plain, codewords, tol)
        return _seen(found, np.vstack([codewords, kept.codewords]), tol)


def _prior(solution: Solution) -> Array:
    return solution.marginal if solution.prior is None else solution.prior


class _Kept(NamedTuple):
    """A solution, and the codewords (m', d) and masses (m',) of it that are kept."""

    solution: Solution
    codewords: Array
    masses: Array


def _kept(solution: Solution, coarse: float) -> _Kept:
    """Keep the codewords that have mass, and those that an atom has no substitute for."""
    problem, r = solution.problem, _prior(solution)
    used = needed(problem, r, solution.slopes, r > _least(solution, coarse))
    masses = np.where(used, r, 0.0)
    return _Kept(solution, problem.codewords[used], masses[used] / masses.sum())


def _fewest(kept: _Kept) -> _Kept:
    """Reduce many codewords to as few as have the same bounds."""
    solution, size = kept.solution, len(kept.masses)
    most = solution.problem.n + len(solution.slopes)
    if size <= min(_FEW, most) or _MANY < size <= most:
        return kept
    problem = solution.problem.with_codebook(kept.codewords)
    masses = fewer(problem, kept.masses, solution.slopes)
    if masses is None:
        return kept
    return _Kept(solution, kept.codewords[masses > 0], masses[masses > 0] / masses.sum())


def _candidate(look: _Look, tol: float) -> Solution:
    """Return the solution of a look, for every codebook; if it is good enough, a lean one.

    The proof takes so long that it is made on the fewer codewords only.
    """
    found = replace(look.solution, every=True)
    return _lean(found, tol) if look.missing <= tol else found


def _lean(solution: Solution, tol: float) -> Solution:
    """Return the solution on at most n + K codewords, unless rounding makes it worse."""
    few = _fewest(_Kept(solution, solution.problem.codewords, _prior(solution)))
    if len(few.masses) == solution.problem.m:
        return solution
    lean = replace(_on(solution.problem, few.codewords, few.masses, solution.slopes), every=True)
    gap = lean.certificate.gap
    return lean if gap <= tol or gap <= solution.certificate.gap else solution


def _on(problem: Problem, codewords: Array, masses: Array, slopes: Array) -> Solution:
    """Return the solution with given codewords (m, d), masses (m,) and slopes (K,)."""
    scaled = program(problem.with_codebook(codewords))
    found = finish(scaled, masses, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])
    return _steep(found)


def _least(solution: Solution, coarse: float) -> float:
    """Return the mass below which a codeword counts as unused, from complementarity."""
    gap = max(min(solution.trace, default=0.0), 0.0)
    return float(coarse**2 * max(_NEGLIGIBLE, 0.1 * np.sqrt(gap / solution.problem.m)))


def _peaks(gaussians: GaussianSum, near: Array, rise: float) -> Array:
    """Return local maxima of c, (M, d), found from the codewords and from grid maxima."""
    starts = np.vstack([near, gaussians.summits(0.9)])
    return _distinct(gaussians.climb(starts, rise=rise), gaussians)


def _distinct(y: Array, gaussians: GaussianSum) -> Array:
    """Drop points that coincide with another one at the resolution of c."""
    unit = 2e-5 / np.sqrt(gaussians.sharpest)
    _, first = np.unique(np.round(y / unit), axis=0, return_index=True)
    return np.asarray(y[np.sort(first)])


def _polished(
    kept: _Kept, gaussians: GaussianSum, coarse: float, until: Clock
) -> tuple[Array, Solution | None]:
    """Merge codewords that lead to the same maximum of c, and refine masses and positions.

    Return the final codewords (m, d), and the solution on them if they are stationary.
    """
    found, problem = kept.solution, kept.solution.problem
    few = _fewest(kept)
    tops = few.codewords if len(few.masses) > _FEW else gaussians.climb(few.codewords)
    reach = coarse * _REACH / np.sqrt(gaussians.sharpest)
    binds = binding(problem, found.slopes)
    if not binds.any():
        return kept.codewords, None
    rows, alive = problem.rows, problem.source.pmf > 0
    data = BindingData(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[binds][:, alive],
        rows.levels[binds],
    )
    first = Support(tops, few.masses, found.slopes[binds])
    while not reachable(data, merged(first, reach)):
        reach /= 2
        if reach < 1e-4 / np.sqrt(gaussians.sharpest):
            return kept.codewords, None
    support, settled = polish(data, first, reach=reach, fading=coarse**2 * _FADING, until=until)
    if not (settled and meets(problem, support.y)):
        return support.y, None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = support.slopes
    return support.y, _on(problem, support.y, support.r, slopes)
