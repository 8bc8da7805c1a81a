"""From rdcore's solutions to what the figures show; nothing here imports streamlit."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.views import Point

EVERY_TOLERANCE = {1: 1e-9, 2: 1e-6}
"""Certified gap asked for over every codebook, nats, by the number of coordinates."""


def as_point(solution: rd.Solution, seconds: float) -> Point:
    """Return a solution as it is shown."""
    proof, problem = solution.certificate, solution.problem
    levels = [fidelity.level for fidelity in problem.fidelities]
    constrained = len(levels) > 1
    return Point(
        level=float(levels[0]),
        subset_level=float(levels[1]) if constrained else None,
        rate_bits=solution.rate_bits,
        gap_bits=proof.gap_bits,
        price_bits=float(solution.prices_bits[0]),
        subset_price_bits=float(solution.prices_bits[1]) if constrained else None,
        reached=float(solution.distortions[0]),
        subset_reached=float(solution.distortions[1]) if constrained else None,
        entropy_bits=solution.output_entropy_bits,
        channel=solution.channel.astype(np.float32),
        codebook=solution.codebook.reshape(problem.m, -1),
        masses=solution.marginal,
        converged=solution.status.converged,
        status=solution.status.value,
        scope=proof.scope,
        iterations=solution.iterations,
        seconds=seconds,
    )


def timed(problem: rd.Problem, tol: float = 1e-9) -> Point:
    """Solve a problem and return it as it is shown, with the time that took."""
    start = time.perf_counter()
    solution = rd.solve(problem, tol=tol)
    solution.certificate  # noqa: B018 the proof belongs to what is timed
    return as_point(solution, time.perf_counter() - start)


def every(problem: rd.Problem) -> Generator[Step, None, Point]:
    """Solve a problem over every codebook, in a worker."""
    yield Step(0.0, "looking for better codewords until none are left")
    found = timed(over_every_codebook(problem), EVERY_TOLERANCE[min(problem.source.dim, 2)])
    yield Step(1.0)
    return found


def over_every_codebook(problem: rd.Problem) -> rd.Problem:
    """Return the problem with the codewords left to the solver."""
    return rd.Problem(problem.source, rd.EVERY, problem.distortion, problem.fidelities)
