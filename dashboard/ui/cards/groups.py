"""The groups of rows of an upload: their mean distortions, and what it costs to hold them all."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.formatting import NOTHING, as_markdown, at_most, figure, percent
from dashboard.model import wording
from dashboard.model.fields import MAX_SUBSET_NAME, subset_field
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import GroupsView, Point, Trouble
from dashboard.tasks import groups as work
from dashboard.ui import inputs, jobs, layout, queries, state, subsets
from dashboard.ui.charts import table
from dashboard.ui.metrics import explained, tile, tiles

_KEY = "groups_job"


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Draw the groups of a column of the uploaded file, if it has one."""
    found = queries.attempt(work.columns, spec)
    if isinstance(found, Trouble) or not found or point is None:
        return
    with layout.card(
        "Groups of rows",
        "An atom is a value with its group; the codewords are values alone. One level holds every"
        " group.",
        height="content",
    ):
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            names = {name: name for name in found}
            column = inputs.select("groups", "Column", names, start=next(iter(names)), width=220)
            how = queries.scale(spec.setting)
            level = inputs.level(
                "Dg",
                f"No group worse than ({how.text})",
                how,
                start=spec.level,
                format="%.6g",
                width=220,
            )
        spec = spec.unresolved()
        divided = queries.attempt(work.divided, spec, column)
        if isinstance(divided, Trouble):
            st.warning(divided.markdown)
            return
        result = jobs.run(
            _KEY,
            (spec, column, level, how),
            work.groups,
            inputs=lambda: (*divided, level, how),
            limits=jobs.QUICK,
            patience=jobs.PATIENCE,
        )
        if isinstance(result, jobs.Done):
            _answer(result.result, spec, column, level)
        elif isinstance(result, Trouble):
            st.warning(result.markdown)
        else:
            jobs.follow(_KEY, result, what="Solving with every group held")


def _answer(view: GroupsView, spec: ProblemSpec, column: str, level: float) -> None:
    how, extra = queries.scale(spec.setting), view.held_bits - view.rate_bits
    unit, prices = how.text, how.price(view.prices_bits, np.full_like(view.held, level))
    worst = int(view.now.argmax())
    with tiles(3):
        tile(
            "Rate with every group held",
            figure(view.held_bits),
            f"gap ≤ {at_most(view.gap_bits)} bits",
            unit="bits",
            more=explained("rate", "gap"),
            border=False,
        )
        tile(
            "Extra rate",
            figure(extra if extra > NOTHING else 0.0, 3),
            f"no group {'below' if how.falls else 'above'} {wording.said(how, level)}",
            unit="bits",
            border=False,
        )
        tile(
            "Worst group now",
            figure(float(how.stated(view.now[worst]))),
            as_markdown(view.names[worst]),
            unit=unit,
            border=False,
        )
    rows = [
        {
            column: name,
            "probability": percent(float(mass)).lstrip("+"),
            f"mean now ({unit})": figure(float(now)),
            f"mean held ({unit})": figure(float(held)),
            f"price (bits/{unit})": figure(float(price) if price > NOTHING else 0.0),
        }
        for name, mass, now, held, price in zip(
            view.names,
            view.masses,
            how.stated(view.now),
            how.stated(view.held),
            prices,
            strict=True,
        )
    ]
    table(rows, "group_rows")
    st.caption(
        "The price is the increase in rate per unit by which the level of that group alone is"
        " lowered. “Limit” makes a group a subset with a level of its own."
    )
    limited = {subsets.text(slot) for slot in subsets.slots()}
    with st.container(horizontal=True, gap="small", key="group_buttons"):
        for name in view.names:
            st.button(
                f"Limit {as_markdown(name)}",
                key=f"limit_{name}",
                type="tertiary",
                icon=":material/add:",
                disabled=subsets.free() is None or work.text_of(column, name) in limited,
                on_click=_limit,
                args=(work.text_of(column, name), name, level),
            )


def _limit(text: str, name: str, level: float) -> None:
    """Make a group a subset, in place of a single subset that is empty."""
    slots = subsets.slots()
    empty = next((slot for slot in slots if not subsets.text(slot).strip()), None)
    slot = subsets.free() if empty is None else empty
    if slot is None:
        return
    state.put(
        {
            subset_field("subset", slot): True,
            subset_field("S", slot): text,
            subset_field("measure", slot): "conditional",
            subset_field("Ds", slot): level,
            subset_field("name", slot): name[:MAX_SUBSET_NAME],
            state.DRAWS: slot,
        }
    )
    state.redraw()
