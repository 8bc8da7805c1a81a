"""The Guide page: its title and parts, what a certificate covers, and the glossary."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from dashboard import server
from dashboard.figures import lessons as drawings
from dashboard.formatting import as_markdown, at_most, counted, figure
from dashboard.model import glossary as terms
from dashboard.model.glossary.entry import Entry
from dashboard.model.lessons.views import Bracket
from dashboard.tasks import lessons as tasks
from dashboard.ui import inputs, jobs, layout, page, state
from dashboard.ui.charts import chart, colours

Part = Literal["lessons", "certificate", "glossary"]
PARTS: dict[Part, str] = {
    "lessons": "Lessons",
    "certificate": "What a certificate covers",
    "glossary": "Glossary",
}
_KEY = "bracket"
_STYLE = """<style>
.st-key-result { max-width: 1240px; }
.st-key-lesson_readings [data-testid="stMetricLabel"] *,
.st-key-lesson_readings [data-testid="stMetricDelta"] *,
.st-key-result [data-testid="stPageLink-NavLink"] span {
  white-space: normal; overflow: visible; text-overflow: clip;
}
.st-key-lesson_readings [data-testid="stMetricDelta"] { height: auto; }
</style>"""
_COVERS = """
- **Every code.** No code for this problem, however long its blocks and however clever, has a
  rate below the lower bound.
- **A channel that exists.** The upper bound is the rate of a channel that meets every level; the
  app holds it.
- **The problem as stated**: these atoms with these probabilities, this distortion, these levels,
  and this codebook. With the free codebook it covers every codebook.
- **Rounding.** Both bounds are rounded outward, so that the arithmetic of the computer cannot make
  them wrong.
- **Any solver.** The bounds are computed from the problem and the answer alone. It does not matter
  which program found the answer, or whether it converged: a bad answer has a wide gap.
"""
_NOT = """
- **Whether the source is yours.** For an upload it is the distribution of the samples in the file.
  New data may differ.
- **The density behind the grid.** A discretised source is another source; Explore bounds the rate
  of the original one in a card of its own.
- **Short codes.** $R(D)$ is reached by codes of long blocks. A real file is larger, and the app
  measures by how much.
- **Measured numbers**: sizes of files, training, times. They are marked as measured.
- **The distortion measure.** Whether the squared error says what you see or hear, only
  you can judge.
"""


def begin() -> tuple[Part, st.delta_generator.DeltaGenerator]:
    """Draw the title and the choice of the part; return the part and the row of its controls."""
    chosen: Part = state.value("guide")
    large = chosen == "lessons" and bool(state.value("teach"))
    page.begin("Learn it in ten minutes", hidden=large)
    st.html(_STYLE)
    layout.without_sidebar()
    row = st.container(horizontal=True, vertical_alignment="center", gap="small", key="guide_bar")
    if not large:
        with row:
            inputs.segments("guide", "Part of the guide", PARTS, label_visibility="collapsed")
            if server.documented():
                st.markdown(f"[Documentation]({server.ADDRESS})", width="content")
    return chosen, row


def certificate() -> None:
    """Draw what a certificate covers and what it does not, with bounds closing on a rate."""
    with layout.card(
        "The rate lies between two bounds",
        "Three modes at D = 0.6 unit², solved by a slow method that is stopped early. After each"
        " number of iterations the bounds are proved, and the rate lies between them.",
        height="content",
    ):
        found = jobs.run(
            _KEY,
            "bracket",
            tasks.bracket,
            inputs=tuple,
            limits=jobs.Limits(expected=1.0),
            patience=jobs.PATIENCE,
        )
        jobs.show(_KEY, found, _bracket, what="Solving")
    left, right = layout.pair()
    with layout.card("What a certificate covers", inside=left):
        st.markdown(_COVERS)
    with layout.card("What it does not cover", inside=right):
        st.markdown(_NOT)


def _bracket(view: Bracket) -> None:
    chart(
        drawings.bracket(view, colours()),
        "bracket_chart",
        alt="Lower and upper bound on a rate against the iterations of a solver",
    )
    first, last = 0, len(view.iterations) - 1
    layout.line(
        f"After {counted(int(view.iterations[first]), 'iteration')} the rate is proved to lie"
        f" between {figure(float(view.lower_bits[first]))} and"
        f" {figure(float(view.upper_bits[first]))} bits,"
        f" after {int(view.iterations[last])} between {figure(float(view.lower_bits[last]))} and"
        f" {figure(float(view.upper_bits[last]))} bits. The distance between the bounds is the"
        f" **gap**: the largest possible error. The solver of the app ends with a gap of at most"
        f" {at_most(view.gap_bits)} bits, at {figure(view.truth_bits, 5)} bits."
    )


def glossary() -> None:
    """Draw the terms that contain the searched text."""
    asked = inputs.text(
        "term", "Search the glossary", placeholder="for example gap, λ or quantiser", width=420
    )
    words = asked.casefold().split()
    found = [
        one
        for one in terms.ENTRIES
        if all(
            word in " ".join((one.term, one.symbol, one.meaning, *one.also)).casefold()
            for word in words
        )
    ]
    title = counted(len(found), "term")
    with layout.card(title, height="content"):
        if not found:
            st.markdown(f"No term has “{as_markdown(asked)}”. Clear the search to see all terms.")
        layout.line("\n".join(_line(one) for one in found))


def _line(one: Entry) -> str:
    symbol = f" {as_markdown(one.symbol)}" if one.symbol else ""
    unit = f" :gray[({as_markdown(one.unit)})]" if one.unit else ""
    return f"- **{as_markdown(one.term)}**{symbol}{unit}: {as_markdown(one.meaning)}"
