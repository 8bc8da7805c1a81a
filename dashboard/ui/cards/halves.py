"""The card of quantisers that are designed on one half of the rows and tested on the other."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import counted, figure
from dashboard.model import wording
from dashboard.model.quantisers import HalvesView
from dashboard.model.specs import ProblemSpec
from dashboard.tasks import halves as work
from dashboard.ui import inputs, jobs, layout, queries, subsets
from dashboard.ui.charts import table

_KEY = "halves_job"
_LIMITS = jobs.Limits(seconds=240.0)


def card(spec: ProblemSpec) -> None:
    """Draw quantisers on rows that their design has not seen; nothing without such rows."""
    rows = queries.attempt(spec.rows)
    if rows is None or isinstance(rows, jobs.Trouble) or rows.shares.min() < rows.shares.max():
        return
    if not spec.setting.centroids:
        return
    with layout.card(
        "Rows that the design has not seen",
        "Quantisers and a trellis code are designed on one half of the rows and tested on the other"
        f" {counted(len(rows.labels) // 2)}:"
        f" {'the first and the second half' if rows.ordered else 'two random halves'}.",
        height="content",
    ):
        if not inputs.toggle(
            "halves",
            "Design on one half, test on the other",
            help="Quantisers that fit their rows too closely miss the levels on others, or need"
            " more bits there.",
        ):
            return
        result = jobs.run(
            _KEY,
            spec,
            work.tested,
            inputs=lambda: (spec.problem(), rows.labels, rows.ordered),
            limits=_LIMITS,
        )
        jobs.show(_KEY, result, lambda view: _table(view, spec), what="Designing on one half")


def _table(view: HalvesView, spec: ProblemSpec) -> None:
    how, marks = queries.scale(spec.setting), subsets.marks(spec.setting)
    rows, missed = [], False
    for one in view.found:
        row: dict[str, str] = {
            "quantiser": one.name,
            "design: rate (bits)": figure(one.bits, 5),
            "other rows: rate (bits)": figure(one.other_bits, 5),
        }
        both = zip(marks, spec.levels, one.reached, one.other_reached, strict=True)
        for mark, level, here, there in both:
            row[f"design: {mark.level} ({how.text})"] = figure(float(how.stated(here)), 4)
            row[f"other rows: {mark.level} ({how.text})"] = figure(float(how.stated(there)), 4)
            missed |= bool(there > level * (1 + 1e-6))
        rows.append(row)
    table(rows, "halves_rows")
    levels = ", ".join(
        f"{mark.level} = {wording.number(how, level)} {how.text}"
        for mark, level in zip(marks, spec.levels, strict=True)
    )
    st.caption(
        "Rate on the rows of the design: H(Y). On the other rows: the bits of a code for the"
        " probabilities of the design, with the same cells and codewords. The encoder of a trellis"
        " code chooses its path for the rows, so that it meets the levels on the others too; its"
        " rate is that of its words."
        + (" On the other rows some levels are missed." if missed else "")
    )
    layout.line(
        f"At {levels} every code needs at least **{figure(view.bound_bits, 5)} bits** on the"
        f" {counted(view.rows)} rows of the design, and **{figure(view.other_bound_bits, 5)} bits**"
        f" on the {counted(view.other_rows)} other rows. Each bound is a proof about its own rows;"
        " it does not apply where a level is missed, and not to rows to come."
    )
