"""Every codebook at once: the codewords are unknowns too, and the proof covers all of space.

For squared error the optimum is a finite set of codewords at which c(y) = Σ_x p_x K(x, y) / Z_x
touches 1 from below. Solve on a few codewords, add the maxima of c, drop those without mass, and
repeat; once the clusters around each codeword are plain, merge them and let Newton steps on
masses, positions and slopes make them exact.

For absolute error c is a sum of exponentials of linear functions between the coordinates of the
atoms, hence convex there and largest at a corner: the grid of the atoms' coordinates is as good a
codebook as any.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from rdcore._arrays import Array
from rdcore.bumps import Bumps
from rdcore.certificates import bumps_at
from rdcore.errors import InputError
from rdcore.problem import Problem, coordinate_grid
from rdcore.solution import Solution, Status
from rdcore.solvers._polish import Data, Design, merged, polish, reachable
from rdcore.solvers._program import finish, program
from rdcore.solvers.interior_point import InteriorPoint

_FIRST_GRID = {1: 64, 2: 12, 3: 6}
_NEGLIGIBLE = 1e-7
# Peaks of c that are closer than this, in units of 1 / √s_max, are taken for one codeword, and
# codewords of less mass that lose some are dropped, until that turns out to be too coarse.
_REACH = 0.6
_FADING = 3e-3
_FINEST = 1e-3
# A codeword this close to where c is largest on a grid, in the same units, leads to that peak.
_NEAR = 0.0
# Where that many codewords do not settle that often, the optimum is all but continuous.
_MANY = 40
_MOST_FAILURES = 4
# The least share of the tolerance worth asking of a solver on a fixed codebook.
_SHARPEST = 5e-3


@dataclass(frozen=True)
class Exchange:
    """Solve over all codewords of R^d, for squared error or absolute error.

    Parameters
    ----------
    max_rounds : int
        How often codewords are exchanged at the most.

    References
    ----------
    K. Rose, "A mapping approach to rate-distortion computation and analysis", IEEE Trans. Inf.
    Theory 40(6), 1994, for the discreteness of the optimum.
    """

    max_rounds: int = 30

    def solve(
        self, problem: Problem, tol: float = 1e-9, *, start: Solution | None = None
    ) -> Solution:
        """Solve to a certified gap of ``tol`` nats over every codebook."""
        if not problem.every:
            raise InputError("codebook is given; Exchange() is for codebook=EVERY")
        if problem.distortion == "absolute":
            grid = problem.with_codebook(coordinate_grid(problem.source))
            return replace(InteriorPoint().solve(grid, tol), every=True)
        codebook = _first(problem) if start is None else np.vstack([_used(start), _first(problem)])
        pace, best = _Pace(), None
        for _ in range(self.max_rounds):
            fixed = problem.with_codebook(codebook)
            found = InteriorPoint().solve(fixed, pace.tolerance(tol))
            bumps = bumps_at(found.problem, _prior(found), found.slopes)
            words, design = pace.polished(found, bumps)
            candidate = found if design is None else design
            if design is not None:
                bumps = bumps_at(design.problem, _prior(design), design.slopes)
            peaks = _peaks(bumps, _used(candidate))
            height = bumps.values(peaks)
            ahead = float(np.log(height.max(initial=1.0)))
            if best is None or ahead < min(pace.trace):
                best = replace(candidate, every=True)
            pace.step(ahead, design is not None)
            if ahead <= tol and best.certificate.gap <= tol:
                return best.ended(Status.CONVERGED, tuple(pace.trace))
            words = words if design is not None else np.vstack([words, _used(found)])
            wider = _distinct(np.vstack([peaks[height > 1 + 0.01 * tol], words]), bumps)
            if len(wider) == len(codebook) and np.allclose(wider, codebook, rtol=0, atol=1e-12):
                if best.certificate.gap <= tol:
                    return best.ended(Status.CONVERGED, tuple(pace.trace))
                if pace.precision < _SHARPEST:
                    return best.ended(Status.STALLED, tuple(pace.trace))
                pace.precision *= 0.1
            codebook = wider
        assert best is not None
        return best.ended(Status.ITERATION_LIMIT, tuple(pace.trace))


@dataclass
class _Pace:
    """How finely the rounds work, by how they have gone so far.

    Attributes
    ----------
    coarse : float
        How far apart codewords may be that are merged, and how heavy those that are dropped.
    failures : int
        How often many codewords have not settled.
    precision : float
        The gap on a fixed codebook, as a share of the tolerance.
    trace : list of float
        log sup c at each round.
    """

    coarse: float = 1.0
    failures: int = 0
    precision: float = 0.1
    trace: list[float] = field(default_factory=list)

    @property
    def last(self) -> float:
        """The height that the last round left."""
        return self.trace[-1] if self.trace else 0.01

    def tolerance(self, tol: float) -> float:
        """Return the gap worth reaching on a fixed codebook, nats."""
        return max(self.precision * tol, min(1e-3, 1e-3 * self.last))

    def polished(self, found: Solution, bumps: Bumps) -> tuple[Array, Solution | None]:
        """Polish, unless the optimum has turned out to be all but continuous."""
        if self.failures >= _MOST_FAILURES:
            return _used(found), None
        words, design = _polished(found, bumps, self.coarse)
        self.failures += design is None and len(words) > _MANY
        return words, design

    def step(self, ahead: float, settled: bool) -> None:
        """Take note of a round."""
        if not settled or ahead > 0.1 * self.last:
            self.coarse = max(self.coarse / 2, _FINEST)
        self.trace.append(ahead)


def _first(problem: Problem) -> Array:
    """Return a coarse grid over the atoms' range, (m, d)."""
    points = problem.source.points
    d = points.shape[1]
    side = _FIRST_GRID.get(d, 3)
    low, high = points.min(axis=0), points.max(axis=0)
    axes = [np.linspace(low[k], high[k], side) for k in range(d)]
    mesh = np.meshgrid(*axes, indexing="ij")
    return np.unique(np.stack([m.ravel() for m in mesh], axis=1), axis=0)


