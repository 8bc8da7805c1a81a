"""Specs to results. The only place that caches, and the only one that catches what goes wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from typing import ParamSpec, TypeVar

import numpy as np
import streamlit as st

import rdcore as rd
from dashboard import references
from dashboard.numbers import figure, rounded_up, short
from dashboard.results import (
    Control,
    CurveBand,
    Limits,
    Point,
    Reference,
    SourceView,
    Trouble,
    WhatIf,
)
from dashboard.specs import ProblemSpec, Setting, SourceSpec, SpecError
from dashboard.subset import SubsetError
from dashboard.uploads import UploadError

CURVE_LEVELS = 50
LARGE_CURVE_LEVELS = 24
LARGE = 20_000
TIGHTEN = 0.1
CURVE_TOLERANCE = 1e-6
_LOG = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")


def attempt(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | Trouble:
    """Run a computation; whatever goes wrong comes back as one sentence for the user."""
    try:
        return work(*args, **kwargs)
    except (SpecError, SubsetError, UploadError, rd.RDError) as error:
        return Trouble(str(error))
    except Exception:  # noqa: BLE001 a user never meets a stack trace
        _LOG.exception("computation failed")
        return Trouble("This could not be computed; the server's log has the reason.")


@st.cache_data(max_entries=32, show_spinner=False)
def source(spec: SourceSpec) -> rd.sources.Source:
    """Build a source."""
    return spec.source()


def view(setting: Setting) -> SourceView:
    """Return the source as it is drawn, with the subset."""
    found = source(setting.source)
    return SourceView(found.points, found.pmf, setting.mask(found), setting.source.labels)


@st.cache_data(max_entries=256, show_spinner=False)
def _limits(setting: Setting) -> Limits:
    problem = setting.problem(1.0)
    smallest = rd.smallest_levels(problem)
    costs = problem.matrices[0]
    idle = int((problem.source.pmf @ costs).argmin())
    largest = float(problem.source.pmf @ costs[:, idle])
    if len(smallest) == 1:
        return Limits(smallest[0], largest)
    weights = problem.fidelities[1].weights(problem.source.pmf)
    slack = float(((weights * problem.source.pmf) @ costs[:, idle]).max())
    return Limits(smallest[0], largest, smallest[1], max(2 * slack, 4 * smallest[1]))


def limits(setting: Setting) -> Limits:
    """Return the levels worth asking for; they do not depend on D or D′."""
    return _limits(replace(setting, subset_level=1.0))


def point(spec: ProblemSpec) -> Point | Trouble:
    """Solve for one D, or say what would do."""
    setting = spec.setting
    bounds = limits(setting)
    trouble = too_small("D", spec.level, bounds) or too_small("D′", setting.subset_level, bounds)
    if trouble:
        return trouble
    try:
        return _point(spec)
    except rd.InfeasibleError as error:
        return Trouble(str(error), "D")


def too_small(control: Control, level: float, bounds: Limits) -> Trouble | None:
    """Return what to say if D or D′ is below the smallest reachable distortion, else None."""
    smallest = bounds.smallest if control == "D" else bounds.subset_smallest
    if smallest is None or level >= smallest:
        return None
    return Trouble(
        f"{control} = {short(level)} is below the smallest reachable distortion"
        f" {figure(rounded_up(smallest, 4))} for this codebook.",
        control,
        rounded_up(1.005 * smallest, 3),
    )


@st.cache_data(max_entries=128, show_spinner=False)
def _point(spec: ProblemSpec) -> Point:
    start = time.perf_counter()
    solution = rd.solve(spec.problem())
    proof = solution.certificate
    seconds = time.perf_counter() - start
    problem = solution.problem
    constrained = len(problem.fidelities) > 1
    return Point(
        level=spec.level,
        subset_level=spec.setting.subset_level if constrained else None,
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


@st.cache_data(max_entries=64, show_spinner=False)
def _curve(setting: Setting) -> CurveBand:
    bounds = limits(setting)
    problem = setting.problem(bounds.largest)
    count = CURVE_LEVELS if problem.n * problem.m <= LARGE else LARGE_CURVE_LEVELS
    room = bounds.largest - bounds.smallest
    if not room > 1e-9 * bounds.largest:
        raise SpecError("This codebook leaves nothing to trade: every D costs the same.")
    share = np.linspace(0, 1, count) ** 2
    levels = bounds.smallest + room * (2e-4 + (1 - 2e-4) * share)
    found = rd.curve(problem, levels, tol=CURVE_TOLERANCE)
    return CurveBand(found.levels, found.rates_bits, found.lowers_bits, found.slopes_bits[:, 0])


def curve(setting: Setting) -> CurveBand | Trouble:
    """Return the certified curve R(D); it belongs to the setting, so moving D finds it cached."""
    bounds = limits(setting)
    return too_small("D′", setting.subset_level, bounds) or _curve(setting)


def known(setting: Setting) -> tuple[Reference, ...]:
    """Return what is drawn beside the curve: closed form, Shannon bound, no subset."""
    bounds = limits(setting)
    found = references.known(
        source(setting.source), setting.source, setting.distortion, bounds.largest
    )
    if bounds.subset_smallest is not None and setting.distortion != "hamming":
        plain = attempt(_curve, setting.without_subset())
        if isinstance(plain, CurveBand):
            free = Reference("without the subset", "baseline", plain.levels, plain.upper_bits)
            found = (free, *found)
    return found


def what_if(spec: ProblemSpec, *, name: str) -> WhatIf | Trouble:
    """Lower D or D′ by a tenth: what the price foretells, and what solving says."""
    now = point(spec)
    if isinstance(now, Trouble):
        return now
    tighter = spec.tightened(TIGHTEN, which="D" if name == "D" else "D′")
    then = point(tighter)
    if isinstance(then, Trouble):
        return then
    before = spec.level if name == "D" else spec.setting.subset_level
    after = tighter.level if name == "D" else tighter.setting.subset_level
    price = now.price_bits if name == "D" else (now.subset_price_bits or 0.0)
    return WhatIf(
        name=name,
        before=before,
        after=after,
        predicted_bits=price * (before - after),
        solved_bits=then.rate_bits - now.rate_bits,
        gap_bits=max(now.gap_bits, then.gap_bits),
    )
