"""The cards of the Classification page: what is asked, the answer, maps, the law of X̂."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.formatting import LN2, figure, short
from dashboard.model.classification import (
    ClassesView,
    ClassSpec,
    Kind,
    LabelSpec,
    Measure,
    PenaltyView,
    PerceptionView,
    task_of,
)
from dashboard.model.presets import FIRST
from dashboard.model.specs import SourceSpec
from dashboard.model.views import SurfaceView, Trouble
from dashboard.tasks import classify
from dashboard.ui import inputs, jobs, layout, queries, state
from dashboard.ui.charts import chart, clickable, colours
from dashboard.ui.metrics import tile, tiles
from dashboard.ui.sidebar import levels
from rdcore.classification import Labelled, Task

_KINDS: dict[Kind, str] = {
    "side": "The source at the left: above a value?",
    "digits": "Handwritten digits",
    "bit": "A noisy bit",
    "parity": "Odd or even",
}
_MEASURES: dict[Measure, tuple[str, str]] = {
    "tv": ("Total variation", "P, total variation at most"),
    "w1": ("Wasserstein-1", "P, Wasserstein-1 at most (unit)"),
    "w2": ("Wasserstein-2²", "P, squared Wasserstein-2 at most (unit²)"),
}
_LIMITS = jobs.Limits(seconds=300.0)
_GRID, _SMALL_GRID = (20, 16), (9, 8)


def source() -> tuple[LabelSpec, Labelled] | None:
    """Draw what X and S are, and return it."""
    kind: Kind = inputs.segments("labelled", "What X and its label S are", _KINDS)
    spec = LabelSpec(kind, state.source() if kind == "side" else SourceSpec(FIRST), _numbers(kind))
    found = queries.attempt(queries.labelled, spec)
    if isinstance(found, Trouble):
        st.error(found.markdown)
        return None
    return spec, found


def _numbers(kind: Kind) -> tuple[float, ...]:
    with st.container(horizontal=True, gap="small"):
        if kind == "digits":
            count = st.select_slider(
                "Prototypes (k-means) that stand for the 1797 images",
                inputs.options("prototypes"),
                key=state.widget("prototypes"),
                width=340,
            )
            return (float(count),)
        if kind == "bit":
            p = inputs.number("one", "P(X = 1)", step=0.05)
            e = inputs.number("noise", "P(S ≠ X)", step=0.01)
            return p, e
        if kind == "parity":
            count = inputs.whole("numbers", "X is uniform on 0 …", width=200)
            return (float(count) + 1,)
        at = inputs.number("above", "S: is X above (unit)")
        steep = inputs.number(
            "sharply",
            "How sharply (per unit)",
            help="P(S = above | x) = 1 / (1 + exp(−sharply · (x − value))).",
        )
        return at, steep


def asked(spec: LabelSpec, both: Labelled) -> tuple[ClassSpec, Task] | None:
    """Draw D and C in the sidebar and return the question."""
    free = task_of(both, spec.hamming, 1.0, 0.0)
    low, high = queries.distortion_range(spec)
    least, most = free.least[0] / LN2, free.most[0] / LN2
    slug = _slug(spec)
    with st.sidebar:
        st.subheader("Fidelity and classification")
        D = levels.level(
            f"D, average distortion ({spec.unit})",
            f"D_{slug}",
            float(f"{low + 0.4 * (high - low):.2g}"),
            low=low,
            high=high,
        )
        C = levels.level(
            "C, uncertainty left about S (bits)",
            f"C_{slug}",
            float(f"{least + 0.25 * (most - least):.2g}"),
            low=least,
            high=most,
        )
        st.caption(
            f"H(S) is {figure(most, 3)} bits; whoever sees X is left with {figure(least, 3)}."
        )
    question = ClassSpec(spec, D, C)
    task = queries.attempt(question.task)
    if not isinstance(task, Trouble):
        task = queries.attempt(_feasible, task)
    if isinstance(task, Trouble):
        st.error(task.markdown)
        _remedies(question, low, least, slug)
        return None
    return question, task


def _feasible(task: Task) -> Task:
    task.require_feasible()
    return task


def _remedies(question: ClassSpec, low: float, least: float, slug: str) -> None:
    for name, key, value, floor in (
        ("D", f"D_{slug}", question.level, low),
        ("C", f"C_{slug}", question.bits, least),
    ):
        if value < floor:
            better = float(f"{1.005 * floor + 1e-6:.4g}")
            st.button(
                f"Set {name} to {short(better)}",
                key=f"{key}_remedy_page",
                on_click=state.put,
                args=({key: better},),
            )


def answer(question: ClassSpec, task: Task, both: Labelled) -> None:
    """Solve at D and C, and draw what it costs and what reaches it."""
    found = jobs.run(
        "classes", question, classify.solve, inputs=lambda: (task,), limits=_LIMITS, patience=0.4
    )
    if not isinstance(found, jobs.Done):
        jobs.follow("classes", found, what="Solving")
        return
    shown: ClassesView = found.result
    _strip(shown, question)
    left, right = layout.pair()
    with layout.card("What is reproduced", inside=left):
        pictures = question.label.kind == "digits"
        if pictures:
            st.caption("The likeliest reproductions, each with its likeliest digit.")
            drawing = figures.tiles(shown, both.names, colours=colours())
        else:
            st.caption("Reproductions, and what each tells of the label.")
            drawing = figures.laws(shown, both.names, colours=colours())
        chart(drawing, "reproductions", alt="Reproductions and the law of the label for each")
    if not pictures:
        _compared(shown, inside=right)
        return
    with layout.card(
        "What each tells of the digit",
        "P(digit | reproduction), the likeliest reproduction on top.",
        inside=right,
    ):
        drawing = figures.laws(shown, both.names, colours=colours())
        chart(drawing, "laws_chart", alt="The law of the digit for each reproduction")
    _compared(shown)


def _strip(shown: ClassesView, question: ClassSpec) -> None:
    unit = question.label.unit
    gap = shown.upper_bits - shown.lower_bits
    with tiles(4, narrowest=165):
        tile(
            "R(D, C)",
            figure(shown.upper_bits),
            f"proved to {figure(gap, 2)} bits" if gap > 5e-5 else "proved",
            unit="bits",
        )
        extra = max(shown.upper_bits - shown.plain_bits[0], 0.0)
        tile(
            "What the label adds",
            figure(extra, 3),
            f"R(D) alone is {figure(shown.plain_bits[1])}",
            unit="bits",
        )
        tile(
            "Price of D",
            figure(shown.price_bits, 3),
            f"reached {figure(shown.level)}",
            unit=f"bits/{unit}",
        )
        tile(
            "Price of C",
            figure(shown.label_price, 3),
            f"left {figure(shown.left_bits)}; right {100 * shown.sure:.1f} %",
            unit="bits/bit",
        )


def _compared(
    shown: ClassesView, *, inside: st.delta_generator.DeltaGenerator | None = None
) -> None:
    height: Literal["stretch", "content"] = "content" if inside is None else "stretch"
    with layout.card("With and without a label on X̂", height=height, inside=inside):
        fixed = "none found"
        if np.isfinite(shown.fixed_bits):
            fixed = f"≤ {figure(shown.fixed_bits, 6)}"
        rows = [
            ("D alone", _between(*shown.plain_bits), "certified"),
            ("C alone", _between(*shown.told_bits), "certified"),
            (
                "D and C, X̂ may carry a label",
                _between(shown.lower_bits, shown.upper_bits),
                "certified",
            ),
            ("D and C, X̂ is its value only", fixed, "reached by alternation"),
        ]
        table = pd.DataFrame(rows, columns=["asked", "bits", "how known"])
        st.dataframe(table, hide_index=True, key="with_and_without")
        st.caption(
            "Without a label the channels that meet C are no convex set, and a search ends where"
            " it ends: an upper bound. What may carry a label is convex, and bounds it from below."
        )


def _between(lower: float, upper: float) -> str:
    """Write certified bounds, as one number where no digit that is shown tells them apart."""
    low, high = figure(lower, 6), figure(upper, 6)
    return high if upper - lower < 1e-5 else f"{low} … {high}"


def maps(question: ClassSpec, task: Task) -> None:
    """Draw R(D, C) over both levels, and what one encoder for all demands costs."""
    low, high = queries.distortion_range(question.label)
    least, most = task.least[0] / LN2, task.most[0] / LN2
    big = task.posteriors[0].shape[1] > 4 or task.source.n > 200
    across, up = _SMALL_GRID if big else _GRID
    D = low + (high - low) * np.linspace(0.04, 1, across)
    C = least + (most - least) * np.linspace(0.03, 1, up)
    found = jobs.run(
        "classes_surface",
        question.label,
        classify.surface,
        inputs=lambda: (task, D, C),
        limits=_LIMITS,
    )
    st.markdown("##### Over D and C")
    st.caption("Click a cell to go there: it sets D and C.")
    if isinstance(found, jobs.Done):
        _maps(found.result, question)
    else:
        jobs.follow(
            "classes_surface",
            found,
            what="Solving at every D and C",
            draw=lambda shown: _maps(shown, question, unfinished=True),
        )
    _penalty(question, task)


def _maps(surface: SurfaceView, question: ClassSpec, *, unfinished: bool = False) -> None:
    left, right = layout.pair()
    for column, which, title, sentence in (
        (left, "rate", "R(D, C)", "The lines are where a level starts to bind."),
        (
            right,
            "penalty",
            "One encoder for two demands",
            "Bits beyond the dearer of D alone and C alone.",
        ),
    ):
        with layout.card(title, sentence, height="content", compact=True, inside=column):
            drawing = figures.classes_map(
                surface,
                (question.level, question.bits),
                which,  # type: ignore[arg-type]
                unit=question.label.unit,
                colours=colours(),
            )
            clickable(
                drawing,
                f"{which}_classes_map",
                alt=f"{title} over D and C, {np.isfinite(surface.upper_bits).sum()} cells",
                on_click=lambda level, bits: _go(level, bits, question.label),
                unfinished=unfinished,
            )


def _go(level: float, bits: float, spec: LabelSpec) -> None:
    """Set D and C to the cell that was clicked."""
    slug = _slug(spec)
    state.put({f"D_{slug}": float(f"{level:.6g}"), f"C_{slug}": float(f"{bits:.6g}")})


def _slug(spec: LabelSpec) -> str:
    """Return what tells the levels of one source from those of another in the URL."""
    return spec.source.kind if spec.kind == "side" else spec.kind


def _penalty(question: ClassSpec, task: Task) -> None:
    with layout.card("Where one encoder for all costs most", height="content"):
        if not inputs.toggle("largest_penalty", "Look for it"):
            return
        found = jobs.run(
            "classes_penalty",
            question.label,
            classify.penalty,
            inputs=lambda: (task,),
            limits=_LIMITS,
        )
        if not isinstance(found, jobs.Done):
            jobs.follow("classes_penalty", found, what="Looking for the largest penalty")
            return
        best: PenaltyView = found.result
        st.markdown(
            f"To serve D ≤ {figure(best.level, 3)} {question.label.unit} for one and"
            f" C ≤ {figure(best.bits, 3)} bits for another, one encoder needs"
            f" {figure(best.universal_bits)} bits, the dearer of the two alone"
            f" {figure(best.each_bits)}: **{figure(best.lower_bits, 3)} to"
            f" {figure(best.upper_bits, 3)} bits more**, proved for these two demands."
        )


def perception(question: ClassSpec, task: Task) -> None:
    """Draw what it costs that the reproduction looks like the source."""
    with layout.card("Perception: what looking real costs", height="content"):
        line = task.source.dim == 1
        options: list[Measure] = [name for name in get_args(Measure) if line or name == "tv"]
        measure: Measure = inputs.segments(
            "perceived",
            "How the laws of X and X̂ are compared",
            {name: _MEASURES[name][0] for name in options},
        )
        problem = task.problem
        key = (question.label, question.level, measure)
        found = jobs.run(
            "perception",
            key,
            classify.perceived,
            inputs=lambda: (problem, measure),
            limits=_LIMITS,
        )
        if isinstance(found, jobs.Done):
            _perceived(found.result, measure, question)
        else:
            jobs.follow(
                "perception",
                found,
                what="Solving along P",
                draw=lambda shown: _perceived(shown, measure, question, unfinished=True),
            )


def _perceived(
    shown: PerceptionView, measure: Measure, question: ClassSpec, *, unfinished: bool = False
) -> None:
    if not np.isfinite(shown.upper_bits).any():
        st.caption("No P that was tried can be met together with this D.")
        return
    first = int(np.flatnonzero(np.isfinite(shown.upper_bits))[0])
    extra = max(float(shown.upper_bits[first]) - shown.free_bits, 0.0)
    what = "perfect realism" if shown.levels[first] == 0 else "the least P that can be met"
    st.caption(
        f"At D = {short(question.level)} {question.label.unit}, {what} costs"
        f" {figure(extra, 3)} bits more than R(D) = {figure(shown.free_bits)}; without a demand the"
        f" law is off by {figure(shown.reached, 3)}."
    )
    drawing = figures.perception(shown, _MEASURES[measure][1], colours=colours())
    name = "perception_so_far" if unfinished else "perception_chart"
    chart(drawing, name, alt="R(D, P) over P between its bounds")


def details() -> None:
    """Unfold what the words mean."""
    with st.expander("What is proved, and what the words mean"):
        st.markdown(
            "- **C** bounds H(S|X̂): what is left to know about the label once X̂ is seen. It is"
            " the least log loss of any classifier, so a reproduction with the law of its label"
            " makes the problem convex; the proof ranges over all laws.\n"
            "- **X̂ may carry a label**: two reproductions of the same value may tell different"
            " things. Where values can differ by a hair that costs nothing; on a fixed alphabet it"
            " is the lower convex envelope.\n"
            "- **One encoder for all**: each user decodes for their own D or C. The best decoders"
            " for the same index do not depend on the demand, so that serving all costs"
            " R(min D, min C). For jointly Gaussian X and S that is no more than the dearest;"
            " here it may be.\n"
            "- **P** bounds how far the law of X̂ is from that of X; P = 0 is perfect realism."
        )
