"""A coarser problem with fewer atoms, whose solution is a starting point."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rdcore._arrays import Array, Indices, frozen
from rdcore.problem import Problem
from rdcore.problem.fidelity import Fidelity
from rdcore.problem.sources import Source

# Smallest fraction of a level that remains after the variance within cells is subtracted.
_LEAST_LEFT = 0.1


def coarse(problem: Problem, cells: int) -> Problem | None:
    """Merge neighbouring atoms that have the same weights in all fidelities.

    For squared error the cost of the atoms in a cell is that of their mean plus their variance,
    which is subtracted from the levels. None unless all distortions are squared or absolute errors.
    """
    if any(d not in ("squared_error", "absolute") for d in map(_name, problem.distortions)):
        return None
    source, groups = problem.source, []
    for group in _alike(problem):
        share = max(1, round(cells * len(group) / source.n))
        groups += _cells(source.points, group, share)
    owner = np.empty(source.n, np.intp)
    for index, group in enumerate(groups):
        owner[group] = index
    count = len(groups)
    mass = np.bincount(owner, source.pmf, count)
    alive = mass > 0
    safe = np.where(alive, mass, 1.0)
    centres = np.stack(
        [np.bincount(owner, source.pmf * axis, count) / safe for axis in source.points.T], axis=1
    )
    away = np.square(source.points - centres[owner]).sum(axis=1)
    first = np.array([group[0] for group in groups])
    fidelities = [_merged(problem, f, first[alive], away) for f in problem.fidelities]
    merged = Source(centres[alive], mass[alive] / mass[alive].sum(), source.name)
    return Problem(merged, problem.codebook, problem.distortion, fidelities)


def _name(distortion: object) -> str:
    return distortion if isinstance(distortion, str) else ""


def _merged(problem: Problem, fidelity: Fidelity, first: Indices, away: Array) -> Fidelity:
    own = problem.distortion if fidelity.distortion is None else fidelity.distortion
    level = fidelity.level
    if own == "squared_error" and fidelity.measure != "each":
        spread = float(fidelity.weights(problem.source.pmf)[0] @ (problem.source.pmf * away))
        level = max(level - spread, _LEAST_LEFT * level)
    mask = None if fidelity.mask is None else frozen(fidelity.mask[first])
    return replace(fidelity, level=level, mask=mask)


def _alike(problem: Problem) -> list[Indices]:
    """Group the atoms by the subsets that contain them; atoms of an "each" subset are alone."""
    code = np.zeros(problem.n, np.intp)
    for fidelity in problem.fidelities:
        if fidelity.mask is None:
            continue
        inside = fidelity.mask.astype(np.intp)
        if fidelity.measure == "each":
            inside *= 1 + np.arange(problem.n)
        code = np.unique(code * (inside.max() + 1) + inside, return_inverse=True)[1]
    order = np.argsort(code, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(code[order])) + 1)


def _cells(points: Array, group: Indices, count: int) -> list[Indices]:
    """Split a group of atoms at medians of its widest axis until there are ``count`` cells."""
    done, open_ = [], [(group, min(count, len(group)))]
    while open_:
        some, wanted = open_.pop()
        if wanted <= 1:
            done.append(some)
            continue
        axis = np.ptp(points[some], axis=0).argmax()
        middle = len(some) // 2
        order = some[np.argpartition(points[some, axis], middle)]
        open_ += [(order[:middle], wanted // 2), (order[middle:], wanted - wanted // 2)]
    return done
