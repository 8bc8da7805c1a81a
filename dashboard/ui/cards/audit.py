"""The audit: the same program given to CVXPY and Clarabel, and both answers side by side."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import figure
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Audit, Point
from dashboard.tasks import audit
from dashboard.ui import inputs, jobs, state

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
    with st.grid(4, min_column_width=150, gap="small"):
        _metric(
            "Ours",
            f"{figure(found.upper_bits, 8)} :small[bits]",
            f"gap ≤ {figure(found.upper_bits - found.lower_bits, 2)} bits",
            "The certified upper bound, and how far below it R may lie at most.",
        )
        _metric(
            "Clarabel’s",
            f"{figure(found.value_bits, 8)} :small[bits]",
            f"± {figure(found.accuracy_bits, 2)} bits",
            "I(X;Y) of its channel as it stands; how far off that may be is the gap that its own"
            " channel and prices prove.",
        )
        _metric(
            "Difference",
            f"{figure(apart, 2)} :small[bits]",
            f"overshoot {figure(found.violation, 2)}",
            "Its value less ours. Its channel may overshoot the levels, by at most this share of"
            " them, and so come out too low.",
        )
        _metric(
            "Time",
            f"{_time(found.seconds)} :small[to {_time(found.peer_seconds)}]",
            f"{figure(found.peer_seconds / max(found.seconds, 1e-6), 2)} times ours",
            f"Both in the same worker, one after the other: {found.atoms} atoms by"
            f" {found.codewords} codewords, proof and modelling included.",
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


def _metric(label: str, value: str, below: str, more: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off", help=more)


def _time(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
