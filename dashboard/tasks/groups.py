"""What each group of rows of an upload gets, and what it costs to hold them all; no streamlit."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

import rdcore as rd
from dashboard.jobs.steps import Step
from dashboard.model import wording
from dashboard.model.codebooks import SpecError
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Floats, GroupsView
from rdcore.words import short

MOST_GROUPS = 12


def columns(spec: ProblemSpec) -> dict[str, tuple[str, ...]]:
    """Return the columns of an upload that divide its rows into groups, and the texts of these.

    These are columns of text, or of numbers that are neither values nor weights, with at least two
    and at most ``MOST_GROUPS`` different entries.
    """
    source = spec.setting.source
    if source.choice is None or source.matrix:
        return {}
    table, taken = source.table(), {*source.choice.axes, source.choice.weight}
    found: dict[str, tuple[str, ...]] = {}
    for labels in table.labels:
        if labels.name not in table.names and 2 <= len(labels.texts) <= MOST_GROUPS:
            found[labels.name] = labels.texts
    for column in table.columns:
        values = np.unique(column.values[np.isfinite(column.values)])
        if column.name not in taken and 2 <= len(values) <= MOST_GROUPS:
            found[column.name] = tuple(repr(float(one)).removesuffix(".0") for one in values)
    return found


def text_of(column: str, group: str) -> str:
    """Return the text of the subset of a group."""
    return f"{column} = {group}"


def examples(spec: ProblemSpec) -> tuple[str, ...]:
    """Return texts of subsets that the source has: shares, and the rarest groups of an upload."""
    source = spec.setting.source
    if source.matrix:
        return ("x = 1",)
    if len(source.labels) == 1:
        found = ["top 10%", "middle 50%"]
    else:
        first = source.source().points[:, 0]
        name = source.choice.first if source.choice else "x"
        found = [f"{name} > {short(float(np.quantile(first, 0.9)), 3)}"]
    for column, entries in islice(columns(spec).items(), 1):
        texts = [text_of(column, entry) for entry in entries]
        found += sorted(texts, key=lambda text: int(source.rows(text).sum()))[:2]
    return tuple(found)


def divided(
    spec: ProblemSpec, column: str
) -> tuple[rd.Problem, tuple[str, ...], NDArray[np.bool_]]:
    """Return the problem with atoms divided by a column, the groups, and their atoms (g, n).

    Raises
    ------
    SpecError
        If the column does not divide the rows.
    """
    entries = columns(spec).get(column, ())
    texts = [text_of(column, entry) for entry in entries]
    source = spec.setting.source
    by = tuple(dict.fromkeys((*source.by, *texts)))
    setting = replace(spec.setting, source=replace(source, by=by))
    problem = setting.problem(spec.level)
    masks = [setting.source.mask(text, problem.source) for text in texts]
    used = [k for k, inside in enumerate(masks) if inside.any()]
    if len(used) < 2:
        raise SpecError(f"The used rows have only one entry in “{column}”; choose another column.")
    return problem, tuple(entries[k] for k in used), np.stack([masks[k] for k in used])


def groups(
    problem: rd.Problem,
    names: tuple[str, ...],
    masks: NDArray[np.bool_],
    level: float,
    how: rd.LevelScale,
) -> Generator[Step, None, GroupsView]:
    """Solve as set, and with no group worse than a level, in a worker.

    ``how`` is how the user states levels.
    """
    yield Step(0.0, "solving as set")
    as_set = rd.solve(problem)
    yield Step(0.4, "solving with every group held")
    limits = [rd.subset(inside, level, measure="conditional") for inside in masks]
    every = rd.Problem(
        problem.source, problem.codebook, problem.distortion, [*problem.fidelities, *limits]
    )
    first = len(problem.fidelities)
    try:
        held = rd.solve(every)
    except rd.InfeasibleError as error:
        least = max(rd.smallest_levels(every)[first:])
        raise SpecError(
            f"A group cannot reach {wording.said(how, level)} with this codebook; every group can"
            f" reach {wording.said(how, wording.feasible(how, 1.005 * least))}."
        ) from error
    return GroupsView(
        names=names,
        masses=np.array([float(problem.source.pmf[inside].sum()) for inside in masks]),
        now=_means(as_set, masks),
        held=np.asarray(held.distortions[first:], dtype=np.float64),
        prices_bits=np.asarray(held.prices_bits[first:], dtype=np.float64),
        rate_bits=as_set.rate_bits,
        held_bits=held.rate_bits,
        gap_bits=max(as_set.certificate.gap_bits, held.certificate.gap_bits),
    )


def _means(found: rd.Solution, masks: NDArray[np.bool_]) -> Floats:
    """Return the mean distortion of each group under a channel."""
    problem = found.problem
    each = (found.channel * problem.matrices[0]).sum(axis=1)
    pmf = problem.source.pmf
    return np.array([float(pmf[inside] @ each[inside] / pmf[inside].sum()) for inside in masks])
