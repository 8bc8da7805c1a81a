"""The same program solved by CVXPY and Clarabel, beside ours; nothing here imports streamlit."""

from __future__ import annotations

import importlib
import time
from collections.abc import Generator

import numpy as np

import rdcore as rd
from dashboard.formatting import LN2
from dashboard.jobs.steps import Step
from dashboard.model.specs import SpecError
from dashboard.model.views import Audit, Floats
from dashboard.tasks.solve import timed


def audit(problem: rd.Problem) -> Generator[Step, None, Audit]:
    """Solve a problem by our solver and by Clarabel, one after the other in the same worker."""
    yield Step(0.0, "solving it our way")
    timed(problem)  # the first time in a process takes longer: loading, caches
    ours = timed(problem)
    yield Step(0.05, "loading CVXPY")
    importlib.import_module("cvxpy")
    yield Step(0.1, "Clarabel is solving the same program")
    start = time.perf_counter()
    proposal = rd.solvers.Reference().proposal(problem)
    seconds = time.perf_counter() - start
    yield Step(0.9, "measuring its answer")
    if proposal is None:
        raise SpecError("Clarabel gave no answer to this program; a smaller one would do.")
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
