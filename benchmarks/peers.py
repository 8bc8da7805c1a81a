"""Other packages: each solves the problem, and its answer is certified like ours."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import rdcore as rd


class PeerError(Exception):
    """A peer is not installed, does not support the problem or failed; the message says which."""


@dataclass(frozen=True)
class Answer:
    """The certified gap of a peer's answer in nats, and a remark."""

    gap: float
    remark: str = ""


@dataclass(frozen=True)
class Peer:
    """A name and a function that solves and certifies."""

    name: str
    solve: Callable[[rd.Problem], Answer]


def _by_cvxpy(problem: rd.Problem, solver: str, options: dict[str, Any]) -> Answer:
    """Minimise Σ_x p_x rel_entr(Q_x, r) with r = pQ, as exponential cones.

    Cone solvers usually work best on rows of order 1. If one fails, it runs again unscaled.
    """
    try:
        cp: Any = importlib.import_module("cvxpy")
    except ImportError:
        raise PeerError("CVXPY is not installed") from None
    if len(problem.matrices) > 1 or problem.forbidden is not None:
        raise PeerError("this adapter supports a single finite distortion only")
    levels = problem.rows.levels
    try:
        return _certified(cp, problem, np.where(levels > 0, levels, 1.0), solver, options)
    except PeerError as error:
        again = _certified(cp, problem, np.ones(len(levels)), solver, options)
        return Answer(again.gap, f"{error}, then: {again.remark}")


def _certified(
    cp: Any, problem: rd.Problem, sizes: np.ndarray, solver: str, options: dict[str, Any]
) -> Answer:
    pmf, rows, d = problem.source.pmf, problem.rows, problem.matrices[0]
    Q, r = cp.Variable(d.shape, nonneg=True), cp.Variable((1, problem.m))
    rate = cp.multiply(pmf[:, None], cp.rel_entr(Q, np.ones((problem.n, 1)) @ r))
    budgets = [
        cp.sum(cp.multiply((w * pmf / size)[:, None] * d, Q)) <= level / size
        for w, level, size in zip(rows.weights, rows.levels, sizes, strict=True)
    ]
    rules = [cp.sum(Q, axis=1) == 1, pmf[None, :] @ Q == r, *budgets]
    task = cp.Problem(cp.Minimize(cp.sum(rate)), rules)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about accuracy, which the certificate measures
        try:
            task.solve(solver=solver, **options)
        except cp.error.SolverError:
            raise PeerError(f"{solver} failed") from None
    if Q.value is None:
        raise PeerError(f"{solver} failed: {task.status}")
    channel = np.clip(Q.value, 0, None)
    channel /= channel.sum(axis=1, keepdims=True)
    slopes = np.array([max(0.0, float(rule.dual_value)) for rule in budgets]) / sizes
    gap = rd.certify(problem, channel, slopes).gap
    own = task.solver_stats.solve_time
    remark = "" if own is None else f"solver alone {own:.2g} s"
    return Answer(gap, remark + ("" if task.status == "optimal" else f", {task.status}"))


def _clarabel(problem: rd.Problem) -> Answer:
    return _by_cvxpy(problem, "CLARABEL", {"max_iter": 200})


def _scs(problem: rd.Problem) -> Answer:
    return _by_cvxpy(problem, "SCS", {"eps": 1e-6, "max_iters": 5_000})


CLARABEL = Peer("CVXPY+Clarabel", _clarabel)
SCS = Peer("CVXPY+SCS", _scs)


def blahut_arimoto(tol: float, iterations: int = 20_000) -> Peer:
    """Return rdcore's Blahut–Arimoto, which meets levels, with a certified gap of ``tol``."""

    def solve(problem: rd.Problem) -> Answer:
        found = rd.solvers.BlahutArimoto(max_iterations=iterations).solve(problem, tol)
        return Answer(found.certificate.gap, "" if found.status.converged else found.status.value)

    return Peer(f"Blahut–Arimoto to {tol:.0e}", solve)


def dit(slope: float, *, starts: int | None = None) -> Peer:
    """Return dit's Blahut–Arimoto at a slope in nats per unit; ``starts=None``: dit's default.

    It takes one slope instead of levels, as many codewords as atoms, and no tolerance: it stops
    when the relative change of the distortion is below 1e-5. Its result is certified at the
    distortion that it reached.
    """

    def solve(problem: rd.Problem) -> Answer:
        try:
            module: Any = importlib.import_module("dit.rate_distortion.blahut_arimoto")
        except ImportError:
            raise PeerError("dit is not installed; make bench installs it") from None
        if len(problem.rows.levels) > 1:
            raise PeerError("dit takes one constraint")
        if problem.n != problem.m:
            raise PeerError("dit takes as many codewords as atoms")
        d = problem.matrices[0]
        more = {} if starts is None else {"restarts": starts}
        (_, reached), joint = module.blahut_arimoto(
            problem.source.pmf, slope / np.log(2), lambda *_: d, max_iters=100_000, **more
        )
        channel = joint / joint.sum(axis=1, keepdims=True)
        there = problem.with_levels([float(reached)])
        gap = rd.certify(there, channel, [slope]).gap
        return Answer(gap, f"slope given; D off by {reached / problem.rows.levels[0] - 1:+.1e}")

    return Peer("dit" if starts is None else f"dit, {starts} start", solve)
