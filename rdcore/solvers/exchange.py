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

from dataclasses import dataclass, replace

import numpy as np

from rdcore._arrays import Array
from rdcore.certificates import bumps_at
from rdcore.errors import InputError
from rdcore.problem import Problem, coordinate_grid
from rdcore.solution import Solution, Status
from rdcore.solvers._polish import Data, Design, polish
from rdcore.solvers._program import finish, program
from rdcore.solvers.interior_point import InteriorPoint
from rdcore.supremum import Bumps

_FIRST_GRID = {1: 64, 2: 12, 3: 6}
_NEGLIGIBLE = 1e-7
_MOST_STARTS = 3000


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
        best: Solution | None = None
        trace: list[float] = []
        for turn in range(self.max_rounds):
            fixed = problem.with_codebook(codebook)
            found = InteriorPoint().solve(fixed, 1e-6 if turn == 0 else min(1e-7, 0.1 * tol))
            bumps = bumps_at(found.problem, _prior(found), found.slopes)
            peaks = _peaks(bumps, _used(found))
            height = bumps.values(peaks)
            trace.append(float(np.log(height.max(initial=1.0))))
            extra = peaks[height > 1 + 0.01 * tol]
            candidates = [_polished(found, bumps)]
            if trace[-1] <= tol:
                candidates.append(found)
            for candidate in candidates:
                if candidate is None:
                    continue
                proved = replace(candidate, every=True, trace=tuple(trace))
                if best is None or proved.certificate.gap < best.certificate.gap:
                    best = proved
                if best.certificate.gap <= tol:
                    return replace(best, status=Status.CONVERGED)
                again = bumps_at(candidate.problem, _prior(candidate), candidate.slopes)
                more = _peaks(again, _used(candidate))
                extra = np.vstack([extra, _used(candidate), more[again.values(more) > 1]])
            codebook = _distinct(np.vstack([extra, _used(found)]), bumps)
        if best is None:
            best = replace(found, every=True, trace=tuple(trace))
        return replace(best, status=Status.ITERATION_LIMIT)


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
    words = solution.codebook.reshape(solution.problem.m, -1)
    return np.asarray(words[_prior(solution) > _NEGLIGIBLE])


def _peaks(bumps: Bumps, near: Array) -> Array:
    """Return maxima of c, (M, d): uphill from the codewords and from where c is large."""
    centres, _ = bumps.grid()
    values = bumps.values(centres)
    order = np.argsort(-values)[:_MOST_STARTS]
    starts = np.vstack([near, centres[order[values[order] > 0.9]]])
    return _distinct(bumps.climb(starts), bumps)


def _distinct(y: Array, bumps: Bumps) -> Array:
    """Drop points that coincide with another at the resolution of c."""
    unit = 2e-4 / np.sqrt(max(float(bumps.sharpness.max()), 1e-300))
    _, first = np.unique(np.round(y / unit), axis=0, return_index=True)
    return np.asarray(y[np.sort(first)])


def _polished(found: Solution, bumps: Bumps) -> Solution | None:
    """Merge the codewords that climb to the same peak, and make masses and positions exact."""
    problem, r = found.problem, _prior(found)
    used = r > _NEGLIGIBLE
    tops = bumps.climb(_used(found))
    reach = 0.05 / np.sqrt(max(float(bumps.sharpness.max()), 1e-300))
    merged = _merged(Design(tops, r[used], found.slopes), reach)
    heavy = merged.r > _NEGLIGIBLE
    binds = found.slopes > 1e-9 * max(float(found.slopes.max(initial=0.0)), 1e-300)
    if not binds.any() or not heavy.any():
        return None
    rows, alive = problem.rows, problem.source.pmf > 0
    data = Data(
        problem.source.points[alive],
        problem.source.pmf[alive],
        rows.weights[binds][:, alive],
        rows.levels[binds],
    )
    design = polish(data, Design(merged.y[heavy], merged.r[heavy], found.slopes[binds]))
    if design is not None and len(_groups(design.y, reach)) < len(design.y):
        design = polish(data, _merged(design, reach))
    if design is None or not ((design.r > 0).all() and (design.slopes > 0).all()):
        return None
    slopes = np.zeros(len(rows.levels))
    slopes[binds] = design.slopes
    scaled = program(problem.with_codebook(design.y))
    return finish(scaled, design.r, slopes[scaled.kept] / scaled.scales, Status.STALLED, [])


def _groups(y: Array, reach: float) -> list[list[int]]:
    """Gather points (m, d) around those that come first, each within reach of one."""
    groups: list[list[int]] = []
    for i, point in enumerate(y):
        near = [g for g in groups if np.linalg.norm(y[g[0]] - point) < reach]
        if near:
            near[0].append(i)
        else:
            groups.append([i])
    return groups


def _merged(design: Design, reach: float) -> Design:
    """Merge codewords within reach of one another, the heaviest first."""
    order = np.argsort(-design.r)
    y, r = design.y[order], design.r[order]
    groups = _groups(y, reach)
    masses = np.array([r[g].sum() for g in groups])
    centres = np.array([r[g] @ y[g] / r[g].sum() for g in groups])
    return Design(centres, masses, design.slopes)
