"""Rows of several columns coded together on candidates, and column by column; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model import wording
from dashboard.model.codebooks import SpecError
from dashboard.model.columns import MOST_DRAWN, ColumnsView, Floats

TOLERANCE = 1e-5
"""Certified gap, nats."""


def columns(
    problem: rd.Problem, candidates: int, how: rd.LevelScale
) -> Generator[Step, None, ColumnsView]:
    """Solve over candidates from the data and column by column, in a worker.

    ``problem`` has a free codebook, and ``how`` is how the user states levels.
    """
    source = problem.source
    yield Step(0.0, "finding candidates")
    codebook = rd.sources.k_means(source, candidates)
    yield Step(0.2, f"solving over {len(codebook)} candidates")
    joint = _joint(problem.with_codebook(codebook), how)
    alone = joint
    if len(problem.fidelities) > 1:
        yield Step(0.6, "solving at D alone")
        single = replace(problem, fidelities=problem.fidelities[:1])
        alone = _joint(single.with_codebook(codebook), how)
    yield Step(0.8, "coding the columns one by one")
    level = problem.fidelities[0].level
    try:
        apart = rd.parallel.by_columns(source, level)
    except rd.InfeasibleError as error:
        least = wording.said(how, wording.feasible(how, error.nearest[0]))
        raise SpecError(f"D is below the variance within cells; {least} is accepted.") from error
    return _view(joint, alone, apart, len(codebook))


def _joint(problem: rd.Problem, how: rd.LevelScale) -> rd.Solution:
    try:
        return rd.solve(problem, tol=TOLERANCE, solver=rd.solvers.Screening())
    except rd.InfeasibleError as error:
        able = ", ".join(
            wording.number(how, wording.feasible(how, 1.005 * one)) for one in error.nearest
        )
        raise SpecError(
            f"These {problem.m} candidates cannot meet the levels; {able} {how.text} can be met."
            " More candidates meet lower levels."
        ) from error


def _view(
    joint: rd.Solution, alone: rd.Solution, apart: rd.parallel.ColumnsSolution, candidates: int
) -> ColumnsView:
    source, proof = joint.problem.source, joint.certificate
    codewords, masses = joint.codebook.reshape(joint.problem.m, -1), joint.marginal
    axes, explained = _principal(source)
    step = -(-source.n // MOST_DRAWN)
    drawn = slice(None, None, step)
    held = [one.mask[drawn] for one in joint.problem.fidelities if one.mask is not None]
    inside = np.array(held, dtype=bool).reshape(len(held), len(source.points[drawn]))
    used = masses > 1e-6
    found = apart.solution
    return ColumnsView(
        points=(source.points[drawn] - source.mean) @ axes,
        inside=inside,
        codewords=(codewords[used] - source.mean) @ axes,
        masses=masses[used],
        explained=explained,
        leading=tuple(int(k) for k in np.abs(axes).argmax(axis=0)),
        atoms=source.n,
        candidates=candidates,
        rate_bits=joint.rate_bits,
        gap_bits=proof.gap_bits,
        levels=np.array([one.level for one in joint.problem.fidelities], dtype=np.float64),
        reached=np.asarray(joint.distortions, dtype=np.float64),
        prices_bits=np.asarray(joint.prices_bits, dtype=np.float64),
        alone_bits=alone.rate_bits,
        apart_bits=found.rate_bits,
        apart_gap_bits=found.gap_bits,
        variances=np.asarray(source.pmf @ (source.points - source.mean) ** 2),
        together=_by_column(alone),
        apart=apart.shares,
        bits=np.asarray(found.rates_bits),
        scope=proof.scope,
        apart_scope=apart.scope,
        sentence=apart.beside(alone),
        converged=joint.status.converged and alone.status.converged and found.status.converged,
    )


def _principal(source: rd.Source) -> tuple[Floats, Floats]:
    """Return the two leading principal axes, (d, 2), and their shares of the variance, (2,)."""
    centred = source.points - source.mean
    values, vectors = np.linalg.eigh((centred.T * source.pmf) @ centred)
    axes = vectors[:, ::-1][:, :2]
    # The column that an axis follows most has a positive part.
    axes = axes * np.sign(axes[np.abs(axes).argmax(axis=0), [0, 1]])
    return axes, np.maximum(values[::-1][:2], 0.0) / values.sum()


def _by_column(found: rd.Solution) -> Floats:
    """Return the squared error of each column under a channel, (d,)."""
    source = found.problem.source
    y = found.codebook.reshape(found.problem.m, -1) - source.mean
    x, means = source.points - source.mean, found.channel @ y
    squares = found.marginal @ y**2
    return np.asarray(source.pmf @ (x**2 - 2 * x * means) + squares)
