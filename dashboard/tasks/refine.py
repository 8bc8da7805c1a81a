"""Refinement of a codebook as a job: the rounds, and restarts; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.refinement import RefinementView, RestartsView, Round
from rdcore.design.codebook import Iteration, finished, random_codebook, refining

_MOST_STARTS = 60
_MERGE_REASONS = {"mass": "low probability", "distance": "too close"}


def _round(one: Iteration) -> Round:
    return Round(
        codebook=one.solution.problem.codewords,
        masses=one.masses,
        rate_bits=one.rate_bits,
        gap_bits=one.solution.certificate.gap_bits,
        entropy_bits=one.entropy_bits,
        randomness_bits=one.conditional_entropy_bits,
        distortions=one.distortions,
        parents=one.parents.astype(np.float64),
        merges=tuple((m.source, m.target, _MERGE_REASONS[m.reason]) for m in one.merges),
        inserted=one.inserted,
    )


def _end(solution: rd.Solution) -> Round:
    nothing = np.empty((0, solution.problem.source.dim))
    entropy, rate = solution.output_entropy_bits, solution.rate_bits
    return Round(
        codebook=solution.problem.codewords,
        masses=solution.marginal,
        rate_bits=rate,
        gap_bits=solution.certificate.gap_bits,
        entropy_bits=entropy,
        randomness_bits=max(entropy - rate, 0.0),
        distortions=solution.distortions,
        parents=nothing[:, 0],
        merges=(),
        inserted=nothing,
    )


def refine(start: rd.Problem, options: dict[str, Any]) -> Generator[Step, None, RefinementView]:
    """Refine a codebook in a worker; yield the view after every round."""
    yield Step(0.0, "solving for the initial codebook")
    rounds: list[Iteration] = []
    shown: list[Round] = []
    for one in refining(start, **options):
        rounds.append(one)
        shown.append(_round(one))
        share = len(rounds) / options["iterations"]
        yield Step(0.9 * share, f"round {len(rounds)}", RefinementView(tuple(shown)))
    found = finished(start, tuple(rounds))
    yield Step(0.95, "computing the bound for every codebook", RefinementView(tuple(shown)))
    lower = found.reach.lower_bits
    return RefinementView((*shown, _end(found.final)), lower)


def restart(
    task: rd.Problem, codewords: int, starts: int, seed: int
) -> Generator[Step, None, RestartsView]:
    """Refine random codebooks with both methods, in a worker."""
    count = min(starts, _MOST_STARTS)
    draw = np.random.default_rng(seed)
    ways = (
        partial(rd.refine, iterations=15),
        partial(rd.refine, step="priced", insert=True, iterations=40),
    )
    ends = np.full((2, count), np.nan)
    for k in range(count):
        start = task.with_codebook(random_codebook(task.source, codewords, draw))
        for row, way in enumerate(ways):
            try:
                ends[row, k] = way(start).solution.rate_bits
            except rd.InfeasibleError:
                ends[row, k] = np.inf
            done = (2 * k + row + 1) / (2 * count)
            yield Step(done, f"start {k + 1} of {count}", RestartsView(ends[0], ends[1]))
    return RestartsView(ends[0], ends[1])
