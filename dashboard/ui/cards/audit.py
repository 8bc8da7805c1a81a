"""The audit: the same program solved with CVXPY and Clarabel, and both results."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import at_most, duration, figure
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Audit, Point
from dashboard.tasks import audit
from dashboard.ui import inputs, jobs, state
from dashboard.ui.metrics import explained, tile, tiles

_KEY = "audit_job"
_LIMITS = jobs.Limits(seconds=300.0)


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Offer the audit of the result; draw both results when it is done."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("## Audit", width="content")
            on = inputs.toggle(state.AUDIT, "Solve with CVXPY and Clarabel")
        if not on or point is None:
            st.caption(
                "An independent solver solves the same convex program. Its rate should lie"
                " between our"
                " bounds, up to its own accuracy."
            )
            return
        found = jobs.run(_KEY, spec, audit.audit, inputs=lambda: (spec.problem(),), limits=_LIMITS)
        jobs.show(_KEY, found, _answers, what="Auditing")


def _answers(found: Audit) -> None:
    difference = found.value_bits - found.upper_bits
    with tiles(4):
        tile(
            "This app",
            figure(found.upper_bits, 8),
            f"gap ≤ {at_most(found.upper_bits - found.lower_bits)} bits",
            unit="bits",
            more=explained("upper bound", "gap"),
            border=False,
        )
        tile(
            "Clarabel",
            figure(found.value_bits, 8),
            f"gap ≤ {at_most(found.accuracy_bits)} bits",
            unit="bits",
            more="I(X;Y) of its channel. The gap is the one proved by its own channel and prices.",
            border=False,
        )
        tile(
            "Difference",
            figure(difference, 2),
            f"violation {figure(100 * found.violation, 2)} %",
            unit="bits",
            more="Clarabel minus this app. Clarabel’s channel may violate the levels by up to this"
            " percentage, so its rate can be too low.",
            border=False,
        )
        tile(
            "Time",
            duration(found.seconds),
            f"Clarabel {duration(found.peer_seconds)}",
            more="Both solvers ran in the same process, one after the other, for"
            f" {found.atoms} atoms and {found.codewords} codewords. The times include certificate"
            " and modelling.",
            border=False,
        )
    if found.agrees:
        st.markdown(
            ":material/check_circle: Clarabel’s rate lies within our bounds, up to its own"
            " accuracy."
        )
    else:
        st.markdown(":material/error: **The results disagree** by more than Clarabel’s accuracy.")
