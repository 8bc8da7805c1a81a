"""Solver for problems with a perception level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from rdcore._arrays import Array, positive
from rdcore._clock import Clock, clock
from rdcore.perception._feasible_channel import FeasibleChannel, same_law
from rdcore.perception._path import Coupled, CoupledPoint, cold, follow
from rdcore.perception._transport import Transport, transport
from rdcore.perception.certificates import SCOPE, prove, tightened
from rdcore.perception.measures import Perception
from rdcore.perception.solution import PerceptionSolution
from rdcore.problem import Problem
from rdcore.proof.certificates import Certificate
from rdcore.solvers import Solution, Status, solve
from rdcore.solvers.program import Program, program, spread

_LIMIT = 500
_ENDLESS = Clock()
# Share of the uniform distribution in the weights of the codewords, and caution; see Coupled.
_ATTEMPTS = ((1e-2, 0.0), (1e-1, 0.0), (1e-1, 0.3))


def rate(
    problem: Problem,
    perception: Perception,
    *,
    tol: float = 1e-7,
    time_limit: float | None = None,
) -> PerceptionSolution:
    r"""Solve for the smallest rate under fidelities and a perception level.

    .. math::

        R(D, P) = \min_Q I(X; Y) \quad \text{subject to all fidelities and} \quad
        \delta(p_X, p_Y) \le P.

    Parameters
    ----------
    problem : Problem
        Source, codebook and fidelities.
    perception : Perception
        ``TotalVariation(P)``, ``Wasserstein1(P)`` or ``Wasserstein2Squared(P)``.
    tol : float
        Certified gap to reach, nats.
    time_limit : float, optional
        Seconds after which the solver stops at its next step, with the best bounds so far and the
        status ``TIME_LIMIT``.

    Returns
    -------
    PerceptionSolution
        Its ``status`` says whether the gap was reached.

    Raises
    ------
    InfeasibleError
        If no channel meets the levels; it has levels that can be met.
    InputError
        If the codebook is ``EVERY``, the measure does not support the source's dimension, or
        ``tol`` or ``time_limit`` is not positive.

    References
    ----------
    Y. Blau and T. Michaeli, "Rethinking lossy compression: the rate-distortion-perception
    tradeoff", ICML 2019.

    Examples
    --------
    >>> import rdcore as rd
    >>> coin = rd.sources.bernoulli(0.3)
    >>> task = rd.Problem(coin, coin.atoms, "hamming", [rd.average(0.2)])
    >>> round(rd.perception.rate(task, rd.perception.TotalVariation(0.05)).rate_bits, 6)
    0.173451
    """
    until = clock(time_limit)
    return solve_after(problem, perception, positive(tol, "tol"), None, until)


def solve_after(
    problem: Problem,
    perception: Perception,
    tol: float,
    free: Solution | None,
    until: Clock = _ENDLESS,
) -> PerceptionSolution:
    """Solve like ``rate``; ``free`` is the solution without a perception level, if known."""
    task = transport(problem, perception)
    feasible = FeasibleChannel(task)
    if task.headroom < 0:
        _ = feasible.channel
    if free is None:
        free = solve(problem, tol=min(tol, 1e-9), time_limit=until.left)
    if task.distance(free.channel) <= perception.level and free.certificate.gap <= tol:
        return _unconstrained(task, free)
    _ = feasible.channel
    scaled, tried, spent = program(problem), [], 0
    for share, caution in _ATTEMPTS:
        coupled = replace(_coupled(task, scaled, share), caution=caution)
        best, steps = _search(feasible, coupled, tol, until)
        spent += steps
        if best is not None:
            tried.append(best)
            if best.status.converged:
                break
        if until.over:
            break
    if not tried:
        tried.append(_fallback(feasible))
    found = replace(min(tried, key=lambda one: one.certificate.gap), iterations=spent)
    if until.over and not found.status.converged:
        return replace(found, status=Status.TIME_LIMIT)
    return found


def _search(
    feasible: FeasibleChannel, coupled: Coupled, tol: float, until: Clock
) -> tuple[PerceptionSolution | None, int]:
    """Follow the path until the gap is certified; return the best solution and the iterations."""
    best: PerceptionSolution | None = None
    steps, last, wait = 0, None, 0
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        for point in follow(coupled, cold(coupled), _LIMIT):
            last, steps = point, steps + 1
            if until.over:
                break
            share = point.mu(coupled.scaled.mass) * (2 * coupled.scaled.m)
            if wait > 0 or not share <= tol:
                wait -= 1
                continue
            found = _finished(feasible, coupled, point, tol)
            wait = 1
            if best is None or found.certificate.gap < best.certificate.gap:
                best = found
            elif best.certificate.gap < np.inf and share < 1e-9 * tol:
                break
            if best.status.converged:
                break
        if best is None and last is not None:
            best = _finished(feasible, coupled, last, tol)
    return best, steps


def _coupled(task: Transport, scaled: Program, share: float) -> Coupled:
    """Scale the transport costs of a task."""
    cost, tied = task.over[scaled.atoms], task.tied[scaled.atoms]
    unit = float(cost.mean()) or 1.0
    if task.exact and not tied.any(axis=0).all():
        inactive = np.broadcast_to(~tied.any(axis=0), tied.shape)
        scaled = replace(
            scaled, forbidden=inactive if scaled.forbidden is None else scaled.forbidden | inactive
        )
    law = scaled.pmf @ (tied / tied.sum(axis=1, keepdims=True))
    return Coupled(
        scaled,
        cost / unit,
        tied if task.exact else None,
        task.headroom / unit,
        unit,
        (law + share / scaled.m) / (1 + share),
    )


def _finished(
    feasible: FeasibleChannel, coupled: Coupled, point: CoupledPoint, tol: float
) -> PerceptionSolution:
    """Return the certified solution of an iterate."""
    task, scaled = feasible.task, coupled.scaled
    lean = np.log(point.r) - point.g
    tilt = scaled.tilt(point.slopes) - lean
    channel = np.exp(tilt.min(axis=1, keepdims=True) - tilt)
    channel /= channel.sum(axis=1, keepdims=True)
    full, slopes = spread(scaled, channel, point.slopes)
    if task.exact:
        moved = point.coupling / point.coupling.sum(axis=1, keepdims=True)
        if np.isfinite(moved).all():
            full = same_law(task.problem, full, scaled.pmf @ moved)
    elif task.problem.n > len(scaled.atoms):
        full[task.problem.source.pmf == 0] = scaled.pmf @ channel
    # A diverged iterate has no channel, but its prices may still be useful.
    full = feasible.meet(full) if np.isfinite(full).all() else feasible.channel
    r = task.problem.source.pmf @ full
    potential = tightened(task, r, slopes, point.g)[1]
    potential = np.where(np.isfinite(potential), potential, point.g)
    potential = np.where(np.isfinite(potential), potential, 0.0)
    price = _price(task, potential) if task.exact else float(point.price[0]) / coupled.unit
    proof = prove(feasible, full, slopes, price, potential)
    status = Status.CONVERGED if proof.gap <= tol else Status.STALLED
    return PerceptionSolution(
        task.problem, task.perception, full, slopes, price, potential, status, 0, proof
    )


def _price(task: Transport, potential: Array) -> float:
    """Return the smallest price at which no mass gains by moving further than it must."""
    alive = task.problem.source.pmf > 0
    stay = np.where(task.tied, -potential, np.inf).min(axis=1)[alive]
    gain = stay[:, None] + potential
    far = ~task.tied[alive]
    return max(0.0, float((gain[far] / task.over[alive][far]).max(initial=0.0)))


def _unconstrained(task: Transport, free: Solution) -> PerceptionSolution:
    proof = free.certificate
    return PerceptionSolution(
        task.problem,
        task.perception,
        free.channel,
        free.slopes,
        0.0,
        np.zeros(task.problem.m),
        Status.CONVERGED,
        free.iterations,
        Certificate(proof.lower, proof.upper, proof.violation, SCOPE),
    )


def _fallback(feasible: FeasibleChannel) -> PerceptionSolution:
    """Return a feasible channel, if no iterate is useful."""
    task = feasible.task
    slopes, zero = np.zeros(len(task.problem.rows.levels)), np.zeros(task.problem.m)
    proof = prove(feasible, feasible.channel, slopes, 0.0, zero)
    return PerceptionSolution(
        task.problem, task.perception, feasible.channel, slopes, 0.0, zero, Status.FAILED, 0, proof
    )
