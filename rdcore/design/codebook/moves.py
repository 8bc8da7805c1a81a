"""Where codewords go: centroids, priced centroids, gradient steps; medians for absolute error."""

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
        η, in units of the distortion's argument; for squared error 1/2 goes to the centroid.
    """

    size: float = 0.1

    def __post_init__(self) -> None:
        positive(self.size, "size")


def movable(problem: Problem) -> str | None:
    """Return the distortion under which codewords can move; None if there is none.

    It must be squared or absolute error, and the same for every fidelity.
    """
    own = [f.distortion for f in problem.fidelities if f.distortion is not None]
    name = problem.distortion
    if not isinstance(name, str) or name not in ("squared_error", "absolute"):
        return None
    return name if all(isinstance(d, str) and d == name for d in own) else None


def require_movable(problem: Problem) -> None:
    """Raise InputError if nothing is known about where codewords should go."""
    if movable(problem) is None:
        raise InputError(
            "distortion must be 'squared_error' or 'absolute' throughout for codewords to move"
        )


def importance(problem: Problem, slopes: Array) -> Array:
    """Return s_x = Σ_k λ_k w_k(x), (n,): what a unit of distortion costs at each atom, in nats."""
    return np.asarray(slopes @ problem.rows.weights)


def centres(problem: Problem, channel: Array, weights: Array | None = None) -> Array:
    r"""Return the best codeword for each column of a channel, (m, d).

    The minimiser of :math:`\sum_x p_x s_x Q_{xj} d(x, y)`: a weighted mean for squared error, in
    each coordinate a weighted median for absolute error.

    Parameters
    ----------
    problem : Problem
        With a codebook of its own; codewords of columns without mass stay where they are.
    channel : array, (n, m)
        P(Y=j | X=x).
    weights : array, (n,), optional
        s_x ≥ 0; by default 1.
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
    """Whether the codebook can meet the levels; for one distortion throughout."""
    over = -problem.headroom
    return bool((over <= TOLERANCE * row_scales(problem)).all())


def shortened(problem: Problem, target: Array, halvings: int = 6) -> tuple[Array, float]:
    """Move the codewords (m, d) towards a target as far as the levels can still be met.

    Returns the codewords and the share of the way, which is halved until they can; 0 in the end.
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
