"""Moves of codewords: centroids, priced centroids and gradient steps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from rdcore._arrays import Array, positive
from rdcore.errors import InputError
from rdcore.problem import Problem
from rdcore.proof.feasibility import TOLERANCE, row_scales

Step = Literal["centroid", "priced"]


@dataclass(frozen=True)
class Gradient:
    """Gradient descent on E[d(X, y_j) | Y = j].

    Parameters
    ----------
    size : float
        Step length η; for squared error, 1/2 moves to the centroid.
    """

    size: float = 0.1

    def __post_init__(self) -> None:
        positive(self.size, "size")


def movable(problem: Problem) -> str | None:
    """Return the name of the distortion if codewords can move under it, else None.

    It must be squared or absolute error, and the same for every fidelity.
    """
    own = [f.distortion for f in problem.fidelities if f.distortion is not None]
    name = problem.distortion
    if not isinstance(name, str) or name not in ("squared_error", "absolute"):
        return None
    return name if all(isinstance(d, str) and d == name for d in own) else None


def require_movable(problem: Problem) -> None:
    """Raise InputError if codewords cannot move."""
    if movable(problem) is None:
        raise InputError(
            "distortion must be 'squared_error' or 'absolute' in all fidelities to move codewords"
        )


def importance(problem: Problem, slopes: Array) -> Array:
    """Return s_x = Σ_k λ_k w_k(x), (n,): the price of a unit of distortion at each atom, nats."""
    return np.asarray(slopes @ problem.rows.weights)


def centres(problem: Problem, channel: Array, weights: Array | None = None) -> Array:
    r"""Return the best codeword for each column of a channel, (m, d).

    It minimises :math:`\sum_x p_x s_x Q_{xj} d(x, y)`: the weighted mean for squared error, and the
    weighted median of each coordinate for absolute error.

    Parameters
    ----------
    problem : Problem
        A problem on a fixed codebook. Codewords of columns without mass do not move.
    channel : array, (n, m)
        P(Y=j | X=x).
    weights : array, (n,), optional
        s_x ≥ 0; by default 1.

    Returns
    -------
    array, (m, d)
        The codewords, in the unit of the atoms.

    Examples
    --------
    >>> import numpy as np
    >>> import rdcore as rd
    >>> task = rd.Problem(rd.sources.uniform_grid(4), [0.1, 0.9], fidelities=[rd.average(1)])
    >>> centres(task, np.array([[1, 0], [1, 0], [0, 1], [0, 1]], float)).tolist()
    [[0.25], [0.75]]
    """
    mass = problem.source.pmf if weights is None else problem.source.pmf * weights
    joint = mass[:, None] * channel
    total = joint.sum(axis=0)
    heavy = total > np.finfo(np.float64).tiny
    found = problem.codewords.copy()
    if movable(problem) == "absolute":
        found[heavy] = _medians(problem.source.points, joint[:, heavy])
    else:
        found[heavy] = (joint[:, heavy].T @ problem.source.points) / total[heavy, None]
    return found


def _medians(points: Array, joint: Array) -> Array:
    """Return weighted medians, (m, d), of points (n, d) under weights (n, m)."""
    found = np.empty((joint.shape[1], points.shape[1]))
    for axis in range(points.shape[1]):
        order = np.argsort(points[:, axis], kind="stable")
        running = np.cumsum(joint[order], axis=0)
        at = (running < running[-1] / 2).sum(axis=0)
        found[:, axis] = points[order, axis][at]
    return found


def gradient_step(problem: Problem, channel: Array, size: float) -> Array:
    """Return y_j - η ∇E[d(X, y_j) | Y = j], (m, d)."""
    if movable(problem) == "squared_error":
        return problem.codewords + 2 * size * (centres(problem, channel) - problem.codewords)
    joint = problem.source.pmf[:, None] * channel
    mass = np.maximum(joint.sum(axis=0), np.finfo(np.float64).tiny)[:, None]
    side = np.sign(problem.codewords[None, :, :] - problem.source.points[:, None, :])
    return np.asarray(problem.codewords - size * np.einsum("xj,xjd->jd", joint, side) / mass)


def within_reach(problem: Problem) -> bool:
    """Return whether the codebook can meet the levels, if all fidelities have one distortion."""
    over = -problem.headroom
    return bool((over <= TOLERANCE * row_scales(problem)).all())


def shortened(problem: Problem, target: Array, halvings: int = 6) -> tuple[Array, float]:
    """Move the codewords (m, d) towards a target as far as the levels can be met.

    Return the codewords and the fraction of the move, which is halved until the levels can be met,
    and 0 if they never can.
    """
    share = 1.0
    for _ in range(halvings):
        codewords = (
            target if share == 1.0 else problem.codewords + share * (target - problem.codewords)
        )
        if within_reach(problem.with_codebook(codewords)):
            return codewords, share
        share /= 2
    return problem.codewords, 0.0
