"""A free codebook: the codewords are unknowns too, and the proof covers all of space.

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
from functools import cached_property

import numpy as np

from rdcore._arrays import Array
from rdcore.errors import InfeasibleError, InputError
from rdcore.problem import Problem, coordinate_grid
from rdcore.problem.gaussian_sums import GaussianSum
from rdcore.proof.certificates import gaussian_sum_at
from rdcore.proof.feasibility import smallest_levels
from rdcore.proof.supremum import supremum
from rdcore.solvers._coarse import coarse
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.solvers.polishing import BindingData, Support, merged, polish, reachable
from rdcore.solvers.program import finish, program
from rdcore.solvers.solution import Solution, Status

_FIRST_GRID = {1: 64, 2: 12, 3: 6}
_NEGLIGIBLE = 1e-7
# Peaks of c that are closer than this, in units of 1 / √s_max, are taken for one codeword, and
# codewords of less mass that lose some are dropped, until that turns out to be too coarse.
_REACH = 0.6
_FADING = 6e-3
_FINEST = 1e-4
# A codeword this close to where c is largest on a grid, in the same units, leads to that peak.
_NEAR = 0.0
# So few codewords are polished at every round, whatever came of it before.
_FEW = 40
_FINEST_GRID = 1 << 20
# More atoms than these are merged into so many cells for the first codewords.
_MANY_ATOMS = 800
_CELLS = 600
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
        """Solve to a certified gap of ``tol`` nats over the free codebook."""
        if not problem.every:
            raise InputError("codebook is given; Exchange() is for codebook=EVERY")
        if problem.distortion == "absolute":
            grid = problem.with_codebook(coordinate_grid(problem.source))
            return replace(InteriorPoint().solve(grid, tol), every=True)
        first = _first(problem)
        codebook = _begun(problem, first) if start is None else np.vstack([_used(start), first])
        pace, best = _Pace(), None
        for _ in range(self.max_rounds):
            found = InteriorPoint().solve(problem.with_codebook(codebook), pace.tolerance(tol))
            look = pace.polished(found, tol) or _seen(found, _used(found, pace.coarse))
            candidate = replace(look.solution, every=True)
            hidden = look.missing <= tol < candidate.certificate.gap
            missing = candidate.certificate.gap if hidden else look.missing
            if pace.progress(missing) or best is None:
                best = candidate
            if missing <= tol:
                return best.ended(Status.CONVERGED, tuple(pace.trace))
            above = look.peaks[look.c > 1 + 0.01 * tol]
            if hidden:
                above = np.vstack([above, supremum(look.gaussians, 0.01 * tol).place])
            wider = _distinct(np.vstack([above, look.codewords]), look.gaussians)
            if not _reachable(problem, wider):
                wider = np.vstack([wider, first])
            if _same(wider, codebook) and not pace.sharpen():
                return best.ended(Status.STALLED, tuple(pace.trace))
            codebook = wider
        if best is None:
            raise InputError(f"max_rounds={self.max_rounds}; at least 1 is needed")
        return best.ended(Status.ITERATION_LIMIT, tuple(pace.trace))


def _begun(problem: Problem, first: Array) -> Array:
    """Return the first codewords (m, d): with many atoms those that fewer atoms would use."""
    merged = coarse(problem, _CELLS) if problem.n > _MANY_ATOMS else None
    if merged is None:
        return first
    try:
        codewords = _used(InteriorPoint().solve(merged.with_codebook(first), 1e-4))
    except InfeasibleError:
        return first
    return codewords if _reachable(problem, codewords) else first


@dataclass(frozen=True, eq=False)
class _Look:
    """A solution on some codewords, seen from all of space.

    Attributes
    ----------
    solution : Solution
    codewords : array, (m, d)
        Codewords to go on from.
    gaussians : GaussianSum
        c for this solution.
    peaks, c : arrays, (M, d) and (M,)
        Where c is largest, and how large.
    """

    solution: Solution
    codewords: Array
    gaussians: GaussianSum
    peaks: Array
    c: Array

    @cached_property
    def missing(self) -> float:
        """The gap over the free codebook as the peaks tell, nats: log sup c and their own."""
        return float(np.log(self.c.max(initial=1.0))) + self.solution.certificate.gap


def _seen(solution: Solution, codewords: Array) -> _Look:
    gaussians = gaussian_sum_at(solution.problem, _prior(solution), solution.slopes)
    peaks = _peaks(gaussians, _used(solution))
    return _Look(solution, codewords, gaussians, peaks, gaussians.values(peaks))


def _same(a: Array, b: Array) -> bool:
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=1e-12)


@dataclass
class _Pace:
    """How finely the rounds work, by how they have gone so far.

    Attributes
    ----------
    coarse : float
        How far apart codewords may be that are merged, and how heavy those that are dropped.
    wait, waited : int
        For how many rounds nothing is polished after a polish that came to nothing, and for how
        many nothing has been.
    precision : float
        The gap on a fixed codebook, as a share of the tolerance.
    trace : list of float
        What is missing at each round, nats.
    """

    coarse: float = 1.0
    wait: int = 0
    waited: int = 0
    precision: float = 0.1
    trace: list[float] = field(default_factory=list)

    def tolerance(self, tol: float) -> float:
        """Return the gap worth reaching on a fixed codebook, nats."""
        last = self.trace[-1] if self.trace else 0.01
        return max(self.precision * tol, min(1e-3, 1e-3 * last) * self.coarse)

    def progress(self, missing: float) -> bool:
        """Take note of a round; return whether it is the best so far."""
        best = min(self.trace, default=np.inf)
        self.coarse = max(self.coarse / 2, _FINEST)
        self.trace.append(missing)
        return missing < best

    def sharpen(self) -> bool:
        """Ask more of the next rounds; return whether there is more to ask."""
        self.coarse = max(self.coarse / 8, _FINEST)
        self.precision *= 0.1
        return self.precision >= _SHARPEST

    def polished(self, found: Solution, tol: float) -> _Look | None:
        """Polish a solution, unless that has come to nothing lately.

        A polish counts for something if it settles where less is missing than ever before. If
        not, its codewords join those of the solution.
        """
        if self.waited < self.wait:
            self.waited += 1
            return None
        gaussians = gaussian_sum_at(found.problem, _prior(found), found.slopes)
        codewords, support = _polished(found, gaussians, self.coarse)
        if support is not None:
            look = _seen(support, codewords)
            if look.missing <= max(tol, 0.5 * min(self.trace, default=np.inf)):
                return look
        self.coarse = max(self.coarse / 2, _FINEST)
        self.wait, self.waited = (2 * self.wait + 1, 0) if len(codewords) > _FEW else (0, 0)
        return _seen(found, np.vstack([codewords, _used(found, self.coarse)]))


def _first(problem: Problem) -> Array:
    """Return a grid over the atoms' range, (m, d), fine enough for the levels."""
    points = problem.source.points
    low, high = points.min(axis=0), points.max(axis=0)
    d = points.shape[1]
    side = _FIRST_GRID.get(d, 3)
    axes = [np.linspace(low[k], high[k], side) for k in range(d)]
    mesh = np.meshgrid(*axes, indexing="ij")
    codewords = np.unique(np.stack([m.ravel() for m in mesh], axis=1), axis=0)
    while not _reachable(problem, codewords):
        side *= 2
        step = np.maximum((high - low) / (side - 1), 1e-300)
        codewords = low + step * np.unique(np.round((points - low) / step), axis=0)
        if side > _FINEST_GRID:
            return np.unique(points, axis=0)
    return codewords


