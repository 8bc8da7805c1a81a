"""The audit: the same program given to CVXPY and Clarabel, and both answers side by side."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import duration, figure
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Audit, Point
from dashboard.tasks import audit
from dashboard.ui import inputs, jobs, state
from dashboard.ui.metrics import tile, tiles

_KEY = "audit_job"
_LIMITS = jobs.Limits(seconds=300.0)


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Offer the audit of what is shown; draw both answers once it is done."""
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("##### Audit", width="content")
            on = inputs.toggle(state.AUDIT, "Solve it again with CVXPY + Clarabel")
        if not on or point is None:
            st.caption(
                "An independent solver is given the same convex program; what it finds should lie"
                " between our bounds, as closely as it can tell."
            )
            return
        found = jobs.run(_KEY, spec, audit.audit, inputs=lambda: (spec.problem(),), limits=_LIMITS)
        if isinstance(found, jobs.Done):
            _answers(found.result)
        else:
            jobs.follow(_KEY, found, what="Auditing")


def _answers(found: Audit) -> None:
    apart = found.value_bits - found.upper_bits
    with tiles(4):
        tile(
            "Ours",
            figure(found.upper_bits, 8),
            f"gap ≤ {figure(found.upper_bits - found.lower_bits, 2)} bits",
            unit="bits",
            more="The certified upper bound, and how far below it R may lie at most.",
            border=False,
        )
        tile(
            "Clarabel’s",
            figure(found.value_bits, 8),
            f"± {figure(found.accuracy_bits, 2)} bits",
            unit="bits",
            more="I(X;Y) of its channel as it stands; how far off that may be is the gap that its"
            " own channel and prices prove.",
            border=False,
        )
        tile(
            "Difference",
            figure(apart, 2),
            f"overshoot {figure(found.violation, 2)}",
            unit="bits",
            more="Its value less ours. Its channel may overshoot the levels, by at most this share"
            " of them, and so come out too low.",
            border=False,
        )
        tile(
            "Time",
            duration(found.seconds),
            f"{figure(found.peer_seconds / max(found.seconds, 1e-6), 2)} times ours",
            unit=f"to {duration(found.peer_seconds)}",
            more=f"Both in the same worker, one after the other: {found.atoms} atoms by"
            f" {found.codewords} codewords, proof and modelling included.",
            border=False,
        )
    if found.agrees:
        st.markdown(
            ":material/check_circle: Clarabel’s value lies within our bounds,"
            " give or take its own accuracy."
        )
    else:
        st.markdown(
            ":material/error: **The two disagree** by more than Clarabel’s own accuracy allows."
        )
