"""A word on bins that hide more than the levels allow, and the bins that do not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import streamlit as st

from dashboard.formatting import counted
from dashboard.model import wording
from dashboard.model.specs import ProblemSpec, SourceSpec
from dashboard.model.views import SourceView, Trouble
from dashboard.ui import queries, state
from rdcore.tables import MAX_BINS, MAX_BINS_2D

# Bins are coarse if they hide more than a tenth of a level; a hundredth is fine.
_COARSE, _FINE = 0.1, 0.01


def warn(spec: ProblemSpec, view: SourceView) -> None:
    """Say so if the bins of an upload add much to a level, and offer finer ones or none."""
    source = spec.setting.source
    choice = source.choice
    if choice is None or not choice.bins or choice.weighted_columns:
        return
    if spec.setting.distortion != "squared_error":
        return
    found = queries.attempt(queries.understood, source)
    if isinstance(found, Trouble) or found.cell_variances is None:
        return
    hidden = _hidden(spec, view, found.pmf, found.cell_variances)
    levels = [one for one in zip(view.marks, hidden, spec.levels, strict=True) if one[2] > 0]
    mark, more, level = max(levels, key=lambda one: one[1] / one[2], default=(None, 0.0, 1.0))
    if mark is None or more <= _COARSE * level:
        return
    how = queries.scale(spec.setting)
    bins, label = _better(source, choice.bins * math.sqrt(more / (_FINE * level)))
    st.warning(
        f"The bins are coarse for {mark.level} = {wording.said(how, level)}: the rates are for the"
        f" means of {counted(choice.bins, 'bin')} per axis, and the rows themselves would have"
        f" {mark.level} = {wording.said(how, level + more)}."
    )
    st.button(label, key="finer_bins", on_click=state.put, args=({"bins": bins},))


def _hidden(
    spec: ProblemSpec, view: SourceView, pmf: np.ndarray, variances: np.ndarray
) -> list[float]:
    """Return what the bins hide of D and of the level of each subset, in its own measure."""
    hidden = [float(pmf @ variances)]
    for one, inside in zip(spec.setting.subsets, view.masks, strict=True):
        joint = float(pmf[inside] @ variances[inside])
        mass = float(pmf[inside].sum())
        hidden.append(joint if one.measure == "joint" else joint / mass if mass > 0 else 0.0)
    return hidden


def _better(source: SourceSpec, wanted: float) -> tuple[int, str]:
    """Return a number of bins that is fine, 0 for none if there are few values, and its button."""
    choice = source.choice
    assert choice is not None
    alone = replace(source, choice=replace(choice, bins=0))
    if not isinstance(queries.attempt(queries.understood, alone), Trouble):
        return 0, "Use every value, without bins"
    bins = min(math.ceil(wanted), MAX_BINS_2D if choice.second else MAX_BINS)
    return bins, f"Use {bins} bins per axis"