def _reachable(problem: Problem, codewords: Array) -> bool:
    levels = np.array([fidelity.level for fidelity in problem.fidelities])
    return bool((np.array(smallest_levels(problem.with_codebook(codewords))) < levels).all())


def _prior(solution: Solution) -> Array:
    return solution.marginal if solution.prior is None else solution.prior


def _used(solution: Solution, coarse: float = 1.0) -> Array:
    codewords, r = solution.codebook.reshape(solution.problem.m, -1), _prior(solution)
    return np.asarray(codewords[r > _least(solution, coarse)])


def _least(solution: Solution, coarse: float) -> float:
    """Return the mass below which a codeword is on its way out: complementarity sets it."""
    gap = max(min(solution.trace, default=0.0), 0.0)
    return float(coarse**2 * max(_NEGLIGIBLE, 0.1 * np.sqrt(gap / solution.problem.m)))


def _peaks(gaussians: GaussianSum, near: Array) -> Array:
    """Return maxima of c, (M, d): uphill from the codewords and from where c is large."""
    summits = gaussians.summits(0.9)
    apart = np.linalg.norm(near[:, None, :] - summits, axis=2).min(axis=1, initial=np.inf)
    starts = np.vstack([near[apart * np.sqrt(gaussians.sharpest) > _NEAR], summits])
    return _distinct(gaussians.climb(starts), gaussians)


def _distinct(y: Array, gaussians: GaussianSum) -> Array:
    """Drop points that coincide with another at the resolution of c."""
    unit = 2e-4 / np.sqrt(gaussians.sharpest)
    _, first = np.unique(np.round(y / unit), axis=0, return_index=True)
    return np.asarray(y[np.sort(first)])


def _polished(
    found: Solution, gaussians: GaussianSum, coarse: float
) -> tuple[Array, Solution | None]:
    """Merge the codewords that climb to the same peak, and make masses and positions exact.

    Returns the codewords (m, d) at which the steps ended, and the solution that they make if they
    are stationary.
    """
    problem, r = found.problem, _prior(found)
    used = r > _least(found, coarse)
    tops, reach = (
        gaussians.climb(_used(found, coarse)),
        coarse * _REACH / np.sqrt(gaussians.sharpest),
    )
    binds = found.slopes > 1e-9 * max(float(found.slopes.max(initial=0.0)), 1e-300)
    if not binds.any():
        return _used(found, coarse), None
    rows, alive = problem.rows, problem.source.pmf > 0
    data = BindingData(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[binds][:, alive],
        rows.levels[binds],
    )
    first = Support(tops, r[used], found.slopes[binds])
    while not reachable(data, merged(first, reach)):
        reach /= 2
        if reach < 1e-4 / np.sqrt(gaussians.sharpest):
            return _used(found, coarse), None
    support, settled = polish(data, first, reach=reach, fading=coarse**2 * _FADING)
    if not (settled and (support.slopes > 0).all() and _reachable(problem, support.y)):
        return support.y, None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = support.slopes
    scaled = program(problem.with_codebook(support.y))
    end = finish(scaled, support.r, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])
    return support.y, end
