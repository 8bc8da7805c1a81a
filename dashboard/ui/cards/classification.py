"""The cards of the Classification page: source and label, result, maps, perception."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import LN2, at_most, figure
from dashboard.model import wording
from dashboard.model.classification import (
    ClassesView,
    ClassSpec,
    Divergence,
    LabelKind,
    LabelSpec,
    PenaltyView,
    PerceptionView,
    task_of,
)
from dashboard.model.glossary import explain
from dashboard.model.presets import FIRST
from dashboard.model.specs import SourceSpec
from dashboard.model.views import Axis, SurfaceView, Trouble
from dashboard.tasks import classify
from dashboard.ui import inputs, jobs, last, layout, queries, state
from dashboard.ui.charts import chart, clickable, colours, table
from dashboard.ui.metrics import definitions, explained, tile, tiles
from dashboard.ui.sidebar import levels
from rdcore import LevelScale
from rdcore.classification import Labelled, Task

_KINDS: dict[LabelKind, str] = {
    "side": "Sidebar source above a threshold",
    "digits": "Handwritten digits",
    "bit": "Noisy bit",
    "parity": "Parity of a number",
}
_DIVERGENCES: dict[Divergence, tuple[str, str]] = {
    "tv": ("Total variation", "P, total variation (no unit)"),
    "w1": ("Wasserstein-1", "P, Wasserstein-1 distance (unit)"),
    "w2": ("Wasserstein-2²", "P, squared Wasserstein-2 distance (unit²)"),
}
_HEIGHT = 360
"""The height of the first charts, which fit a low screen, in pixels."""
_BITS = LevelScale("absolute", "bits")
_LIMITS = jobs.Limits(seconds=300.0)
_GRID, _SMALL_GRID = (20, 16), (9, 8)


def source() -> tuple[LabelSpec, Labelled] | None:
    """Draw the choice of the source X and its label S, and return it."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        kind: LabelKind = inputs.segments(
            "labelled", "Source X and label S", _KINDS, help=explain("label")
        )
        numbers = _numbers(kind)
    spec = LabelSpec(kind, last.source() if kind == "side" else SourceSpec(FIRST), numbers)
    found = queries.attempt(queries.labelled, spec)
    if isinstance(found, Trouble):
        st.error(found.markdown)
        return None
    return spec, found


def _numbers(kind: LabelKind) -> tuple[float, ...]:
    if kind == "digits":
        count = st.select_slider(
            "Prototypes (k-means) of the 1797 images",
            inputs.options("prototypes"),
            key=state.widget("prototypes"),
            width=270,
        )
        return (float(count),)
    if kind == "bit":
        p = inputs.number("one", "P(X = 1)", step=0.05, width=140)
        e = inputs.number("noise", "P(S ≠ X)", step=0.01, width=140)
        return p, e
    if kind == "parity":
        count = inputs.whole("numbers", "Largest value n of X, uniform on 0 … n", width=260)
        return (float(count) + 1,)
    at = inputs.number("above", f"Threshold for S ({last.source().unit})", width=140)
    steep = inputs.number(
        "sharply",
        "Steepness (1/unit)",
        help="P(S = above | x) = 1 / (1 + exp(−steepness · (x − threshold))).",
        width=140,
    )
    return at, steep


