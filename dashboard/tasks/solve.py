"""From rdcore's solutions to views; no streamlit."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import replace

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2, figure
from dashboard.jobs.steps import Step, stepwise
from dashboard.model.rates import Rates
from dashboard.model.views import CurveBand, Floats, Point, Within
from dashboard.model.weights import SampledRows

FREE_TOLERANCE = {1: 1e-9, 2: 1e-6}
"""Certified gap for the free codebook, nats, by the number of coordinates."""
_ATOMS = 4096
"""How many rows of a channel are held in double precision at a time."""
_LEVEL_TOLERANCE = 1e-7
"""Certified gap of the points that bound a level, nats."""


class _CancelledError(Exception):
    """Ends a solve that nobody waits for."""


def as_point(solution: rd.Solution, seconds: float) -> Point:
    """Return the view of a solution."""
    proof, problem = solution.certificate, solution.problem
    return Point(
        levels=np.array([fidelity.level for fidelity in problem.fidelities], dtype=np.float64),
        rate_bits=solution.rate_bits,
        gap_bits=proof.gap_bits,
        prices_bits=np.asarray(solution.prices_bits, dtype=np.float64),
        reached=np.asarray(solution.distortions, dtype=np.float64),
        entropy_bits=solution.output_entropy_bits,
        channel=solution.channel.astype(np.float32),
        codebook=solution.codebook.reshape(problem.m, -1),
        masses=solution.marginal,
        converged=solution.status.converged,
        status=solution.status.value,
        scope=proof.scope,
        iterations=solution.iterations,
        seconds=seconds,
        randomness_bits=solution.conditional_entropy_bits,
        symbol_prices_bits=_symbol_prices(solution),
        rest=_outside(solution),
    )


def _outside(solution: rd.Solution) -> float | None:
    """Return the mean distortion on the atoms outside every subset; None if there are none."""
    problem = solution.problem
    masks = [one.mask for one in problem.fidelities if one.mask is not None]
    if not masks:
        return None
    outside = np.flatnonzero(~np.logical_or.reduce(masks) & (problem.source.pmf > 0))
    if not len(outside):
        return None
    first = problem.matrix_of(problem.fidelities[0])
    mass, spent = problem.source.pmf[outside], np.zeros(len(outside))
    for block in np.array_split(np.arange(len(outside)), -(-len(outside) // _ATOMS)):
        channel = solution.channel[outside[block]]
        cost = np.asarray(problem.cost(first, outside[block]))
        spent[block] = (channel * np.where(channel > 0, cost, 0.0)).sum(axis=1)
    return float(mass @ spent / mass.sum())


def _symbol_prices(solution: rd.Solution) -> tuple[Floats, ...]:
    """Return the price of every atom for the levels that limit each symbol."""
    rows, slopes = solution.problem.rows, solution.slopes_bits
    found = []
    for k, fidelity in enumerate(solution.problem.fidelities):
        prices = np.zeros(solution.problem.n if fidelity.measure == "each" else 0)
        mine = rows.fidelity == k
        if len(prices):
            prices[rows.weights[mine].argmax(axis=1)] = slopes[mine]
        found.append(prices)
    return tuple(found)


def timed(
    problem: rd.Problem,
    tol: float = 1e-9,
    rows: SampledRows | None = None,
    report: Callable[[float], None] | None = None,
) -> Point:
    """Solve a problem and return the view of its solution, with the time.

    With the rows from which the source was made, it has the standard error of the rate. For every
    codebook, ``report`` is told the gap of each round.
    """
    start = time.perf_counter()
    if report is None:
        solution = rd.solve(problem, tol=tol)
    else:
        solution = rd.solvers.Exchange().solve(problem, tol, report=report)
    solution.certificate  # noqa: B018 the time includes the certificate
    found = as_point(solution, time.perf_counter() - start)
    if rows is None:
        return found
    influence = rd.sampling.rate_influence(solution, rows.moving) / LN2
    return replace(found, error_bits=rows.error_of(influence), influence_bits=influence)


def free_codebook(
    problem: rd.Problem, rows: SampledRows | None = None
) -> Generator[Step, None, Point]:
    """Solve a problem for the free codebook, in a worker; see ``timed`` for ``rows``.

    How many rounds it takes is not known before, so a step has the gap and no share.
    """
    tol = FREE_TOLERANCE[min(problem.source.dim, 2)]

    def call(progress: Callable[..., None], cancelled: Callable[[], bool]) -> Point:
        def report(gap: float) -> None:
            if cancelled():
                raise _CancelledError
            if np.isfinite(gap):
                now, asked = (figure(one / LN2, 2) for one in (gap, tol))
                progress(0.0, f"gap about {now} bits, {asked} asked")

        return timed(problem.with_every(), tol, rows, report)

    note = "adding codewords until none lowers the rate"
    yield Step(0.0, note)
    return (yield from stepwise(call, note))


def rates(
    problems: tuple[rd.Problem, ...], moving: tuple[tuple[int, ...], ...] | None = None
) -> Generator[Step, None, Rates]:
    """Solve several problems of one source, in a worker; yield the rates so far.

    For a source from samples, ``moving`` has the places of the subsets that move with the rows, for
    each problem; the result then says what each atom changes in each rate.
    """
    bits, gaps = np.full((2, len(problems)), np.nan)
    influences = None if moving is None else np.full((len(problems), problems[0].n), np.nan)
    for k, problem in enumerate(problems):
        yield Step(k / len(problems), "", Rates(bits.copy(), gaps.copy()))
        try:
            found = rd.solve(problem, tol=FREE_TOLERANCE[min(problem.source.dim, 2)])
        except rd.InfeasibleError:
            continue
        bits[k], gaps[k] = found.rate_bits, found.certificate.gap_bits
        if moving is not None and influences is not None:
            influences[k] = rd.sampling.rate_influence(found, moving[k]) / LN2
    return Rates(bits, gaps, influences)


def as_band(found: rd.Curve) -> CurveBand:
    """Return the view of a curve."""
    return CurveBand(
        found.levels, found.rates_bits, found.lowers_bits, found.slopes_bits, found.fidelity
    )


def levels_for(
    problem: rd.Problem, wanted: tuple[tuple[int, float], ...]
) -> Generator[Step, None, Floats]:
    """Bound a level at a rate in nats, for each pair of these, (k, 2); NaN if no level has it."""
    found = np.full((len(wanted), 2), np.nan)
    for k, (which, rate) in enumerate(wanted):
        yield Step(k / len(wanted))
        one = rd.level_for(problem, rate, fidelity=which, tol=_LEVEL_TOLERANCE)
        if one is not None:
            found[k] = one.low, one.high
    return found


def within(problem: rd.Problem, bits: float) -> Generator[Step, None, Within]:
    """Find the least D at which the rate is at most ``bits``, in a worker."""
    yield Step(0.0)
    try:
        found = rd.least_level(problem, bits * LN2, tol=_LEVEL_TOLERANCE)
    except rd.RateTooLowError as error:
        return Within(float("nan"), float("nan"), error.needed / LN2)
    return Within(found.low, found.high, float("nan"))
