"""The cards of the Reproduce page: the ten experiments, each with a figure and a table."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from dashboard import figures
from dashboard.formatting import figure
from dashboard.model.reproduction import Reproduced
from dashboard.tasks import reproduce
from dashboard.tasks.reproduce import EXPERIMENTS, Experiment
from dashboard.ui import inputs, jobs, layout
from dashboard.ui.charts import chart, colours, table

_KEY = "experiment"


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
    left, right = layout.pair()
    with layout.card("Figure", compact=True, inside=left):
        chart(
            figures.series(found.series, found.across, found.up, colours()),
            "experiment_chart",
            alt=f"{found.up} against {found.across}",
        )
    with layout.card("Values", compact=True, inside=right):
        rows = [
            {
                "quantity": one.name,
                "Nasser (2025)": _shown(one.published),
                "re-run": _shown(one.rerun),
                "our best": _shown(one.best),
            }
            for one in found.numbers
        ]
        table(pd.DataFrame(rows), "experiment_numbers")
        st.markdown(found.why)


def _shown(value: float) -> str:
    if math.isnan(value):
        return "—"
    return str(int(value)) if value == int(value) else figure(float(value), 5)


def details() -> None:
    """Draw the explanation of the columns."""
    with st.expander("Columns"):
        st.markdown(
            "- **Nasser (2025)**: the published number; — if only a figure was published.\n"
            "- **re-run**: the same settings and steps, run by this app. The random draws are not"
            " published, so codebooks are drawn until the levels are feasible.\n"
            "- **our best**: for rates the certified minimum over every codebook; for H(Y) the"
            " deterministic encoders found by annealing."
        )
