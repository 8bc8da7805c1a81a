"""Annealing as a job: the stages and the final encoders; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model.annealing import AnnealingView, EncoderView, StageView
from dashboard.model.views import IN_USE
from rdcore.design.annealing import Annealing, Stage

_MOST_CELLS = 40_000
_MOST_EXACT = 400


def anneal(problem: rd.Problem, options: dict[str, Any]) -> Generator[Step, None, AnnealingView]:
    """Anneal in a worker; yield the view after every stage."""
    yield Step(0.0, "solving at τ = 1")
    total = len(options["schedule"].temperatures)
    views: list[StageView] = []
    rounded: EncoderView | None = None
    found: AnnealingView | None = None
    for now in rd.annealing(problem, **options):
        if rounded is None:
            rounded = _rounded(now.relaxed)
        views += [_stage(one) for one in now.stages[len(views) :]]
        found = AnnealingView(now.bound_bits, tuple(views), _encoder(now), _mixture(now), rounded)
        note = (
            f"stage {len(views)} of {total}"
            if len(views) < total
            else "searching for better encoders"
        )
        yield Step(0.05 + 0.8 * len(views) / total, note, found if views else None)
    assert found is not None
    return replace(found, exact_bits=_exact(problem) if options["move"] else float("nan"))


def _exact(problem: rd.Problem) -> float:
    """Return the exact hull at D, bits; nan unless the source is on a line without a subset."""
    levels = problem.fidelities
    if problem.source.dim > 1 or len(levels) > 1 or problem.n > _MOST_EXACT:
        return float("nan")
    free = rd.Problem(problem.source, rd.EVERY, problem.distortion, levels)
    return float(rd.quantisers.hull(free).rate_bits(levels[0].level))


def _stage(one: Stage) -> StageView:
    used = one.masses > IN_USE
    codewords = one.problem.codewords[used]
    channel = one.channel[:, used].astype(np.float32)
    return StageView(
        tau=one.tau,
        codebook=codewords,
        masses=one.masses[used],
        channel=channel if channel.size <= _MOST_CELLS and codewords.shape[1] == 1 else None,
        certainty=one.channel.max(axis=1).astype(np.float32),
        entropy_bits=one.entropy_bits,
        randomness_bits=one.conditional_entropy_bits,
        distortions=one.distortions,
        jumped=one.jumped,
    )


def _encoder(now: Annealing) -> EncoderView | None:
    one = now.encoder
    if one is None:
        return None
    return EncoderView(one.entropy_bits, one.distortions, one.m, 1)


def _mixture(now: Annealing) -> EncoderView | None:
    mix = now.mixture
    if mix is None:
        return None
    most = max(one.m for one in mix.encoders)
    return EncoderView(mix.entropy_bits, mix.distortions, most, len(mix.encoders))


def _rounded(relaxed: rd.Solution) -> EncoderView:
    """Assign each atom to its most probable codeword; the levels may be violated."""
    hard = np.zeros_like(relaxed.channel)
    hard[np.arange(len(hard)), relaxed.channel.argmax(axis=1)] = 1.0
    mass = relaxed.problem.source.pmf @ hard
    used = mass[mass > 0]
    reached = relaxed.problem.expected(hard)
    owner = relaxed.problem.rows.fidelity
    count = len(relaxed.problem.fidelities)
    return EncoderView(
        float(-(used * np.log2(used)).sum()),
        np.array([reached[owner == k].max(initial=0.0) for k in range(count)]),
        len(used),
        1,
    )
