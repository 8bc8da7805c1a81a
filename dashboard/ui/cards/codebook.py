"""The cards of the Codebook page: settings, what changed, the play, paths, traces, restarts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure
from dashboard.model import exports
from dashboard.model.refinement import Move, RefinementView, RefineSpec, RestartsView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import IN_USE, SourceView, Trouble
from dashboard.tasks import refine
from dashboard.ui import inputs, jobs, layout, queries
from dashboard.ui.charts import CHART_HEIGHT, TALL, chart, colours
from dashboard.ui.metrics import NONE, tile, tiles

_KEY, _RESTARTS = "refinement", "restarts"
_MOVES: dict[Move, str] = {
    "priced": "Priced centroid",
    "centroid": "Centroid",
    "gradient": "Gradient step",
}
_STARTS = 20
_RESTART_WORDS = 16


def settings(problem: ProblemSpec) -> RefineSpec:
    """Draw what a refinement can be asked for, and return it."""
    with layout.toolbar(_KEY):
        move: Move = inputs.segments(
            "move", "Where codewords go", _MOVES, label_visibility="collapsed"
        )
        insert = inputs.toggle(
            "insert",
            "Add missing codewords",
            help="After each round add the points y with c(y) > 1: without them no codebook is"
            " optimal, and with them the end is proved against every codebook.",
        )
        with layout.settings():
            rounds, mass, near = _numbers()
            spec = RefineSpec(problem, move, insert, rounds, mass, near)
            return _started(spec)


def _numbers() -> tuple[int, float, float]:
    return (
        inputs.whole("rounds", "Rounds at the most"),
        inputs.number("light", "Merge below a mass of", step=1e-3, format="%g"),
        inputs.number("near", "Merge within a distance of (unit)", step=1e-3, format="%g"),
    )


def _started(spec: RefineSpec) -> RefineSpec:
    """Ask for the size of a gradient step, and whether to start from random codewords."""
    if spec.move == "gradient":
        size = inputs.number("eta", "Step size η (½ goes to the centroid)", format="%g")
        spec = replace(spec, size=size)
    if not inputs.toggle("random", "Start from random codewords"):
        return spec
    words, seed = inputs.whole("many", "How many"), inputs.whole("seed", "Seed")
    return replace(spec, words=words, seed=seed)


def refinement(spec: RefineSpec, view: SourceView) -> None:
    """Run the refinement and draw it, or how far it has come."""
    start = queries.attempt(spec.start)
    if isinstance(start, Trouble):
        st.warning(start.markdown)
        return
    found = jobs.run(
        _KEY,
        spec,
        refine.refine,
        inputs=lambda: (start, spec.options()),
        patience=jobs.PATIENCE,
    )
    if isinstance(found, jobs.Done):
        _draw(found.result, spec, view)
    else:
        jobs.follow(
            _KEY,
            found,
            what="Refining",
            draw=lambda shown: _strip(shown, spec.problem.setting.unit),
        )


def _strip(shown: RefinementView, unit: str) -> None:
    first, last = shown.rounds[0], shown.end
    with tiles(4):
        tile(
            "Rate in the end",
            figure(last.rate_bits),
            f"{_signed(last.rate_bits - first.rate_bits)} bits in all",
            unit="bits",
        )
        tile(
            "Codewords in the end",
            f"{int((last.masses > IN_USE).sum())}",
            f"{len(first.codebook)} at the start",
        )
        known = np.isfinite(shown.lower_bits)
        tile(
            "Any other codebook saves",
            f"≤ {figure(max(last.rate_bits - shown.lower_bits, 0), 2)}" if known else NONE,
            "proved over all of space" if known else "proof is to come",
            unit="bits" if known else "",
        )
        tile(
            "H(Y)",
            figure(last.entropy_bits),
            f"D reached {figure(last.distortions[0])} {unit}",
            unit="bits",
        )


def _draw(shown: RefinementView, spec: RefineSpec, view: SourceView) -> None:
    _strip(shown, spec.problem.setting.unit)
    names = [f"round {k}" for k in range(len(shown.rounds) - 1)] + ["the end"]
    left, right = layout.pair()
    with layout.card("The codebook, round by round", "Play it, or pull the slider.", inside=left):
        chart(
            figures.playing(view, shown.rounds, names, colours=colours()),
            "refinement_chart",
            alt=f"Codebook in {len(shown.rounds)} frames",
            height=TALL,
        )
    with layout.card(
        "What each round brought",
        "I(X;Y) is certified on each codebook; H(Y) is what one symbol's index costs.",
        inside=right,
    ):
        chart(
            _traces(shown),
            "rounds_chart",
            alt="Rate, H(Y) and H(Y|X) along the rounds",
            height=TALL,
        )
    left, right = layout.pair()
    with left:
        _ways(shown, view)
    with right:
        _table(shown, spec)


def _traces(shown: RefinementView) -> go.Figure:
    rounds = np.arange(len(shown.rounds), dtype=float)

    def along(name: str) -> np.ndarray:
        return np.array([getattr(one, name) for one in shown.rounds])

    levels = {}
    if np.isfinite(shown.lower_bits):
        levels["no codebook is below"] = (shown.lower_bits, "certified")
    return figures.bits_along(
        rounds,
        {
            "H(Y)": (along("entropy_bits"), "codebook"),
            "I(X;Y)": (along("rate_bits"), "certified"),
            "H(Y|X)": (along("noise_bits"), "subset"),
        },
        levels,
        title="round",
        colours=colours(),
    )


def _ways(shown: RefinementView, view: SourceView) -> None:
    with layout.card("Where each codeword went"):
        if view.dim > 1:
            st.caption("How many codewords each round has.")
            counts = np.array([float(len(one.codebook)) for one in shown.rounds])
            drawing = figures.counts_along(counts, colours=colours())
        else:
            st.caption("Paths that meet were merged; those that begin were added.")
            drawing = figures.paths(
                [one.codebook for one in shown.rounds],
                [one.masses for one in shown.rounds],
                [one.parents for one in shown.rounds],
                label="codeword y (unit)",
                colours=colours(),
            )
        chart(drawing, "paths_chart", alt="Paths of the codewords")


def _table(shown: RefinementView, spec: RefineSpec) -> None:
    with layout.card("Who was merged, who was added"):
        rows = []
        for k, one in enumerate(shown.rounds):
            for source, target, why in one.merges:
                into = _place(one.codebook[target])
                rows.append((k, "merged", _place(one.codebook[source]), f"into {into}: {why}"))
            rows += [(k, "added", _place(y), "c(y) > 1") for y in one.inserted]
        if rows:
            frame = pd.DataFrame(rows, columns=["round", "what", "codeword", "how"])
            st.dataframe(frame, hide_index=True, height=CHART_HEIGHT - 60, key="merges")
        else:
            st.caption("Nobody was: the codewords only moved.")
        layout.downloads("codebook", exports.codebook_table(shown.end), spec.problem.setting)


def _place(word: np.ndarray) -> str:
    text = ", ".join(figure(float(value), 5) for value in word)
    return f"({text})" if len(word) > 1 else text


def restarts(spec: RefineSpec) -> None:
    """Offer refinements from random codebooks, by centroids alone and ours."""
    with layout.card(
        "Does the start matter?",
        f"{_STARTS} random codebooks of {_RESTART_WORDS} codewords, refined by plain centroids"
        " as in the report, and by priced centroids with missing codewords added.",
        height="content",
    ):
        if not inputs.toggle("restarts", "Try it"):
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
            inputs=lambda: (task, _RESTART_WORDS, _STARTS, spec.seed),
        )
        if isinstance(found, jobs.Done):
            _ends(found.result)
        else:
            jobs.follow(_RESTARTS, found, what="Refining from random codebooks", draw=_ends)


def _ends(found: RestartsView) -> None:
    done = found.ours[~np.isnan(found.ours)]
    best = float(done.min()) if len(done) else float("nan")
    with tiles(2, narrowest=200):
        for name, values in (("Ours", found.ours), ("Plain centroids", found.centroid)):
            told = values[~np.isnan(values)]
            hits = int((told < best + 1e-3).sum())
            stranded = int(np.isinf(told).sum())
            tile(
                f"{name}: ends within 0.001 bit of the best",
                str(hits),
                f"{stranded} could not meet the levels" if stranded else "all met the levels",
                unit=f"of {len(told)}",
                border=False,
            )
    chart(
        figures.ends(
            {
                "plain centroids": (found.centroid, "baseline"),
                "priced, missing ones added": (found.ours, "codebook"),
            },
            None,
            colours=colours(),
        ),
        "ends_chart",
        alt="Rates at which the restarts end",
        height=300,
    )


def _signed(value: float) -> str:
    if abs(value) < 5e-13:
        return "±0"
    return ("−" if value < 0 else "+") + figure(abs(value), 4)


def details() -> None:
    """Unfold what the words mean."""
    with st.expander("What a round does, and what the words mean"):
        st.markdown(
            "- **Round**: solve for the best channel on the codebook, move every codeword, merge"
            " those with little mass or close neighbours, add those that are missing.\n"
            "- **Centroid**: E[X | Y = y], for absolute error the median. **Priced centroid**: the"
            " same with every atom weighted by what its distortion costs in bits, which is what"
            " the best codebook satisfies where a subset has a price of its own.\n"
            "- **c(y) > 1**: a codeword at y would lower the rate; at the best codebook c ≤ 1"
            " everywhere, and that is the proof.\n"
            "- **H(Y)** is what an index costs by itself; **I(X;Y)** is what it costs in blocks."
            " The difference H(Y|X) is what annealing removes."
        )
