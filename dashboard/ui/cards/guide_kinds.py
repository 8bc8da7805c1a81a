"""What each kind of lesson computes and draws at a position of its control."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.figures import lessons as drawings
from dashboard.figures import trellis as trellis_figures
from dashboard.figures.marks import operating_point
from dashboard.formatting import LN2, at_most, percent
from dashboard.model.annealing import AnnealingView, AnnealSpec
from dashboard.model.lessons.lesson import Lesson
from dashboard.model.lessons.problems import problem
from dashboard.model.lessons.views import (
    Files,
    LabelCurve,
    LloydMax,
    Reading,
    Recorded,
    Splits,
    Water,
)
from dashboard.model.marks import plain
from dashboard.model.specs import ProblemSpec
from dashboard.model.trellis import TrellisRow, TrellisView
from dashboard.model.views import CurveBand, Floats, Point, Trouble
from dashboard.tasks import anneal
from dashboard.tasks import lessons as tasks
from dashboard.ui import jobs, queries
from dashboard.ui.charts import colours

_KEY = "lesson"
_LIMITS = jobs.Limits(expected=4.0)
_NO_FILE = np.empty(0, dtype=np.uint8)
_TIGHTER = 0.1


@dataclass(frozen=True, eq=False)
class Shown:
    """The readings and the figure of a lesson, and the text that stands for the figure."""

    readings: tuple[Reading, ...]
    figure: go.Figure
    alt: str


def shown(lesson: Lesson, at: float) -> Shown | None:
    """Return what a lesson shows; draw the progress or the message instead if it has no result."""
    found = queries.attempt(_KINDS[lesson.kind], lesson, at)
    if isinstance(found, Trouble):
        st.error(found.markdown)
        return None
    return found


def _done(work: Callable[..., Any], inputs: tuple[Any, ...]) -> Any:
    """Return the result of a job; None while it runs, after its progress was drawn."""
    found = jobs.run(
        _KEY,
        (work.__name__, *inputs),
        work,
        inputs=lambda: inputs,
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if isinstance(found, jobs.Done):
        return found.result
    jobs.follow(_KEY, found, what="Computing the lesson")
    return None


def _solved(spec: ProblemSpec) -> Point:
    found = queries.point(spec)
    if isinstance(found, Trouble):
        raise rd.InputError(found.sentence)
    return found


def _along(spec: ProblemSpec, which: int) -> CurveBand:
    found = queries.curve(spec, which)
    if isinstance(found, Trouble):
        raise rd.InputError(found.sentence)
    return found


def _until(band: CurveBand, end: float, bare: Point) -> CurveBand:
    """Return a curve along D′ up to the end of the slider, where the subset costs nothing."""
    if band.levels[-1] >= end:
        return band
    prices = np.zeros(band.prices_bits.shape[1])
    prices[0] = bare.price_bits
    return CurveBand(
        np.append(band.levels, end),
        np.append(band.upper_bits, bare.rate_bits),
        np.append(band.lower_bits, bare.rate_bits - bare.gap_bits),
        np.vstack([band.prices_bits, prices]),
        band.which,
    )


def _plain(spec: ProblemSpec) -> rd.LevelScale:
    """Return the unit of the solver, in which lessons state levels."""
    kind, unit = spec.setting.distortion, spec.setting.source.unit
    return rd.LevelScale("mse" if kind == "squared_error" else kind, unit)


def _rate(point: Point) -> Reading:
    return Reading(
        "rate", "Rate R", point.rate_bits, "bits", f"gap ≤ {at_most(point.gap_bits)} bits"
    )


def _curve(lesson: Lesson, at: float) -> Shown:
    spec = problem(lesson.state(at))
    point, unit, setting = _solved(spec), spec.setting.unit, spec.setting
    known = tuple(replace(one, name="1 − h(D)") for one in queries.known(setting))
    pmf = queries.source(setting.source).pmf
    closed = float(rd.closed_forms.hamming(pmf, at)) / LN2
    drawing = figures.curve(
        _along(spec, 0), point, colours=colours(), how=_plain(spec), extra=known
    )
    readings = (
        _rate(point),
        Reading("closed", "1 − h(D)", closed, "bits", "closed form"),
        Reading("price", "Price of D, λ", point.price_bits, f"bits/{unit}"),
    )
    return Shown(readings, drawing, "Certified rate against D, with the tangent at the current D")


def _price(lesson: Lesson, at: float) -> Shown:
    spec = problem(lesson.state(at))
    point, unit = _solved(spec), spec.setting.unit
    tighter = _solved(spec.at(0, (1 - _TIGHTER) * spec.level))
    solved = tighter.rate_bits - point.rate_bits
    share = percent(-_TIGHTER, 0)
    readings = (
        _rate(point),
        Reading("price", "Price of D, λ", point.price_bits, f"bits/{unit}"),
        Reading(
            "predicted",
            f"D {share}, predicted",
            point.price_bits * _TIGHTER * at,
            "bits",
            "λ times the change",
        ),
        Reading(
            "solved",
            f"D {share}, solved",
            solved,
            "bits",
            f"gap ≤ {at_most(max(tighter.gap_bits, point.gap_bits))} bits",
        ),
    )
    drawing = figures.curve(_along(spec, 0), point, colours=colours(), how=_plain(spec))
    return Shown(readings, drawing, "Certified rate against D, with the tangent at the current D")


def _subset(lesson: Lesson, at: float) -> Shown:
    spec = problem(lesson.state(at))
    point, unit = _solved(spec), spec.setting.unit
    bare = _solved(ProblemSpec(spec.setting.without_subsets(), spec.level))
    mark = plain((1,))[1]
    readings = (
        _rate(point),
        Reading("plain", "R without the subset", bare.rate_bits, "bits"),
        Reading("extra", "Added by D′", max(point.rate_bits - bare.rate_bits, 0.0), "bits"),
        Reading("subset_price", "Price of D′, λ′", float(point.prices_bits[1]), f"bits/{unit}"),
        Reading("reached", "Mean error on S", float(point.reached[1]), unit),
    )
    band = _until(_along(spec, 1), lesson.control.values[-1], bare)
    drawing = figures.curve(band, point, colours=colours(), how=_plain(spec), along=mark)
    return Shown(readings, drawing, "Certified rate against D′, with the tangent at the current D′")


def _water(lesson: Lesson, at: float) -> Shown:
    work = tasks.region if lesson.kind == "region" else tasks.water
    view = work(lesson.given, at)
    assert isinstance(view.picture, Water)
    unit = lesson.control.unit
    return Shown(
        view.readings,
        drawings.water(view.picture, colours(), unit=unit),
        "Variance of each component as a bar, filled with distortion up to the water level",
    )


def _discrete(lesson: Lesson, at: float) -> Shown:
    view = tasks.discrete(lesson.given, at)
    assert isinstance(view.picture, Splits)
    given = (int(lesson.given["atoms"]), float(lesson.given["reach"]))
    ends = (lesson.control.values[0], lesson.control.values[-1])
    path = _done(tasks.splitting, (*given, lesson.control.values))
    return Shown(
        view.readings,
        drawings.splits(path, view.picture, colours(), span=given[1], levels=ends),
        "Codewords of the best codebook against D: they split as D falls",
    )


def _annealing(lesson: Lesson, at: float) -> Shown | None:
    state = lesson.state(at)
    stages = int(state.get("stages") or 0)
    spec = AnnealSpec(problem(state), stages=stages, search=bool(state.get("search")))
    options = spec.options()
    found = jobs.run(
        _KEY,
        spec,
        anneal.anneal,
        inputs=lambda: (_free(spec.problem), options),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if not isinstance(found, jobs.Done):
        jobs.follow(_KEY, found, what="Annealing")
        return None
    view: AnnealingView = found.result
    one = view.stages[min(int(at), len(view.stages)) - 1]
    readings = (
        Reading("tau", "Temperature τ", one.tau, digits=2),
        Reading("entropy", "H(Y)", one.entropy_bits, "bits"),
        Reading("randomness", "of which random, H(Y|X)", one.randomness_bits, "bits"),
        Reading("bound", "Bound for every code", view.bound_bits, "bits", "certified"),
        Reading("codewords", "Codewords", float(len(one.masses)), digits=0),
    )
    source = queries.source(spec.problem.setting.source)
    if one.channel is None:
        raise rd.InputError("The channel is too large to draw.")
    drawing = drawings.channel_map(
        source.points[:, 0], one.codebook[:, 0], one.channel, "x (unit)", colours()
    )
    return Shown(readings, drawing, "Probability of each codeword given each atom, as a map")


def _free(spec: ProblemSpec) -> rd.Problem:
    task = spec.problem()
    return task.with_every()


def _lloyd(lesson: Lesson, at: float) -> Shown | None:
    counts = tuple(int(value) for value in lesson.control.values)
    view: LloydMax | None = _done(tasks.lloyd_max, (counts,))
    if view is None:
        return None
    readings = tasks.lloyd_readings(view, at)
    drawing = figures.quantisers(
        view.plane, (), readings[0].value, how=rd.LevelScale("mse"), colours=colours()
    )
    return Shown(readings, drawing, "Rate of quantisers against D, with the certified bound")


def _files(lesson: Lesson, at: float) -> Shown | None:
    symbols = tuple(int(value) for value in lesson.control.values)
    level = problem(lesson.state(at)).level
    view: Files | None = _done(tasks.files, (level, symbols))
    if view is None:
        return None
    drawing = drawings.files(view, at, colours())
    return Shown(
        tasks.file_readings(view, at), drawing, "Bits per symbol of files against their length"
    )


def _label(lesson: Lesson, at: float) -> Shown:
    view = tasks.label(lesson.given, at)
    assert isinstance(view.picture, LabelCurve)
    drawing = drawings.label_curve(view.picture, colours())
    return Shown(view.readings, drawing, "Rate against the label level C, with the certified rate")


def _trained(lesson: Lesson, at: float) -> Shown:
    view = tasks.trained(lesson.given, at)
    assert isinstance(view.picture, Recorded)
    drawing = drawings.recorded(view.picture, colours())
    return Shown(
        view.readings,
        drawing,
        "Proved excess of recorded runs against β, before and after training",
    )


def _trellis(lesson: Lesson, at: float) -> Shown:
    given = lesson.given
    symbols, bound = int(given["symbols"]), float(given["bound_bits"])
    level = problem(lesson.state(at)).level
    rows = tuple(
        TrellisRow(
            int(states),
            8 * size / symbols,
            int(size),
            symbols,
            _one(level),
            True,
            0,
            *4 * (_NO_FILE,),
        )
        for states, size in zip(given["states"], given["size_bytes"], strict=True)
    )
    view = TrellisView(rows, bound)
    row = next(one for one in rows if one.states == int(at))
    scalar = tasks.scalar_bits(level) - bound
    readings = (
        Reading("states", "States", float(row.states), digits=0),
        Reading("size", "File", float(row.size_bytes), "bytes", f"measured {given['date']}", 0),
        Reading("gap", "Above the bound", view.gap_bits(row), "bits", "measured", 3),
        Reading("bound", "Certified lower bound", bound, "bits"),
        Reading("scalar", "Best scalar quantiser", scalar, "bits", "above the bound"),
    )
    drawing = trellis_figures.gaps(view, scalar, colours())
    drawing.add_trace(operating_point(at, view.gap_bits(row), colours()))
    return Shown(readings, drawing, "Bits above the bound against the number of states")


def _one(value: float) -> Floats:
    return np.array([value])


_KINDS: dict[str, Callable[[Lesson, float], Shown | None]] = {
    "curve": _curve,
    "price": _price,
    "subset": _subset,
    "water": _water,
    "region": _water,
    "discrete": _discrete,
    "annealing": _annealing,
    "lloyd": _lloyd,
    "files": _files,
    "label": _label,
    "trained": _trained,
    "trellis": _trellis,
}