def asked(spec: LabelSpec, both: Labelled) -> tuple[ClassSpec, Task] | None:
    """Draw D and C in the sidebar and return the spec with its task."""
    free = task_of(both, spec.hamming, 1.0, 0.0)
    low, high = queries.distortion_range(spec)
    least, most = free.least[0] / LN2, free.most[0] / LN2
    slug, how = _slug(spec), queries.label_scale(spec)
    with st.sidebar:
        st.subheader("Fidelity and classification")
        if not spec.hamming:
            levels.word([name for name in wording.WORDS if name != "psnr"])
        D = levels.level(
            "D, average distortion",
            f"D_{slug}",
            float(f"{low + 0.4 * (high - low):.2g}"),
            how,
            low=low,
            high=high,
            more=explained("average distortion", "minimum level"),
        )
        C = levels.level(
            "C, label uncertainty H(S|X̂)",
            f"C_{slug}",
            float(f"{least + 0.25 * (most - least):.2g}"),
            _BITS,
            low=least,
            high=most,
            more=explained("label level", "label uncertainty"),
        )
        st.caption(f"H(S) = {figure(most, 3)} bits; H(S|X) = {figure(least, 3)} bits.")
    question = ClassSpec(spec, D, C)
    task = queries.attempt(task_of, both, spec.hamming, D, C)
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
        ("C", f"C_{slug}", question.label_level_bits, least),
    ):
        if value < floor:
            better = float(f"{1.005 * floor + 1e-6:.4g}")
            how = queries.label_scale(question.label) if name == "D" else _BITS
            st.button(
                f"Set {name} to {wording.number(how, better)}",
                key=f"{key}_remedy_page",
                on_click=state.put,
                args=({key: better},),
            )


def answer(question: ClassSpec, task: Task, both: Labelled) -> None:
    """Solve at D and C, and draw the rate and the reproductions."""
    found = jobs.run(
        "classes", question, classify.solve, inputs=lambda: (task,), limits=_LIMITS, patience=0.4
    )
    if not isinstance(found, jobs.Done):
        jobs.follow("classes", found, what="Solving")
        return
    shown: ClassesView = found.result
    _strip(shown, question)
    left, right = layout.pair()
    with layout.card("Reproductions", inside=left):
        pictures = question.label.kind == "digits"
        remaining = f"H(S|X̂) = {figure(shown.uncertainty_bits)} bits."
        if pictures:
            st.caption(
                f"The most probable reproductions, each with its most probable digit. {remaining}"
            )
            drawing = figures.tiles(shown, both.names, colours=colours())
        else:
            st.caption(f"The distribution of the label for each reproduction. {remaining}")
            drawing = figures.posteriors(shown, both.names, colours=colours())
        alt = "Reproductions with the distribution of the label"
        chart(drawing, "reproductions", alt=alt, height=_HEIGHT)
    if not pictures:
        _compared(shown, inside=right)
        return
    with layout.card(
        "Distribution of the digit",
        "P(digit | reproduction), the most probable reproduction on top.",
        inside=right,
    ):
        drawing = figures.posteriors(shown, both.names, colours=colours())
        alt = "Distribution of the digit for each reproduction"
        chart(drawing, "posteriors_chart", alt=alt, height=_HEIGHT)
    _compared(shown)


def _strip(shown: ClassesView, question: ClassSpec) -> None:
    how = queries.label_scale(question.label)
    gap = shown.upper_bits - shown.lower_bits
    with tiles(4, narrowest=165):
        tile(
            "R(D, C)",
            figure(shown.upper_bits),
            f"gap ≤ {at_most(gap)} bits",
            unit="bits",
            more=explained("rate", "gap"),
        )
        extra = max(shown.upper_bits - shown.distortion_only_bits[0], 0.0)
        tile(
            "Extra rate for the label",
            figure(extra, 3),
            f"R(D) = {figure(shown.distortion_only_bits[1])} bits",
            unit="bits",
            more="R(D, C) minus R(D), which has no limit on the label uncertainty.",
        )
        tile(
            "Price of D",
            figure(float(how.price(shown.price_bits, shown.level)), 3),
            f"D = {figure(float(how.stated(shown.level)))} {how.text}",
            unit=wording.price_unit(how),
            more=explained("price of D", "binding", "slack"),
        )
        tile(
            "Price of C",
            figure(shown.label_price_bits, 3),
            f"accuracy {100 * shown.accuracy:.1f} %",
            unit="bits/bit",
            more="The increase in rate per bit by which C is lowered. Below it: the"
            " probability that"
            " the most probable label is the true one.",
        )


