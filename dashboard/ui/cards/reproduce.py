"""The cards of the Reproduce page: the ten experiments, our figure, the numbers side by side."""

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
from dashboard.ui.charts import chart, colours

_KEY = "experiment"


def chosen() -> Experiment:
    """Draw the experiments as one row of choices and return the one that is chosen."""
    by_key = {one.key: one for one in EXPERIMENTS}
    names = {key: key for key in by_key}
    key = inputs.segments("experiment_shown", "Experiment", names, label_visibility="collapsed")
    return by_key[key]


def experiment(one: Experiment) -> None:
    """Run an experiment and draw what came of it."""
    st.markdown(f"##### {one.key}. {one.title} :small[:gray[the report’s {one.shows}]]")
    found = jobs.run(
        _KEY, one.key, reproduce.run, inputs=lambda: (one.key,), patience=jobs.PATIENCE
    )
    if isinstance(found, jobs.Done):
        _draw(found.result)
    else:
        jobs.follow(_KEY, found, what=f"Running {one.key}")


def _draw(found: Reproduced) -> None:
    left, right = layout.pair()
    with layout.card("Our figure", compact=True, inside=left):
        chart(
            figures.series(found.series, found.across, found.up, colours()),
            "experiment_chart",
            alt=f"{found.up} over {found.across}",
        )
    with layout.card("The numbers", compact=True, inside=right):
        rows = [
            {
                "": one.name,
                "report": _shown(one.report),
                "its way, here": _shown(one.same),
                "our best": _shown(one.best),
            }
            for one in found.numbers
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, key="experiment_numbers")
        st.markdown(found.why)


def _shown(value: float) -> str:
    if math.isnan(value):
        return "—"
    return str(int(value)) if value == int(value) else figure(float(value), 5)


def details() -> None:
    """Unfold what the columns mean."""
    with st.expander("What the columns mean"):
        st.markdown(
            "- **report**: as printed; figures have no numbers.\n"
            "- **its way, here**: the same settings, run now by the same steps (the report’s"
            " random draws are not known, so ours are drawn until the levels can be met).\n"
            "- **our best**: over every codebook where it is a rate, certified; for H(Y) the"
            " deterministic encoders that annealing ends at."
        )
