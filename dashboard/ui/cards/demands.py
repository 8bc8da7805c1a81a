"""The card of the Classification page on one encoder for several demands."""

from __future__ import annotations

import math

import streamlit as st

from dashboard.formatting import figure, short
from dashboard.model import classification as model
from dashboard.model.classification import ClassSpec, DemandsView
from dashboard.model.glossary import explain
from dashboard.model.views import Trouble
from dashboard.tasks import classify
from dashboard.ui import inputs, jobs, layout, queries
from dashboard.ui.charts import table
from rdcore.classification import Task

_KEY = "demands"
_KINDS = {"own": "This source", "gaussian": "Jointly Gaussian X and S"}
_LIMITS = jobs.Limits(seconds=300.0)
Demands = tuple[tuple[float, float], ...]


def card(question: ClassSpec, task: Task) -> None:
    """Draw R(Θ) and A(Θ) for pairs (D, C) that the user types, with both bounds."""
    with layout.card(
        "One encoder for several demands",
        "R(Θ) is the rate of one encoder with a decoder for each pair (D, C), and A(Θ) its excess"
        " over the most expensive pair alone.",
        height="content",
    ):
        if not inputs.toggle("several", "Compute", help=explain("universality penalty")):
            return
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            kind = inputs.segments("demands", "Source", _KINDS, label_visibility="collapsed")
            rho = 0.0
            if kind == "gaussian":
                rho = inputs.number("rho", "Correlation ρ of X and S", step=0.05, width=190)
            first = _first(question) if kind == "own" else _gaussian(rho)
            text = inputs.text(
                "pairs",
                "Pairs D, C",
                placeholder=first,
                help="Pairs with semicolons between them, C in bits, ∞ for no limit; for example"
                f" `{first}`.",
            )
        pairs = queries.attempt(model.demands, text or first)
        if isinstance(pairs, Trouble):
            st.error(pairs.markdown)
            return
        if kind == "gaussian":
            found = queries.attempt(classify.gaussian_demands, rho, pairs)
            if isinstance(found, Trouble):
                st.error(found.markdown)
            else:
                _result(found, "unit²")
                _theorem()
            return
        _own(question, task, pairs)


def _own(question: ClassSpec, task: Task, pairs: Demands) -> None:
    found = jobs.run(
        _KEY,
        (question.label, pairs),
        classify.several,
        inputs=lambda: (task, pairs),
        limits=_LIMITS,
    )
    jobs.show(
        _KEY,
        found,
        lambda done: _result(done, question.label.unit),
        what="Solving for each demand",
    )


def _first(question: ClassSpec) -> str:
    return f"{short(question.level)}, ∞; ∞, {short(question.label_level_bits)}"


def _gaussian(rho: float) -> str:
    """Return demands whose rates are near each other for this correlation."""
    known = 0.5 * math.log2(2 * math.pi * math.e * (1 - 0.7 * rho**2))
    return f"0.3, ∞; ∞, {known:.3g}; 0.6, {known + 0.1:.3g}"


def _result(found: DemandsView, unit: str) -> None:
    rows = [
        {
            f"D ({unit})": short(D) if math.isfinite(D) else "∞",
            "C (bits)": short(C) if math.isfinite(C) else "∞",
            "R(D, C), lower bound (bits)": figure(low, 5),
            "upper bound (bits)": figure(high, 5),
        }
        for (D, C), (low, high) in zip(found.pairs, found.each_bits, strict=True)
    ]
    table(rows, "demands_table")
    low, high = found.universal_bits
    least, most = found.penalty_bits
    layout.line(
        f"One encoder for all pairs: R(Θ) is between {figure(low, 5)} and {figure(high, 5)} bits."
        f" The penalty A(Θ) is between **{figure(least, 3)} and {figure(most, 3)} bits**."
    )


def _theorem() -> None:
    st.caption(
        "X and S have unit variances; C limits h(S|X̂) in bits. Nguyen et al. (2025) prove A(Θ) = 0"
        f" for every Θ. The bounds here are for S known to {model.GAUSSIAN_CELL:g} of its standard"
        " deviation: the closed form from below, a Gaussian channel from above."
    )
