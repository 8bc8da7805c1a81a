"""Bounds on the rate of the source before discretisation: a density, or samples in bins."""

from __future__ import annotations

import numpy as np
import streamlit as st

from dashboard.formatting import figure
from dashboard.model.glossary import explain
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point, Trouble
from dashboard.ui import layout, queries
from dashboard.ui.metrics import tile, tiles
from rdcore.tables import units


def card(spec: ProblemSpec, point: Point | None) -> None:
    """Draw bounds on the rate of the source before discretisation, if there is one."""
    if point is None:
        return
    found = queries.attempt(queries.source_bounds, spec)
    if found is None:
        return
    with layout.card("Rate before discretisation", height="content"):
        if isinstance(found, Trouble):
            st.caption(found.markdown)
            return
        missing = not np.isfinite(found.upper_bits)
        with tiles(3):
            tile(
                "Lower bound",
                figure(found.lower_bits),
                "from the dual",
                unit="bits",
                more=explain("lower bound"),
                border=False,
            )
            tile(
                "Upper bound",
                "no bound" if missing else figure(found.upper_bits),
                "cells exceed a level" if missing else "from a channel",
                unit="" if missing else "bits",
                more=explain("upper bound"),
                border=False,
            )
            tile(
                "Variance within cells",
                figure(found.within_variance, 3),
                "E|X − E[X|cell]|²",
                unit=units.squared(spec.setting.source.unit),
                more=explain("variance within cells"),
                border=False,
            )
        st.caption(
            f"Each atom represents a cell of {found.source}, whose rate with this codebook at these"
            " levels lies between the bounds. More atoms bring the bounds closer."
        )