def _compared(
    shown: ClassesView, *, inside: st.delta_generator.DeltaGenerator | None = None
) -> None:
    height: Literal["stretch", "content"] = "content" if inside is None else "stretch"
    with layout.card("With and without a labelled reproduction", height=height, inside=inside):
        fixed = "none found"
        if np.isfinite(shown.unlabelled_bits):
            fixed = f"≤ {figure(shown.unlabelled_bits, 6)}"
        rows = [
            ("D only", _between(*shown.distortion_only_bits), "certified"),
            ("C only", _between(*shown.label_only_bits), "certified"),
            (
                "D and C, labelled reproduction",
                _between(shown.lower_bits, shown.upper_bits),
                "certified",
            ),
            ("D and C, reproduction without a label", fixed, "upper bound by alternation"),
        ]
        titles = ("constraints", "rate (bits)", "status")
        table([dict(zip(titles, row, strict=True)) for row in rows], "with_and_without")
        st.caption(
            "Without a label the problem is not convex, and the search gives an upper bound. The"
            " problem with a labelled reproduction is convex, and its rate is a lower bound."
        )


def _between(lower: float, upper: float) -> str:
    """Write certified bounds, as one number if they agree in all shown digits."""
    low, high = figure(lower, 6), figure(upper, 6)
    return high if upper - lower < 1e-5 else f"{low} … {high}"


def maps(question: ClassSpec, task: Task) -> None:
    """Draw R(D, C) over both levels, and the universality penalty."""
    low, high = queries.distortion_range(question.label)
    least, most = task.least[0] / LN2, task.most[0] / LN2
    big = task.posteriors[0].shape[1] > 4 or task.source.n > 200
    across, up = _SMALL_GRID if big else _GRID
    D = Axis("D", question.label.unit, low + (high - low) * np.linspace(0.04, 1, across))
    C = Axis("C", "bits", least + (most - least) * np.linspace(0.03, 1, up))
    found = jobs.run(
        "classes_surface",
        question.label,
        classify.surface,
        inputs=lambda: (task, D, C),
        limits=_LIMITS,
    )
    st.markdown("## Over D and C")
    st.caption("Click a cell to set D and C.")
    jobs.show(
        "classes_surface",
        found,
        lambda done: _maps(done, question),
        what="Solving for each D and C",
        so_far=lambda shown: _maps(shown, question, unfinished=True),
    )
    _penalty(question, task)


def _maps(surface: SurfaceView, question: ClassSpec, *, unfinished: bool = False) -> None:
    left, right = layout.pair()
    for column, which, title, sentence in (
        (left, "rate", "R(D, C)", "The thick lines mark where a level starts to bind."),
        (
            right,
            "penalty",
            "Universality penalty",
            "Extra rate over the larger of R(D) and R(C).",
        ),
    ):
        with layout.card(title, sentence, height="content", compact=True, inside=column):
            drawing = figures.classes_map(
                surface,
                (question.level, question.label_level_bits),
                which,  # type: ignore[arg-type]
                colours=colours(),
                how=queries.label_scale(question.label),
            )
            clickable(
                drawing,
                f"{which}_classes_map",
                alt=f"Map of {title} over D and C, {np.isfinite(surface.upper_bits).sum()} cells",
                on_click=lambda level, bits: _go(level, bits, question.label),
                unfinished=unfinished,
            )


def _go(level: float, bits: float, spec: LabelSpec) -> None:
    """Set D and C to the cell that was clicked."""
    slug = _slug(spec)
    state.put({f"D_{slug}": float(f"{level:.6g}"), f"C_{slug}": float(f"{bits:.6g}")})


def _slug(spec: LabelSpec) -> str:
    """Return the suffix of the level fields of a source in the URL."""
    return spec.source.kind if spec.kind == "side" else spec.kind


