"""The cards of the Reproduce page: the ten experiments with figures, numbers and claims."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from dashboard import figures
from dashboard.formatting import as_plain, counted
from dashboard.model.claims import method
from dashboard.model.claims.claim import VERDICTS, Claim, Verdict
from dashboard.model.reproduction import Codebooks, Panel, Quantity, Reproduced, as_text
from dashboard.tasks import reproduce
from dashboard.tasks.reproduce import EXPERIMENTS, Experiment
from dashboard.ui import inputs, jobs, layout
from dashboard.ui.cards.claims import listed
from dashboard.ui.charts import chart, colours, table

_KEY = "experiment"
_PLURALS: dict[Verdict, str] = {
    "holds": "as stated",
    "holds with a correction": "with a correction",
    "does not hold at these settings": "not at these settings",
    "not tested here": "not tested here",
}


def chosen() -> Experiment:
    """Draw the experiments as one row of options and return the chosen one."""
    st.caption(
        "Experiments of Nasser (2025), “Convex Rate-Distortion Formulation for Mixed-Fidelity"
        " Compression” (project report) and “Convex Relaxations for Entropy-Constrained"
        " Compression” (project milestone)."
    )
    by_key = {one.key: one for one in EXPERIMENTS}
    names = {key: key for key in by_key}
    key = inputs.segments("experiment_shown", "Experiment", names, label_visibility="collapsed")
    return by_key[key]


def experiment(one: Experiment) -> None:
    """Run an experiment and draw its result."""
    st.markdown(f"## {one.key}. {one.title} :small[:gray[Nasser (2025), {one.shows}]]")
    found = jobs.run(
        _KEY, one.key, reproduce.run, inputs=lambda: (one.key,), patience=jobs.PATIENCE
    )
    jobs.show(_KEY, found, _draw, what=f"Running {one.key}")


def _draw(found: Reproduced) -> None:
    layout.line(f"Verdict: **{found.verdict}**. {_counted(found.claims)}")
    _panels(found.panels[:2], 0)
    with layout.card("Values", compact=True):
        table([_row(one) for one in found.numbers], "experiment_numbers")
        for one in found.numbers:
            if one.why and one.difference == one.difference and one.difference:
                layout.line(f"**{as_plain(one.name)}**: {one.why}")
    with layout.card("Claims", compact=True):
        listed(found.claims, "experiment_claims")
    _panels(found.panels[2:], 2)


def _counted(claims: Sequence[Claim]) -> str:
    """Say how many claims have each verdict."""
    counts = Counter(one.verdict for one in claims)
    said = [f"{counts[one]} {_PLURALS[one]}" for one in VERDICTS if counts[one]]
    return f"Of {counted(len(claims), 'claim')}: {', '.join(said)}."


def _panels(panels: tuple[Panel, ...], first: int) -> None:
    for k in range(0, len(panels), 2):
        for inside, panel, place in zip(layout.pair(), panels[k : k + 2], (k, k + 1), strict=False):
            with layout.card(panel.title, panel.shows, compact=True, inside=inside):
                _panel(panel, first + place)


def _panel(panel: Panel, place: int) -> None:
    key = "experiment_chart" if place == 0 else f"experiment_{place + 1}_chart"
    if isinstance(panel, Codebooks):
        names = ", ".join(one.name for one in panel.books)
        drawing = figures.codebooks(panel, colours=colours())
        chart(drawing, key, alt=f"Source with E[X]{', ' if names else ''}{names}")
        return
    chart(
        figures.series(panel.series, panel.across, panel.up, colours()),
        key,
        alt=f"{panel.up} against {panel.across}",
    )


def _row(one: Quantity) -> dict[str, str]:
    printed, notebook = one.published_texts
    return {
        "quantity": one.name,
        "printed in the project report": printed,
        "in the author’s notebook": notebook,
        "re-run with the author’s steps": as_text(one.rerun),
        "our best with proof": as_text(one.best),
    }


def method_claims() -> None:
    """Draw what both texts claim about the method, apart from the experiments."""
    claims: tuple[Claim, ...] = method.CLAIMS
    with st.expander("Claims about the method"):
        listed(claims, "method_claims")


def details() -> None:
    """Draw the explanation of the columns."""
    with st.expander("Columns and verdicts"):
        st.markdown(
            "- **Printed in the project report**, **in the author’s notebook**: the published"
            " number; — if only a figure was published.\n"
            "- **Re-run with the author’s steps**: the same settings and steps, run by this app."
            " Random draws are not published, so codebooks are drawn until the levels are"
            " feasible. Lloyd–Max starts from equally spaced codewords.\n"
            "- **Our best with proof**: for rates the certified minimum over every codebook; for"
            " H(Y) the deterministic encoders found by annealing; for Lloyd–Max the exact optimum"
            " on a line.\n"
            "- **Round 0** is the nearest-neighbour encoder on the initial codebook.\n"
            "- **Verdicts** are computed from the values, except for claims about the method."
        )
