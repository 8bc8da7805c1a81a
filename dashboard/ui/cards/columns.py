"""A source of more than two columns on Explore: coded together, and column by column."""

from __future__ import annotations

import math

import numpy as np
import streamlit as st

from dashboard import figures
from dashboard.formatting import NOTHING, as_markdown, at_most, figure
from dashboard.model import scripts, wording
from dashboard.model.columns import MOST_DRAWN, ColumnsView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Trouble
from dashboard.tasks import columns as work
from dashboard.ui import jobs, layout, queries, state, subsets, takeaway
from dashboard.ui.charts import chart, colours, table
from dashboard.ui.metrics import explained, tile, tiles
from rdcore.tables import MAX_ATOMS, units

_KEY = "columns_job"
_LIMITS = jobs.Limits(seconds=600.0)
_NEAR_CEILING = 0.7


def card(spec: ProblemSpec) -> None:
    """Solve over candidates and column by column, and draw the results."""
    candidates, how = int(state.value("candidates")), queries.scale(spec.setting)
    problem = queries.attempt(spec.problem)
    if isinstance(problem, Trouble):
        st.error(problem.markdown)
        return
    found = jobs.run(
        _KEY,
        (spec, candidates, how),
        work.columns,
        inputs=lambda: (problem, candidates, how),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if isinstance(found, jobs.Done):
        with layout.result():
            _answer(found.result, spec)
        if found.result.atoms <= MAX_ATOMS:
            takeaway.script(lambda: scripts.columns(spec, candidates, work.TOLERANCE))
    elif isinstance(found, Trouble):
        st.error(found.markdown)
    else:
        jobs.follow(_KEY, found, what="Solving over candidates")


def _answer(view: ColumnsView, spec: ProblemSpec) -> None:
    _rates(view)
    st.markdown(as_markdown(view.sentence))
    _ceiling(view)
    left, right = layout.pair()
    with left:
        _drawn(view, spec)
    with right:
        _columns(view, spec)
        _levels(view, spec)
    _certificate(view)


def _rates(view: ColumnsView) -> None:
    more = view.apart_bits - view.alone_bits
    with tiles(3):
        tile(
            "Rate, coded together",
            figure(view.rate_bits),
            f"gap ≤ {at_most(view.gap_bits)}, {view.candidates} candidates",
            unit="bits a row",
            more=explained("rate", "gap", "scope"),
        )
        tile(
            "Rate, column by column",
            figure(view.apart_bits),
            f"gap ≤ {at_most(view.apart_gap_bits)}, every codebook",
            unit="bits a row",
            more="Each column has a code of its own that knows nothing of the others; D is divided"
            " among them in the best way.",
        )
        tile(
            "Difference at D",
            figure(more, 3) if abs(more) > NOTHING else "0",
            "what the columns share" if more > 0 else "too few candidates",
            unit="bits a row",
        )


def _ceiling(view: ColumnsView) -> None:
    """Say that few rows or candidates bound the rate, where they do."""
    most = math.log2(min(view.atoms, view.candidates))
    if view.rate_bits > _NEAR_CEILING * most:
        what = "rows" if view.atoms <= view.candidates else "candidates"
        st.caption(
            f"{min(view.atoms, view.candidates)} {what} need at most {figure(most, 3)} bits a row"
            " whatever D is: so close to that, the rate says as much about their number as about"
            " the columns."
        )


def _drawn(view: ColumnsView, spec: ProblemSpec) -> None:
    names = [as_markdown(name.rsplit(" (", 1)[0]) for name in spec.setting.source.labels]
    first, second = (names[k] for k in view.leading)
    some = f" {len(view.points)} of {view.atoms} atoms." if view.atoms > MOST_DRAWN else ""
    total = 100 * float(view.explained.sum())
    with layout.card(
        "Source along its principal axes",
        f"The two directions of the largest variance, {figure(total, 3)} % of it together; they"
        f" follow {first} and {second} most.{some}",
    ):
        chart(
            figures.principal_axes(
                view, subsets.marks(spec.setting)[1:], spec.setting.source.unit, colours=colours()
            ),
            "columns_chart",
            alt=f"{len(view.points)} atoms and {len(view.masses)} codewords along two principal"
            " axes",
        )


def _columns(view: ColumnsView, spec: ProblemSpec) -> None:
    unit = units.squared(spec.setting.source.unit)
    with layout.card(
        "Column by column",
        f"How D is divided among the columns, and the bits of each coded by itself. Variances and"
        f" errors are in {as_markdown(unit)}.",
        height="content",
    ):
        rows = [
            {
                "column": name,
                "variance": figure(float(variance)),
                "error together": figure(float(joint)),
                "error apart": figure(float(own)),
                "bits apart": figure(float(rate)) if rate > NOTHING else "0",
            }
            for name, variance, joint, own, rate in zip(
                spec.setting.source.labels,
                view.variances,
                view.together,
                view.apart,
                view.bits,
                strict=True,
            )
        ]
        table(rows, "columns_rows")


def _levels(view: ColumnsView, spec: ProblemSpec) -> None:
    how, marks = queries.scale(spec.setting), subsets.marks(spec.setting)
    prices = how.price(view.prices_bits, view.levels)
    with layout.card(
        "Levels and prices",
        "Coded together: what each level reaches, and the bits that one unit less costs.",
        height="content",
    ):
        rows = [
            {
                "level": one.legend_level,
                f"set ({how.text})": wording.number(how, float(level)),
                f"reached ({how.text})": wording.number(how, float(reached)),
                f"price (bits/{how.level_unit})": figure(float(price)) if price > NOTHING else "0",
            }
            for one, level, reached, price in zip(
                marks, view.levels, view.reached, np.asarray(prices), strict=True
            )
        ]
        table(rows, "columns_levels")


def _certificate(view: ColumnsView) -> None:
    with st.expander("Certificate and terms"):
        low, high = view.rate_bits - view.gap_bits, view.rate_bits
        st.markdown(
            f"Coded together, R lies between {figure(low, 9)} and {figure(high, 9)} bits a row."
            f" Scope: {view.scope}; no bound for other codewords is claimed below, while the upper"
            " bound holds for every codebook that has these."
        )
        low, high = view.apart_bits - view.apart_gap_bits, view.apart_bits
        st.markdown(
            f"Column by column, R lies between {figure(low, 9)} and {figure(high, 9)} bits a row."
            f" Scope: {view.apart_scope}."
        )
        if not view.converged:
            st.markdown("A solver stopped before it reached its tolerance; the bounds hold.")
