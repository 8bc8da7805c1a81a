"""What samples say: the standard error and bias of the rate, and what memory is worth."""

from __future__ import annotations

import streamlit as st

from dashboard.formatting import NOTHING, counted, figure
from dashboard.model.glossary import explain
from dashboard.model.sampling import MemoryView, SamplingView
from dashboard.model.specs import ProblemSpec
from dashboard.model.views import Point
from dashboard.tasks import sampling as work
from dashboard.ui import inputs, jobs, layout, queries, subsets
from dashboard.ui.charts import table
from dashboard.ui.metrics import tile, tiles

_SURE, _MEMORY = "sampling_job", "memory_job"


def sure(spec: ProblemSpec, point: Point | None) -> None:
    """Draw how sure a rate from samples is."""
    if point is None or point.error_bits is None:
        return
    rows = spec.rows()
    if rows is None:
        return
    many, equal = len(rows.labels), round(rows.effective)
    weighted = f", which say as much as {counted(equal)} of equal weight," if equal < many else ""
    with layout.card(
        "How sure is the rate?",
        f"Another {counted(many, 'row')} of the same kind{weighted} would give another rate, by"
        f" about ± {figure(point.error_bits, 2)} bits. The gap is a proof for these rows alone.",
        height="content",
    ):
        if not inputs.toggle(
            "sampling",
            "Estimate bias and prices",
            help=explain("bias") + " Twelve resamples of the rows are solved.",
        ):
            return
        result = jobs.run(
            _SURE,
            spec,
            work.uncertainty,
            inputs=lambda: (spec.problem(), rows.labels, rows.shares, rows.moving, rows.ordered),
        )
        jobs.show(
            _SURE,
            result,
            lambda view: _errors(view, spec, point),
            what="Solving resamples",
        )


def _errors(view: SamplingView, spec: ProblemSpec, point: Point) -> None:
    with tiles(3):
        tile(
            "Standard error",
            f"± {figure(view.error_bits, 2)}",
            "of the rate",
            unit="bits",
            more=explain("standard error"),
            border=False,
        )
        tile(
            "Bias",
            figure(view.bias_bits if abs(view.bias_bits) > NOTHING else 0.0, 2),
            "matters" if abs(view.bias_bits) > view.error_bits / 2 else "small beside the error",
            unit="bits",
            more=explain("bias"),
            border=False,
        )
        tile(
            "Independent rows",
            counted(round(view.effective)),
            f"of {counted(view.rows)}",
            border=False,
        )
    unit = spec.setting.unit
    rows = [
        {
            "level": one.legend_level,
            f"price (bits/{unit})": figure(float(point.prices_bits[k])),
            "standard error": figure(float(view.price_errors_bits[k]), 2),
            "bias": figure(float(view.price_biases_bits[k]), 2),
        }
        for k, one in enumerate(subsets.marks(spec.setting))
    ]
    table(rows, "price_errors")
    st.caption(
        f"Estimates from {view.method}, for levels that are fixed in their unit. Subsets such as"
        " “top 5%” move with the rows. With few rows the bias is larger than estimated."
    )


def memory(spec: ProblemSpec, point: Point | None) -> None:
    """Draw what memory is worth, for rows that follow each other in time."""
    source = spec.setting.source
    if point is None or not (source.ordered and source.samples and len(source.labels) == 1):
        return
    with layout.card(
        "What is memory worth?",
        "A code may treat several consecutive rows as one vector. Dependence between them saves"
        " bits at the same average distortion D; subsets do not count here.",
        height="content",
    ):
        if spec.setting.distortion != "squared_error":
            st.caption("For squared error only.")
            return
        if not inputs.toggle(
            "memory",
            "Solve blocks of 1, 2 and 3 rows",
            help=explain("memory") + " It takes up to a minute.",
        ):
            return
        series = queries.attempt(source.series)
        if isinstance(series, jobs.Trouble):
            st.warning(series.markdown)
            return
        key = (source, spec.level)
        result = jobs.run(_MEMORY, key, work.memory, inputs=lambda: (series, spec.level))
        jobs.show(_MEMORY, result, _answer, what="Solving blocks", so_far=_answer)


def _answer(view: MemoryView) -> None:
    rows = [
        {
            "rows in a block": one.length,
            "rate ≤ (bits/row)": figure(one.rate_bits),
            "proved for merged blocks ≥": figure(one.lower_bits),
            "samples ±": figure(one.error_bits, 2),
            "ceiling": figure(one.ceiling_bits, 3),
            "enough rows": "yes" if one.trusted else "no",
        }
        for one in view.blocks
    ]
    if view.sentence:
        layout.line(view.sentence)
    table(rows, "memory_rows")
    low, high = sorted(rate for _, rate in view.spectra)
    first, second = (segment for segment, _ in view.spectra)
    same = figure(low, 3) == figure(high, 3)
    between = figure(low, 3) if same else f"{figure(low, 3)} to {figure(high, 3)}"
    layout.line(
        f"**{between} bits per row** is an estimate, not a bound: the rate of a Gaussian process"
        f" with the spectrum of these rows (Welch, segments of {counted(first)} and"
        f" {counted(second)} rows)."
    )
    if view.blocks:
        text = "The ceiling is what so many blocks can show at most; a rate above half of it says"
        st.caption(f"{text} little. Scope of the bounds: {view.blocks[-1].scope}.")
    if view.blocks and not view.complete and len(view.blocks) < len(work.LENGTHS):
        st.caption("Longer blocks lie in too many cells to solve at this D, or are being solved.")
