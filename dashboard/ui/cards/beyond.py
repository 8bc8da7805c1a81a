"""What the atoms prove about the source that they stand for: a density, or samples in bins."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.formatting import figure
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Trouble
from dashboard.ui import layout, queries
from dashboard.ui.metrics import tile, tiles


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Draw bounds on the rate of the source behind the cells, where there is one."""
    if point is None:
        return
    found = queries.attempt(queries.beyond, spec)
    if found is None:
        return
    with layout.card("The source behind the atoms", height="content"):
        if isinstance(found, Trouble):
            st.caption(found.markdown)
            return
        missing = not np.isfinite(found.upper_bits)
        with tiles(3):
            tile("At least", figure(found.lower_bits), "from the dual", unit="bits", border=False)
            tile(
                "At most",
                "no bound" if missing else figure(found.upper_bits),
                "cells exceed a level" if missing else "by a channel",
                unit="" if missing else "bits",
                border=False,
            )
            tile(
                "Hidden by the cells",
                figure(found.hidden, 3),
                "E|X − E[X|cell]|²",
                unit="unit²",
                border=False,
            )
        st.caption(
            f"Each atom stands for a cell of {found.what}. Whatever lies inside the cells, its"
            " rate with this codebook at these levels is between the two; more atoms bring them"
            " together."
        )
