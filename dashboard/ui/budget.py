"""A budget of bits in place of D: its controls, and the least D within it, solved by a job."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.formatting import counted, figure, rounded_up, short
from dashboard.model import wording
from dashboard.model.presets import OWN
from dashboard.model.specs import ProblemSpec, Setting
from dashboard.model.views import Trouble, Within
from dashboard.tasks import solve
from dashboard.ui import inputs, jobs, layout, queries, state
from dashboard.ui.metrics import explained

_KEY = "within_budget"
_LIMITS = jobs.Limits(seconds=300.0)
_GOALS = {
    "level": "Distortion D",
    "bits": "Bits per symbol",
    "kbits": "kbit/s at a sampling rate",
    "bytes": "Bytes for a number of symbols",
}
_ROWS = 1000


def goal(setting: Setting) -> str:
    """Draw the choice between D and a budget, and the budget; return what is chosen."""
    chosen: str = inputs.select(
        state.GOAL,
        "Given",
        _GOALS,
        help="Set D and read the rate, or set a budget of bits and read the least D that it allows."
        " The levels of the subsets stay as they are set.",
    )
    if chosen == "kbits":
        rate = inputs.number(state.HERTZ, "Symbols per second", format="%.6g")
        _number("Budget (kbit/s)", rate / 1000)
    elif chosen == "bytes":
        count = inputs.whole(state.ROWS, "Number of symbols", start=_rows(setting))
        _number("Budget (bytes)", count / 8)
    elif chosen == "bits":
        _number("Budget (bits per symbol)", 1.0)
    return chosen


def _number(label: str, start: float) -> None:
    inputs.number(
        state.BUDGET, label, start=float(f"{start:.3g}"), format="%.6g", help=explained("rate")
    )


def _rows(setting: Setting) -> int:
    """Return the rows of an upload that are used, else a round number."""
    if setting.source.kind != OWN:
        return _ROWS
    found = queries.attempt(queries.understood, setting.source)
    return _ROWS if isinstance(found, Trouble) else found.rows_used


def bits() -> float | None:
    """Return the budget in bits per symbol; None if D is given."""
    chosen, budget = state.value(state.GOAL), state.value(state.BUDGET)
    if chosen == "level" or budget is None:
        return None
    if chosen == "kbits":
        return 1000 * float(budget) / float(state.value(state.HERTZ))
    if chosen == "bytes":
        return 8 * float(budget) / int(state.value(state.ROWS))
    return float(budget)


def within(spec: ProblemSpec) -> ProblemSpec | None:
    """Return the problem at the least D within the budget, or as it is if D is given.

    None while it is being solved, and if no D is large enough; the page says so.
    """
    budget = bits()
    if budget is None:
        return spec
    free = spec.unresolved().at(0, 1.0)
    result = jobs.run(
        _KEY,
        (free, budget),
        solve.within,
        inputs=lambda: (free.problem(), budget),
        limits=_LIMITS,
        patience=jobs.PATIENCE,
    )
    if not isinstance(result, jobs.Done):
        jobs.follow(_KEY, result, what="Solving for the least D")
        return None
    found: Within = result.result
    if not math.isfinite(found.high):
        _too_few(budget, found.needed_bits)
        return None
    how = queries.scale(spec.setting)
    end = "largest" if how.falls else "least"
    layout.line(
        f"**D = {wording.said(how, found.high)}** is the {end} average distortion"
        f" with at most {_written(budget)}."
    )
    return spec.at(0, found.high)


def _written(budget: float) -> str:
    """Write the budget as it was set, and in bits per symbol."""
    chosen, set_to = state.value(state.GOAL), float(state.value(state.BUDGET))
    plain = f"{short(budget)} bits per symbol"
    if chosen == "kbits":
        return f"{short(set_to)} kbit/s ({plain})"
    if chosen == "bytes":
        rows = counted(int(state.value(state.ROWS)))
        return f"{short(set_to, 6)} bytes for {rows} symbols ({plain})"
    return plain


def _too_few(budget: float, needed: float) -> None:
    """Say that the subsets alone need more than the budget, and offer what they need."""
    st.error(
        f"{_written(budget)} are too few: the levels of the subsets alone need"
        f" {figure(needed)} bits per symbol. Raise the budget, or loosen a level."
    )
    able = rounded_up(1.005 * needed, 3)
    share = float(state.value(state.BUDGET)) / budget
    st.button(
        f"Set the budget to {short(able)} bits per symbol",
        key="budget_remedy",
        on_click=state.put,
        args=({state.BUDGET: able * share},),
    )
