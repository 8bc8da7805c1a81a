"""The same program solved with CVXPY and Clarabel, and with our solver; no streamlit."""

from __future__ import annotations

import importlib
import time
from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.codebooks import SpecError
from dashboard.model.views import Audit, Floats
from dashboard.tasks.solve import timed


def audit(problem: rd.Problem) -> Generator[Step, None, Audit]:
    """Solve a problem with our solver and with Clarabel, one after the other in one worker."""
    yield Step(0.0, "solving with rdcore")
    timed(problem)  # the first run of a process is slower: imports and caches
    ours = timed(problem)
    yield Step(0.05, "loading CVXPY")
    importlib.import_module("cvxpy")
    yield Step(0.1, "solving with Clarabel")
    start = time.perf_counter()
    proposal = rd.solvers.Reference().proposal(problem)
    seconds = time.perf_counter() - start
    yield Step(0.9, "certifying the result of Clarabel")
    if proposal is None:
        raise SpecError("Clarabel returned no solution. Use fewer atoms or codewords.")
    channel, slopes = proposal
    proof = rd.certify(problem, channel, slopes)
    return Audit(
        lower_bits=ours.rate_bits - ours.gap_bits,
        upper_bits=ours.rate_bits,
        seconds=ours.seconds,
        value_bits=_information(problem.source.pmf, channel) / LN2,
        accuracy_bits=proof.gap_bits,
        violation=proof.violation,
        peer_seconds=seconds,
        codewords=problem.m,
        atoms=problem.n,
    )


def _information(pmf: Floats, channel: Floats) -> float:
    """Return I(X;Y) of a channel, nats."""
    marginal = pmf @ channel
    used = (channel > 0) & (pmf[:, None] > 0)
    ratio = np.where(used, channel / np.where(marginal > 0, marginal, 1.0), 1.0)
    return float((pmf[:, None] * channel * np.log(np.where(used, ratio, 1.0))).sum())
