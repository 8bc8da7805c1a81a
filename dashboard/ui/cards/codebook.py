"""The cards of the Codebook page: settings, results, animation, paths, traces, restarts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from dashboard import figures
from dashboard.formatting import at_most, figure
from dashboard.model import exports
from dashboard.model.following import Stage
from dashboard.model.glossary import explain
from dashboard.model.refinement import Move, RefinementView, RefineSpec, RestartsView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import IN_USE, SourceView, Trouble
from dashboard.tasks import refine
from dashboard.ui import best, handles, inputs, jobs, last, layout, queries, subsets
from dashboard.ui.charts import CHART_HEIGHT, TALL, chart, colours, table
from dashboard.ui.metrics import NONE, definitions, explained, tile, tiles
from rdcore import LevelScale

_KEY, _RESTARTS, _SHOWN = "refinement", "restarts", "round_shown"
_MOVES: dict[Move, str] = {
    "priced": "Priced centroid",
    "centroid": "Centroid",
    "gradient": "Gradient step",
}
_STARTS = 20
_RESTART_CODEWORDS = 16


def settings(problem: ProblemSpec) -> RefineSpec:
    """Draw the settings of the refinement and return its spec."""
    if best.is_chosen(problem):
        st.caption(
            "The best codebook is chosen, so the refinement starts from its codewords. Choose"
            " another codebook, or random codewords in the settings, to see codewords move."
        )
    with layout.toolbar(_KEY):
        move: Move = inputs.segments(
            "move", "Update of the codewords", _MOVES, label_visibility="collapsed"
        )
        insert = inputs.toggle(
            "insert",
            "Add missing codewords",
            help=explained("insertion", "dual constraint")
            + " With insertion the final codebook is proved against every other codebook.",
        )
        with layout.settings():
            rounds, mass, near = _numbers()
            spec = RefineSpec(problem, move, insert, rounds, mass, near)
            return _started(spec)


def _numbers() -> tuple[int, float, float]:
    return (
        inputs.whole("rounds", "Largest number of rounds"),
        inputs.number(
            "light",
            "Merge below a probability of",
            step=1e-3,
            format="%g",
            help=explain("merging"),
        ),
        inputs.number(
            "near", f"Merge within a distance of ({last.source().unit})", step=1e-3, format="%g"
        ),
    )


def _started(spec: RefineSpec) -> RefineSpec:
    """Draw the step length of a gradient step and the random start."""
    if spec.move == "gradient":
        size = inputs.number("eta", "Step length η (0.5 moves to the centroid)", format="%g")
        spec = replace(spec, size=size)
    if not inputs.toggle("random", "Start from random codewords"):
        return spec
    codewords, seed = inputs.whole("many", "Number of codewords"), inputs.whole("seed", "Seed")
    return replace(spec, codewords=codewords, seed=seed)


def refinement(spec: RefineSpec, view: SourceView) -> None:
    """Run the refinement and draw its result or its progress."""
    start = queries.attempt(spec.start)
    if isinstance(start, Trouble):
        st.warning(start.markdown)
        return
    found = jobs.run(
        _KEY,
        spec,
        refine.refine,
        inputs=lambda: (start, spec.options()),
        limits=jobs.Limits(quick=view.dim == 1, expected=10.0),
        patience=jobs.PATIENCE,
    )
    jobs.show(
        _KEY,
        found,
        lambda done: _draw(done, spec, view),
        what="Refining",
        so_far=lambda shown: _strip(shown, queries.scale(spec.problem.setting)),
    )


def _strip(shown: RefinementView, how: LevelScale) -> None:
    first, last = shown.rounds[0], shown.end
    with tiles(4):
        tile(
            "Final rate",
            figure(last.rate_bits),
            f"gap ≤ {at_most(last.gap_bits)} bits",
            unit="bits",
            more=explained("rate", "gap"),
        )
        tile(
            "Final codewords",
            f"{int((last.masses > IN_USE).sum())}",
            f"{len(first.codebook)} at the start",
            more=explain("codewords in use"),
        )
        known = np.isfinite(shown.lower_bits)
        tile(
            "Largest saving",
            f"≤ {at_most(max(last.rate_bits - shown.lower_bits, 0))}" if known else NONE,
            "any codebook, proved" if known else "proof in progress",
            unit="bits" if known else "",
            more=explained("free codebook", "certificate"),
        )
        tile(
            "Output entropy H(Y)",
            figure(last.entropy_bits),
            f"D = {figure(float(how.stated(last.distortions[0])))} {how.text} reached",
            unit="bits",
            more=explain("output entropy"),
        )


def _draw(shown: RefinementView, spec: RefineSpec, view: SourceView) -> None:
    _strip(shown, queries.scale(spec.problem.setting))
    names = [f"round {k}" for k in range(len(shown.rounds) - 1)] + ["final"]
    at = handles.stage(_SHOWN, len(names))
    left, right = layout.pair()
    with layout.card(
        "Codebook by round", "Press play, or drag the point on the curve of H(Y).", inside=left
    ):
        chart(
            figures.codebook_animation(view, shown.rounds, names, colours=colours(), shown=at),
            "refinement_chart",
            alt=f"Animation of the codebook in {len(shown.rounds)} frames",
            height=TALL,
        )
    with layout.card(
        "Rate by round",
        "I(X;Y) is certified for each codebook. H(Y) is the rate of an entropy coder.",
        inside=right,
    ):
        chart(
            _traces(shown, at),
            "rounds_chart",
            alt="I(X;Y), H(Y) and H(Y|X) by round",
            height=TALL - figures.SLIDER_ROOM,
        )
        _handle(shown, spec, names, at)
    _levels_and_size(shown, spec)
    if view.dim > 1:
        _table(shown, spec)
        return
    left, right = layout.pair()
    with left:
        _ways(shown)
    with right:
        _table(shown, spec)


def _handle(shown: RefinementView, spec: RefineSpec, names: list[str], at: int) -> None:
    """Draw the handle on H(Y), which is dragged from one round to another."""
    known = np.isfinite(shown.lower_bits)
    stages = []
    for k, (name, one) in enumerate(zip(names, shown.rounds, strict=True)):
        said: tuple[str, ...] = (
            name,
            handles.reached(spec.problem.setting, one.distortions),
            f"H(Y) = {figure(one.entropy_bits)} bits",
            f"R = {figure(one.rate_bits)} bits, gap ≤ {at_most(one.gap_bits)} bits",
        )
        if known:
            said = (*said, f"bound for any codebook {figure(shown.lower_bits)} bits")
        lower = one.rate_bits - one.gap_bits
        stages.append(Stage(float(k), one.entropy_bits, lower, one, said))
    handles.on_stages(
        "drag_rounds",
        stages,
        at,
        _SHOWN,
        charts={"rounds_chart": "stage", "refinement_chart": "source"},
        label="Round of the codebook shown",
    )


def _traces(shown: RefinementView, at: int) -> go.Figure:
    rounds = np.arange(len(shown.rounds), dtype=float)

    def along(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in shown.rounds])

    levels = {}
    if np.isfinite(shown.lower_bits):
        levels["bound, any codebook"] = (shown.lower_bits, "certified")
    return figures.bits_along(
        rounds,
        {
            "H(Y)": (along("entropy_bits"), "codebook"),
            "I(X;Y)": (along("rate_bits"), "certified"),
            "H(Y|X)": (along("randomness_bits"), "text"),
        },
        levels,
        title="round",
        colours=colours(),
        shown=at,
    )


def _levels_and_size(shown: RefinementView, spec: RefineSpec) -> None:
    """Draw the distortions and the number of codewords by round."""
    setting = spec.problem.setting
    left, right = layout.pair()
    with layout.card("Distortion by round", "Dashed: the levels.", inside=left):
        drawing = figures.distortions_along(
            np.array([one.distortions for one in shown.rounds]),
            np.array(spec.problem.levels),
            subsets.marks(setting),
            unit=setting.unit,
            colours=colours(),
        )
        chart(drawing, "distortions_chart", alt="Distortion of each level by round", height=300)
    with layout.card("Size of the codebook by round", "Codewords m, used or not.", inside=right):
        counts = np.array([float(len(one.codebook)) for one in shown.rounds])
        drawing = figures.counts_along(counts, colours=colours())
        chart(drawing, "counts_chart", alt="Number of codewords by round", height=300)


def _ways(shown: RefinementView) -> None:
    with layout.card("Paths of the codewords"):
        st.caption("Paths that meet are merged codewords; new paths are added codewords.")
        drawing = figures.paths(
            [one.codebook for one in shown.rounds],
            [one.masses for one in shown.rounds],
            [one.parents for one in shown.rounds],
            label=f"codeword y ({last.source().unit})",
            colours=colours(),
        )
        chart(drawing, "paths_chart", alt="Paths of the codewords")


def _table(shown: RefinementView, spec: RefineSpec) -> None:
    with layout.card("Merged and added codewords"):
        rows = []
        for k, one in enumerate(shown.rounds):
            for source, target, why in one.merges:
                into = _place(one.codebook[target])
                rows.append((k, "merged", _place(one.codebook[source]), f"into {into}: {why}"))
            rows += [(k, "added", _place(y), "c(y) > 1") for y in one.inserted]
        if rows:
            unit = spec.problem.setting.source.unit
            titles = ("round", "change", f"codeword ({unit})", "detail")
            shown_rows = [dict(zip(titles, row, strict=True)) for row in rows]
            table(shown_rows, "merges", height=CHART_HEIGHT - 60)
        else:
            st.caption("No codeword was merged or added.")
        layout.downloads(
            "codebook",
            exports.codebook_table(shown.end, spec.problem.setting.source.unit),
            spec.problem.setting,
        )


def _place(codeword: np.ndarray) -> str:
    text = ", ".join(figure(float(value), 5) for value in codeword)
    return f"({text})" if len(codeword) > 1 else text


def restarts(spec: RefineSpec) -> None:
    """Offer refinements from random codebooks, with centroids and with priced centroids."""
    with layout.card(
        "Dependence on the start",
        f"{_STARTS} random codebooks with {_RESTART_CODEWORDS} codewords, refined with centroids as"
        " in Nasser (2025) and with priced centroids and insertion.",
        height="content",
    ):
        if not inputs.toggle("restarts", "Run"):
            return
        task = queries.attempt(spec.problem.problem)
        if isinstance(task, Trouble):
            st.warning(task.markdown)
            return
        key = (spec.problem, _STARTS, spec.seed)
        found = jobs.run(
            _RESTARTS,
            key,
            refine.restart,
            inputs=lambda: (task, _RESTART_CODEWORDS, _STARTS, spec.seed),
        )
        jobs.show(_RESTARTS, found, _ends, what="Refining from random codebooks", so_far=_ends)


def _ends(found: RestartsView) -> None:
    done = found.ours[~np.isnan(found.ours)]
    best = float(done.min()) if len(done) else float("nan")
    with tiles(2, narrowest=200):
        for name, values in (
            ("Priced centroids", found.ours),
            ("Centroids", found.centroid),
        ):
            known = values[~np.isnan(values)]
            hits = int((known < best + 1e-3).sum())
            infeasible = int(np.isinf(known).sum())
            tile(
                f"{name}: within 0.001 bit of the best",
                str(hits),
                f"{infeasible} infeasible" if infeasible else "all feasible",
                unit=f"of {len(known)}",
                border=False,
            )
    chart(
        figures.ends(
            {
                "centroids": (found.centroid, "baseline"),
                "priced centroids, insertion": (found.ours, "codebook"),
            },
            None,
            colours=colours(),
        ),
        "ends_chart",
        alt="Final rates of the refinements, sorted",
        height=300,
    )


def details() -> None:
    """Draw the explanations."""
    with st.expander("Method and terms"):
        st.markdown(
            "- **Round**: solve for the optimal channel on the codebook, move every codeword, merge"
            " light or close codewords, add missing codewords.\n"
            + definitions("centroid", "priced centroid", "merging", "insertion", "dual constraint")
            + " If it holds for every y, the codebook is proved optimal.\n"
            + definitions("output entropy", "encoder randomness")
            + " For absolute error the centroid is the median."
        )
