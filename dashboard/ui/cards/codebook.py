"""The cards of the Codebook page: settings, what changed, the play, paths, traces, restarts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.figures import theme
from dashboard.formatting import figure
from dashboard.model import exports
from dashboard.model.refinement import Move, RefinementView, RefineSpec, RestartsView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import IN_USE, SourceView, Trouble
from dashboard.tasks import refine
from dashboard.ui import inputs, jobs, layout, queries, state
from dashboard.ui.cards.explore import CHART_HEIGHT

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
        with st.popover("Settings", icon=":material/tune:"):
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
    with st.grid(4, min_column_width=150, gap="small"):
        _metric(
            "Rate in the end",
            f"{figure(last.rate_bits)} :small[bits]",
            f"{_signed(last.rate_bits - first.rate_bits)} bits in all",
        )
        _metric(
            "Codewords in the end",
            f"{int((last.masses > IN_USE).sum())}",
            f"{len(first.codebook)} at the start",
        )
        known = np.isfinite(shown.lower_bits)
        _metric(
            "Any other codebook saves",
            f"≤ {figure(max(last.rate_bits - shown.lower_bits, 0), 2)} :small[bits]"
            if known
            else "—",
            "proved over all of space" if known else "proof is to come",
        )
        _metric(
            "H(Y)",
            f"{figure(last.entropy_bits)} :small[bits]",
            f"D reached {figure(last.distortions[0])} {unit}",
        )


def _draw(shown: RefinementView, spec: RefineSpec, view: SourceView) -> None:
    colours = theme.palette(state.is_dark())
    _strip(shown, spec.problem.setting.unit)
    names = [f"round {k}" for k in range(len(shown.rounds) - 1)] + ["the end"]
    left, right = st.columns(2, gap="small")
    with left, st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### The codebook, round by round")
        st.caption("Play it, or pull the slider.")
        st.plotly_chart(
            figures.playing(view, shown.rounds, names, colours=colours),
            height=CHART_HEIGHT + 60,
            key="refinement_chart",
            theme=None,
            config=theme.CONFIG,
            alt=f"Codebook in {len(shown.rounds)} frames",
        )
    with right, st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### What each round brought")
        st.caption("I(X;Y) is certified on each codebook; H(Y) is what one symbol's index costs.")
        st.plotly_chart(
            _traces(shown, colours),
            height=CHART_HEIGHT + 60,
            key="rounds_chart",
            theme=None,
            config=theme.CONFIG,
            alt="Rate, H(Y) and H(Y|X) along the rounds",
        )
    left, right = st.columns(2, gap="small")
    with left:
        _ways(shown, view, colours)
    with right:
        _table(shown, spec)


def _traces(shown: RefinementView, colours: theme.Palette) -> object:
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
        colours=colours,
    )


def _ways(shown: RefinementView, view: SourceView, colours: theme.Palette) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### Where each codeword went")
        if view.dim > 1:
            st.caption("How many codewords each round has.")
            counts = np.array([float(len(one.codebook)) for one in shown.rounds])
            drawing = figures.counts_along(counts, colours=colours)
        else:
            st.caption("Paths that meet were merged; those that begin were added.")
            drawing = figures.paths(
                [one.codebook for one in shown.rounds],
                [one.masses for one in shown.rounds],
                [one.parents for one in shown.rounds],
                label="codeword y (unit)",
                colours=colours,
            )
        st.plotly_chart(
            drawing,
            height=CHART_HEIGHT,
            key="paths_chart",
            theme=None,
            config=theme.CONFIG,
            alt="Paths of the codewords",
        )


def _table(shown: RefinementView, spec: RefineSpec) -> None:
    with st.container(border=True, height="stretch", gap="small"):
        st.markdown("##### Who was merged, who was added")
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
    with st.container(border=True, gap="small"):
        st.markdown("##### Does the start matter?")
        st.caption(
            f"{_STARTS} random codebooks of {_RESTART_WORDS} codewords, refined by plain centroids"
            " as in the report, and by priced centroids with missing codewords added."
        )
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
    with st.grid(2, min_column_width=200, gap="small"):
        for name, values in (("Ours", found.ours), ("Plain centroids", found.centroid)):
            told = values[~np.isnan(values)]
            hits = int((told < best + 1e-3).sum())
            stranded = int(np.isinf(told).sum())
            _metric(
                f"{name}: ends within 0.001 bit of the best",
                f"{hits} :small[of {len(told)}]",
                f"{stranded} could not meet the levels" if stranded else "all met the levels",
            )
    st.plotly_chart(
        figures.ends(
            {
                "plain centroids": (found.centroid, "baseline"),
                "priced, missing ones added": (found.ours, "codebook"),
            },
            None,
            colours=theme.palette(state.is_dark()),
        ),
        height=300,
        theme=None,
        config=theme.CONFIG,
        alt="Rates at which the restarts end",
    )


def _metric(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", border=True)


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