def _penalty(question: ClassSpec, task: Task) -> None:
    with layout.card("Largest universality penalty", height="content"):
        if not inputs.toggle("largest_penalty", "Search", help=explain("universality penalty")):
            return
        found = jobs.run(
            "classes_penalty",
            question.label,
            classify.penalty,
            inputs=lambda: (task,),
            limits=_LIMITS,
        )
        if not isinstance(found, jobs.Done):
            jobs.follow("classes_penalty", found, what="Searching for the largest penalty")
            return
        best: PenaltyView = found.result
        how = queries.label_scale(question.label)
        st.markdown(
            f"One encoder for the two demands D {'≥' if how.falls else '≤'}"
            f" {figure(float(how.stated(best.level)), 3)} {how.text} and"
            f" C ≤ {figure(best.label_level_bits, 3)} bits needs"
            f" {figure(best.universal_bits)} bits."
            f" The larger of the two demands alone needs {figure(best.each_bits)} bits. The penalty"
            f" of **{figure(best.lower_bits, 3)} to {figure(best.upper_bits, 3)} bits** is"
            " proved for"
            " these two demands."
        )


def perception(question: ClassSpec, task: Task) -> None:
    """Draw the rate with a constraint on the distribution of the reproduction."""
    with layout.card("Rate with a perception constraint", height="content"):
        line = task.source.dim == 1
        options: list[Divergence] = [name for name in get_args(Divergence) if line or name == "tv"]
        divergence: Divergence = inputs.segments(
            "perceived",
            "Divergence between the distributions of X and X̂",
            {name: _DIVERGENCES[name][0] for name in options},
            help=explained("perception level", "total variation", "wasserstein-1", "wasserstein-2"),
        )
        problem = task.problem
        key = (question.label, question.level, divergence)
        found = jobs.run(
            "perception",
            key,
            classify.perceived,
            inputs=lambda: (problem, divergence),
            limits=_LIMITS,
        )
        jobs.show(
            "perception",
            found,
            lambda done: _perceived(done, divergence, question),
            what="Solving along P",
            so_far=lambda shown: _perceived(shown, divergence, question, unfinished=True),
        )


def _perceived(
    shown: PerceptionView, divergence: Divergence, question: ClassSpec, *, unfinished: bool = False
) -> None:
    if not np.isfinite(shown.upper_bits).any():
        st.caption("No tested P is feasible together with this D.")
        return
    first = int(np.flatnonzero(np.isfinite(shown.upper_bits))[0])
    extra = max(float(shown.upper_bits[first]) - shown.free_bits, 0.0)
    what = "perfect realism" if shown.levels[first] == 0 else "the smallest feasible P"
    unit = {"tv": "", "w1": " unit", "w2": " unit²"}[divergence]
    st.caption(
        f"At D = {wording.said(queries.label_scale(question.label), question.level)}, {what} needs"
        f" {figure(extra, 3)} bits more than R(D) = {figure(shown.free_bits)} bits. At R(D) the"
        f" divergence is {figure(shown.reached, 3)}{unit}."
    )
    drawing = figures.perception(shown, _DIVERGENCES[divergence][1], colours=colours())
    name = "perception_so_far" if unfinished else "perception_chart"
    chart(drawing, name, alt="Certified R(D, P) against P")


def details() -> None:
    """Draw the explanations."""
    with st.expander("Proof and terms"):
        st.markdown(
            definitions("label", "label uncertainty", "label level", "labelled reproduction")
            + " Two reproductions may have the same value and different labels. If values"
            " may differ"
            " by an arbitrarily small amount, this needs no extra distortion; on a fixed"
            " alphabet the"
            " rate is the lower convex envelope. The proof covers all distributions of the label.\n"
            + definitions("universality penalty")
            + " The optimal decoders for an index do not depend on the demand, so one"
            " encoder for all"
            " demands needs R(min D, min C). For jointly Gaussian X and S the penalty is 0.\n"
            + definitions("perception level", "perfect realism")
        )
