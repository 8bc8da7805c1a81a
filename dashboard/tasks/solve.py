"""From rdcore's solutions to views; no streamlit."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.specs import SampledRows
from dashboard.model.views import Point

FREE_TOLERANCE = {1: 1e-9, 2: 1e-6}
"""Certified gap for the free codebook, nats, by the number of coordinates."""


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
    )


def timed(problem: rd.Problem, tol: float = 1e-9, rows: SampledRows | None = None) -> Point:
    """Solve a problem and return the view of its solution, with the time.

    With the rows from which the source was made, it has the standard error of the rate.
    """
    start = time.perf_counter()
    solution = rd.solve(problem, tol=tol)
    solution.certificate  # noqa: B018 the time includes the certificate
    found = as_point(solution, time.perf_counter() - start)
    if rows is None:
        return found
    change = rd.sampling.rate_influence(solution, rows.moving)[rows.labels]
    error = rd.sampling.error_of_mean(change, ordered=rows.ordered)
    return replace(found, error_bits=error / float(np.log(2)))


def free_codebook(problem: rd.Problem) -> Generator[Step, None, Point]:
    """Solve a problem for the free codebook, in a worker."""
    yield Step(0.0, "adding codewords until none lowers the rate")
    found = timed(with_free_codebook(problem), FREE_TOLERANCE[min(problem.source.dim, 2)])
    yield Step(1.0)
    return found


def with_free_codebook(problem: rd.Problem) -> rd.Problem:
    """Return the problem with the free codebook."""
    return rd.Problem(problem.source, rd.EVERY, problem.distortion, problem.fidelities)
