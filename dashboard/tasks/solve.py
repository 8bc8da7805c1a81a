"""From rdcore's solutions to views; no streamlit."""

from __future__ import annotations

import time
from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.views import Floats, Point

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
        randomness_bits=solution.conditional_entropy_bits,
        symbol_prices_bits=_symbol_prices(solution),
    )


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


def timed(problem: rd.Problem, tol: float = 1e-9) -> Point:
    """Solve a problem and return the view of its solution, with the time."""
    start = time.perf_counter()
    solution = rd.solve(problem, tol=tol)
    solution.certificate  # noqa: B018 the time includes the certificate
    return as_point(solution, time.perf_counter() - start)


def free_codebook(problem: rd.Problem) -> Generator[Step, None, Point]:
    """Solve a problem for the free codebook, in a worker."""
    yield Step(0.0, "adding codewords until none lowers the rate")
    found = timed(with_free_codebook(problem), FREE_TOLERANCE[min(problem.source.dim, 2)])
    yield Step(1.0)
    return found


def with_free_codebook(problem: rd.Problem) -> rd.Problem:
    """Return the problem with the free codebook."""
    return rd.Problem(problem.source, rd.EVERY, problem.distortion, problem.fidelities)
