"""What the atoms prove about the source that they stand for: a density, or samples in bins."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.formatting import figure
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Trouble
from dashboard.ui import queries


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Draw bounds on the rate of the source behind the cells, where there is one."""
    if point is None:
        return
    found = queries.attempt(queries.beyond, spec)
    if found is None:
        return
    with st.container(border=True, gap="small"):
        st.markdown("##### The source behind the atoms")
        if isinstance(found, Trouble):
            st.caption(found.markdown)
            return
        missing = not np.isfinite(found.upper_bits)
        upper = "no bound" if missing else f"{figure(found.upper_bits)} :small[bits]"
        with st.grid(3, min_column_width=150, gap="small"):
            _metric("At least", f"{figure(found.lower_bits)} :small[bits]", "from the dual")
            _metric("At most", upper, "cells exceed a level" if missing else "by a channel")
            _metric(
                "Hidden by the cells",
                f"{figure(found.hidden, 3)} :small[unit²]",
                "E|X − E[X|cell]|²",
            )
        st.caption(
            f"Each atom stands for a cell of {found.what}. Whatever lies inside the cells, its"
            " rate with this codebook at these levels is between the two; more atoms bring them"
            " together."
        )


def _metric(label: str, value: str, below: str) -> None:
    st.metric(label, value, below, delta_color="off", delta_arrow="off")
