"""The Pictures page: the certified rate of the model, its curve, and the prices in words."""

from __future__ import annotations

import numpy as np
import streamlit as st

import rdcore as rd
from dashboard import figures
from dashboard.formatting import at_most, counted, figure
from dashboard.model.glossary import explain
from dashboard.model.pictures import ModelView, level_text
from dashboard.tasks import pictures
from dashboard.ui import inputs, jobs, layout, state
from dashboard.ui.cards.pictures import Chosen
from dashboard.ui.cards.pictures_files import Files
from dashboard.ui.charts import chart, colours
from dashboard.ui.metrics import tile, tiles

_LIMITS = jobs.Limits(seconds=300.0, expected=3.0)
_KILO = 1000.0
_EXACT, _AROUND = "picture_level", "picture_around"


def start(chosen: Chosen) -> jobs.Running | jobs.Done | jobs.Trouble:
    """Start the bound at the levels, before the jobs that take longer."""
    spec = chosen.spec
    return jobs.run(
        _EXACT,
        spec,
        pictures.level,
        inputs=lambda: (spec, chosen.pixels),
        limits=_LIMITS,
    )


def card(chosen: Chosen, files: Files, exact: jobs.Running | jobs.Done | jobs.Trouble) -> None:
    """Draw the bound of the model at the levels, what a dB costs, and the curve."""
    spec = chosen.spec
    with layout.card(
        "Bound of the model and prices",
        "Coefficients of blocks, independent within classes. This is a bound for codes of this"
        " model; a codec that uses dependence between coefficients can be below it.",
        height="content",
    ):
        around = jobs.run(
            _AROUND,
            spec.picture,
            pictures.around,
            inputs=lambda: (spec.picture, chosen.pixels),
            limits=_LIMITS,
        )
        left, right = st.columns(2, gap="medium")
        with left:
            if isinstance(exact, jobs.Done):
                _prices(exact.result, chosen, files)
            else:
                if isinstance(around, jobs.Done):
                    _meanwhile(around.result, chosen)
                jobs.follow(_EXACT, exact, what="Bounding the model")
        with right:
            if isinstance(around, jobs.Done):
                point = exact.result if isinstance(exact, jobs.Done) else None
                _curve(around.result, point, chosen, files)
            else:
                jobs.follow(_AROUND, around, what="Bounding the curve")


def _meanwhile(view: ModelView, chosen: Chosen) -> None:
    low, high = rd.pictures.PictureCurve(view.bounds()).at(chosen.spec.levels)
    text = f"at least {figure(view.bytes_of(low) / _KILO)} kB"
    if np.isfinite(high):
        ends = figure(view.bytes_of(low) / _KILO), figure(view.bytes_of(high) / _KILO)
        text = f"between {ends[0]} and {ends[1]} kB"
    layout.line(f"By the bounds at other levels, the model needs {text}.")


def _prices(view: ModelView, chosen: Chosen, files: Files) -> None:
    upper, gap = float(view.upper[0]), float(view.upper[0] - view.lower[0])
    with tiles(2, narrowest=150):
        tile(
            "Bound of the model",
            figure(view.bytes_of(upper) / _KILO, 4),
            f"gap ≤ {at_most(view.bytes_of(gap) / _KILO)} kB",
            unit="kB",
            more=explain("bound of the model"),
        )
        if files.own is not None and not files.other:
            size = len(files.own.blob)
            tile(
                "Coded file",
                figure(size / _KILO, 4),
                f"{figure(8 * size / view.pixels, 4)} bits/pixel",
                unit="kB",
            )
        else:
            tile(
                "Classes of blocks",
                figure(view.bytes_of(view.label_rate) / _KILO, 3),
                f"{figure(view.label_rate, 3)} bits/pixel, not in the bound",
                unit="kB",
            )
    lines = [
        f"- **{name}**, {level_text(level)}: one dB more costs about"
        f" **{counted(round(view.per_decibel(k)), 'byte')}**"
        for k, (name, level) in enumerate(zip(chosen.parts.names, chosen.spec.levels, strict=True))
    ]
    layout.line("\n".join(lines))
    st.caption(
        "From the slopes of the model’s bound. It is convex in the mean squared error, so the rate"
        f" grows by no less, up to the gap. {counted(view.components, 'source')},"
        f" {view.classes} classes of blocks, {figure(upper, 4)} bits a pixel; naming each"
        f" block’s class takes {figure(view.bytes_of(view.label_rate) / _KILO, 3)} kB more."
    )


def _curve(view: ModelView, point: ModelView | None, chosen: Chosen, files: Files) -> None:
    names = dict(zip(chosen.slots, chosen.parts.names, strict=True))
    slot = inputs.segments(
        "along_part", "Level along the axis", names, start=chosen.slots[0],
        label_visibility="collapsed",
    )  # fmt: skip
    which = chosen.slots.index(slot)
    bounds = view.bounds() + (point.bounds() if point is not None else [])
    curve = rd.pictures.PictureCurve(bounds)
    levels, lower, upper = curve.along(which, chosen.spec.levels)
    if not len(levels):
        st.caption("No level near these needs bits.")
        return
    own = None
    if files.own is not None and not files.other:
        own = (files.own.reached[which], len(files.own.blob) / _KILO)
    upper_here = float(point.upper[0]) if point else curve.at(chosen.spec.levels)[1]
    now = None
    if np.isfinite(upper_here):
        now = (chosen.spec.levels[which], view.bytes_of(upper_here) / _KILO)
    decibels = state.value("level_unit") == "psnr"
    unit = "PSNR (dB)" if decibels else "MSE"
    chart(
        figures.along_level(
            (levels, view.bytes_of(1.0) * lower / _KILO, view.bytes_of(1.0) * upper / _KILO),
            now,
            own,
            title=f"{names[slot]}: {unit}",
            decibels=decibels,
            colours=colours(),
        ),
        "picture_curve",
        alt=f"Bounds on the bytes of the model against the level of {names[slot]}",
        height=300,
    )