def _prior(solution: Solution) -> Array:
    return solution.marginal if solution.prior is None else solution.prior


def _used(solution: Solution) -> Array:
    words, r = solution.codebook.reshape(solution.problem.m, -1), _prior(solution)
    return np.asarray(words[r > _least(solution)])


def _least(solution: Solution) -> float:
    """Return the mass below which a codeword is on its way out: complementarity sets it."""
    gap = min(solution.trace, default=0.0)
    return float(max(_NEGLIGIBLE, 0.1 * np.sqrt(max(gap, 0.0) / solution.problem.m)))


def _peaks(bumps: Bumps, near: Array) -> Array:
    """Return maxima of c, (M, d): uphill from the codewords and from where c is large."""
    summits = bumps.summits(0.9)
    apart = np.linalg.norm(near[:, None, :] - summits, axis=2).min(axis=1, initial=np.inf)
    starts = np.vstack([near[apart * np.sqrt(bumps.sharpest) > _NEAR], summits])
    return _distinct(bumps.climb(starts), bumps)


def _distinct(y: Array, bumps: Bumps) -> Array:
    """Drop points that coincide with another at the resolution of c."""
    unit = 2e-4 / np.sqrt(bumps.sharpest)
    _, first = np.unique(np.round(y / unit), axis=0, return_index=True)
    return np.asarray(y[np.sort(first)])


def _polished(found: Solution, bumps: Bumps, coarse: float) -> tuple[Array, Solution | None]:
    """Merge the codewords that climb to the same peak, and make masses and positions exact.

    Returns the codewords (m, d) at which the steps ended, and the solution that they make if they
    are stationary.
    """
    problem, r = found.problem, _prior(found)
    used = r > _least(found)
    tops, reach = bumps.climb(_used(found)), coarse * _REACH / np.sqrt(bumps.sharpest)
    binds = found.slopes > 1e-9 * max(float(found.slopes.max(initial=0.0)), 1e-300)
    if not binds.any():
        return _used(found), None
    rows, alive = problem.rows, problem.source.pmf > 0
    data = Data(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[binds][:, alive],
        rows.levels[binds],
    )
    first = Design(tops, r[used], found.slopes[binds])
    while not reachable(data, merged(first, reach)):
        reach /= 2
        if reach < 1e-4 / np.sqrt(bumps.sharpest):
            return _used(found), None
    design, settled = polish(data, first, reach=reach, fading=coarse * _FADING)
    if not (settled and (design.slopes > 0).all()):
        return design.y, None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = design.slopes
    scaled = program(problem.with_codebook(design.y))
    end = finish(scaled, design.r, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])
    return design.y, end
